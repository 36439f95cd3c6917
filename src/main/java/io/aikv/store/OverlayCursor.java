package io.aikv.store;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Merges the committed rows of a range with an overlay, ascending or descending. Looks the overlay up at every step, so
 * the transaction may write while it iterates: what lies ahead of the cursor shows, what lies behind does not.
 */
final class OverlayCursor implements Cursor {
    private static final byte[] NONE = new byte[0];

    private final RocksCursor committed;
    private final Overlay overlay;
    private final NavigableMap<byte[], byte[]> changes;
    private final boolean descending;
    private final Consumer<RocksCursor> closing;

    /** Whether {@link #committed} stands on a row that was not consumed yet. */
    private boolean onCommitted;

    private boolean committedEnded;
    /** The key the cursor is at or has skipped last, or null at the start and after a seek. */
    private byte @Nullable [] last;

    /** Where the cursor was told to go, or null if it was not. */
    private byte @Nullable [] sought;

    private byte[] key = NONE;
    private byte @Nullable [] value;

    private boolean closed;

    /** @param closing what becomes of {@code committed} when this is closed */
    OverlayCursor(
            RocksCursor committed,
            Overlay overlay,
            byte[] from,
            byte @Nullable [] to,
            boolean descending,
            Consumer<RocksCursor> closing) {
        this.closing = closing;
        this.committed = committed;
        this.overlay = overlay;
        this.descending = descending;
        NavigableMap<byte[], byte[]> range = overlay.between(from, to);
        this.changes = descending ? range.descendingMap() : range;
    }

    @Override
    public boolean next() {
        while (true) {
            if (!onCommitted && !committedEnded) {
                settle(committed.next());
            }
            Map.Entry<byte[], byte[]> change = nextChange();
            if (change == null && committedEnded) {
                return false;
            }
            int order = committedEnded ? 1 : -1;
            if (change != null && !committedEnded) {
                order = compare(committed.key(), change.getKey());
            }
            if (change == null || order < 0) {
                if (takeCommitted()) {
                    return true;
                }
                continue;
            }
            if (order == 0) {
                onCommitted = false;
            }
            last = change.getKey();
            if (change.getValue() != Overlay.DELETED) {
                key = change.getKey();
                value = change.getValue();
                return true;
            }
        }
    }

    @Override
    public boolean seek(byte[] position) {
        settle(committed.seek(position));
        last = null;
        sought = position;
        return next();
    }

    /** Consumes the committed row; false if it is erased, and then everything up to the range's end is skipped. */
    private boolean takeCommitted() {
        byte[] row = committed.key();
        Overlay.Range range = overlay.erasing(row);
        if (range == null) {
            onCommitted = false;
            last = row;
            key = row;
            value = null;
            return true;
        }
        byte[] end = descending ? range.from() : range.to();
        settle(end != null && committed.seek(end));
        return false;
    }

    private void settle(boolean found) {
        onCommitted = found;
        committedEnded = !found;
    }

    private Map.@Nullable Entry<byte[], byte[]> nextChange() {
        if (changes.isEmpty()) {
            return null;
        }
        byte[] position = last;
        if (position != null) {
            return changes.higherEntry(position);
        }
        byte[] start = sought;
        if (start == null) {
            return changes.firstEntry();
        }
        return descending ? changes.higherEntry(start) : changes.ceilingEntry(start);
    }

    private int compare(byte[] a, byte[] b) {
        return descending ? Arrays.compareUnsigned(b, a) : Arrays.compareUnsigned(a, b);
    }

    @Override
    public byte[] key() {
        return key;
    }

    @Override
    public byte[] value() {
        byte[] found = value;
        if (found == null) {
            found = committed.value();
            value = found;
        }
        return found;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            closing.accept(committed);
        }
    }
}
