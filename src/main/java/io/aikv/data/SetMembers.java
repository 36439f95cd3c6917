package io.aikv.data;

import io.aikv.base.Elements;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A walk over the members of one set, in the order of their hashes; says what it reads. Starts before the first. */
final class SetMembers implements AutoCloseable {
    /** The kind of a member's row. */
    static final byte TAG = 'M';

    /** Bytes of the hash before the member. */
    static final int HASH_SIZE = 4;

    /** What a step costs beside the member itself, in bytes. */
    private static final int ROW_BYTES = KeyLayout.ROW_PREFIX_SIZE + HASH_SIZE;

    private final ReadContext context;
    private final Cursor rows;

    private SetMembers(ReadContext context, Cursor rows) {
        this.context = context;
        this.rows = rows;
    }

    /** All members. */
    static SetMembers of(ReadContext context, byte[] key, CollectionHeader set) {
        return from(context, key, set, 0);
    }

    /** The members from a hash on; it counts as unsigned. */
    static SetMembers from(ReadContext context, byte[] key, CollectionHeader set, int hash) {
        byte[] start = ByteBuffer.allocate(HASH_SIZE).putInt(hash).array();
        return new SetMembers(context, context.rows(key, set.rows(), TAG, start, null));
    }

    /** The row of a member behind its tag. */
    static byte[] sub(byte[] member) {
        return ByteBuffer.allocate(HASH_SIZE + member.length)
                .putInt(KeyLayout.hash(member))
                .put(member)
                .array();
    }

    /** The inverse of {@link #sub(byte[])}. */
    static byte[] memberOf(byte[] sub) {
        return Arrays.copyOfRange(sub, HASH_SIZE, sub.length);
    }

    boolean next() {
        if (!rows.next()) {
            return false;
        }
        context.willRead(rows.key().length);
        return true;
    }

    /** What {@link #sub()} would give, one after the other. Closing it closes this. */
    Elements<byte[]> subs() {
        SetMembers members = this;
        return new Elements<>() {
            @Override
            public byte @Nullable [] next() {
                return members.next() ? sub() : null;
            }

            @Override
            public void close() {
                members.close();
            }
        };
    }

    /** The part of the row's key behind the tag. */
    byte[] sub() {
        return KeyLayout.sub(rows.key());
    }

    byte[] member() {
        byte[] row = rows.key();
        return Arrays.copyOfRange(row, ROW_BYTES, row.length);
    }

    /** 0 to 2^32 - 1. */
    long hash() {
        return ByteBuffer.wrap(rows.key()).getInt(KeyLayout.ROW_PREFIX_SIZE) & 0xffff_ffffL;
    }

    @Override
    public void close() {
        rows.close();
    }
}
