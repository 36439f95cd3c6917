package io.aikv.store;

import java.util.Arrays;
import org.rocksdb.WriteBatch;

/**
 * Writes a RocksDB write batch in Java and hands it over whole: one native call per entry instead of one per row. Only
 * measured: it does not pay (see the benchmark page). Reused;
 * apply thread only.
 *
 * <p>The format is RocksDB's (write_batch.cc), stable because it is also that of its write-ahead log: sequence(8, zero)
 * count(4), both little-endian, then records: type(1) columnFamily(varint32), then key and, unless a delete, value, each
 * with its size(varint32).
 */
final class EntryBatch {
    private static final int HEADER_SIZE = 12;
    /** An entry larger than this does not keep its buffer. */
    private static final int KEPT_BYTES_MAX = 1 << 20;

    private static final byte DELETE = 0x4;
    private static final byte PUT = 0x5;
    private static final byte DELETE_RANGE = 0xe;

    private byte[] buffer = new byte[4096];
    private int size;
    private int count;

    EntryBatch() {
        clear();
    }

    void clear() {
        if (buffer.length > KEPT_BYTES_MAX) {
            buffer = new byte[4096];
        }
        size = HEADER_SIZE;
        count = 0;
    }

    void put(int family, byte[] key, byte[] value) {
        begin(PUT, family, key.length + value.length);
        bytes(key);
        bytes(value);
    }

    void delete(int family, byte[] key) {
        begin(DELETE, family, key.length);
        bytes(key);
    }

    void deleteRange(int family, byte[] from, byte[] to) {
        begin(DELETE_RANGE, family, from.length + to.length);
        bytes(from);
        bytes(to);
    }

    /** To be closed. */
    WriteBatch toWriteBatch() {
        for (int i = 0; i < 4; i++) {
            buffer[8 + i] = (byte) (count >>> 8 * i);
        }
        return new WriteBatch(Arrays.copyOf(buffer, size));
    }

    private void begin(byte type, int family, int bytes) {
        // Three varints of at most five bytes each.
        long needed = (long) size + 16 + bytes;
        if (needed > buffer.length) {
            if (needed > Integer.MAX_VALUE - 8) {
                throw StoreFailure.of("an entry writes more than 2 GB");
            }
            buffer = Arrays.copyOf(buffer, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * buffer.length)));
        }
        buffer[size++] = type;
        varint(family);
        count++;
    }

    private void bytes(byte[] bytes) {
        varint(bytes.length);
        System.arraycopy(bytes, 0, buffer, size, bytes.length);
        size += bytes.length;
    }

    private void varint(int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            buffer[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        buffer[size++] = (byte) rest;
    }
}
