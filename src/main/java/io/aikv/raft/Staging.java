package io.aikv.raft;

import io.aikv.base.Check;
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

    /** The request that the pieces make. Needs twice its size for a moment. */
    LogEntry.Request read(StoreTransaction transaction) {
        ByteBuffer whole = ByteBuffer.allocate(Math.toIntExact(bytes));
        try (Cursor rows = transaction.cursor(Space.SYSTEM, row(0), END)) {
            while (rows.next()) {
                whole.put(rows.value());
            }
        }
        Check.invariant(!whole.hasRemaining(), "%s bytes of upload %s are missing", whole.remaining(), uploadId);
        return LogEntry.readRequest(whole.flip());
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
