package io.aikv.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.aikv.base.Elements;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ReplyCodecTest {
    private static final long LIMIT = 1 << 20;

    private static String written(Reply reply, int protocol) {
        ByteBuf out = Unpooled.buffer();
        ReplyWriter.write(reply, protocol, out);
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private static void assertWritten(String resp2, String resp3, Reply reply) {
        assertEquals(resp2, written(reply, 2));
        assertEquals(resp3, written(reply, 3));
    }

    private static List<Reply> decode(String stream) throws ProtocolError {
        return decode(Unpooled.copiedBuffer(stream, StandardCharsets.ISO_8859_1), Integer.MAX_VALUE);
    }

    private static List<Reply> decode(ByteBuf stream, int pieceBytes) throws ProtocolError {
        ReplyDecoder decoder = new ReplyDecoder(LIMIT);
        List<Reply> replies = new ArrayList<>();
        ByteBuf in = Unpooled.EMPTY_BUFFER;
        while (stream.isReadable()) {
            in = Unpooled.wrappedBuffer(
                    in.slice(), stream.readRetainedSlice(Math.min(pieceBytes, stream.readableBytes())));
            for (Reply reply = decoder.next(in); reply != null; reply = decoder.next(in)) {
                replies.add(reply);
            }
        }
        return replies;
    }

    @Test
    void everyTypeIsWrittenForBothProtocols() {
        assertWritten("+OK\r\n", "+OK\r\n", Reply.OK);
        assertWritten("+PONG\r\n", "+PONG\r\n", Reply.PONG);
        assertWritten("+QUEUED\r\n", "+QUEUED\r\n", Reply.QUEUED);
        assertWritten("+a  b\r\n", "+a  b\r\n", Reply.simple("a\r\nb"));
        assertWritten("-ERR a b \r\n", "-ERR a b \r\n", Reply.error("ERR a\nb\r"));
        assertWritten(":0\r\n", ":0\r\n", Reply.ZERO);
        assertWritten("$0\r\n\r\n", "$0\r\n\r\n", Reply.text(""));
        assertWritten("$10\r\nabcdefghij\r\n", "$10\r\nabcdefghij\r\n", Reply.text("abcdefghij"));
        assertWritten("$-1\r\n", "_\r\n", Reply.NULL);
        assertWritten("*-1\r\n", "_\r\n", Reply.NULL_ARRAY);
        assertWritten("*2\r\n:1\r\n$-1\r\n", "*2\r\n:1\r\n_\r\n", Reply.array(Reply.ONE, Reply.NULL));
        assertWritten("*2\r\n+OK\r\n:7\r\n", "%1\r\n+OK\r\n:7\r\n", Reply.map(Reply.OK, Reply.integer(7)));
        assertWritten("*1\r\n:1\r\n", "~1\r\n:1\r\n", new Reply.Set(List.of(Reply.ONE)));
        assertWritten(
                "*4\r\n:1\r\n:0\r\n+OK\r\n:1\r\n",
                "*2\r\n*2\r\n:1\r\n:0\r\n*2\r\n+OK\r\n:1\r\n",
                new Reply.Pairs(List.of(new Reply.Pair(Reply.ONE, Reply.ZERO), new Reply.Pair(Reply.OK, Reply.ONE))));
        assertWritten("*1\r\n:1\r\n", ">1\r\n:1\r\n", new Reply.Push(List.of(Reply.ONE)));
        assertWritten("$3\r\n0.1\r\n", ",0.1\r\n", new Reply.Double(0.1));
        assertWritten("$4\r\n-inf\r\n", ",-inf\r\n", new Reply.Double(Double.NEGATIVE_INFINITY));
        assertWritten(":1\r\n", "#t\r\n", new Reply.Bool(true));
        assertWritten(":0\r\n", "#f\r\n", new Reply.Bool(false));
        assertWritten("$3\r\n-12\r\n", "(-12\r\n", new Reply.BigNumber("-12"));
        assertWritten("$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n", new Reply.Verbatim("txt", new byte[] {'h', 'i'}));
        assertWritten("", "", Reply.NONE);
    }

    @Test
    void pairsMayBeWrittenInPieces() {
        List<Reply> pairs = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            pairs.add(new Reply.Pair(Reply.text("name" + i), Reply.text("v".repeat(i * 10))));
        }
        Reply reply = new Reply.Pairs(pairs);
        for (int protocol = 2; protocol <= 3; protocol++) {
            long[] counted = {0};
            LargeReply large = new LargeReply(reply, protocol, (bytes, strings) -> counted[0] += strings);
            StringBuilder pieces = new StringBuilder();
            while (!large.isEndOfInput()) {
                ByteBuf piece = large.readChunk(UnpooledByteBufAllocator.DEFAULT);
                pieces.append(piece.toString(StandardCharsets.ISO_8859_1));
                piece.release();
            }
            assertEquals(written(reply, protocol), pieces.toString());
            assertEquals(LargeReply.stringBytes(reply), counted[0]);
        }
    }

    @Test
    void stringsInPartsAreWrittenAsIfTheyWereWhole() {
        Reply whole = Reply.array(Reply.text("a"), Reply.text("bc".repeat(50_000)), Reply.NULL, Reply.text(""));
        for (int protocol = 2; protocol <= 3; protocol++) {
            String expected = written(whole, protocol);
            Reply.Streamed array = new Reply.Streamed(
                    Reply.Form.ARRAY,
                    4,
                    Elements.of(List.of(
                            parts(1, "a"), parts(100_000, "bc", "bc".repeat(49_998), "b", "c"), Reply.NULL, parts(0))));
            assertEquals(expected, pieces(new LargeReply(array, protocol)));
            assertEquals("$3\r\nabc\r\n", pieces(new LargeReply(parts(3, "ab", "c"), protocol)));
        }
        assertThrows(IllegalStateException.class, () -> pieces(new LargeReply(parts(3, "ab"), 2)));
        assertThrows(IllegalStateException.class, () -> pieces(new LargeReply(parts(3, "ab", "cd"), 2)));
    }

    private static Reply.Streamed parts(int size, String... parts) {
        return new Reply.Streamed(
                Reply.Form.STRING, size, Elements.of(List.of(parts)).map(Reply::text));
    }

    private static String pieces(LargeReply large) {
        StringBuilder pieces = new StringBuilder();
        while (!large.isEndOfInput()) {
            ByteBuf piece = large.readChunk(UnpooledByteBufAllocator.DEFAULT);
            pieces.append(piece.toString(StandardCharsets.ISO_8859_1));
            piece.release();
        }
        return pieces.toString();
    }

    @Test
    void integersOfAllSizesAreWritten() {
        for (long base = 1; base > 0; base *= 10) {
            for (long value : new long[] {base - 1, base, -base, base + 7}) {
                assertEquals(":" + value + "\r\n", written(Reply.integer(value), 2));
            }
        }
        assertEquals(":" + Long.MIN_VALUE + "\r\n", written(Reply.integer(Long.MIN_VALUE), 3));
        assertEquals(":" + Long.MAX_VALUE + "\r\n", written(Reply.integer(Long.MAX_VALUE), 3));
    }

    @Test
    void repliesSurviveTheRoundTripInPiecesOfAnySize() throws ProtocolError {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<Reply> replies = new ArrayList<>();
            ByteBuf out = Unpooled.buffer();
            for (int i = 0; i < 5; i++) {
                Reply reply = randomReply(random, 4);
                replies.add(reply);
                ReplyWriter.write(reply, 3, out);
            }
            for (int pieceBytes : new int[] {1, 2, 3, 7, Integer.MAX_VALUE}) {
                assertEquals(replies, decode(out.duplicate(), pieceBytes), "pieces of " + pieceBytes);
            }
        }
    }

    private static Reply randomReply(Random random, int depth) {
        byte[] value = new byte[random.nextInt(40)];
        random.nextBytes(value);
        return switch (random.nextInt(depth > 0 ? 12 : 8)) {
            case 0 -> Reply.OK;
            case 1 -> Reply.error("ERR " + random.nextInt());
            case 2 -> Reply.integer(random.nextLong());
            case 3 -> Reply.NULL;
            case 4 -> new Reply.Double(random.nextGaussian());
            case 5 -> new Reply.Bool(random.nextBoolean());
            case 6 -> new Reply.BigNumber(Long.toString(random.nextLong()));
            case 7 -> new Reply.Bulk(value);
            case 8 -> new Reply.Set(randomReplies(random, random.nextInt(4), depth - 1));
            case 9 -> new Reply.Push(randomReplies(random, random.nextInt(4), depth - 1));
            case 10 -> new Reply.Map(randomReplies(random, 2 * random.nextInt(3), depth - 1));
            default -> new Reply.Array(randomReplies(random, random.nextInt(4), depth - 1));
        };
    }

    private static List<Reply> randomReplies(Random random, int count, int depth) {
        List<Reply> replies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            replies.add(randomReply(random, depth));
        }
        return replies;
    }

    @Test
    void otherFormsAreReadToo() throws ProtocolError {
        assertEquals(List.of(Reply.NULL, Reply.NULL_ARRAY), decode("$-1\r\n*-1\r\n"));
        assertEquals(List.of(Reply.error("ERR a\nb")), decode("!7\r\nERR a\nb\r\n"));
        assertEquals(
                List.of(Reply.array(Reply.ONE, Reply.ZERO), Reply.OK),
                decode("|1\r\n+ttl\r\n:5\r\n*2\r\n|0\r\n:1\r\n|1\r\n+a\r\n*1\r\n+b\r\n:0\r\n+OK\r\n"));
        assertEquals(List.of(new Reply.Double(Double.NaN)), decode(",nan\r\n"));
        Reply.Verbatim verbatim = (Reply.Verbatim) decode("=6\r\nmkd:hi\r\n").get(0);
        assertEquals("mkd", verbatim.format());
        assertEquals(2, verbatim.value().length);
    }

    @Test
    void brokenStreamsAreRefused() {
        String[] table = {
            "?\r\n",
            "\r\n",
            "\n",
            ":\r\n",
            ":+1\r\n",
            ":1x\r\n",
            "$?\r\n",
            "*?\r\n",
            ";3\r\n",
            "$-2\r\n",
            "*-2\r\n",
            "%-1\r\n",
            "#x\r\n",
            "(1-\r\n",
            "(\r\n",
            ",x\r\n",
            "=3\r\nabc\r\n",
            "=4\r\nabcd\r\n",
            "$1\r\nabc",
            "+a\n",
            "$2000000\r\n",
            "*2000000\r\n",
            "%200000\r\n",
            "*1\r\n".repeat(200),
            "+" + "a".repeat(70_000)
        };
        for (String stream : table) {
            ProtocolError error = assertThrows(ProtocolError.class, () -> decode(stream), stream);
            assertNull(error.line());
        }
    }

    @Test
    void aReplyMayNotExceedItsLimitInSum() throws ProtocolError {
        String element = "$1000\r\n" + "x".repeat(1000) + "\r\n";
        assertEquals(1, decode("*1000\r\n" + element.repeat(1000)).size());
        assertThrows(ProtocolError.class, () -> decode("*1100\r\n" + element.repeat(1100)));
    }

    @Test
    void garbageThrowsNothingButProtocolErrors() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String alphabet = "+-:$*%~>|_,#(=!0123tf\r\n\r\n\r\n";
        for (int round = 0; round < 50_000; round++) {
            StringBuilder stream = new StringBuilder();
            for (int i = random.nextInt(60); i > 0; i--) {
                stream.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                decode(stream.toString());
            } catch (ProtocolError expected) {
                assertNull(expected.line());
            }
        }
    }
}
