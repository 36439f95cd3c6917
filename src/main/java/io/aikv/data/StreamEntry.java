package io.aikv.data;

import io.aikv.base.Bytes;
import java.util.Arrays;

/**
 * An entry of a stream.
 *
 * <pre>
 * row E id(16) -> size of each field and value as a varint, then its bytes, until the end
 * </pre>
 *
 * @param fields fields and values in turn: an even number, at least two; not copied
 */
public record StreamEntry(StreamId id, byte[][] fields) {
    private static final int VARINT_MORE = 0x80;

    static StreamEntry decode(StreamId id, byte[] row) {
        int count = 0;
        for (int at = 0; at < row.length; count++) {
            int size = readVarint(row, at);
            at += varintSize(size) + size;
        }
        byte[][] fields = new byte[count][];
        int at = 0;
        for (int i = 0; i < count; i++) {
            int size = readVarint(row, at);
            at += varintSize(size);
            fields[i] = size == 0 ? Bytes.EMPTY : Arrays.copyOfRange(row, at, at + size);
            at += size;
        }
        return new StreamEntry(id, fields);
    }

    /** The row of the fields and values in {@code argv} from {@code start} on. */
    static byte[] encode(byte[][] argv, int start) {
        int total = 0;
        for (int i = start; i < argv.length; i++) {
            total += varintSize(argv[i].length) + argv[i].length;
        }
        byte[] row = new byte[total];
        int at = 0;
        for (int i = start; i < argv.length; i++) {
            int rest = argv[i].length;
            while (rest >= VARINT_MORE) {
                row[at++] = (byte) (rest | VARINT_MORE);
                rest >>>= 7;
            }
            row[at++] = (byte) rest;
            System.arraycopy(argv[i], 0, row, at, argv[i].length);
            at += argv[i].length;
        }
        return row;
    }

    private static int varintSize(int value) {
        int size = 1;
        for (int rest = value; rest >= VARINT_MORE; rest >>>= 7) {
            size++;
        }
        return size;
    }

    private static int readVarint(byte[] row, int from) {
        int value = 0;
        int shift = 0;
        int at = from;
        while (row[at] < 0) {
            value |= (row[at++] & 0x7f) << shift;
            shift += 7;
        }
        return value | row[at] << shift;
    }
}
