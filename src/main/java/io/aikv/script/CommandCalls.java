package io.aikv.script;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Numbers;
import io.aikv.base.Slots;
import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Handler;
import io.aikv.command.Permissions.Denial;
import io.aikv.data.Allowance;
import io.aikv.data.DeniedCall;
import io.aikv.data.LongRead;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What redis.call does for one running script: finds the command in the table, checks it as Redis checks what a script calls,
 * and runs its handler on the script's own context, in its entry.
 */
final class CommandCalls {
    private static final String NOT_ALLOWED = "ERR This Redis command is not allowed from script";
    private static final String READ_ONLY = "ERR Write commands are not allowed from read-only scripts.";
    private static final String NOT_LOCAL = "ERR Script attempted to access a non local key in a cluster node";
    private static final int ANY_SLOT = -1;

    /** What a command costs beside what it reads and answers, in steps. */
    private static final int CALL_STEPS = 50;

    /** So many bytes of arguments are no reason to look how much memory there is. */
    private static final int GUARD_BYTES = 64 << 10;

    private final CommandTable table;
    private final boolean readOnly;
    private final int slot;
    /** Whether keys of other slots are somewhere else. */
    private final boolean bound;

    private final CommandGuard guard;
    private final int databases;

    /** That of the script, which is told what it is denied. */
    private final ReadContext origin;

    private final Allowance allowance;
    private ReadContext context;
    private boolean resp3;
    private final boolean withinEntry;
    private volatile boolean written;

    /**
     * @param context with what the script's commands may still read and write
     * @param slot the slot of the keys that were declared, or negative if there are none
     */
    CommandCalls(
            CommandTable table,
            ReadContext context,
            boolean readOnly,
            int slot,
            ScriptOptions options,
            CommandGuard guard) {
        this.table = table;
        this.origin = context;
        this.context = context;
        this.withinEntry = context instanceof WriteContext;
        this.allowance = Objects.requireNonNull(context.allowance());
        this.readOnly = readOnly;
        this.slot = slot < 0 ? ANY_SLOT : slot;
        this.bound = options.clusterEnabled();
        this.guard = guard;
        this.databases = options.databases();
    }

    /** Whether it runs within an entry, on every replica. */
    boolean isWithinEntry() {
        return withinEntry;
    }

    /** Whether a command that writes was called. Any thread. */
    boolean hasWritten() {
        return written;
    }

    boolean resp3() {
        return resp3;
    }

    void setResp3(boolean chosen) {
        resp3 = chosen;
    }

    ReadContext context() {
        return context;
    }

    /**
     * Runs the command whose words are on the stack, and pushes its value.
     *
     * @param raising whether an error is raised (redis.call), or is the value (redis.pcall)
     * @return 1, the number of results
     */
    int call(LuaStack stack, boolean raising) {
        byte[][] argv = words(stack);
        LuaState state = stack.state();
        state.addCost(CALL_STEPS);
        if (argv == null) {
            LuaState.pushErrorTable(stack, wordsProblem(stack), false);
            return result(stack, raising);
        }
        long before = allowance.bytesLeft();
        Reply reply = run(argv);
        state.addCost((before - allowance.bytesLeft()) / LuaStack.BYTES_PER_STEP);
        state.addCost(ReplyValue.push(stack, reply, resp3) / LuaStack.BYTES_PER_STEP);
        return result(stack, raising && reply instanceof Reply.Error);
    }

    private static int result(LuaStack stack, boolean raise) {
        if (raise) {
            throw stack.state().raised(stack);
        }
        return 1;
    }

    /** redis.acl_check_cmd: whether the command whose words are on the stack may be run. */
    int allowed(LuaStack stack) {
        byte[][] argv = words(stack);
        stack.state().addCost(CALL_STEPS);
        if (argv == null) {
            throw LuaError.table(wordsProblem(stack));
        }
        Command command = table.find(argv);
        if (command == null) {
            throw LuaError.table("ERR Invalid command passed to redis.acl_check_cmd()");
        }
        stack.push(guard.denial(command, argv) == null);
        return 1;
    }

    private static String wordsProblem(LuaStack stack) {
        return stack.top() == 0
                ? "ERR Please specify at least one argument for this redis lib call"
                : "ERR Lua redis lib command arguments must be strings or integers";
    }

    /** The arguments, or null if there are none or one is neither a string nor a number. */
    private static byte @Nullable [][] words(LuaStack stack) {
        int count = stack.top();
        if (count == 0) {
            return null;
        }
        byte[][] argv = new byte[count][];
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            int type = stack.type(i + 1);
            if (type == LuaStack.STRING) {
                bytes += stack.length(i + 1);
                if (bytes > GUARD_BYTES) {
                    stack.guardMemory(bytes); // The same long string may be there a thousand times.
                }
                argv[i] = stack.bytes(i + 1);
            } else if (type == LuaStack.NUMBER) {
                double number = stack.number(i + 1);
                stack.state().addCost(GeneralNumber.steps(number));
                argv[i] = Bytes.utf8(GeneralNumber.text(number, 17));
            } else {
                return null;
            }
        }
        stack.state().addCost(count);
        return argv;
    }

    private Reply run(byte[][] argv) {
        Command command = table.find(argv);
        if (command == null && isPublish(argv)) {
            return publish(argv);
        }
        if (command == null || command.has(Flag.INTERNAL) || command.handler() instanceof Handler.Container) {
            return Reply.error("ERR Unknown Redis command called from script");
        }
        if (!command.acceptsArgumentCount(argv.length)) {
            return Reply.error("ERR Wrong number of args calling Redis command from script");
        }
        if (command.has(Flag.NOSCRIPT)) {
            return Reply.error(NOT_ALLOWED);
        }
        Denial denial = guard.denial(command, argv);
        if (denial != null) {
            origin.denied(deniedCall(denial, command, argv));
            return Reply.error("ERR " + CommandGuard.text(denial));
        }
        if (readOnly && (command.isWrite() || command.has(Flag.MAY_REPLICATE))) {
            return Reply.error(READ_ONLY);
        }
        if (bound && !isLocal(command, argv)) {
            return Reply.error(NOT_LOCAL);
        }
        String patternsDenied = guard.patternsDenied(command, argv);
        if (patternsDenied != null) {
            return Reply.error(patternsDenied);
        }
        try {
            return handle(command, argv);
        } catch (CommandError e) {
            return Reply.error(e);
        } catch (LongRead e) {
            throw LuaError.stop(Outcome.Stop.STEPS);
        }
    }

    private static DeniedCall deniedCall(Denial denial, Command command, byte[][] argv) {
        return switch (denial.reason()) {
            case COMMAND -> new DeniedCall(DeniedCall.Cause.COMMAND, Bytes.utf8(command.name()));
            case KEY -> new DeniedCall(DeniedCall.Cause.KEY, argv[denial.index()]);
            case CHANNEL -> new DeniedCall(DeniedCall.Cause.CHANNEL, argv[denial.index()]);
        };
    }

    private boolean isLocal(Command command, byte[][] argv) {
        boolean[] local = {true};
        command.forEachKey(argv, index -> local[0] &= Slots.of(argv[index]) == slot);
        return local[0];
    }

    private Reply handle(Command command, byte[][] argv) {
        if (command.handler() instanceof Handler.Read read) {
            return read.run().run(context, command.args(argv));
        }
        if (command.handler() instanceof Handler.Write write && context instanceof WriteContext writing) {
            written = true;
            return write.run().run(writing, command.args(argv));
        }
        return session(command.name(), argv);
    }

    /** The few commands of a session that Redis lets scripts call and that mean something within an entry. */
    private Reply session(String name, byte[][] argv) {
        switch (name) {
            case "ping":
                return argv.length > 1 ? Reply.bulk(argv[1]) : Reply.PONG;
            case "echo":
                return Reply.bulk(argv[1]);
            case "time":
                long millis = context.nowMillis();
                return Reply.array(
                        Reply.bulk(Numbers.encode(millis / 1000)), Reply.bulk(Numbers.encode(millis % 1000 * 1000)));
            case "select":
                return select(argv[1]);
            case "publish", "spublish":
                return publish(argv);
            default:
                return Reply.error(NOT_ALLOWED);
        }
    }

    private static boolean isPublish(byte[][] argv) {
        return Bytes.equalsIgnoreCase(argv[0], "PUBLISH") || Bytes.equalsIgnoreCase(argv[0], "SPUBLISH");
    }

    /** How many receive it is known only after the commit. */
    private Reply publish(byte[][] argv) {
        if (argv.length != 3) {
            return Reply.error("ERR Wrong number of args calling Redis command from script");
        } else if (readOnly || !(context instanceof WriteContext writing)) {
            return Reply.error(READ_ONLY);
        } else {
            writing.publish(Bytes.equalsIgnoreCase(argv[0], "SPUBLISH"), argv[1], argv[2]);
            return Reply.ZERO;
        }
    }

    private Reply select(byte[] number) {
        long database = Numbers.parseLong(number);
        if (bound && database != 0) {
            return Reply.error("ERR SELECT is not allowed in cluster mode");
        }
        if (database < 0 || database >= databases) {
            return Reply.error("ERR DB index is out of range");
        }
        ReadContext before = context;
        context = before.inDatabase((int) database);
        return Reply.OK;
    }

    /**
     * The line of an error as Redis gives it to Lua: {@code -CODE message} without the dash, {@code ERR} before a message
     * without a code.
     */
    static String errorLine(String given) {
        int space = given.indexOf(' ');
        String line =
                given.startsWith("-") ? space < 0 ? "ERR " + given.substring(1) : given.substring(1) : "ERR " + given;
        return line.strip().isEmpty() ? line : trimEnd(line);
    }

    private static String trimEnd(String line) {
        int end = line.length();
        while (end > 0 && (line.charAt(end - 1) == '\r' || line.charAt(end - 1) == '\n')) {
            end--;
        }
        return line.substring(0, end);
    }

    /** For messages: lower case. */
    static String lower(byte[] word) {
        return new String(word, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    }
}
