package io.aikv.resp;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.base.CommandError;
import io.aikv.base.Numbers;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of a server into replies: all types of RESP2 and RESP3. Attributes are read and dropped; streamed strings and
 * aggregates, which no server sends, are refused. netty-codec-redis does not fit here: it knows RESP2 only and takes the
 * first byte of every other type for an inline command.
 *
 * <p>Confined to one connection's event loop. Linear in the bytes however they are split; takes memory for what has arrived,
 * within the limits, not for what was announced.
 */
public final class ReplyDecoder {
    /** Bound of nesting; Redis' deepest replies (scripts, COMMAND DOCS) are far below. */
    static final int DEPTH_MAX = 128;

    /** Longest line: of a simple string, an error, a number or a length. */
    static final int LINE_BYTES_MAX = 64 << 10;

    /** The smallest reply, {@code _} CRLF: so many elements fit at most into what is left of the limit. */
    private static final int ELEMENT_BYTES_MIN = 3;

    /** A list is made with room for so many elements at first. */
    private static final int ITEMS_CAPACITY_FIRST = 64;

    /** An aggregate being read. */
    private static final class Frame {
        final char type;
        final int count;
        final List<Reply> items;

        Frame(char type, int count) {
            this.type = type;
            this.count = count;
            this.items = new ArrayList<>(Math.min(count, ITEMS_CAPACITY_FIRST));
        }
    }

    private final long replyBytesMax;
    private final ArrayDeque<Frame> frames = new ArrayDeque<>();
    private int scanned;
    private char bulkType;
    private int bulkLength = -1;
    private @Nullable GrowingBytes big;
    /** Bytes of the current reply consumed so far. */
    private long replyBytes;

    private @Nullable ProtocolError failure;

    /** @param replyBytesMax most bytes of one reply on the wire; a larger one breaks the connection */
    public ReplyDecoder(long replyBytesMax) {
        Check.argument(replyBytesMax > 0, "reply limit %s", replyBytesMax);
        this.replyBytesMax = replyBytesMax;
    }

    /**
     * The next complete reply, or null if more bytes are needed; to be called until it returns null. The caller keeps what is
     * left unread in {@code in} for the next call.
     *
     * @throws ProtocolError if the stream is broken or a limit exceeded: it stays so
     */
    public @Nullable Reply next(ByteBuf in) throws ProtocolError {
        if (failure != null) {
            throw failure;
        }
        try {
            while (true) {
                Reply value = bulkLength >= 0 ? readBulk(in) : readValue(in);
                if (value == null) {
                    return null;
                }
                Reply whole = value == Reply.NONE ? null : complete(value);
                if (whole != null) {
                    replyBytes = 0;
                    return whole;
                }
            }
        } catch (ProtocolError error) {
            failure = error;
            frames.clear();
            big = null;
            throw error;
        }
    }

    /** Puts a value into the aggregate it belongs to; returns the outermost reply if that is now complete, else null. */
    private @Nullable Reply complete(Reply value) throws ProtocolError {
        Reply reply = value;
        while (true) {
            Frame frame = frames.peek();
            if (frame == null) {
                return reply;
            }
            frame.items.add(reply);
            if (frame.items.size() < frame.count) {
                return null;
            }
            frames.pop();
            if (frame.type == '|') {
                return null;
            }
            reply = aggregate(frame);
        }
    }

    private static Reply aggregate(Frame frame) throws ProtocolError {
        return switch (frame.type) {
            case '*' -> frame.items.isEmpty() ? Reply.EMPTY_ARRAY : new Reply.Array(frame.items);
            case '~' -> new Reply.Set(frame.items);
            case '%' -> new Reply.Map(frame.items);
            case '>' -> new Reply.Push(frame.items);
            default -> throw broken("unexpected aggregate");
        };
    }

    // ---- values ----

    /**
     * Reads one line and what it says: a value; {@link Reply#NONE} if it opened an aggregate, announced a string or was an empty
     * attribute; null if it is incomplete.
     */
    private @Nullable Reply readValue(ByteBuf in) throws ProtocolError {
        byte[] line = readLine(in);
        if (line == null) {
            return null;
        }
        if (line.length == 0) {
            throw broken("empty line");
        }
        char type = (char) (line[0] & 0xff);
        byte[] rest = Arrays.copyOfRange(line, 1, line.length);
        return switch (type) {
            case '+' -> simple(Bytes.text(rest));
            case '-' -> new Reply.Error(Bytes.text(rest));
            case ':' -> Reply.integer(number(rest));
            case '_' -> Reply.NULL;
            case ',' -> new Reply.Double(real(rest));
            case '#' -> bool(rest);
            case '(' -> bigNumber(rest);
            case '$', '=', '!' -> openBulk(type, rest);
            case '*', '~', '%', '>', '|' -> openAggregate(type, rest);
            default -> throw broken("unknown type byte " + (int) type);
        };
    }

    private static Reply simple(String text) {
        return text.equals("OK") ? Reply.OK : text.equals("QUEUED") ? Reply.QUEUED : new Reply.Simple(text);
    }

    private static Reply bool(byte[] text) throws ProtocolError {
        if (text.length != 1 || (text[0] != 't' && text[0] != 'f')) {
            throw broken("bad boolean");
        }
        return new Reply.Bool(text[0] == 't');
    }

    private static Reply bigNumber(byte[] text) throws ProtocolError {
        int from = text.length > 1 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
        if (text.length == 0) {
            throw broken("bad big number");
        }
        for (int i = from; i < text.length; i++) {
            if (text[i] < '0' || text[i] > '9') {
                throw broken("bad big number");
            }
        }
        return new Reply.BigNumber(new String(text, StandardCharsets.ISO_8859_1));
    }

    private static double real(byte[] text) throws ProtocolError {
        String plain = new String(text, StandardCharsets.ISO_8859_1);
        if (plain.equals("nan") || plain.equals("-nan")) {
            return Double.NaN;
        }
        try {
            return Numbers.parseDouble(text);
        } catch (CommandError e) {
            throw broken("bad double");
        }
    }

    private static long number(byte[] text) throws ProtocolError {
        if (!Numbers.isLong(text)) {
            throw broken("bad number");
        }
        return Numbers.parseLong(text);
    }

    private Reply openAggregate(char type, byte[] text) throws ProtocolError {
        long count = number(text);
        if (count == -1 && type == '*') {
            return Reply.NULL_ARRAY;
        }
        boolean paired = type == '%' || type == '|';
        long elementsMax = Math.min((replyBytesMax - replyBytes) / ELEMENT_BYTES_MIN, Integer.MAX_VALUE - 8);
        if (count < 0 || count > (paired ? elementsMax / 2 : elementsMax)) {
            throw broken("bad aggregate length");
        }
        if (frames.size() >= DEPTH_MAX) {
            throw broken("nested too deeply");
        }
        Frame frame = new Frame(type, (int) (paired ? 2 * count : count));
        if (count > 0) {
            frames.push(frame);
            return Reply.NONE;
        }
        return type == '|' ? Reply.NONE : aggregate(frame);
    }

    private Reply openBulk(char type, byte[] text) throws ProtocolError {
        long length = number(text);
        if (length == -1 && type == '$') {
            return Reply.NULL;
        }
        long bytesMax = Math.min(replyBytesMax - replyBytes - 2, Integer.MAX_VALUE - 8);
        if (length < 0 || length > bytesMax || (type == '=' && length < 4)) {
            throw broken("bad string length");
        }
        bulkType = type;
        bulkLength = (int) length;
        return Reply.NONE;
    }

    private @Nullable Reply readBulk(ByteBuf in) throws ProtocolError {
        byte[] value;
        if (big == null && in.readableBytes() >= bulkLength + 2L) {
            value = bulkLength == 0 ? Bytes.EMPTY : new byte[bulkLength];
            in.readBytes(value);
        } else {
            if (big == null) {
                if (bulkLength < GrowingBytes.CAPACITY_MIN) {
                    return null;
                }
                big = new GrowingBytes(bulkLength, Math.min(bulkLength, in.readableBytes()));
            }
            if (!big.fill(in) || in.readableBytes() < 2) {
                return null;
            }
            value = big.bytes();
            big = null;
        }
        if (in.readByte() != '\r' || in.readByte() != '\n') {
            throw broken("string without end");
        }
        count(bulkLength + 2L);
        bulkLength = -1;
        return switch (bulkType) {
            case '!' -> new Reply.Error(Bytes.text(value));
            case '=' -> verbatim(value);
            default -> new Reply.Bulk(value);
        };
    }

    private static Reply verbatim(byte[] value) throws ProtocolError {
        if (value[3] != ':') {
            throw broken("bad verbatim string");
        }
        String format = new String(value, 0, 3, StandardCharsets.ISO_8859_1);
        return new Reply.Verbatim(format, Arrays.copyOfRange(value, 4, value.length));
    }

    // ---- lines ----

    private byte @Nullable [] readLine(ByteBuf in) throws ProtocolError {
        int start = in.readerIndex();
        int end = in.indexOf(start + scanned, in.writerIndex(), (byte) '\n');
        int size = end < 0 ? in.readableBytes() : end - start;
        if (size > LINE_BYTES_MAX) {
            throw broken("line too long");
        }
        if (end < 0) {
            scanned = size;
            return null;
        }
        if (size == 0 || in.getByte(end - 1) != '\r') {
            throw broken("line without CR");
        }
        byte[] line = new byte[size - 1];
        in.readBytes(line).skipBytes(2);
        scanned = 0;
        count(size + 1L);
        return line;
    }

    private void count(long bytes) throws ProtocolError {
        replyBytes += bytes;
        if (replyBytes > replyBytesMax) {
            throw broken("reply of more than " + replyBytesMax + " bytes");
        }
    }

    private static ProtocolError broken(String detail) {
        return ProtocolError.silent("not a RESP reply: " + detail);
    }
}
