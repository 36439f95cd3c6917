package io.aikv.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a transaction was like at an instant, and what was done to its overlays since, to be taken back. Costs nothing while
 * there is none; memory in proportion to the writes behind it.
 */
final class Savepoint {
    final Map<Integer, Long> countChanges;
    final boolean[] flushedDatabases;
    final byte @Nullable [] databaseMap;
    final long nextCollectionId;
    final long earliestExpiryMillis;

    private final List<Runnable> undo = new ArrayList<>();

    Savepoint(
            Map<Integer, Long> countChanges,
            boolean[] flushedDatabases,
            byte @Nullable [] databaseMap,
            long nextCollectionId,
            long earliestExpiryMillis) {
        this.countChanges = new HashMap<>(countChanges);
        this.flushedDatabases = flushedDatabases.clone();
        this.databaseMap = databaseMap == null ? null : databaseMap.clone();
        this.nextCollectionId = nextCollectionId;
        this.earliestExpiryMillis = earliestExpiryMillis;
    }

    /** A row is about to be put or deleted. */
    void beforeRow(Overlay overlay, byte[] key) {
        byte[] before = overlay.own(key);
        undo.add(() -> overlay.restore(key, before));
    }

    void beforeRange(Overlay overlay, byte[] from, byte @Nullable [] to) {
        undo.add(overlay.undoOfDeleteRange(from, to));
    }

    /** Takes back what was done to the overlays, the last first. */
    void undoRows() {
        for (int i = undo.size() - 1; i >= 0; i--) {
            undo.get(i).run();
        }
    }
}
