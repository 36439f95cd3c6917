package io.aikv.server.session;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Slots;
import io.aikv.cluster.Route;
import io.aikv.cluster.Router;

/**
 * How long calls wait until it is known who leads their slot, and what wakes them: a change of who leads, or the end of that
 * time. Any event loop; keeps no state of its own.
 */
final class LeaderWait {
    private final ServerContext server;
    private final Router router;
    private final boolean clustered;
    private final long patienceNanos;

    LeaderWait(ServerContext server, Router router) {
        this.server = server;
        this.router = router;
        this.clustered = server.config().cluster().enabled();
        this.patienceNanos = server.config().cluster().leaderWait().toNanos();
    }

    /** Whether a call has waited for as long as one may: all its waits together. The time begins with the first question. */
    boolean isOver(Call call) {
        long now = server.clock().nanos();
        if (call.deadlineNanos == 0) {
            call.deadlineNanos = now + patienceNanos;
        }
        return now - call.deadlineNanos >= 0;
    }

    /** How long a call that was asked about by {@link #isOver} may still wait; at least 1. */
    long remainingMillis(Call call) {
        return Math.max(1, (call.deadlineNanos - server.clock().nanos()) / 1_000_000 + 1);
    }

    /** Calls {@code again} on a change, or when the time is over; it hands the call back. Until then the call is out. */
    void park(Call call, Runnable again) {
        park(call, remainingMillis(call), again);
    }

    /** As {@link #park(Call, Runnable)} with a time of its own. */
    void park(Call call, long millis, Runnable again) {
        call.state = Call.State.OUT;
        router.onChange(millis, again);
    }

    // ---- shard channels ----

    /**
     * Whether a command about shard channels must wait, like one about data, until it is known who leads their slot.
     *
     * @param call by which it came: alone, or as a part of EXEC
     * @throws CommandError {@code CROSSSLOT Keys in request don't hash to the same slot}
     */
    boolean isNeeded(Call call, CommandEntry entry, byte[][] argv) {
        return clustered
                && entry.ofShard
                && router.route(shardSlot(entry, argv), call.session.state().readonly) instanceof Route.Unknown
                && !isOver(call);
    }

    /**
     * The slot of the shard channels of SSUBSCRIBE or SPUBLISH.
     *
     * @throws CommandError {@code CROSSSLOT Keys in request don't hash to the same slot}
     */
    static int shardSlot(CommandEntry entry, byte[][] argv) {
        int slot = Slots.of(argv[1]);
        entry.command.keys().get(0).forEach(argv, index -> {
            if (Slots.of(argv[index]) != slot) {
                throw new CommandError(Errors.CROSS_SLOT);
            }
        });
        return slot;
    }
}
