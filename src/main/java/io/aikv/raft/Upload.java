package io.aikv.raft;

import io.aikv.base.Varint;
import java.nio.ByteBuffer;

/**
 * A command larger than an entry on its way into the log, piece by piece. The encoded request is never held as a whole:
 * each piece is written when it is due. Guarded by whoever owns it: one thread at a time.
 */
final class Upload {
    private final Proposal proposal;
    private final long id;
    private final int pieceBytes;
    private final byte[] head;
    private int sequence;
    private int argument = -1;
    private int offset;

    Upload(Proposal proposal, long id, int pieceBytes) {
        this.proposal = proposal;
        this.id = id;
        this.pieceBytes = pieceBytes;
        ByteBuffer out = ByteBuffer.allocate(1 + Varint.size(proposal.argv().length));
        out.put((byte) proposal.database());
        Varint.write(out, proposal.argv().length);
        this.head = out.array();
    }

    Proposal proposal() {
        return proposal;
    }

    /** The next entry: a piece, or at the end the one that runs the request. */
    LogEntry next(LogEntry.Stamp stamp) {
        if (isUploaded()) {
            return new LogEntry.Staged(stamp, id, sequence);
        }
        ByteBuffer out = ByteBuffer.allocate(pieceBytes);
        if (argument < 0) {
            out.put(head);
            argument = 0;
        }
        byte[][] argv = proposal.argv();
        while (argument < argv.length && out.remaining() > Varint.SIZE_MAX) {
            byte[] arg = argv[argument];
            if (offset == 0) {
                Varint.write(out, arg.length);
            }
            int length = Math.min(out.remaining(), arg.length - offset);
            out.put(arg, offset, length);
            offset += length;
            if (offset < arg.length) {
                break;
            }
            argument++;
            offset = 0;
        }
        return new LogEntry.Piece(stamp, id, sequence++, out.array(), 0, out.position());
    }

    /** Whether every piece was handed out: {@link #next} then gives the last entry. */
    boolean isUploaded() {
        return argument == proposal.argv().length;
    }
}
