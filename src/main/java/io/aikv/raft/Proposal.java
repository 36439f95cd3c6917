package io.aikv.raft;

import io.aikv.command.Command;
import io.aikv.resp.Reply;
import org.jspecify.annotations.Nullable;

/**
 * A write command on its way into a group's log. Exactly one of {@link #applied}, {@link #refused} and
 * {@link #indeterminate} is called, once, on any thread (usually the apply thread): implementations only hand over.
 */
public interface Proposal {
    Command command();

    /** The request as received; not to be changed. */
    byte[][] argv();

    /** The client of this node that sent it; 0 if none did. */
    default long clientId() {
        return 0;
    }

    /** Logical database. */
    int database();

    /**
     * A condition, or null: it is done only if the watch is untouched by all that is in the log before it, otherwise refused with
     * {@link Refusal#TOUCHED}.
     */
    default @Nullable Watch watch() {
        return null;
    }

    /**
     * Committed on a majority, applied here, in a committed batch.
     *
     * @param reply may be an error of the command itself
     * @param index the log index of the entry that held the command: what WAIT waits for on other replicas
     */
    void applied(Reply reply, long index);

    /** Certainly not in the log and never will be: safe to redirect or to try again. */
    void refused(Refusal reason);

    /** Appended, but its fate is unknown: it may be or become applied. Never to be retried blindly. */
    void indeterminate();
}
