package io.aikv.raft;

import org.jspecify.annotations.Nullable;

/** Consensus could not do something: refused, or with an unknown outcome. No stack trace: it is not a bug. */
public final class RaftUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final @Nullable Refusal refusal;

    /** @param refusal null if it was appended and its outcome is unknown */
    RaftUnavailable(String what, @Nullable Refusal refusal) {
        super(what + ": " + (refusal == null ? "outcome unknown" : refusal.toString()), null, false, false);
        this.refusal = refusal;
    }

    /** Why it was certainly not done; null if its outcome is unknown. */
    public @Nullable Refusal refusal() {
        return refusal;
    }
}
