package io.aikv.store;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The rows of {@link Space#SYSTEM}.
 *
 * <pre>
 * 'A'                                  applied position: term(8) index(8) entryTimeMillis(8)
 * 'C' physicalDatabase(2) slot(2)      number of keys(8); absent means 0
 * 'D'                                  logical to physical database: 256 bytes
 * 'G' physicalDatabase(1) slot(2) id(8)  a collection whose rows are garbage
 * 'I'                                  next collection id(8)
 * 'V'                                  format version(8)
 * </pre>
 */
final class SystemKeys {
    static final byte[] APPLIED = {'A'};
    static final byte[] DATABASE_MAP = {'D'};
    static final byte[] GARBAGE_FIRST = {'G'};
    static final byte[] GARBAGE_END = {'G' + 1};
    static final byte[] COUNTERS_FIRST = {'C'};
    static final byte[] COUNTERS_END = {'C' + 1};
    static final byte[] NEXT_COLLECTION_ID = {'I'};
    static final byte[] FORMAT_VERSION = {'V'};
    static final byte[] PRESENT = {1};

    /** What this code reads and writes. A change of any layout of this package raises it. */
    static final long FORMAT = 3;

    private SystemKeys() {}

    static byte[] counter(int physicalDatabase, int slot) {
        return new byte[] {
            'C', (byte) (physicalDatabase >>> 8), (byte) physicalDatabase, (byte) (slot >>> 8), (byte) slot
        };
    }

    static int counterDatabase(byte[] counterRow) {
        return (counterRow[1] & 0xff) << 8 | counterRow[2] & 0xff;
    }

    static int counterSlot(byte[] counterRow) {
        return (counterRow[3] & 0xff) << 8 | counterRow[4] & 0xff;
    }

    static byte[] garbage(int physicalDatabase, int slot, long collectionId) {
        return ByteBuffer.allocate(12)
                .put((byte) 'G')
                .put((byte) physicalDatabase)
                .putShort((short) slot)
                .putLong(collectionId)
                .array();
    }

    static long garbageId(byte[] garbageRow) {
        return ByteBuffer.wrap(garbageRow).getLong(4);
    }

    /** What all rows of the discarded collection begin with: a queue entry is that prefix behind its letter. */
    static byte[] garbagePrefix(byte[] garbageRow) {
        return Arrays.copyOfRange(garbageRow, 1, garbageRow.length);
    }

    /** Every logical database in the physical one of its number: how a group begins. A fresh array. */
    static byte[] identityDatabaseMap() {
        byte[] map = new byte[KeyLayout.DATABASES_MAX];
        for (int i = 0; i < map.length; i++) {
            map[i] = (byte) i;
        }
        return map;
    }

    static byte[] encodeLong(long value) {
        return ByteBuffer.allocate(8).putLong(value).array();
    }

    static long decodeLong(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong();
    }

    static byte[] encode(AppliedPosition position) {
        return ByteBuffer.allocate(24)
                .putLong(position.term())
                .putLong(position.index())
                .putLong(position.entryTimeMillis())
                .array();
    }

    static AppliedPosition decodePosition(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new AppliedPosition(buffer.getLong(), buffer.getLong(), buffer.getLong());
    }
}
