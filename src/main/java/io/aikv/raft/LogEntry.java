package io.aikv.raft;

import io.aikv.base.Check;
import io.aikv.base.Varint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One committed record of a group's log: what every replica applies, in the same way.
 *
 * <pre>
 * version(1) kind(1) timeMillis(8) seed(8) body
 *
 * kind     low six bits; bit 7: due keys are not removed by this entry (DEBUG SET-ACTIVE-EXPIRE 0)
 * COMMANDS count requests; a request is database(1) argc (size bytes)...
 * BARRIER  empty
 * TICK     empty
 * PIECE    uploadId(8) sequence bytes-to-the-end: a piece of one encoded request that is larger than an entry may be
 * STAGED   uploadId(8) pieces: runs the request whose pieces came before
 * </pre>
 *
 * {@code count}, {@code argc}, {@code size}, {@code sequence} and {@code pieces} are unsigned LEB128. An unknown version or kind must stop
 * the group (invariant I10): {@link #decode} throws for it.
 */
sealed interface LogEntry {
    int VERSION = 1;
    int HEADER_SIZE = 18;

    /** The bit of the kind that keeps due keys. */
    int KEEP_DUE = 0x80;

    Stamp stamp();

    /**
     * What the leader stamps into an entry, so that no replica needs a clock or chance.
     *
     * @param timeMillis the group's time as the leader tells it; the executor never lets it go back
     * @param removeDue whether keys that are due are removed by this entry
     */
    record Stamp(long timeMillis, long seed, boolean removeDue) {}

    /**
     * A command as received.
     *
     * @param database logical, 0 to 255
     * @param argv the command's name first; not copied
     */
    record Request(int database, byte[][] argv) {
        /** Encoded size in bytes. */
        int size() {
            return requestSize(argv);
        }
    }

    record Commands(Stamp stamp, List<Request> requests) implements LogEntry {}

    /** Changes nothing; being committed is what it is for. */
    record Barrier(Stamp stamp) implements LogEntry {}

    /** Only removes keys that are due. */
    record Tick(Stamp stamp) implements LogEntry {}

    /** {@code length} bytes of {@code bytes} from {@code offset} on; piece 0 begins an upload and forgets any other. */
    record Piece(Stamp stamp, long uploadId, int sequence, byte[] bytes, int offset, int length) implements LogEntry {}

    /** Runs the request that the pieces of the upload hold, if all of them are there. */
    record Staged(Stamp stamp, long uploadId, int pieces) implements LogEntry {}

    // ---- sizes ----

    static int requestSize(byte[][] argv) {
        long size = 1 + (long) Varint.size(argv.length);
        for (byte[] arg : argv) {
            size += Varint.size(arg.length) + (long) arg.length;
        }
        return (int) Math.min(size, Integer.MAX_VALUE);
    }

    private static int kind(LogEntry entry) {
        if (entry instanceof Commands) {
            return 1;
        } else if (entry instanceof Barrier) {
            return 2;
        } else if (entry instanceof Tick) {
            return 3;
        } else if (entry instanceof Piece) {
            return 4;
        }
        return 5;
    }

    private static int size(LogEntry entry) {
        int size = HEADER_SIZE;
        if (entry instanceof Commands commands) {
            size += Varint.size(commands.requests().size());
            for (Request request : commands.requests()) {
                size = Math.addExact(size, request.size());
            }
        } else if (entry instanceof Piece piece) {
            size += 8 + Varint.size(piece.sequence()) + piece.length();
        } else if (entry instanceof Staged staged) {
            size += 8 + Varint.size(staged.pieces());
        }
        return size;
    }

    // ---- codec ----

    /** The entry's bytes, in an array of exactly their size. */
    static byte[] encode(LogEntry entry) {
        ByteBuffer out = ByteBuffer.allocate(size(entry));
        Stamp stamp = entry.stamp();
        out.put((byte) VERSION).put((byte) (kind(entry) | (stamp.removeDue() ? 0 : KEEP_DUE)));
        out.putLong(stamp.timeMillis()).putLong(stamp.seed());
        if (entry instanceof Commands commands) {
            Varint.write(out, commands.requests().size());
            for (Request request : commands.requests()) {
                writeRequest(out, request);
            }
        } else if (entry instanceof Piece piece) {
            out.putLong(piece.uploadId());
            Varint.write(out, piece.sequence());
            out.put(piece.bytes(), piece.offset(), piece.length());
        } else if (entry instanceof Staged staged) {
            out.putLong(staged.uploadId());
            Varint.write(out, staged.pieces());
        }
        Check.invariant(!out.hasRemaining(), "%s bytes too many allocated for an entry", out.remaining());
        return out.array();
    }

    /**
     * Reads an entry, copying what it keeps.
     *
     * @throws IllegalArgumentException if version or kind is unknown, or the bytes are not an entry
     */
    static LogEntry decode(ByteBuffer in) {
        Check.argument(in.remaining() >= HEADER_SIZE, "an entry of %s bytes", in.remaining());
        int version = in.get() & 0xff;
        Check.argument(version == VERSION, "entry version %s; this node knows %s", version, VERSION);
        int kindAndFlags = in.get() & 0xff;
        Stamp stamp = new Stamp(in.getLong(), in.getLong(), (kindAndFlags & KEEP_DUE) == 0);
        LogEntry entry = switch (kindAndFlags & ~KEEP_DUE) {
            case 1 -> new Commands(stamp, readRequests(in));
            case 2 -> new Barrier(stamp);
            case 3 -> new Tick(stamp);
            case 4 -> readPiece(in, stamp);
            case 5 -> new Staged(stamp, in.getLong(), Varint.read(in));
            default -> throw new IllegalArgumentException("entry of unknown kind " + (kindAndFlags & ~KEEP_DUE));
        };
        Check.argument(!in.hasRemaining(), "%s bytes behind an entry", in.remaining());
        return entry;
    }

    /** One request as in COMMANDS: what the pieces of an upload make together. */
    static void writeRequest(ByteBuffer out, Request request) {
        out.put((byte) request.database());
        Varint.write(out, request.argv().length);
        for (byte[] arg : request.argv()) {
            Varint.write(out, arg.length);
            out.put(arg);
        }
    }

    static Request readRequest(ByteBuffer in) {
        int database = in.get() & 0xff;
        int argc = Varint.read(in);
        Check.argument(argc > 0 && argc <= in.remaining(), "a request of %s arguments", argc);
        byte[][] argv = new byte[argc][];
        for (int i = 0; i < argc; i++) {
            int size = Varint.read(in);
            Check.argument(size <= in.remaining(), "an argument of %s bytes, %s are left", size, in.remaining());
            argv[i] = new byte[size];
            in.get(argv[i]);
        }
        return new Request(database, argv);
    }

    private static List<Request> readRequests(ByteBuffer in) {
        int count = Varint.read(in);
        Check.argument(count <= in.remaining(), "an entry of %s requests", count);
        List<Request> requests = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            requests.add(readRequest(in));
        }
        return requests;
    }

    private static Piece readPiece(ByteBuffer in, Stamp stamp) {
        long uploadId = in.getLong();
        int sequence = Varint.read(in);
        byte[] bytes = new byte[in.remaining()];
        in.get(bytes);
        return new Piece(stamp, uploadId, sequence, bytes, 0, bytes.length);
    }
}
