package io.aikv.store;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the apply thread knows about neighbouring rows of {@link Space#ROWS}, as the entry that is being applied has them:
 * between two of them there is no other. So the last row before a position is mostly found without a cursor, which costs as
 * much as a dozen point reads.
 *
 * <p>A cache: it may know nothing, it is never wrong. {@link StoreTransaction} tells it of every write, and only the
 * transaction has it. One tag per collection. Memory: {@value #BYTES_MAX} bytes of heap per store; what was used least
 * recently goes first, a collection at a time.
 */
final class RowNeighbours {
    static final int BYTES_MAX = 6 << 20;

    /** Rows with longer keys are not remembered. */
    private static final int ROW_BYTES_MAX = 512;

    /** What a gap takes besides its keys: two objects, a value, array headers. */
    private static final int GAP_BYTES = 160;

    /** What is known of the rows of one tag of a collection. */
    private static final class Known {
        private final byte tag;
        private final TreeMap<byte[], Gap> gaps = new TreeMap<>(Arrays::compareUnsigned);
        private int bytes;
        private boolean dropped;

        Known(byte tag) {
            this.tag = tag;
        }
    }

    /** By collection id, which is never used again; the one used last is last. */
    private final Map<Long, Known> collections = new LinkedHashMap<>(16, 0.75f, true);

    private int bytes;
    private boolean changed;

    // ---- asking ----

    /** The gap that {@code position} is in or at the end of, or null if it is not known. */
    @Nullable
    Gap around(byte[] position) {
        Known known = find(position);
        if (known == null) {
            return null;
        }
        Map.Entry<byte[], Gap> before = known.gaps.lowerEntry(position);
        return before != null && before.getValue().reaches(position) ? before.getValue() : null;
    }

    /** A gap was read. */
    void note(Gap gap) {
        changed = true;
        long id = KeyLayout.collectionId(gap.row());
        byte tag = KeyLayout.tag(gap.row());
        Known known = collections.get(id);
        if (known == null) {
            known = new Known(tag);
            collections.put(id, known);
        }
        if (known.tag == tag) {
            set(known, gap);
        }
    }

    private @Nullable Known find(byte[] row) {
        if (collections.isEmpty()) {
            return null;
        }
        Known known = collections.get(KeyLayout.collectionId(row));
        return known != null && known.tag == KeyLayout.tag(row) ? known : null;
    }

    // ---- what the transaction writes ----

    void put(byte[] row, byte[] value) {
        Known known = find(row);
        if (known == null) {
            return;
        }
        changed = true;
        Gap own = known.gaps.get(row);
        if (own != null) {
            set(known, new Gap(own.row(), value, own.next()));
            return;
        }
        Map.Entry<byte[], Gap> entry = known.gaps.lowerEntry(row);
        Gap before = entry == null ? null : entry.getValue();
        if (before != null && before.reaches(row) && !Arrays.equals(before.next(), row)) {
            set(known, new Gap(before.row(), before.value(), row));
            set(known, new Gap(row, value, before.next()));
        }
    }

    void delete(byte[] row) {
        Known known = find(row);
        if (known == null) {
            return;
        }
        changed = true;
        Gap own = known.gaps.get(row);
        if (own != null) {
            unset(known, own);
        }
        Map.Entry<byte[], Gap> entry = known.gaps.lowerEntry(row);
        Gap before = entry == null ? null : entry.getValue();
        if (before != null && Arrays.equals(before.next(), row)) {
            if (own == null) {
                unset(known, before);
            } else {
                set(known, new Gap(before.row(), before.value(), own.next()));
            }
        }
    }

    void deleteRange(byte[] from, byte @Nullable [] to) {
        int prefix = KeyLayout.ROW_PREFIX_SIZE - 1;
        boolean inside = to != null
                && from.length >= prefix
                && to.length >= prefix
                && Arrays.equals(from, 0, prefix, to, 0, prefix);
        if (inside) {
            forget(KeyLayout.collectionId(from));
        } else {
            clear();
        }
    }

    /** A collection will not be asked for any more. */
    void forget(long collectionId) {
        Known known = collections.remove(collectionId);
        if (known != null) {
            bytes -= known.bytes;
            known.dropped = true;
        }
    }

    private void clear() {
        collections.clear();
        bytes = 0;
    }

    // ---- the entry ends ----

    /** What was written is committed. */
    void settle() {
        changed = false;
    }

    /** What was not settled did not happen. */
    void abandon() {
        if (changed) {
            clear();
            changed = false;
        }
    }

    // ---- memory ----

    private void set(Known known, Gap gap) {
        if (known.dropped) {
            return;
        }
        Gap old = known.gaps.get(gap.row());
        if (old != null) {
            unset(known, old);
        }
        if (gap.row().length > ROW_BYTES_MAX || gap.next() != null && gap.next().length > ROW_BYTES_MAX) {
            return;
        }
        known.gaps.put(gap.row(), gap);
        known.bytes += size(gap);
        bytes += size(gap);
        if (bytes > BYTES_MAX) {
            forget(collections.keySet().iterator().next());
        }
    }

    private void unset(Known known, Gap gap) {
        known.gaps.remove(gap.row());
        known.bytes -= size(gap);
        bytes -= size(gap);
    }

    private static int size(Gap gap) {
        byte[] next = gap.next();
        return GAP_BYTES + gap.row().length + (next == null ? 0 : next.length);
    }

    /** What is remembered, in bytes of heap. */
    int bytes() {
        return bytes;
    }
}
