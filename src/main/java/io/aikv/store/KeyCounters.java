package io.aikv.store;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * How many keys each slot of each physical database holds, as committed. Written by the apply thread, read by any thread;
 * a reader sees each counter atomically, not all of them at one instant.
 */
final class KeyCounters {
    private static final int SLOTS = 16384;

    private final AtomicReferenceArray<AtomicLongArray> slots = new AtomicReferenceArray<>(KeyLayout.DATABASES_MAX);
    private final AtomicLongArray totals = new AtomicLongArray(KeyLayout.DATABASES_MAX);

    long count(int physicalDatabase, int slot) {
        AtomicLongArray counts = slots.get(physicalDatabase);
        return counts == null ? 0 : counts.get(slot);
    }

    long count(int physicalDatabase) {
        return totals.get(physicalDatabase);
    }

    void add(int physicalDatabase, int slot, long change) {
        AtomicLongArray counts = slots.get(physicalDatabase);
        if (counts == null) {
            counts = new AtomicLongArray(SLOTS);
            slots.set(physicalDatabase, counts);
        }
        counts.addAndGet(slot, change);
        totals.addAndGet(physicalDatabase, change);
    }

    void clear(int physicalDatabase) {
        slots.set(physicalDatabase, null);
        totals.set(physicalDatabase, 0);
    }
}
