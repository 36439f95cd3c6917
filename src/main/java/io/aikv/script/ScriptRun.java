package io.aikv.script;

import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One execution of a script, of a function of a library, or of a library that is only asked what it has. May be killed from
 * another thread if it only reads.
 */
final class ScriptRun {
    private final String sha;
    private final String label;
    private final byte[][] keys;
    private final byte[][] arguments;
    private final @Nullable String function;
    private final boolean listing;
    private final @Nullable CommandCalls calls;
    private final List<Library.Function> functions = new ArrayList<>();
    private final int seed;
    private volatile boolean killed;

    private ScriptRun(
            String sha,
            String label,
            byte[][] keys,
            byte[][] arguments,
            @Nullable String function,
            boolean listing,
            @Nullable CommandCalls calls) {
        this.seed = calls == null ? 0 : calls.context().random().nextInt();
        this.sha = sha;
        this.label = label;
        this.keys = keys;
        this.arguments = arguments;
        this.function = function;
        this.listing = listing;
        this.calls = calls;
    }

    static ScriptRun script(String sha, byte[][] keys, byte[][] arguments, CommandCalls calls) {
        return new ScriptRun(sha, sha, keys, arguments, null, false, calls);
    }

    static ScriptRun function(String sha, String name, byte[][] keys, byte[][] arguments, CommandCalls calls) {
        return new ScriptRun(sha, name, keys, arguments, name, false, calls);
    }

    /** Runs a library's code to learn its {@link #functions}. */
    static ScriptRun listing(String sha) {
        return new ScriptRun(sha, sha, new byte[0][], new byte[0][], null, true, null);
    }

    String sha() {
        return sha;
    }

    /** What errors call it: the digest of a script, the name of a function. */
    String label() {
        return label;
    }

    byte[][] keys() {
        return keys;
    }

    byte[][] arguments() {
        return arguments;
    }

    /** What math.random starts from. */
    int seed() {
        return seed;
    }

    boolean isFunction() {
        return function != null || listing;
    }

    List<Library.Function> functions() {
        return functions;
    }

    CommandCalls calls() {
        CommandCalls possible = calls;
        if (possible == null) {
            throw LuaError.table("ERR redis.call/pcall can only be called inside a script invocation");
        }
        return possible;
    }

    /** Whether it only reads outside of any entry: only such a script may end where it is asked to. */
    boolean isKillable() {
        return calls != null && !calls.isWithinEntry();
    }

    /** Whether it has run a command that writes. Any thread. */
    boolean hasWritten() {
        return calls != null && calls.hasWritten();
    }

    void kill() {
        killed = true;
    }

    boolean isKilled() {
        return killed;
    }

    /** What the prelude is to do with the chunk: nil, a function's name, or true to list. */
    void pushTarget(LuaStack stack) {
        if (listing) {
            stack.push(true);
        } else if (function != null) {
            stack.pushAscii(function);
        } else {
            stack.pushNil();
        }
    }

    /** Reads the result from the top of the stack. */
    Reply result(LuaStack stack) {
        if (!listing) {
            return ScriptReply.read(stack, calls().resp3());
        }
        int list = stack.absolute(-1);
        int count = (int) stack.length(list);
        for (int i = 1; i <= count; i++) {
            stack.getElement(list, i);
            functions.add(function(stack, stack.absolute(-1)));
            stack.pop(1);
        }
        return Reply.OK;
    }

    private static Library.Function function(LuaStack stack, int entry) {
        stack.require(4);
        stack.getElement(entry, 1);
        String name = stack.text(-1);
        stack.getElement(entry, 2);
        String description = stack.type(-1) == LuaStack.NIL ? null : stack.text(-1);
        stack.getElement(entry, 3);
        Set<Script.Flag> flags = EnumSet.noneOf(Script.Flag.class);
        int count = stack.type(-1) == LuaStack.TABLE ? (int) stack.length(-1) : 0;
        for (int i = 1; i <= count; i++) {
            stack.getElement(-1, i);
            Script.Flag flag = Script.Flag.of(stack.text(-1));
            if (flag != null) {
                flags.add(flag);
            }
            stack.pop(1);
        }
        stack.setTop(entry);
        return new Library.Function(name, description, flags);
    }
}
