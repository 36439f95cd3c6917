package io.aikv.server.session;

import io.aikv.server.session.Tunables.OutputLimit;

/**
 * Whether the replies that a client has not taken are beyond {@code client-output-buffer-limit}. Belongs to the session's event
 * loop; {@link #isBeyondSoft} may be asked by any thread.
 */
final class OutputGuard {
    private volatile long beyondSoftSinceMillis;

    /** Whether the soft limit was exceeded at the last look. */
    boolean isBeyondSoft() {
        return beyondSoftSinceMillis != 0;
    }

    /** Looks at {@code bytes}: whether they are more than the hard limit, or have been more than the soft one for too long. */
    boolean exceeds(OutputLimit limit, long bytes, long nowMillis) {
        boolean over = limit.hardBytes() > 0 && bytes > limit.hardBytes();
        if (limit.softBytes() > 0 && bytes > limit.softBytes()) {
            if (beyondSoftSinceMillis == 0) {
                beyondSoftSinceMillis = nowMillis;
            }
            over |= nowMillis - beyondSoftSinceMillis > limit.softSeconds() * 1000L;
        } else {
            beyondSoftSinceMillis = 0;
        }
        return over;
    }
}
