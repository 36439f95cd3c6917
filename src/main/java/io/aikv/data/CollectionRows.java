package io.aikv.data;

import org.jspecify.annotations.Nullable;

/**
 * Where the rows of a collection are: packed in the record of its key, or in the store under an id. Readers that are made
 * from a {@link CollectionWriter} share its place, and so follow when a write moves packed rows to the store.
 */
public final class CollectionRows {
    private @Nullable PackedRows packed;
    private long id;

    private CollectionRows(@Nullable PackedRows packed, long id) {
        this.packed = packed;
        this.id = id;
    }

    static CollectionRows packed(PackedRows rows) {
        return new CollectionRows(rows, Collections.NO_ID);
    }

    /** @param id under which they are, or {@link Collections#NO_ID} if there are none yet */
    static CollectionRows stored(long id) {
        return new CollectionRows(null, id);
    }

    /** The rows themselves if they are packed, else null. */
    @Nullable
    PackedRows packed() {
        return packed;
    }

    public boolean isPacked() {
        return packed != null;
    }

    /** How many rows are packed; 0 if they are in the store. */
    public int packedCount() {
        PackedRows here = packed;
        return here == null ? 0 : here.count();
    }

    /** Under which they are in the store; {@link Collections#NO_ID} if they are packed, or there are none yet. */
    public long id() {
        return id;
    }

    /** From now on they are in the store. */
    void moveTo(long newId) {
        packed = null;
        id = newId;
    }
}
