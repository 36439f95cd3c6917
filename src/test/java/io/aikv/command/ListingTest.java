package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Elements;
import io.aikv.data.ReadContext;
import io.aikv.resp.LargeReply;
import io.aikv.resp.Reply;
import io.aikv.store.StoreSnapshot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replies of many elements: streamed where the reader may, else whole and bounded; the same bytes either way. */
final class ListingTest {
    private static final int COUNT = 6_000;
    private static final int PER_COMMAND = 500;

    @TempDir
    private Path directory;

    private CommandFixture redis;

    @BeforeEach
    void open() {
        redis = new CommandFixture(directory.resolve("store"));
    }

    @AfterEach
    void close() {
        redis.close();
    }

    @Test
    void everyLongReplyIsTheSameStreamedAndWhole() {
        fill("HSET h", i -> "f" + i + " v" + i);
        fill("RPUSH l", i -> "e" + i);
        fill("SADD s", i -> "m" + i);
        fill("SADD t", i -> "m" + (i * 2));
        fill("ZADD z", i -> i % 900 + " m" + i);
        fill("ZADD lex", i -> "0 m" + i);
        fill("MSET", i -> "key:" + i + " v");
        List<byte[][]> entries = new ArrayList<>();
        for (int i = 1; i <= COUNT; i++) {
            entries.add(CommandFixture.words("XADD x " + i + "-1 f v" + i));
        }
        redis.entry(entries);
        hideSome();

        for (String line : List.of(
                "HGETALL h",
                "HKEYS h",
                "HVALS h",
                "LRANGE l 0 -1",
                "LRANGE l 7 -9",
                "SMEMBERS s",
                "SRANDMEMBER s 99999",
                "SUNION s t none",
                "SINTER s s",
                "SDIFF s none",
                "ZRANGE z 0 -1",
                "ZRANGE z 3 -5 WITHSCORES",
                "ZREVRANGE z 100 -2 WITHSCORES",
                "ZRANGEBYSCORE z (3 880",
                "ZRANGE z -inf +inf BYSCORE LIMIT 70 5000 WITHSCORES",
                "ZREVRANGEBYSCORE z +inf -inf WITHSCORES LIMIT 90 -1",
                "ZRANGEBYLEX lex - +",
                "ZREVRANGEBYLEX lex [m8 - LIMIT 100 5000",
                "XRANGE x - +",
                "XREVRANGE x 5900 3",
                "XRANGE x - + COUNT 5000",
                "KEYS *",
                "KEYS key:*")) {
            for (int protocol = 2; protocol <= 3; protocol++) {
                Reply whole = redis.run(line);
                assertFalse(whole instanceof Reply.Streamed, line);
                assertArrayEquals(CommandFixture.encode(whole, protocol), streamed(line, protocol), line);
            }
        }
        assertEquals(0, redis.store().figures().openSnapshots());
    }

    /** Fields and keys that are due and not yet removed, and a list that is no longer dense. */
    private void hideSome() {
        StringBuilder fields = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            fields.append(" f").append(i * 3);
        }
        redis.run("HPEXPIRE h 10 FIELDS 100" + fields);
        redis.run("LINSERT l BEFORE e3000 new");
        for (int i = 0; i < 50; i++) {
            redis.run("PEXPIRE key:" + i * 7 + " 10");
        }
        redis.advance(20);
    }

    @Test
    void whatIsChosenByChanceIsStreamed() {
        fill("HSET h", i -> "f" + i + " v" + i);
        fill("SADD s", i -> "m" + i);
        fill("ZADD z", i -> i % 900 + " m" + i);
        redis.run("SADD few a b c");

        choose("SRANDMEMBER s 5000", 5_000, true);
        choose("SRANDMEMBER s -20000", 20_000, false);
        choose("SRANDMEMBER few -20000", 20_000, false);
        choose("HRANDFIELD h 5900", 5_900, true);
        choose("HRANDFIELD h 99999 WITHVALUES", 6_000, true);
        choose("HRANDFIELD h -9000 WITHVALUES", 9_000, false);
        choose("ZRANDMEMBER z 4500 WITHSCORES", 4_500, true);
        choose("ZRANDMEMBER z -8000", 8_000, false);
        choose("SRANDMEMBER few -9223372036854775807", Long.MAX_VALUE, false);
        assertEquals(0, redis.store().figures().openSnapshots());
    }

    private void choose(String line, long count, boolean different) {
        try (StoreSnapshot snapshot = redis.store().snapshot()) {
            Reply.Streamed reply = (Reply.Streamed) read(line, snapshot);
            assertEquals(count, reply.count(), line);
            Set<Reply> seen = new HashSet<>();
            long taken = 0;
            try (Elements<Reply> elements = reply.elements()) {
                Reply next = elements.next();
                while (next != null && taken < 30_000) {
                    taken++;
                    seen.add(next);
                    next = elements.next();
                }
            }
            assertEquals(Math.min(count, 30_000), taken, line);
            assertTrue(!different || seen.size() == count, line);
        }
    }

    @Test
    void fewElementsOfManyBytesAreStreamedToo() {
        String value = "x".repeat(100_000);
        for (int i = 0; i < 5; i++) {
            redis.run("HSET h f" + i + " " + value);
        }

        assertArrayEquals(CommandFixture.encode(redis.run("HGETALL h"), 3), streamed("HGETALL h", 3));
        assertEquals(0, redis.store().figures().openSnapshots());
    }

    @Test
    void aShortReplyIsAValueWhereItCouldBeStreamed() {
        redis.run("HSET h a 1 b 2");
        redis.run("SADD s a b");

        try (StoreSnapshot snapshot = redis.store().snapshot()) {
            assertEquals(redis.run("HGETALL h"), read("HGETALL h", snapshot));
            assertEquals(redis.run("SUNION s none"), read("SUNION s none", snapshot));
            assertEquals(redis.run("KEYS *"), read("KEYS *", snapshot));
            assertEquals(Reply.EMPTY_ARRAY, read("LRANGE none 0 -1", snapshot));
        }
    }

    @Test
    void aReplyThatMayNotBeStreamedIsBounded() {
        String value = "x".repeat(1 << 20);
        for (int i = 0; i < 70; i++) {
            redis.run("RPUSH l " + value);
        }

        Reply.Error error = assertInstanceOf(Reply.Error.class, redis.run("LRANGE l 0 -1"));
        assertTrue(error.line().startsWith("ERR the reply is larger than 67108864 bytes"), error.line());
        assertInstanceOf(Reply.Array.class, redis.run("LRANGE l 0 30"));
        assertTrue(streamed("LRANGE l 0 -1", 2).length > 70 << 20);
    }

    // ---- helpers ----

    private void fill(String command, IntFunction<String> element) {
        for (int from = 0; from < COUNT; from += PER_COMMAND) {
            StringBuilder line = new StringBuilder(command);
            for (int i = from; i < from + PER_COMMAND; i++) {
                line.append(' ').append(element.apply(i));
            }
            assertFalse(Reply.isError(redis.run(line.toString())), command);
        }
    }

    private Reply read(String line, StoreSnapshot snapshot) {
        byte[][] argv = CommandFixture.words(line);
        Command command = redis.table().find(argv);
        ReadContext context = new ReadContext(snapshot, 0, redis.nowMillis());
        context.allowStreaming();
        return ((Handler.Read) command.handler()).run().run(context, command.args(argv));
    }

    private byte[] streamed(String line, int protocol) {
        ByteBuf all = Unpooled.buffer();
        try (StoreSnapshot snapshot = redis.store().snapshot()) {
            Reply.Streamed reply = assertInstanceOf(Reply.Streamed.class, read(line, snapshot), line);
            LargeReply pieces = new LargeReply(reply, protocol);
            while (!pieces.isEndOfInput()) {
                ByteBuf piece = pieces.readChunk(UnpooledByteBufAllocator.DEFAULT);
                all.writeBytes(piece);
                piece.release();
            }
            assertNull(reply.elements().next(), () -> line + ": more elements than " + reply.count());
            reply.elements().close();
        }
        byte[] bytes = ByteBufUtil.getBytes(all);
        assertTrue(bytes.length > 0, () -> new String(bytes, ISO_8859_1));
        return bytes;
    }
}
