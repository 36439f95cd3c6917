package io.aikv.store;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Merges the committed rows of a range with an overlay, ascending or descending. */
final class OverlayCursor implements Cursor {
    private final Cursor committed;
    private final Overlay overlay;
    private final Iterator<Map.Entry<byte[], byte[]>> changes;
    private final int direction;

    private boolean committedReady;
    private Map.@Nullable Entry<byte[], byte[]> change;
    private byte[] key = Overlay.DELETED;
    private byte[] value = Overlay.DELETED;

    OverlayCursor(Cursor committed, Overlay overlay, byte[] from, byte @Nullable [] to, boolean descending) {
        this.committed = committed;
        this.overlay = overlay;
        this.direction = descending ? -1 : 1;
        var range = overlay.between(from, to);
        this.changes = (descending ? range.descendingMap() : range).entrySet().iterator();
        advanceCommitted();
        advanceChange();
    }

    @Override
    public boolean next() {
        while (committedReady || change != null) {
            int order = !committedReady
                    ? 1
                    : change == null ? -1 : direction * Arrays.compareUnsigned(committed.key(), change.getKey());
            if (order < 0) {
                boolean erased = overlay.isErased(committed.key());
                key = committed.key();
                value = committed.value();
                advanceCommitted();
                if (!erased) {
                    return true;
                }
                continue;
            }
            if (order == 0) {
                advanceCommitted();
            }
            Map.Entry<byte[], byte[]> current = java.util.Objects.requireNonNull(change);
            advanceChange();
            if (current.getValue() != Overlay.DELETED) {
                key = current.getKey();
                value = current.getValue();
                return true;
            }
        }
        return false;
    }

    private void advanceCommitted() {
        committedReady = committed.next();
    }

    private void advanceChange() {
        change = changes.hasNext() ? changes.next() : null;
    }

    @Override
    public byte[] key() {
        return key;
    }

    @Override
    public byte[] value() {
        return value;
    }

    @Override
    public void close() {
        committed.close();
    }
}
