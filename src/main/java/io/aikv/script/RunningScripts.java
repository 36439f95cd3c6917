package io.aikv.script;

import io.aikv.base.Numbers;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The scripts and functions that run on this node right now: what SCRIPT KILL, FUNCTION KILL and FUNCTION STATS know of.
 * Thread-safe.
 *
 * <p>Only reads can be killed. What runs within an entry runs on every replica, and has to come to the same end there: it ends by
 * its budget.
 */
final class RunningScripts {
    private static final Reply NOT_BUSY = Reply.error("NOTBUSY No scripts in execution right now.");
    private static final Reply WROTE = Reply.error(
            "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script "
                    + "termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.");
    private static final Reply REPLICATED = Reply.error(
            "UNKILLABLE The busy script was sent by a master instance in the context of replication and cannot be killed.");
    private static final Reply BUSY_SCRIPT =
            Reply.error("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.");
    private static final Reply BUSY_FUNCTION =
            Reply.error("BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.");

    private record Running(ScriptRun run, long startMillis) {}

    private final LongSupplier clockMillis;
    private final Set<Running> running = ConcurrentHashMap.newKeySet();

    /** @param clockMillis for how long something runs, and nothing else */
    RunningScripts(LongSupplier clockMillis) {
        this.clockMillis = clockMillis;
    }

    /** Says that a script starts; to be closed at its end. */
    Started start(ScriptRun run) {
        Running entry = new Running(run, clockMillis.getAsLong());
        running.add(entry);
        return () -> running.remove(entry);
    }

    /** A script that runs. */
    @FunctionalInterface
    interface Started extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Asks every read that is running to end; answers OK, or an error with Redis' text: {@code UNKILLABLE} if what runs does so
     * within an entry, {@code BUSY} if only the other kind runs, {@code NOTBUSY} if nothing does.
     *
     * @param functions whether functions are meant, or scripts
     */
    Reply kill(boolean functions) {
        boolean any = false;
        for (Running entry : running) {
            if (entry.run().isFunction() == functions && entry.run().isKillable()) {
                entry.run().kill();
                any = true;
            }
        }
        if (any) {
            return Reply.OK;
        } else if (has(run -> run.isFunction() == functions && run.hasWritten())) {
            return WROTE;
        } else if (has(run -> run.isFunction() == functions)) {
            return REPLICATED;
        } else if (has(run -> true)) {
            return functions ? BUSY_SCRIPT : BUSY_FUNCTION;
        }
        return NOT_BUSY;
    }

    private boolean has(Predicate<ScriptRun> condition) {
        return running.stream().anyMatch(entry -> condition.test(entry.run()));
    }

    /** What FUNCTION STATS says of the function that has run longest: a map, or null if none runs. */
    Reply function() {
        Running longest = null;
        for (Running entry : running) {
            if (entry.run().isFunction() && (longest == null || entry.startMillis() < longest.startMillis())) {
                longest = entry;
            }
        }
        return describe(longest);
    }

    private Reply describe(@Nullable Running entry) {
        if (entry == null) {
            return Reply.NULL;
        }
        ScriptRun run = entry.run();
        List<Reply> command = new ArrayList<>();
        command.add(Reply.text(run.isKillable() ? "fcall_ro" : "fcall"));
        command.add(Reply.text(run.label()));
        command.add(Reply.bulk(Numbers.encode(run.keys().length)));
        for (byte[] key : run.keys()) {
            command.add(Reply.bulk(key));
        }
        for (byte[] argument : run.arguments()) {
            command.add(Reply.bulk(argument));
        }
        return Reply.map(
                Reply.text("name"),
                Reply.text(run.label()),
                Reply.text("command"),
                Reply.array(command),
                Reply.text("duration_ms"),
                Reply.integer(Math.max(0, clockMillis.getAsLong() - entry.startMillis())));
    }
}
