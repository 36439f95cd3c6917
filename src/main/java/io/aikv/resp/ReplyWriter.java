package io.aikv.resp;

import io.aikv.base.Numbers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes replies, and requests, as RESP2 or RESP3 bytes. What RESP2 does not have is mapped down as Redis does: maps, sets and
 * pushes to arrays, doubles, big numbers and verbatim strings to bulk strings, booleans to {@code :1} and {@code :0}.
 *
 * <p>Stateless; the buffer belongs to the caller, who appends a batch of replies to one buffer and sends that. Allocates nothing
 * for simple strings, errors, integers, nulls, bulk strings and aggregates of them, except when the buffer grows. Bulk strings
 * are copied into the buffer whatever their size: {@link LargeReply} is for those that are better not.
 */
public final class ReplyWriter {
    private static final byte[] OK = ascii("+OK\r\n");
    private static final byte[] PONG = ascii("+PONG\r\n");
    private static final byte[] QUEUED = ascii("+QUEUED\r\n");
    private static final byte[] NULL_BULK = ascii("$-1\r\n");
    private static final byte[] NULL_ARRAY = ascii("*-1\r\n");
    private static final byte[] MIN_LONG = ascii(":-9223372036854775808\r\n");

    private static final int CRLF = '\r' << 8 | '\n';

    private ReplyWriter() {}

    /**
     * Appends {@code reply} to {@code out}; {@link Reply#NONE} appends nothing.
     *
     * @param protocol 2 or 3
     */
    public static void write(Reply reply, int protocol, ByteBuf out) {
        boolean resp3 = protocol >= 3;
        if (reply instanceof Reply.Bulk bulk) {
            writeBulk(bulk.value(), out);
        } else if (reply instanceof Reply.Simple simple) {
            writeSimple(simple, out);
        } else if (reply instanceof Reply.Int integer) {
            writeLong(':', integer.value(), out);
        } else if (reply instanceof Reply.Null absent) {
            writeNull(absent, resp3, out);
        } else if (reply instanceof Reply.Error error) {
            writeLine('-', error.line(), out);
        } else {
            List<Reply> items = items(reply);
            if (items == null) {
                writeRare(reply, protocol, out);
            } else {
                writeHead(reply, protocol, out);
                writeAll(items, protocol, out);
            }
        }
    }

    /** What an array, map, set, push or list of pairs holds, in the order it is written; null for everything else. */
    static @Nullable List<Reply> items(Reply reply) {
        if (reply instanceof Reply.Array array) {
            return array.items();
        } else if (reply instanceof Reply.Map map) {
            return map.pairs();
        } else if (reply instanceof Reply.Set set) {
            return set.items();
        } else if (reply instanceof Reply.Push push) {
            return push.items();
        } else if (reply instanceof Reply.Pairs pairs) {
            return pairs.items();
        }
        return null;
    }

    /** What goes ahead of the {@link #items}. */
    static void writeHead(Reply reply, int protocol, ByteBuf out) {
        boolean resp3 = protocol >= 3;
        if (reply instanceof Reply.Array array) {
            writeLong('*', array.items().size(), out);
        } else if (reply instanceof Reply.Map map) {
            int size = map.pairs().size();
            writeLong(resp3 ? '%' : '*', resp3 ? size / 2 : size, out);
        } else if (reply instanceof Reply.Set set) {
            writeLong(resp3 ? '~' : '*', set.items().size(), out);
        } else if (reply instanceof Reply.Push push) {
            writeLong(resp3 ? '>' : '*', push.items().size(), out);
        } else if (reply instanceof Reply.Pairs pairs) {
            writeLong('*', resp3 ? pairs.items().size() : 2L * pairs.items().size(), out);
        } else if (reply instanceof Reply.Streamed string && string.form() == Reply.Form.STRING) {
            writeLong('$', string.count(), out);
        } else if (reply instanceof Reply.Streamed streamed) {
            boolean pairs = streamed.form() == Reply.Form.MAP || streamed.form() == Reply.Form.PAIRS;
            writeLong(marker(streamed.form(), resp3), pairs && !resp3 ? 2 * streamed.count() : streamed.count(), out);
        } else {
            throw new IllegalArgumentException("no aggregate: " + reply);
        }
    }

    private static char marker(Reply.Form form, boolean resp3) {
        if (!resp3) {
            return '*';
        }
        return switch (form) {
            case ARRAY, PAIRS -> '*';
            case SET -> '~';
            case MAP -> '%';
            case STRING -> '$';
        };
    }

    /** What goes ahead of the bytes of a bulk string; CR and LF follow them. */
    static void writeBulkHead(int length, ByteBuf out) {
        writeLong('$', length, out);
    }

    private static void writeRare(Reply reply, int protocol, ByteBuf out) {
        boolean resp3 = protocol >= 3;
        if (reply instanceof Reply.Pair pair) {
            if (resp3) {
                writeLong('*', 2, out);
            }
            write(pair.first(), protocol, out);
            write(pair.second(), protocol, out);
        } else if (reply instanceof Reply.Double number) {
            writeText(',', Numbers.formatDouble(number.value()), resp3, out);
        } else if (reply instanceof Reply.Decimal number) {
            writeText(',', ascii(number.digits()), resp3, out);
        } else if (reply instanceof Reply.BigNumber number) {
            writeText('(', ascii(number.digits()), resp3, out);
        } else if (reply instanceof Reply.Bool bool) {
            out.writeByte(resp3 ? '#' : ':');
            out.writeByte(bool.value() ? (resp3 ? 't' : '1') : resp3 ? 'f' : '0');
            out.writeShort(CRLF);
        } else if (reply instanceof Reply.Verbatim verbatim) {
            if (resp3) {
                writeLong('=', verbatim.value().length + 4L, out);
                out.writeBytes(ascii(verbatim.format())).writeByte(':');
                out.writeBytes(verbatim.value()).writeShort(CRLF);
            } else {
                writeBulk(verbatim.value(), out);
            }
        } else if (reply instanceof Reply.MapOrPairs map) {
            writeMapOrPairs(map.pairs(), protocol, out);
        } else if (reply instanceof Reply.Attribute attribute && resp3) {
            writeLong('|', attribute.pairs().size() / 2, out);
            writeAll(attribute.pairs(), protocol, out);
        } else if (reply instanceof Reply.Sequence sequence) {
            for (Reply part : sequence.parts()) {
                write(part, protocol, out);
            }
        } else if (reply instanceof Reply.ByProtocol choice) {
            write(resp3 ? choice.resp3() : choice.resp2(), protocol, out);
        } else if (reply instanceof Reply.Streamed) {
            throw new IllegalArgumentException("a streamed reply is written by LargeReply");
        }
    }

    private static void writeMapOrPairs(List<Reply> pairs, int protocol, ByteBuf out) {
        boolean resp3 = protocol >= 3;
        writeLong(resp3 ? '%' : '*', pairs.size() / 2, out);
        for (int i = 0; i < pairs.size(); i++) {
            if (!resp3 && i % 2 == 0) {
                writeLong('*', 2, out);
            }
            write(pairs.get(i), protocol, out);
        }
    }

    /** Appends a request: an array of bulk strings. */
    public static void writeRequest(byte[][] args, ByteBuf out) {
        writeLong('*', args.length, out);
        for (byte[] arg : args) {
            writeBulk(arg, out);
        }
    }

    private static void writeSimple(Reply.Simple reply, ByteBuf out) {
        if (reply == Reply.OK) {
            out.writeBytes(OK);
        } else if (reply == Reply.QUEUED) {
            out.writeBytes(QUEUED);
        } else if (reply == Reply.PONG) {
            out.writeBytes(PONG);
        } else {
            writeLine('+', reply.text(), out);
        }
    }

    private static void writeNull(Reply.Null absent, boolean resp3, ByteBuf out) {
        if (resp3) {
            out.writeMedium('_' << 16 | CRLF);
        } else {
            out.writeBytes(absent.array() ? NULL_ARRAY : NULL_BULK);
        }
    }

    private static void writeBulk(byte[] value, ByteBuf out) {
        writeLong('$', value.length, out);
        out.ensureWritable(value.length + 2);
        out.writeBytes(value).writeShort(CRLF);
    }

    /** A line of {@code marker} and text in RESP3, a bulk string in RESP2. */
    private static void writeText(char marker, byte[] text, boolean resp3, ByteBuf out) {
        if (resp3) {
            out.writeByte(marker);
            out.writeBytes(text).writeShort(CRLF);
        } else {
            writeBulk(text, out);
        }
    }

    private static void writeAll(List<Reply> items, int protocol, ByteBuf out) {
        for (int i = 0; i < items.size(); i++) {
            write(items.get(i), protocol, out);
        }
    }

    private static void writeLine(char marker, String text, ByteBuf out) {
        out.writeByte(marker);
        int start = out.writerIndex();
        ByteBufUtil.writeUtf8(out, text);
        if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) {
            for (int i = start; i < out.writerIndex(); i++) {
                if (out.getByte(i) == '\r' || out.getByte(i) == '\n') {
                    out.setByte(i, ' ');
                }
            }
        }
        out.writeShort(CRLF);
    }

    /** {@code marker}, the decimal digits of {@code value}, CRLF. */
    private static void writeLong(char marker, long value, ByteBuf out) {
        if (value >= 0 && value < 10) {
            out.writeInt(marker << 24 | (int) ('0' + value) << 16 | CRLF);
            return;
        }
        if (value == Long.MIN_VALUE) {
            out.writeBytes(MIN_LONG);
            return;
        }
        boolean negative = value < 0;
        long rest = Math.abs(value);
        int size = 1 + (negative ? 1 : 0) + Numbers.digits(rest) + 2;
        out.ensureWritable(size);
        int start = out.writerIndex();
        out.setByte(start, marker);
        if (negative) {
            out.setByte(start + 1, '-');
        }
        int at = start + size - 2;
        out.setShort(at, CRLF);
        do {
            out.setByte(--at, (int) ('0' + rest % 10));
            rest /= 10;
        } while (rest > 0);
        out.writerIndex(start + size);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
