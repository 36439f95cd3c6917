package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Varint;
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
    static StreamEntry decode(StreamId id, byte[] row) {
        int count = 0;
        for (int at = 0; at < row.length; count++) {
            at = Varint.end(row, at) + Varint.read(row, at);
        }
        byte[][] fields = new byte[count][];
        int at = 0;
        for (int i = 0; i < count; i++) {
            int size = Varint.read(row, at);
            at = Varint.end(row, at);
            fields[i] = size == 0 ? Bytes.EMPTY : Arrays.copyOfRange(row, at, at + size);
            at += size;
        }
        return new StreamEntry(id, fields);
    }

    /** The row of the fields and values in {@code argv} from {@code start} on. */
    static byte[] encode(byte[][] argv, int start) {
        int total = 0;
        for (int i = start; i < argv.length; i++) {
            total += Varint.size(argv[i].length) + argv[i].length;
        }
        byte[] row = new byte[total];
        int at = 0;
        for (int i = start; i < argv.length; i++) {
            at = Varint.write(row, at, argv[i].length);
            System.arraycopy(argv[i], 0, row, at, argv[i].length);
            at += argv[i].length;
        }
        return row;
    }
}
