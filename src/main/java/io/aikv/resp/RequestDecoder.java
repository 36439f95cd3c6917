package io.aikv.resp;

import io.aikv.base.Bytes;
import io.aikv.base.CommandLine;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The server's request decoder: multibulk ({@code *2 $3 GET $1 k}) and inline requests in one pass over the buffer, with Redis'
 * limits and error texts. Created per connection, called on its event loop only.
 *
 * <p>Guarantees: the requests do not depend on how the stream is split into packets; the work is linear in the bytes (an
 * incomplete line is not searched twice, a large argument leaves the buffer as it arrives); memory is taken for what has
 * arrived, not for what was announced.
 *
 * <p>As in Redis, the byte after a CR is skipped unseen, empty requests ({@code *0}, {@code *-1}, blank lines) are ignored, and a
 * length line may be as long as an inline request. Unlike Redis, a line over that limit is refused even if it arrives at once
 * with its end, and a NUL byte does not hide the end of a line.
 */
public final class RequestDecoder implements RequestReader {
    /** Arguments of at least this size are taken out of the buffer before they are complete (Redis: PROTO_MBULK_BIG_ARG). */
    private static final int BIG_BYTES = 32 << 10;

    /** Room for arguments made before the first of them has arrived, at most. */
    private static final int ARGS_CAPACITY_FIRST = 1024;

    private static final int ARRAY_BYTES_MAX = Integer.MAX_VALUE - 8;

    private static final byte[][] NO_ARGS = new byte[0][];

    // What a length line may yield besides a length.
    private static final long INCOMPLETE = Long.MIN_VALUE;
    private static final long INVALID = Long.MIN_VALUE + 1;

    private RequestLimits limits;

    /** How many readable bytes are known to hold no line end. */
    private int scanned;

    /** Arguments of the multibulk request being read; 0 between requests. */
    private int argsTotal;

    private byte[][] args = NO_ARGS;
    private int argCount;
    /** Length of the argument being read, -1 until it is known. */
    private int bulkLength = -1;

    private @Nullable GrowingBytes big;

    /** Bytes of the request being read that have left the buffer. */
    private long consumedBytes;

    private long unreadBytes;
    private @Nullable ProtocolError failure;

    public RequestDecoder(RequestLimits limits) {
        this.limits = limits;
    }

    @Override
    public void limits(RequestLimits newLimits) {
        limits = newLimits;
    }

    @Override
    public long bufferedBytes() {
        return takenBytes() + unreadBytes;
    }

    @Override
    public @Nullable Request next(ByteBuf in) throws ProtocolError {
        if (failure != null) {
            throw failure;
        }
        try {
            Request request = read(in);
            unreadBytes = in.readableBytes();
            if (request == null) {
                requireMemory(unreadBytes);
            }
            if (request == null && bufferedBytes() > limits.queryBufferBytesMax()) {
                throw ProtocolError.silent("query buffer limit of " + limits.queryBufferBytesMax() + " bytes exceeded");
            }
            return request;
        } catch (ProtocolError error) {
            abandon(error);
            throw error;
        }
    }

    /** Forgets the unfinished request; {@link #next} throws {@code error} from now on. */
    public void abandon(ProtocolError error) {
        failure = error;
        unreadBytes = 0;
        reset();
    }

    /** @param moreBytes that the unfinished request takes besides what it has taken already */
    private void requireMemory(long moreBytes) throws ProtocolError {
        if (takenBytes() + moreBytes > limits.requestBytesMax()) {
            throw ProtocolError.tooLarge(limits.requestBytesMax());
        }
    }

    private long takenBytes() {
        return consumedBytes + (long) argCount * Request.ARG_OVERHEAD_BYTES;
    }

    private @Nullable Request read(ByteBuf in) throws ProtocolError {
        while (true) {
            if (argsTotal == 0) {
                if (!in.isReadable()) {
                    return null;
                }
                if (in.getByte(in.readerIndex()) != '*') {
                    byte @Nullable [][] words = readInline(in);
                    if (words == null) {
                        return null;
                    }
                    if (words.length > 0) {
                        return finish(words);
                    }
                    consumedBytes = 0;
                    continue;
                }
                if (!readCount(in)) {
                    return null;
                }
                if (argsTotal == 0) {
                    continue;
                }
            }
            return readArgs(in) ? finish(args) : null;
        }
    }

    private Request finish(byte[][] all) {
        Request request = new Request(all, consumedBytes);
        reset();
        return request;
    }

    private void reset() {
        args = NO_ARGS;
        argsTotal = 0;
        argCount = 0;
        bulkLength = -1;
        big = null;
        scanned = 0;
        consumedBytes = 0;
    }

    // ---- multibulk ----

    /** Reads {@code *count}; false if it is incomplete. A count of zero or less leaves {@code argsTotal} at 0. */
    private boolean readCount(ByteBuf in) throws ProtocolError {
        long count = readLength(in, '*');
        if (count == INCOMPLETE) {
            return false;
        }
        if (count == INVALID || count > limits.argsMax()) {
            throw ProtocolError.answered("invalid multibulk length");
        }
        if (!limits.authenticated() && count > RequestLimits.UNAUTHENTICATED_ARGS_MAX) {
            throw ProtocolError.answered("unauthenticated multibulk length");
        }
        if (count <= 0) {
            consumedBytes = 0;
            return true;
        }
        argsTotal = (int) count;
        args = new byte[Math.min(argsTotal, ARGS_CAPACITY_FIRST)][];
        return true;
    }

    private boolean readArgs(ByteBuf in) throws ProtocolError {
        while (argCount < argsTotal) {
            if (bulkLength < 0 && !readBulkLength(in)) {
                return false;
            }
            byte[] arg = readBulk(in);
            if (arg == null) {
                return false;
            }
            if (argCount == args.length) {
                args = Arrays.copyOf(args, (int) Math.min(argsTotal, 2L * args.length));
            }
            args[argCount++] = arg;
            consumedBytes += bulkLength + 2L;
            bulkLength = -1;
        }
        return true;
    }

    private boolean readBulkLength(ByteBuf in) throws ProtocolError {
        long length = readLength(in, '$');
        if (length == INCOMPLETE) {
            return false;
        }
        if (length < 0 || length > Math.min(limits.bulkBytesMax(), ARRAY_BYTES_MAX)) {
            throw ProtocolError.answered("invalid bulk length");
        }
        if (!limits.authenticated() && length > RequestLimits.UNAUTHENTICATED_BULK_BYTES_MAX) {
            throw ProtocolError.answered("unauthenticated bulk length");
        }
        requireMemory(length);
        bulkLength = (int) length;
        return true;
    }

    /** The argument of {@code bulkLength} bytes, its CRLF skipped; null if it is incomplete. */
    private byte @Nullable [] readBulk(ByteBuf in) {
        if (big == null) {
            if (in.readableBytes() >= bulkLength + 2L) {
                byte[] arg = bulkLength == 0 ? Bytes.EMPTY : new byte[bulkLength];
                in.readBytes(arg).skipBytes(2);
                return arg;
            }
            if (bulkLength < BIG_BYTES) {
                return null;
            }
            big = new GrowingBytes(bulkLength, Math.min(bulkLength, in.readableBytes()));
        }
        int before = in.readableBytes();
        boolean complete = big.fill(in);
        consumedBytes += before - in.readableBytes();
        if (!complete || in.readableBytes() < 2) {
            return null;
        }
        in.skipBytes(2);
        byte[] arg = big.bytes();
        big = null;
        consumedBytes -= bulkLength;
        return arg;
    }

    // ---- lines ----

    /**
     * Reads a line of {@code marker} and a number. Most are at most eight bytes long and are taken from one 64-bit read, which
     * is several times cheaper than checked reads of single bytes.
     */
    private long readLength(ByteBuf in, char marker) throws ProtocolError {
        int start = in.readerIndex();
        if (in.readableBytes() >= 8) {
            long word = in.getLongLE(start);
            if ((word & 0xff) == marker) {
                int value = 0;
                for (int i = 1; i < 7; i++) {
                    int digit = ((int) (word >>> (8 * i)) & 0xff) - '0';
                    if (digit < 0 || digit > 9) {
                        boolean canonical = i == 2 || (i > 2 && ((word >>> 8) & 0xff) != '0');
                        if (digit != '\r' - '0' || !canonical) {
                            break;
                        }
                        consumeLine(in, i + 2);
                        return value;
                    }
                    value = value * 10 + digit;
                }
            }
        }
        return readLongLine(in, marker);
    }

    private long readLongLine(ByteBuf in, char marker) throws ProtocolError {
        int start = in.readerIndex();
        int end = in.indexOf(start + scanned, in.writerIndex(), (byte) '\r');
        int size = end < 0 ? in.readableBytes() : end - start;
        if (size > limits.inlineBytesMax()) {
            throw ProtocolError.answered(marker == '*' ? "too big mbulk count string" : "too big bulk count string");
        }
        if (end < 0 || end + 1 >= in.writerIndex()) {
            scanned = size;
            return INCOMPLETE;
        }
        byte first = in.getByte(start);
        if (first != marker) {
            throw ProtocolError.answered("expected '" + marker + "', got '" + (char) (first & 0xff) + "'");
        }
        long value = parseLength(in, start + 1, end);
        consumeLine(in, size + 2);
        return value;
    }

    private void consumeLine(ByteBuf in, int bytes) {
        in.skipBytes(bytes);
        consumedBytes += bytes;
        scanned = 0;
    }

    /** A canonical integer, or {@link #INVALID}, also for one too large for any limit. */
    private static long parseLength(ByteBuf in, int from, int end) {
        boolean negative = from < end && in.getByte(from) == '-';
        int at = negative ? from + 1 : from;
        int digits = end - at;
        if (digits < 1 || digits > 18 || (in.getByte(at) == '0' && (digits > 1 || negative))) {
            return INVALID;
        }
        long value = 0;
        for (; at < end; at++) {
            int digit = in.getByte(at) - '0';
            if (digit < 0 || digit > 9) {
                return INVALID;
            }
            value = value * 10 + digit;
        }
        return negative ? -value : value;
    }

    /** The words of an inline request, none for a blank line; null if it is incomplete. */
    private byte @Nullable [][] readInline(ByteBuf in) throws ProtocolError {
        int start = in.readerIndex();
        int end = in.indexOf(start + scanned, in.writerIndex(), (byte) '\n');
        int size = end < 0 ? in.readableBytes() : end - start;
        if (size > limits.inlineBytesMax()) {
            throw ProtocolError.answered("too big inline request");
        }
        if (end < 0) {
            scanned = size;
            return null;
        }
        int text = size > 0 && in.getByte(end - 1) == '\r' ? size - 1 : size;
        byte[] line = new byte[text];
        in.getBytes(start, line);
        consumeLine(in, size + 1);
        byte @Nullable [][] words = CommandLine.split(line);
        if (words == null) {
            throw ProtocolError.answered("unbalanced quotes in request");
        }
        return words;
    }
}
