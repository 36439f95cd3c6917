package io.aikv.script;

import io.aikv.base.CommandError;
import io.aikv.base.ConfigError;
import io.aikv.data.Attempt;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Runs scripts on Lua states from a pool. Any thread.
 *
 * <p>How a script ends must not depend on what a state was used for before. So a script first runs with a part of its budget
 * in a used state, where nothing that differs can matter; if that is not enough, its writes are taken back, and it runs
 * again in a new state, which is the same on every replica.
 */
final class LuaEngine implements AutoCloseable {
    private static final int IDLE_MAX = 16;

    private final Queue<LuaState> idle = new ConcurrentLinkedQueue<>();
    private final AtomicInteger idleCount = new AtomicInteger();
    private final RunningScripts running;
    private final AtomicInteger repeated = new AtomicInteger();

    /** @param clockMillis for how long something runs, and nothing else */
    LuaEngine(LongSupplier clockMillis) {
        running = new RunningScripts(clockMillis);
    }

    /**
     * Loads Lua, now and not within the first entry that holds a script: that would stop its group on a node that cannot.
     *
     * @throws ConfigError if it cannot be loaded on this machine
     */
    void load() {
        try {
            give(take());
        } catch (LinkageError | IllegalStateException e) {
            throw new ConfigError(
                    "scripts cannot be run on this machine, as Lua's library cannot be loaded from where it is unpacked to ("
                            + System.getProperty("java.io.tmpdir")
                            + "; -Djava.io.tmpdir= in AIKV_JAVA_OPTS names another place, where files may be executed): "
                            + e,
                    e);
        }
    }

    /** What runs at the moment. */
    RunningScripts running() {
        return running;
    }

    /** Compiles a script in some state, to learn whether it can be. @throws CommandError with the text of SCRIPT LOAD */
    void check(Script script) {
        LuaState state = take();
        try {
            compile(state, script.sha(), script.code(), false);
        } finally {
            give(state);
        }
    }

    private static void compile(LuaState state, String sha, byte[] code, boolean library) {
        String problem = state.compile(sha, code, library);
        if (problem != null) {
            throw new CommandError(
                    (library ? "ERR Error compiling function: " : "ERR Error compiling script (new function): ")
                            + problem.replace('\n', ' '));
        }
    }

    /**
     * Runs a script inside an entry.
     *
     * @param run makes the execution on the context of an attempt; called once or twice
     */
    Reply write(WriteContext context, byte[] code, Budget budget, Function<WriteContext, ScriptRun> run) {
        long seed = context.random().nextLong();
        Outcome.Stop reason = Outcome.Stop.STEPS;
        String label = "";
        for (boolean own : new boolean[] {false, true}) {
            Budget part = own ? budget : budget.shared();
            Attempt attempt = context.attempt(seed);
            attempt.context().allow(part.allowance());
            ScriptRun execution = run.apply(attempt.context());
            Outcome outcome;
            try (RunningScripts.Started started = running.start(execution)) {
                outcome = execute(execution, code, part, own, attempt::takeBack);
            }
            if (outcome instanceof Outcome.Answered answered) {
                attempt.keep();
                return answered.reply();
            }
            attempt.takeBack();
            reason = ((Outcome.Stopped) outcome).reason();
            label = execution.label();
            repeated.incrementAndGet();
            if (own) {
                attempt.tellDenied();
            }
        }
        return stopped(reason, label, budget);
    }

    /** Runs a script that only reads. */
    Reply read(ReadContext context, byte[] code, Budget budget, Function<ReadContext, ScriptRun> run) {
        Outcome.Stop reason = Outcome.Stop.STEPS;
        String label = "";
        for (boolean own : new boolean[] {false, true}) {
            // A context of its own: a reply that is read while it is sent is of no use to a script.
            ReadContext inner = context.inDatabase(context.database());
            Budget part = own ? budget : budget.shared();
            inner.allow(part.allowance());
            ScriptRun execution = run.apply(inner);
            try (RunningScripts.Started started = running.start(execution)) {
                Outcome outcome = execute(execution, code, part, own, () -> {});
                if (outcome instanceof Outcome.Answered answered) {
                    return answered.reply();
                }
                reason = ((Outcome.Stopped) outcome).reason();
                label = execution.label();
                if (reason == Outcome.Stop.KILLED) {
                    break;
                }
                if (!own) {
                    inner.forgetDeniedCalls();
                }
            } finally {
                context.include(inner);
            }
        }
        return stopped(reason, label, budget);
    }

    /** Runs a library's code in a new state. @throws CommandError with the text of FUNCTION LOAD */
    ScriptRun list(String sha, byte[] code, Budget budget) {
        ScriptRun listing = ScriptRun.listing(sha);
        Outcome outcome = execute(listing, code, budget, true, () -> {});
        if (outcome instanceof Outcome.Answered answered && answered.reply() instanceof Reply.Error error) {
            throw new CommandError(withoutPosition(error.line()));
        } else if (outcome instanceof Outcome.Stopped) {
            throw new CommandError("ERR Error registering functions: FUNCTION LOAD timeout");
        }
        return listing;
    }

    private static String withoutPosition(String line) {
        int position = line.lastIndexOf(" script: ");
        return position < 0 ? line : line.substring(0, position);
    }

    private static Reply stopped(Outcome.Stop reason, String label, Budget budget) {
        String why = switch (reason) {
            case KILLED -> "ERR Script killed by user with SCRIPT KILL.";
            case MEMORY ->
                "ERR the script was ended and undone: it needs more memory than " + budget.memoryBytes()
                        + " bytes (limits.script-memory-max).";
            case STEPS, FATAL ->
                "ERR the script was ended and undone: it takes more than " + budget.steps()
                        + " steps (limits.script-steps-max).";
        };
        return Reply.error(why + " script: " + label);
    }

    private Outcome execute(ScriptRun run, byte[] code, Budget budget, boolean own, Runnable onFailure) {
        LuaState state = own ? new LuaState() : take();
        boolean done = false;
        try {
            compile(state, run.sha(), code, run.isFunction());
            Outcome outcome = state.execute(run, budget, own);
            done = true;
            return outcome;
        } catch (CommandError e) {
            done = true;
            onFailure.run();
            throw e;
        } finally {
            if (own || !done) {
                state.close();
            } else {
                give(state);
            }
        }
    }

    private LuaState take() {
        LuaState state = idle.poll();
        if (state == null) {
            return new LuaState();
        }
        idleCount.decrementAndGet();
        return state;
    }

    private void give(LuaState state) {
        if (!state.isSound() || idleCount.get() >= IDLE_MAX) {
            state.close();
        } else {
            idleCount.incrementAndGet();
            idle.add(state);
        }
    }

    /** How often a script had to be started anew, or was ended. */
    int repeated() {
        return repeated.get();
    }

    @Override
    public void close() {
        for (LuaState state = idle.poll(); state != null; state = idle.poll()) {
            state.close();
        }
    }
}
