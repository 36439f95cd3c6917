package io.aikv.script;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import party.iroiro.luajava.JFunction;
import party.iroiro.luajava.lua51.Lua51;
import party.iroiro.luajava.lua51.Lua51Natives;

/**
 * A Lua interpreter that runs one script after the other; nothing of one is seen by the next. Used by one thread at a time.
 * Its memory is Lua's own, outside the heap: to be closed.
 *
 * <p>The collector of Lua is stopped: it runs between scripts, and where the prelude calls for it, so that what a script
 * allocates can be counted, and its parser never meets it (CVE-2025-49844).
 */
final class LuaState implements AutoCloseable {
    private static final int GC_STOP = 0;
    private static final int GC_COLLECT = 2;
    private static final int CHUNKS_MAX = 256;
    private static final int CHUNK_BYTES_MAX = 4 << 20;
    private static final int COLLECT_AFTER_BYTES = 2 << 20;
    private static final int SMALL_BUFFER = 64 << 10;
    private static final int COST_UNIT = 64;

    /** What a function of Java's may cost, or push, before the budget is looked at behind it and not at the next hook. */
    private static final int DEAR_STEPS = 1000;

    private static final int DEAR_BYTES = 64 << 10;
    private static final int RAISE = -1;
    private static final List<String> PRELUDE =
            List.of("budget", "order", "base", "libraries", "redis", "globals", "functions", "run");

    /** The error that ends a script which must end; the prelude's. */
    private static final String STOP = "script stopped";

    /** A function of Java's that Lua calls. */
    @FunctionalInterface
    interface Function {
        /** Pushes its results and answers how many there are; or throws LuaError. */
        int run(LuaStack stack);
    }

    private final Lua51 main;
    private final Lua51Natives lua;
    private final LuaStack stack;
    private final Map<String, Chunk> chunks = new LinkedHashMap<>(16, 0.75f, true);
    private final int costs;
    private final int runFunction;
    private final int abandonFunction;
    private final int setHookFunction;
    private final int hookFunction;
    private final int keysFunction;
    private final int shapeFunction;
    private final int evalGlobals;
    private final int functionGlobals;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(SMALL_BUFFER);
    private int chunkBytes;
    private long memoryEnd = Long.MAX_VALUE;
    private long idleBytes;
    private long cost;
    private long pushedBytes;
    private @Nullable Throwable failure;
    private @Nullable String stopReason;
    private @Nullable ScriptRun current;
    private boolean sound = true;

    private record Chunk(int reference, int size) {}

    LuaState() {
        main = new Lua51();
        lua = (Lua51Natives) main.getLuaNatives();
        stack = new LuaStack(this, lua, main.getPointer());
        lua.lua_gc(main.getPointer(), GC_STOP, 0);
        lua.luaL_openlibs(main.getPointer());
        load(prelude(), "=prelude");
        LuaLibrary.push(this, stack);
        stack.newTable(1, 0);
        stack.pushCopy(-1);
        costs = reference();
        stack.pushAscii(LuaLibrary.REDIS_VERSION);
        stack.push(LuaLibrary.REDIS_VERSION_NUMBER);
        stack.pushAscii(Bytecode.CONCAT_GUARD);
        stack.pushAscii(Bytecode.COMPARE_GUARD);
        if (stack.call(6, 8) != 0) {
            throw new IllegalStateException("the prelude failed: " + stack.text(-1));
        }
        functionGlobals = reference();
        evalGlobals = reference();
        shapeFunction = reference();
        keysFunction = reference();
        hookFunction = reference();
        setHookFunction = reference();
        abandonFunction = reference();
        runFunction = reference();
        collect();
    }

    /** The parts of the prelude in their order: one chunk, so that each sees the local names of those before. */
    private static byte[] prelude() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String part : PRELUDE) {
            try (InputStream in =
                    Objects.requireNonNull(LuaState.class.getResourceAsStream("prelude/" + part + ".lua"), part)) {
                in.transferTo(all);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return all.toByteArray();
    }

    private void load(byte[] code, String name) {
        ByteBuffer in = buffer(code.length);
        in.put(code);
        if (lua.luaJ_loadbuffer(main.getPointer(), in, code.length, name) != 0) {
            throw new IllegalStateException(stack.text(-1));
        }
    }

    private int reference() {
        return lua.luaL_ref(main.getPointer(), lua.getRegistryIndex());
    }

    /** A direct buffer of at least {@code size} bytes, empty; the same again and again. */
    ByteBuffer buffer(int size) {
        if (size > SMALL_BUFFER) {
            return ByteBuffer.allocateDirect(size);
        }
        buffer.clear();
        return buffer;
    }

    LuaStack stack() {
        return stack;
    }

    // ---- functions for Lua ----

    /** Pushes a function that Lua calls. */
    void pushFunction(Function function) {
        JFunction wrapper = caller -> run(function, new LuaStack(this, lua, caller.getPointer()));
        lua.luaJ_pushfunction(main.getPointer(), wrapper);
    }

    private int run(Function function, LuaStack caller) {
        try {
            addCost(1);
            int results = function.run(caller);
            boolean dear = cost >= DEAR_STEPS || pushedBytes >= DEAR_BYTES;
            writeCost(caller);
            return dear ? settle(caller, results) : results;
        } catch (LuaError e) {
            return raise(caller, e);
        } catch (RuntimeException | Error e) {
            // Nothing may be thrown over Lua's frames; execute() throws it.
            failure = e;
            return raise(caller, LuaError.stop(Outcome.Stop.FATAL));
        }
    }

    /** Has the hook look at the budget now: until it comes by itself, many more of such calls may follow. */
    private int settle(LuaStack caller, int results) {
        pushedBytes = 0;
        caller.require(1);
        caller.pushReference(hookFunction);
        return caller.call(0, 0) == 0 ? results : RAISE;
    }

    private int raise(LuaStack caller, LuaError error) {
        caller.setTop(0);
        writeCost(caller);
        switch (error.kind()) {
            case POSITIONED -> caller.pushPositioned(Bytes.utf8(error.text()));
            case TABLE -> pushErrorTable(caller, error.text(), false);
            case RAISED -> caller.pushReference(error.reference());
            case STOP -> {
                stopReason = stopReason == null ? error.text() : stopReason;
                caller.pushAscii(STOP);
            }
        }
        if (error.kind() == LuaError.Kind.RAISED) {
            lua.luaL_unref(main.getPointer(), lua.getRegistryIndex(), error.reference());
        }
        return RAISE;
    }

    /** Takes the value on the top of {@code caller} off, to be raised as it is. */
    LuaError raised(LuaStack caller) {
        return LuaError.raised(caller.takeReference());
    }

    /** Why a function of Java's ended the script, or null. */
    @Nullable
    String stopReason() {
        return stopReason;
    }

    /** Tells Lua's hook of what was spent here; not of every step. */
    private void writeCost(LuaStack caller) {
        if (cost >= COST_UNIT) {
            caller.require(3);
            caller.pushReference(costs);
            caller.getElement(-1, 1);
            double spent = caller.number(-1) + cost;
            caller.pop(1);
            caller.push(spent);
            caller.setElement(-2, 1);
            caller.pop(1);
            cost = 0;
        }
    }

    /** Pushes {@code {err = line}}. */
    static void pushErrorTable(LuaStack caller, String line, boolean counted) {
        caller.newTable(0, 2);
        caller.pushAscii("err");
        caller.push(Bytes.utf8(line));
        caller.setField(-3);
        if (counted) {
            caller.pushAscii("ignore_error_stats_update");
            caller.push(true);
            caller.setField(-3);
        }
    }

    /** Adds to what the function that is being called costs, in steps. */
    void addCost(long steps) {
        cost += steps;
    }

    /** Counts a string that is given to Lua. */
    void addPushed(int bytes) {
        pushedBytes += bytes;
    }

    /** The script that is running. */
    ScriptRun current() {
        return Objects.requireNonNull(current);
    }

    /** The bytes in use beyond which a function that makes values must not go. */
    long memoryEnd() {
        return memoryEnd;
    }

    /**
     * Pushes an array of the keys of the table at {@code index}, in the order that is the same everywhere, and answers their
     * number. Throws if there is none.
     */
    int pushKeys(LuaStack caller, int index) {
        int table = caller.absolute(index);
        caller.require(4);
        caller.pushReference(keysFunction);
        caller.pushCopy(table);
        if (caller.call(1, 2) != 0) {
            String message = caller.text(-1);
            caller.pop(1);
            throw LuaError.positioned(message);
        }
        int count = (int) caller.number(-1);
        caller.pop(1);
        return count;
    }

    /**
     * Pushes what the table at {@code index} means as a reply: a kind and two values, some of them nil. Only after the script
     * has ended.
     */
    void pushShape(int index) {
        int table = stack.absolute(index);
        stack.require(8);
        stack.pushReference(shapeFunction);
        stack.pushCopy(table);
        if (stack.call(1, 3) != 0) {
            throw new IllegalStateException("Lua failed: " + stack.text(-1));
        }
    }

    // ---- scripts ----

    /**
     * Makes sure that a script is compiled.
     *
     * @return null, or Lua's message
     */
    @Nullable
    String compile(String sha, byte[] code, boolean library) {
        if (chunks.containsKey(sha)) {
            return null;
        }
        ByteBuffer in = buffer(Math.max(1, code.length));
        in.put(code);
        long thread = main.getPointer();
        if (lua.luaJ_loadbuffer(thread, in, code.length, library ? "@user_function" : "@user_script") != 0) {
            String message = stack.text(-1);
            stack.pop(1);
            return message;
        }
        String problem = harden(stack);
        if (problem != null) {
            return problem;
        }
        stack.pushReference(library ? functionGlobals : evalGlobals);
        lua.lua_setfenv(thread, -2);
        chunks.put(sha, new Chunk(reference(), code.length));
        chunkBytes += code.length;
        while (chunks.size() > CHUNKS_MAX || chunkBytes > CHUNK_BYTES_MAX && chunks.size() > 1) {
            Map.Entry<String, Chunk> eldest = chunks.entrySet().iterator().next();
            lua.luaL_unref(thread, lua.getRegistryIndex(), eldest.getValue().reference());
            chunkBytes -= eldest.getValue().size();
            chunks.remove(eldest.getKey());
        }
        return null;
    }

    /**
     * Replaces the function on the top of {@code caller} by one that may run here ({@link Bytecode}); or takes it off, and
     * answers why there is none.
     */
    @Nullable
    String harden(LuaStack caller) {
        ByteBuffer compiled = caller.dump();
        Bytecode.Result result = Bytecode.rewrite(Objects.requireNonNull(compiled));
        caller.pop(1);
        byte[] dump = result.dump();
        if (dump == null) {
            return result.problem();
        }
        caller.load(dump);
        return null;
    }

    /**
     * Runs a compiled script.
     *
     * @param own whether the state is new, and the outcome therefore that of every replica
     * @throws IllegalStateException if Lua itself failed: nothing may follow from that
     */
    Outcome execute(ScriptRun script, Budget budget, boolean own) {
        Chunk chunk = Objects.requireNonNull(chunks.get(script.sha()));
        current = script;
        failure = null;
        stopReason = null;
        cost = 0;
        pushedBytes = 0;
        memoryEnd = stack.usedBytes() + 2 * budget.memoryBytes();
        try {
            stack.pushReference(runFunction);
            stack.pushReference(chunk.reference());
            stack.push(budget.steps());
            stack.push(budget.memoryBytes());
            stack.push(own);
            stack.push((double) Integer.toUnsignedLong(script.seed()));
            pushAll(script.keys());
            pushAll(script.arguments());
            script.pushTarget(stack);
            return outcome(script, stack.call(8, 4));
        } catch (LuaError e) {
            return new Outcome.Stopped(Outcome.Stop.MEMORY); // The arguments alone were too much.
        } finally {
            finish();
        }
    }

    private Outcome outcome(ScriptRun script, int status) {
        Throwable cause = failure;
        if (cause instanceof Error error) {
            throw error;
        } else if (cause instanceof RuntimeException exception) {
            throw exception;
        }
        if (status != 0) {
            String message = stack.text(-1);
            sound = false;
            stack.pushReference(setHookFunction);
            stack.call(0, 0);
            stack.pushReference(abandonFunction);
            if (stack.call(0, 1) != 0 || stack.type(-1) != LuaStack.STRING) {
                throw new IllegalStateException("Lua failed: " + message);
            }
            return stopped(stack.text(-1));
        }
        sound &= stack.truth(-1);
        if (stack.type(-2) == LuaStack.STRING) {
            sound = false;
            return stopped(stack.text(-2));
        }
        boolean succeeded = stack.truth(-4);
        stack.pop(2);
        Reply reply = succeeded ? script.result(stack) : ScriptReply.error(stack, script.label());
        return new Outcome.Answered(reply);
    }

    private static Outcome stopped(String reason) {
        if (Outcome.Stop.of(reason) == Outcome.Stop.FATAL) {
            throw new IllegalStateException("Lua has no memory left");
        }
        return new Outcome.Stopped(Outcome.Stop.of(reason));
    }

    private void pushAll(byte[][] values) {
        stack.newTable(values.length, 0);
        for (int i = 0; i < values.length; i++) {
            stack.push(values[i]);
            stack.setElement(-2, i + 1);
        }
    }

    private void finish() {
        current = null;
        memoryEnd = Long.MAX_VALUE;
        stack.setTop(0);
        if (sound && stack.usedBytes() > idleBytes + COLLECT_AFTER_BYTES) {
            collect();
        }
    }

    private void collect() {
        lua.lua_gc(main.getPointer(), GC_COLLECT, 0);
        lua.lua_gc(main.getPointer(), GC_STOP, 0);
        idleBytes = stack.usedBytes();
    }

    /** Whether other scripts may run here. */
    boolean isSound() {
        return sound;
    }

    @Override
    public void close() {
        main.close();
    }
}
