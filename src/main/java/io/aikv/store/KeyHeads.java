package io.aikv.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the apply thread knows about rows of the key space without reading them: whether a row is there, and its first byte.
 * Most writes need no more of the old row (SET of a plain string must know that there are no rows, no expiry, and whether the
 * count changes), and reading it costs more than writing the new one.
 *
 * <p>A cache: it may know nothing, it is never wrong. Confined to the apply thread. Memory is taken as keys come, from a
 * budget that the stores of a node share, outside of the heap: 16 bytes a key.
 */
/*
 * A table of sets of four entries; an entry is 128 bits, of which 120 are a keyed hash of the row's key and 8 the head. Keys
 * are not kept: two of n keys share their 120 bits with a chance of n^2 / 2^121 (a billion keys: 10^-19), and since the hash is
 * keyed with a secret of this process, nobody can look for them.
 */
final class KeyHeads {
    /** Nothing is known about the row. */
    static final int UNKNOWN = -2;
    /** The row is not there. */
    static final int ABSENT = -1;

    private static final int WAYS = 4;
    private static final int LONGS_PER_ENTRY = 2;
    private static final int SET_BYTES = WAYS * LONGS_PER_ENTRY * Long.BYTES;
    private static final int SETS_AT_FIRST = 1 << 10;
    private static final int SETS_MAX = 1 << 24;
    private static final long HEAD_MASK = 0xff;
    /** As stored: 0 marks an empty entry, a row whose first byte is 0 is not kept. */
    private static final int ABSENT_STORED = 0xff;

    private final SipHash hash;
    private final AtomicLong budget;
    private LongBuffer table;
    private int sets;
    private int entries;
    private int victim;

    private long first;
    private long second;

    /** @param budget bytes that may still be taken; what this table takes is subtracted until it is closed */
    KeyHeads(AtomicLong budget) {
        SecureRandom random = new SecureRandom();
        this.hash = new SipHash(random.nextLong(), random.nextLong());
        this.budget = budget;
        this.table = LongBuffer.allocate(0);
    }

    /** The first byte of the row (0 to 255), {@link #ABSENT} or {@link #UNKNOWN}. */
    int find(byte[] key) {
        if (sets == 0) {
            return UNKNOWN;
        }
        hash(key);
        int entry = entry();
        return entry < 0 ? UNKNOWN : decode((int) (table.get(entry + 1) & HEAD_MASK));
    }

    /** The row is there (again) and begins with {@code head}, or is {@link #ABSENT}. */
    void note(byte[] key, int head) {
        int stored = head == ABSENT ? ABSENT_STORED : head;
        hash(key);
        int entry = sets == 0 ? -1 : entry();
        if (stored == 0 || stored == ABSENT_STORED && head != ABSENT) {
            if (entry >= 0) {
                clear(entry);
            }
            return;
        }
        if (entry < 0) {
            if (entries >= sets * WAYS / 4 * 3) {
                grow();
            }
            if (sets == 0) {
                return;
            }
            entry = place();
        }
        set(entry, first, second & ~HEAD_MASK | stored);
    }

    /** Forgets everything. */
    void clear() {
        for (int i = 0; i < table.capacity(); i++) {
            table.put(i, 0);
        }
        entries = 0;
    }

    /** Gives its memory back. */
    void close() {
        budget.addAndGet((long) sets * SET_BYTES);
        table = LongBuffer.allocate(0);
        sets = 0;
        entries = 0;
    }

    private static int decode(int stored) {
        return stored == ABSENT_STORED ? ABSENT : stored;
    }

    private void hash(byte[] key) {
        first = hash.hash(key);
        second = hash.second();
    }

    /** Where the hashed key's entry begins in the table, or -1. */
    private int entry() {
        int base = base(first);
        for (int i = base; i < base + WAYS * LONGS_PER_ENTRY; i += LONGS_PER_ENTRY) {
            if (table.get(i) == first && ((table.get(i + 1) ^ second) & ~HEAD_MASK) == 0 && isUsed(i)) {
                return i;
            }
        }
        return -1;
    }

    private int base(long hashed) {
        return (int) (hashed & sets - 1) * WAYS * LONGS_PER_ENTRY;
    }

    private boolean isUsed(int entry) {
        return (table.get(entry + 1) & HEAD_MASK) != 0;
    }

    /** An empty entry of the hashed key's set, or one that is given up for it. */
    private int place() {
        int base = base(first);
        for (int i = base; i < base + WAYS * LONGS_PER_ENTRY; i += LONGS_PER_ENTRY) {
            if (!isUsed(i)) {
                entries++;
                return i;
            }
        }
        victim = victim + 1 & WAYS - 1;
        return base + victim * LONGS_PER_ENTRY;
    }

    private void set(int entry, long firstHalf, long secondHalf) {
        table.put(entry, firstHalf);
        table.put(entry + 1, secondHalf);
    }

    private void clear(int entry) {
        table.put(entry + 1, 0);
        entries--;
    }

    /** Doubles the table if the budget allows. Cost: a pass over it, a few nanoseconds an entry. */
    private void grow() {
        int wanted = Math.max(SETS_AT_FIRST, sets * 2);
        long more = (long) (wanted - sets) * SET_BYTES;
        if (wanted > SETS_MAX || budget.get() < more) {
            return;
        }
        if (budget.addAndGet(-more) < 0) {
            budget.addAndGet(more); // Another store was quicker.
            return;
        }
        LongBuffer old = table;
        long noted = first;
        long notedSecond = second;
        table = ByteBuffer.allocateDirect(wanted * SET_BYTES)
                .order(ByteOrder.nativeOrder())
                .asLongBuffer();
        sets = wanted;
        entries = 0;
        for (int i = 0; i < old.capacity(); i += LONGS_PER_ENTRY) {
            if ((old.get(i + 1) & HEAD_MASK) != 0) {
                first = old.get(i);
                set(place(), first, old.get(i + 1));
            }
        }
        first = noted;
        second = notedSecond;
    }
}
