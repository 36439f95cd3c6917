package io.aikv.resp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RequestDecoderTest {
    private static final RequestLimits DEFAULTS = RequestLimits.defaults();
    private static final RequestLimits UNAUTHENTICATED = DEFAULTS.withAuthenticated(false);

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    /** Decodes {@code stream} cut before each of {@code cuts}; requests as text. */
    private static List<String> decode(RequestReader reader, byte[] stream, int... cuts) throws ProtocolError {
        List<String> requests = new ArrayList<>();
        ByteBuf in = Unpooled.buffer();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : stream.length;
            // A fresh buffer each time: nothing may depend on absolute positions.
            in = Unpooled.wrappedBuffer(in, Unpooled.copiedBuffer(stream, from, to - from));
            from = to;
            for (Request request = reader.next(in); request != null; request = reader.next(in)) {
                requests.add(text(request));
            }
        }
        return requests;
    }

    private static String text(Request request) {
        StringBuilder text = new StringBuilder();
        for (byte[] arg : request.args()) {
            text.append(new String(arg, StandardCharsets.ISO_8859_1)).append('|');
        }
        return text.append(request.wireBytes()).toString();
    }

    private static String error(String stream, RequestLimits limits) {
        ProtocolError error = assertThrows(
                ProtocolError.class,
                () -> decode(new RequestDecoder(limits), stream.getBytes(StandardCharsets.ISO_8859_1)));
        ByteBuf out = Unpooled.buffer();
        error.writeTo(out);
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    @Test
    void multibulkAndInlineRequestsFollowEachOther() throws ProtocolError {
        String stream =
                "*1\r\n$4\r\nPING\r\nset \"a b\" c\r\n\r\n\n*0\r\n*-1\r\n*-10\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\nquit\n";

        List<String> requests = decode(new RequestDecoder(DEFAULTS), stream.getBytes(StandardCharsets.ISO_8859_1));

        assertEquals(List.of("PING|14", "set|a b|c|13", "GET||19", "quit|5"), requests);
    }

    @Test
    void everySplitGivesTheSameRequests() throws ProtocolError {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            byte[] stream = randomStream(random);
            List<String> whole = decode(new RequestDecoder(DEFAULTS), stream);
            for (int cut = 0; cut <= stream.length; cut++) {
                assertEquals(whole, decode(new RequestDecoder(DEFAULTS), stream, cut), "cut at " + cut);
            }
            int[] everywhere = new int[stream.length];
            for (int i = 0; i < everywhere.length; i++) {
                everywhere[i] = i;
            }
            assertEquals(whole, decode(new RequestDecoder(DEFAULTS), stream, everywhere), "byte by byte");
        }
    }

    private static byte[] randomStream(Random random) {
        ByteBuf out = Unpooled.buffer();
        for (int i = 0; i < 8; i++) {
            switch (random.nextInt(6)) {
                case 0 -> out.writeBytes(bytes("  get \"k\\x00 y\"\r\n"));
                case 1 -> out.writeBytes(bytes("\r\n*0\r\n\n*-1\r\n"));
                default -> {
                    byte[][] args = new byte[1 + random.nextInt(12)][];
                    for (int j = 0; j < args.length; j++) {
                        args[j] = new byte[random.nextInt(random.nextInt(10) == 0 ? 300 : 12)];
                        random.nextBytes(args[j]);
                    }
                    ReplyWriter.writeRequest(args, out);
                }
            }
        }
        byte[] stream = new byte[out.readableBytes()];
        out.readBytes(stream);
        return stream;
    }

    /** The texts redis-server 7.0.15 answered to the same bytes. */
    @Test
    void brokenStreamsGetRedisErrors() {
        String[][] table = {
            {"*abc\r\n", "invalid multibulk length"},
            {"*\r\n", "invalid multibulk length"},
            {"*+1\r\n$4\r\nPING\r\n", "invalid multibulk length"},
            {"*01\r\n$4\r\nPING\r\n", "invalid multibulk length"},
            {"*2147483648\r\n", "invalid multibulk length"},
            {"*99999999999999999999\r\n", "invalid multibulk length"},
            {"*1\r\n:4\r\n", "expected '$', got ':'"},
            {"*1\r\n\r\n", "expected '$', got ' '"},
            {"*1\r\n\n\r\n", "expected '$', got ' '"},
            {"*1\r\n\u00ff4\r\n", "expected '$', got '\u00ff'"},
            {"*1\r\n$-1\r\n", "invalid bulk length"},
            {"*1\r\n$536870913\r\n", "invalid bulk length"},
            {"*1\r\n$x\r\n", "invalid bulk length"},
            {"set \"a\r\n", "unbalanced quotes in request"},
            {"set \"a\"b c\r\n", "unbalanced quotes in request"},
            {"a".repeat(65537), "too big inline request"},
            {"*" + "1".repeat(65536), "too big mbulk count string"},
            {"*1\r\n$" + "1".repeat(65536), "too big bulk count string"},
        };
        for (String[] row : table) {
            assertEquals("-ERR Protocol error: " + row[1] + "\r\n", error(row[0], DEFAULTS), row[0]);
        }
    }

    @Test
    void unauthenticatedClientsGetTighterLimits() throws ProtocolError {
        assertEquals("-ERR Protocol error: unauthenticated multibulk length\r\n", error("*11\r\n", UNAUTHENTICATED));
        assertEquals(
                "-ERR Protocol error: unauthenticated bulk length\r\n", error("*10\r\n$16385\r\n", UNAUTHENTICATED));
        assertEquals("-ERR Protocol error: invalid multibulk length\r\n", error("*2147483648\r\n", UNAUTHENTICATED));
        assertEquals("-ERR Protocol error: invalid bulk length\r\n", error("*1\r\n$536870913\r\n", UNAUTHENTICATED));

        RequestDecoder decoder = new RequestDecoder(UNAUTHENTICATED);
        ByteBuf in = bytes("*1\r\n$4\r\nAUTH\r\n*11\r\n" + "$1\r\na\r\n".repeat(11));
        assertNotNull(decoder.next(in));
        decoder.limits(DEFAULTS);
        Request second = decoder.next(in);
        assertNotNull(second);
        assertEquals(11, second.args().length);
    }

    @Test
    void linesAtTheLimitAreStillWaitedFor() throws ProtocolError {
        RequestDecoder decoder = new RequestDecoder(DEFAULTS);

        assertNull(decoder.next(bytes("a".repeat(65536))));
        assertEquals(65536, decoder.bufferedBytes());
    }

    @Test
    void theByteAfterCarriageReturnIsSkippedUnseen() throws ProtocolError {
        byte[] stream = "*1\rX$4\rXPINGXX".getBytes(StandardCharsets.ISO_8859_1);

        assertEquals(List.of("PING|14"), decode(new RequestDecoder(DEFAULTS), stream));
    }

    @Test
    void aBrokenStreamStaysBroken() {
        RequestDecoder decoder = new RequestDecoder(DEFAULTS);

        ProtocolError first = assertThrows(ProtocolError.class, () -> decoder.next(bytes("*x\r\n")));

        assertEquals(first, assertThrows(ProtocolError.class, () -> decoder.next(bytes("PING\r\n"))));
    }

    @Test
    void theQueryBufferLimitClosesSilently() {
        RequestDecoder decoder = new RequestDecoder(new RequestLimits(1 << 20, 1000, 65536, 100_000, 1 << 30, true));
        ProtocolError error = assertThrows(ProtocolError.class, () -> {
            assertNull(decoder.next(bytes("*1\r\n$1000000\r\n")));
            for (int i = 0; i < 10; i++) {
                assertNull(decoder.next(bytes("x".repeat(20_000))));
            }
        });

        assertNull(error.line());
    }

    @Test
    void aRequestThatNeedsTooMuchMemoryIsRefusedWhenItsSizeIsKnown() {
        RequestLimits limits = new RequestLimits(1 << 20, 1000, 65536, 1 << 20, 100_000, true);
        String refusal =
                "-OOM command not allowed when used memory > half of 'limits.request-memory' (100000 bytes).\r\n";

        assertEquals(refusal, error("*2\r\n$3\r\nSET\r\n$100000\r\n", limits));
        assertEquals(refusal, error("*3\r\n$3\r\nSET\r\n$60000\r\n" + "x".repeat(60_000) + "\r\n$40000\r\n", limits));
        assertEquals(refusal, error("*1000\r\n" + ("$80\r\n" + "x".repeat(80) + "\r\n").repeat(999), limits));
    }

    @Test
    void aRequestWithinItsMemoryIsTakenThoughMoreBytesWait() throws ProtocolError {
        RequestLimits limits = new RequestLimits(1 << 20, 1000, 65536, 1 << 20, 100_000, true);
        String request = "*1\r\n$90000\r\n" + "x".repeat(90_000) + "\r\n";

        assertEquals(
                5,
                decode(new RequestDecoder(limits), request.repeat(5).getBytes(StandardCharsets.ISO_8859_1))
                        .size());
    }

    @Test
    void hugeArgumentsGrowOnlyAsTheyArrive() throws ProtocolError {
        RequestDecoder decoder = new RequestDecoder(DEFAULTS);
        ByteBuf piece = Unpooled.wrappedBuffer(new byte[64 << 10]);
        assertNull(decoder.next(bytes("*2\r\n$3\r\nSET\r\n$" + (16 << 20) + "\r\n")));
        for (int i = 0; i < 256; i++) {
            assertNull(decoder.next(piece.duplicate()));
            assertEquals(24 + Request.ARG_OVERHEAD_BYTES + (i + 1L) * (64 << 10), decoder.bufferedBytes());
        }

        Request request = decoder.next(bytes("\r\n"));

        assertNotNull(request);
        assertEquals(16 << 20, request.args()[1].length);
        assertEquals((16 << 20) + 26, request.wireBytes());
        assertEquals(0, decoder.bufferedBytes());
    }

    @Test
    void announcedBytesCostNothing() {
        GrowingBytes bytes = new GrowingBytes(512 << 20, 10);
        assertEquals(GrowingBytes.CAPACITY_MIN, bytes.capacity());
        ByteBuf piece = Unpooled.wrappedBuffer(new byte[40 << 10]);

        bytes.fill(piece.duplicate());
        bytes.fill(piece.duplicate());

        assertTrue(bytes.capacity() <= 160 << 10, "capacity " + bytes.capacity());
    }

    @Test
    void garbageThrowsNothingButProtocolErrors() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String alphabet = "*$*$0123-\r\n\r\n\r\nab\"'\\ \0\u00ff";
        for (int round = 0; round < 50_000; round++) {
            byte[] stream = new byte[random.nextInt(60)];
            for (int i = 0; i < stream.length; i++) {
                stream[i] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
            }
            int cut = random.nextInt(stream.length + 1);
            assertEquals(outcome(stream), outcome(stream, cut), "seed " + seed);
        }
    }

    private static String outcome(byte[] stream, int... cuts) {
        RequestDecoder decoder = new RequestDecoder(DEFAULTS);
        try {
            return decode(decoder, stream, cuts).toString();
        } catch (ProtocolError error) {
            return String.valueOf(error.line());
        }
    }

    @Test
    void theCodecReaderOfTheBenchmarkReadsTheSame() throws ProtocolError {
        byte[] stream = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n".getBytes(StandardCharsets.ISO_8859_1);
        CodecRequestReader codec = new CodecRequestReader();
        ByteBuf in = Unpooled.copiedBuffer(stream);
        for (String name : new String[] {"GET", "PING"}) {
            Request request = codec.next(in);
            assertNotNull(request);
            assertArrayEquals(name.getBytes(StandardCharsets.ISO_8859_1), request.name());
        }
        assertNull(codec.next(in));
    }
}
