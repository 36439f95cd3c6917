package io.aikv.raft;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.base.Varint;
import io.aikv.store.Cursor;
import io.aikv.store.Space;
import io.aikv.store.StoreReader;
import io.aikv.store.StoreTransaction;
import java.nio.ByteBuffer;

/**
 * The pieces of the one request that is being uploaded, because it is larger than an entry. Part of the replicated state:
 * what is staged is the same on every replica.
 *
 * <pre>
 * SYSTEM 'U'                  uploadId(8) term(8) pieces(4) bytes(8)
 * SYSTEM 'U' sequence(4)      the bytes of one piece
 * </pre>
 *
 * A leader uploads one request at a time and ends it with its own last entry, so pieces are garbage as soon as an entry of
 * a later term or the first piece of another upload is applied: at most one upload is ever kept. Apply thread only.
 */
final class Staging {
    private static final byte[] HEAD = {'U'};
    private static final byte[] END = {'U' + 1};

    private long uploadId;
    private long term;
    private int pieces;
    private long bytes;

    /** Continues with what the store holds. */
    Staging(StoreReader store) {
        byte[] head = store.get(Space.SYSTEM, HEAD);
        if (head != null) {
            ByteBuffer in = ByteBuffer.wrap(head);
            uploadId = in.getLong();
            term = in.getLong();
            pieces = in.getInt();
            bytes = in.getLong();
        }
    }

    /** Forgets an upload whose leader is gone. To be called for every entry, before it is applied. */
    void enterTerm(StoreTransaction transaction, long entryTerm) {
        if (pieces > 0 && entryTerm > term) {
            clear(transaction);
        }
    }

    void add(StoreTransaction transaction, long entryTerm, LogEntry.Piece piece) {
        if (piece.sequence() == 0) {
            clear(transaction);
            uploadId = piece.uploadId();
            term = entryTerm;
        }
        if (piece.uploadId() != uploadId || piece.sequence() != pieces) {
            return;
        }
        byte[] value = new byte[piece.length()];
        System.arraycopy(piece.bytes(), piece.offset(), value, 0, piece.length());
        transaction.put(Space.SYSTEM, row(pieces), value);
        pieces++;
        bytes += piece.length();
        transaction.put(
                Space.SYSTEM,
                HEAD,
                ByteBuffer.allocate(28)
                        .putLong(uploadId)
                        .putLong(term)
                        .putInt(pieces)
                        .putLong(bytes)
                        .array());
    }

    /** Whether the upload is complete. If a piece was lost with its leader, it is not, and never will be. */
    boolean isComplete(LogEntry.Staged staged) {
        return pieces > 0 && uploadId == staged.uploadId() && pieces == staged.pieces();
    }

    /** The request that the pieces make. Needs its size, and one piece more. */
    LogEntry.Request read(StoreTransaction transaction) {
        try (Cursor rows = transaction.cursor(Space.SYSTEM, row(0), END)) {
            Pieces in = new Pieces(rows, bytes);
            int database = in.next() & 0xff;
            byte[][] argv = new byte[in.bounded(in.number())][];
            Check.invariant(argv.length > 0, "a request of no arguments");
            for (int i = 0; i < argv.length; i++) {
                argv[i] = in.take(in.bounded(in.number()));
            }
            Check.invariant(in.left == 0, "%s bytes behind the request of upload %s", in.left, uploadId);
            return new LogEntry.Request(database, argv);
        }
    }

    /** The bytes of all pieces, one piece in memory at a time. */
    private static final class Pieces {
        private final Cursor rows;
        private long left;
        private byte[] piece = Bytes.EMPTY;
        private int at;

        Pieces(Cursor rows, long bytes) {
            this.rows = rows;
            this.left = bytes;
        }

        byte next() {
            require();
            left--;
            return piece[at++];
        }

        int number() {
            byte[] digits = new byte[Varint.SIZE_MAX];
            int count = 0;
            do {
                digits[count++] = next();
            } while (digits[count - 1] < 0 && count < digits.length);
            return Varint.read(digits, 0);
        }

        /** A number of things that take a byte each at least. */
        int bounded(int number) {
            Check.invariant(number <= left, "%s announced where %s bytes are left", number, left);
            return number;
        }

        byte[] take(int size) {
            byte[] taken = size == 0 ? Bytes.EMPTY : new byte[size];
            for (int done = 0; done < size; ) {
                require();
                int count = Math.min(size - done, piece.length - at);
                System.arraycopy(piece, at, taken, done, count);
                at += count;
                done += count;
            }
            left -= size;
            return taken;
        }

        private void require() {
            while (at == piece.length) {
                Check.invariant(rows.next(), "%s bytes of an upload are missing", left);
                piece = rows.value();
                at = 0;
            }
        }
    }

    /** Forgets the upload. */
    void clear(StoreTransaction transaction) {
        for (int i = 0; i < pieces; i++) {
            transaction.delete(Space.SYSTEM, row(i));
        }
        transaction.delete(Space.SYSTEM, HEAD);
        pieces = 0;
        bytes = 0;
    }

    private static byte[] row(int sequence) {
        return ByteBuffer.allocate(5).put((byte) 'U').putInt(sequence).array();
    }
}
