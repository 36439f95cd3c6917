package io.aikv.server.session;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The unanswered calls of a session, oldest first: a ring that grows. Confined to the event loop. */
final class CallQueue {
    private @Nullable Call[] ring = new Call[8];
    private int head;
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The call that has {@code index} calls before it. */
    Call get(int index) {
        return Objects.requireNonNull(ring[(head + index) & (ring.length - 1)]);
    }

    void add(Call call) {
        if (size == ring.length) {
            @Nullable Call[] larger = new Call[2 * size];
            for (int i = 0; i < size; i++) {
                larger[i] = ring[(head + i) & (size - 1)];
            }
            ring = larger;
            head = 0;
        }
        ring[(head + size++) & (ring.length - 1)] = call;
    }

    /** Removes and returns the oldest call; there must be one. */
    Call poll() {
        Call call = get(0);
        ring[head] = null;
        head = (head + 1) & (ring.length - 1);
        size--;
        return call;
    }
}
