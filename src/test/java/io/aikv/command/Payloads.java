package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.aikv.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Payloads of DUMP made by hand: bytes, and footers computed by a checksum written down once more, bit by bit. */
final class Payloads {
    private static final long POLYNOMIAL = 0xad93d23594c935a9L;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Payloads() {}

    static Payloads ofType(int type) {
        return new Payloads().bytes(type);
    }

    static Payloads empty() {
        return new Payloads();
    }

    Payloads bytes(int... values) {
        for (int value : values) {
            bytes.write(value);
        }
        return this;
    }

    Payloads raw(byte[] value) {
        bytes.writeBytes(value);
        return this;
    }

    Payloads raw(String value) {
        return raw(value.getBytes(ISO_8859_1));
    }

    /** The bytes of a number, the least significant first. */
    Payloads little(long value, int size) {
        for (int i = 0; i < size; i++) {
            bytes.write((int) (value >>> 8 * i));
        }
        return this;
    }

    Payloads big(long value, int size) {
        for (int i = size - 1; i >= 0; i--) {
            bytes.write((int) (value >>> 8 * i));
        }
        return this;
    }

    /** A string with a length of five bytes. */
    Payloads string(byte[] value) {
        return bytes(0x80).big(value.length, 4).raw(value);
    }

    Payloads string(String value) {
        return string(value.getBytes(ISO_8859_1));
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    /** With a footer. */
    byte[] seal(int version) {
        little(version, 2);
        return little(checksum(toBytes()), 8).toBytes();
    }

    /** The payload with its checksum corrected. */
    static byte[] resealed(byte[] payload) {
        byte[] sealed = payload.clone();
        ByteBuffer buffer = ByteBuffer.wrap(sealed).order(ByteOrder.LITTLE_ENDIAN);
        byte[] covered = new byte[payload.length - 8];
        buffer.get(covered);
        buffer.putLong(checksum(covered));
        return sealed;
    }

    private static long checksum(byte[] covered) {
        long crc = 0;
        for (byte b : covered) {
            for (int bit = 1; bit < 256; bit <<= 1) {
                boolean carry = crc < 0;
                crc <<= 1;
                if (carry != ((b & bit) != 0)) {
                    crc ^= POLYNOMIAL;
                }
            }
        }
        return Long.reverse(crc);
    }

    // ---- compact encodings ----

    /** A ziplist of short strings. */
    static byte[] ziplist(String... elements) {
        Payloads body = empty();
        int previous = 0;
        int tail = 10;
        for (String element : elements) {
            tail = 10 + body.bytes.size();
            int before = body.bytes.size();
            zipPrevious(body, previous);
            zipElement(body, element);
            previous = body.bytes.size() - before;
        }
        return empty().little(11 + body.bytes.size(), 4)
                .little(tail, 4)
                .little(elements.length, 2)
                .raw(body.toBytes())
                .bytes(0xff)
                .toBytes();
    }

    private static void zipPrevious(Payloads body, int previous) {
        if (previous < 254) {
            body.bytes(previous);
        } else {
            body.bytes(254).little(previous, 4);
        }
    }

    private static void zipElement(Payloads body, String element) {
        if (!element.matches("-?[1-9][0-9]{0,17}|0")) {
            int size = element.length();
            if (size < 64) {
                body.bytes(size);
            } else if (size < 16384) {
                body.bytes(0x40 | size >> 8, size);
            } else {
                body.bytes(0x80).big(size, 4);
            }
            body.raw(element);
            return;
        }
        long value = Long.parseLong(element);
        if (value >= 0 && value <= 12) {
            body.bytes(0xf1 + (int) value);
        } else if (value == (byte) value) {
            body.bytes(0xfe).little(value, 1);
        } else if (value == (short) value) {
            body.bytes(0xc0).little(value, 2);
        } else if (value >= -(1 << 23) && value < 1 << 23) {
            body.bytes(0xf0).little(value, 3);
        } else if (value == (int) value) {
            body.bytes(0xd0).little(value, 4);
        } else {
            body.bytes(0xe0).little(value, 8);
        }
    }

    /** A listpack of strings of at most 63 bytes. */
    static byte[] listpack(String... elements) {
        Payloads body = empty();
        for (String element : elements) {
            body.bytes(0x80 | element.length()).raw(element).bytes(element.length() + 1);
        }
        return empty().little(7 + body.bytes.size(), 4)
                .little(elements.length, 2)
                .raw(body.toBytes())
                .bytes(0xff)
                .toBytes();
    }

    /** A zipmap of fields and values in turn, each value followed by some unused bytes. */
    static byte[] zipmap(String... pairs) {
        Payloads map = empty().bytes(pairs.length / 2);
        for (int i = 0; i < pairs.length; i += 2) {
            zipmapSize(map, pairs[i].length()).raw(pairs[i]);
            zipmapSize(map, pairs[i + 1].length())
                    .bytes(i % 3)
                    .raw(pairs[i + 1])
                    .raw(new byte[i % 3]);
        }
        return map.bytes(0xff).toBytes();
    }

    private static Payloads zipmapSize(Payloads map, int size) {
        return size < 254 ? map.bytes(size) : map.bytes(254).little(size, 4);
    }

    static byte[] intset(int size, long... values) {
        Payloads set = empty().little(size, 4).little(values.length, 4);
        for (long value : values) {
            set.little(value, size);
        }
        return set.toBytes();
    }

    // ---- replies ----

    /** The bytes of a bulk reply as it came from a server. */
    static byte[] bulk(byte[] reply) {
        return Arrays.copyOfRange(reply, lineEnd(reply, 0), reply.length - 2);
    }

    /** The strings of an array reply as it came from a server. */
    static List<byte[]> bulks(byte[] reply) {
        List<byte[]> bulks = new ArrayList<>();
        int at = lineEnd(reply, 0);
        while (at < reply.length) {
            int start = lineEnd(reply, at);
            int size = Integer.parseInt(new String(reply, at + 1, start - at - 3, ISO_8859_1));
            bulks.add(Arrays.copyOfRange(reply, start, start + size));
            at = start + size + 2;
        }
        return bulks;
    }

    private static int lineEnd(byte[] reply, int from) {
        int at = from;
        while (reply[at] != '\n') {
            at++;
        }
        return at + 1;
    }

    /** The payload that DUMP answers here. */
    static byte[] dump(CommandFixture redis, byte[] key) {
        return ((Reply.Bulk) redis.run("DUMP".getBytes(ISO_8859_1), key)).value();
    }

    static byte[][] restore(byte[] key, long timeToLive, byte[] payload, String... options) {
        byte[][] argv = new byte[4 + options.length][];
        argv[0] = "RESTORE".getBytes(ISO_8859_1);
        argv[1] = key;
        argv[2] = Long.toString(timeToLive).getBytes(ISO_8859_1);
        argv[3] = payload;
        for (int i = 0; i < options.length; i++) {
            argv[4 + i] = options[i].getBytes(ISO_8859_1);
        }
        return argv;
    }
}
