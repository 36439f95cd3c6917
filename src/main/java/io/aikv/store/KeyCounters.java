package io.aikv.store;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * How many keys each slot of each physical database holds, as committed. Written by the apply thread, read by any thread;
 * a reader sees each counter atomically, not all of them at one instant.
 *
 * <p>Memory is taken for 128 neighbouring slots at a time, where there are keys: 1 KB for the first key of a database,
 * 130 KB for a database with keys in every slot.
 */
final class KeyCounters {
    private static final int BLOCK = 128;
    private static final int BLOCKS = 16384 / BLOCK;

    private final AtomicReferenceArray<@Nullable AtomicReferenceArray<@Nullable AtomicLongArray>> databases =
            new AtomicReferenceArray<>(KeyLayout.DATABASES_MAX);
    private final AtomicLongArray totals = new AtomicLongArray(KeyLayout.DATABASES_MAX);

    long count(int physicalDatabase, int slot) {
        AtomicReferenceArray<@Nullable AtomicLongArray> blocks = databases.get(physicalDatabase);
        AtomicLongArray block = blocks == null ? null : blocks.get(slot / BLOCK);
        return block == null ? 0 : block.get(slot % BLOCK);
    }

    long count(int physicalDatabase) {
        return totals.get(physicalDatabase);
    }

    void add(int physicalDatabase, int slot, long change) {
        AtomicReferenceArray<@Nullable AtomicLongArray> blocks = databases.get(physicalDatabase);
        if (blocks == null) {
            blocks = new AtomicReferenceArray<>(BLOCKS);
            databases.set(physicalDatabase, blocks);
        }
        AtomicLongArray block = blocks.get(slot / BLOCK);
        if (block == null) {
            block = new AtomicLongArray(BLOCK);
            blocks.set(slot / BLOCK, block);
        }
        block.addAndGet(slot % BLOCK, change);
        totals.addAndGet(physicalDatabase, change);
    }

    void clear(int physicalDatabase) {
        databases.set(physicalDatabase, null);
        totals.set(physicalDatabase, 0);
    }
}
