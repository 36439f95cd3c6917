package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.resp.Reply;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DumpCommandsTest extends CommandTest {
    /** {@code SET k hello} of a redis-server 7.0.15, dumped. */
    private static final byte[] HELLO = Payloads.empty()
            .bytes(0, 5)
            .raw("hello")
            .bytes(10, 0)
            .big(0x6372df766534200aL, 8)
            .toBytes();

    private static final String BAD = "-ERR Bad data format\r\n";

    private String restore(String key, long timeToLive, byte[] payload, String... options) {
        return text(redis.run(Payloads.restore(key.getBytes(ISO_8859_1), timeToLive, payload, options)));
    }

    private byte[] dump(String key) {
        return Payloads.dump(redis, key.getBytes(ISO_8859_1));
    }

    // ---- DUMP ----

    @Test
    void absentKeysHaveNoDump() {
        assertEquals(Reply.NULL, redis.run("DUMP absent"));
    }

    @Test
    void stringsAreDumpedAsRedisDoes() {
        redis.run("SET k hello");
        assertArrayEquals(HELLO, dump("k"));

        redis.run("SET n -1234");
        byte[] number = dump("n");
        assertArrayEquals(Payloads.ofType(0).bytes(0xc1).little(-1234, 2).seal(10), number);
    }

    /** As rdb.c writes what RedisJSON saves: the module's id, the kind of a string, the text, the end. */
    @Test
    void aDocumentIsDumpedAsRedisJsonDoes() {
        redis.run("JSON.SET d $ {\"a\":[1,2.50]}");
        redis.run("JSON.SET n $ 12");
        // "ReJSON-RL" in letters of six bits, then ten bits of its version, 3.
        Payloads saved = Payloads.ofType(7).bytes(0x81).big(0x45e25238df912c03L, 8);
        byte[] document = saved.bytes(5, 13).raw("{\"a\":[1,2.5]}").bytes(0).seal(10);

        assertArrayEquals(document, dump("d"));
        assertEquals("+OK\r\n", restore("copy", 1500, document));
        assertEquals("$13\r\n{\"a\":[1,2.5]}\r\n", run("JSON.GET copy"));
        assertEquals(":1500\r\n", run("PTTL copy"));
        assertEquals("+OK\r\n", restore("copy", 0, dump("n"), "REPLACE"));
        assertEquals("$2\r\n12\r\n", run("JSON.GET copy"));
    }

    @Test
    void documentsOfOlderVersionsAndOtherModules() {
        byte[] withIndex = module(2)
                .bytes(5)
                .string("[1, 2]")
                .bytes(2, 1, 5)
                .string("a")
                .bytes(5)
                .string("b")
                .bytes(0)
                .seal(9);
        byte[] unknown = module(4).bytes(5).string("[1, 2]").bytes(0).seal(10);
        byte[] noJson = module(3).bytes(5).string("[1, 2").bytes(0).seal(10);
        byte[] noUtf8 = module(3).bytes(5).string("\"\u00ff\"").bytes(0).seal(10);

        assertEquals("+OK\r\n", restore("d", 0, withIndex));
        assertEquals("$5\r\n[1,2]\r\n", run("JSON.GET d"));
        assertEquals(BAD, restore("k", 0, unknown));
        assertEquals(BAD, restore("k", 0, noJson));
        assertEquals(BAD, restore("k", 0, noUtf8));
        assertEquals(":0\r\n", run("EXISTS k"));
    }

    private static Payloads module(int version) {
        return Payloads.ofType(7).bytes(0x81).big(0x45e25238df912c00L | version, 8);
    }

    @Test
    void aHashNeedsTheFormOfRedis74OnlyWhileAFieldHasADeadline() {
        redis.run("HSET h a 1 b 2");
        assertEquals(10, dump("h")[dump("h").length - 10]);

        redis.run("HPEXPIRE h 1000 FIELDS 1 a");
        byte[] withDeadline = dump("h");
        assertEquals(24, withDeadline[0]);
        assertEquals(12, withDeadline[withDeadline.length - 10]);

        assertEquals("+OK\r\n", restore("copy", 0, withDeadline));
        assertEquals("*2\r\n:1000\r\n:-1\r\n", run("HPTTL copy FIELDS 2 a b"));
        redis.advance(1000);
        byte[] afterwards = dump("h");
        assertEquals(10, afterwards[afterwards.length - 10]);
        assertEquals("+OK\r\n", restore("second", 0, withDeadline));
        assertEquals("%1\r\n$1\r\nb\r\n$1\r\n2\r\n", run("HGETALL second"));
    }

    @Test
    void aHashWhoseFieldsAreAllDueIsNotThere() {
        redis.run("HSET h a 1");
        redis.run("HPEXPIRE h 1000 FIELDS 1 a");
        byte[] payload = dump("h");
        redis.advance(1000);

        assertEquals(Reply.NULL, redis.run("DUMP h"));
        redis.run("SET target x");
        redis.takeEvents();
        assertEquals("+OK\r\n", restore("target", 0, payload, "REPLACE"));
        assertEquals(":0\r\n", run("EXISTS target"));
        assertEquals(List.of("0 del target"), redis.takeEvents());
    }

    // ---- RESTORE ----

    @Test
    void aRestoredKeyIsToldOf() {
        assertEquals("+OK\r\n", restore("k", 0, HELLO));
        assertEquals("$5\r\nhello\r\n", run("GET k"));
        assertEquals(List.of("0 new k", "0 restore k"), redis.takeEvents());

        assertEquals("+OK\r\n", restore("k", 0, HELLO, "REPLACE"));
        assertEquals(List.of("0 new k", "0 restore k"), redis.takeEvents());
    }

    @Test
    void aPresentKeyIsKeptUnlessItMayBeReplaced() {
        redis.run("SET k old");

        assertEquals("-BUSYKEY Target key name already exists.\r\n", restore("k", 0, HELLO));
        assertEquals("-BUSYKEY Target key name already exists.\r\n", restore("k", -1, new byte[0]));
        assertEquals("-ERR syntax error\r\n", restore("k", -1, new byte[0], "REPLACED"));
        assertEquals("$3\r\nold\r\n", run("GET k"));
        assertEquals("+OK\r\n", restore("k", 0, HELLO, "replace"));
    }

    @Test
    void timesToLiveAreSpansOrInstants() {
        restore("span", 1500, HELLO);
        restore("instant", redis.nowMillis() + 2500, HELLO, "ABSTTL");
        assertEquals(":1500\r\n", run("PTTL span"));
        assertEquals(":2500\r\n", run("PTTL instant"));

        redis.run("RPUSH l a b");
        byte[] list = dump("l");
        restore("l2", 1500, list, "REPLACE", "ABSTTL");
        assertEquals(":0\r\n", run("EXISTS l2"));
        restore("l2", 1500, list);
        assertEquals(":1500\r\n", run("PTTL l2"));
        redis.advance(1500);
        assertEquals(":0\r\n", run("EXISTS l2 span"));
    }

    @Test
    void whatIsDueAlreadyOnlyRemovesWhatWasThere() {
        redis.run("SET k old");
        redis.takeEvents();

        assertEquals("+OK\r\n", restore("k", 1, HELLO, "ABSTTL", "REPLACE"));
        assertEquals("+OK\r\n", restore("k", 1, HELLO, "ABSTTL", "REPLACE"));
        assertEquals("+OK\r\n", restore("k", Long.MAX_VALUE, HELLO, "REPLACE"));

        assertEquals(":0\r\n", run("EXISTS k"));
        assertEquals(List.of("0 del k"), redis.takeEvents());
    }

    @Test
    void optionsAreCheckedAsRedisDoes() {
        assertEquals("-ERR Invalid TTL value, must be >= 0\r\n", restore("k", -1, HELLO));
        assertEquals("-ERR Invalid IDLETIME value, must be >= 0\r\n", restore("k", 0, HELLO, "IDLETIME", "-1"));
        assertEquals("-ERR value is not an integer or out of range\r\n", restore("k", 0, HELLO, "IDLETIME", "x"));
        assertEquals("-ERR Invalid FREQ value, must be >= 0 and <= 255\r\n", restore("k", 0, HELLO, "FREQ", "256"));
        assertEquals("-ERR syntax error\r\n", restore("k", 0, HELLO, "FREQ"));
        assertEquals("-ERR syntax error\r\n", restore("k", 0, HELLO, "FREQ", "1", "IDLETIME", "1"));
        assertEquals("+OK\r\n", restore("k", 0, HELLO, "FREQ", "255"));
        assertEquals("+OK\r\n", restore("k", 0, HELLO, "IDLETIME", "9", "REPLACE", "ABSTTL"));
        assertEquals(
                "+OK\r\n",
                text(redis.run(
                        "RESTORE-ASKING".getBytes(ISO_8859_1),
                        "a".getBytes(ISO_8859_1),
                        "0".getBytes(ISO_8859_1),
                        HELLO)));
    }

    @Test
    void aNumberOfDeliveriesThatWentPastTheLargestOneIsKept() {
        redis.run("XADD s 1-1 f v");
        redis.run("XGROUP CREATE s g 0");
        redis.run("XREADGROUP GROUP g c STREAMS s >");
        redis.run("XCLAIM s g c 0 1-1 RETRYCOUNT 9223372036854775807");
        redis.run("XCLAIM s g c 0 1-1");
        Reply dump = redis.run("DUMP s");

        assertEquals("+OK\r\n", restore("copy", 0, ((Reply.Bulk) dump).value()));

        String pending = text(redis.run("XPENDING copy g - + 1"));
        assertTrue(pending.contains(":-9223372036854775808\r\n"), pending);
        assertEquals(text(redis.run("XPENDING s g - + 1")), pending);
    }

    @Test
    void theFooterMustFit() {
        String wrong = "-ERR DUMP payload version or checksum are wrong\r\n";
        byte[] changed = HELLO.clone();
        changed[3] ^= 1;

        assertEquals(wrong, restore("k", 0, changed));
        assertEquals(wrong, restore("k", 0, new byte[9]));
        assertEquals(wrong, restore("k", 0, Payloads.ofType(0).string("x").seal(13)));
        assertEquals("+OK\r\n", restore("k", 0, Payloads.ofType(0).string("x").seal(12)));
        assertEquals("+OK\r\n", restore("k2", 0, Payloads.ofType(0).string("x").seal(1)));
    }

    @Test
    void malformedValuesAreRefused() {
        assertEquals(BAD, restore("k", 0, Payloads.empty().seal(10)));
        assertEquals(BAD, restore("k", 0, Payloads.ofType(6).bytes(1).seal(10)));
        assertEquals(BAD, restore("k", 0, Payloads.ofType(99).seal(10)));
        assertEquals(BAD, restore("k", 0, Payloads.ofType(2).bytes(0).seal(10)));
        assertEquals(
                BAD,
                restore(
                        "k",
                        0,
                        Payloads.ofType(2).bytes(2).string("a").string("a").seal(10)));
        assertEquals(
                BAD,
                restore(
                        "k",
                        0,
                        Payloads.ofType(2)
                                .bytes(0x80, 0x7f, 0xff, 0xff, 0xff)
                                .string("a")
                                .seal(10)));
        assertEquals(
                BAD, restore("k", 0, Payloads.ofType(0).bytes(0x81).big(-1, 8).seal(10)));
        assertEquals(
                BAD,
                restore(
                        "k",
                        0,
                        Payloads.ofType(5)
                                .bytes(1)
                                .string("m")
                                .little(0x7ff8000000000000L, 8)
                                .seal(10)));
        assertEquals(
                BAD,
                restore(
                        "k",
                        0,
                        Payloads.ofType(16)
                                .string(Payloads.listpack("a", "1", "a", "2"))
                                .seal(10)));
        assertEquals(
                BAD,
                restore(
                        "k",
                        0,
                        Payloads.ofType(16).string(Payloads.listpack("a")).seal(10)));
        assertEquals(
                BAD,
                restore(
                        "k",
                        0,
                        Payloads.ofType(17).string(Payloads.listpack("a", "x")).seal(10)));
        assertEquals(
                BAD,
                restore(
                        "k",
                        0,
                        Payloads.ofType(11).string(Payloads.intset(2, 3, 1)).seal(10)));
        assertEquals(":0\r\n", run("EXISTS k"));
    }

    @Test
    void aCompressedStringMayNotClaimToBeHuge() {
        // Three bytes that stand for four billion, and three for half a gigabyte.
        byte[] huge = Payloads.ofType(0)
                .bytes(0xc3, 3, 0x80, 0xff, 0xff, 0xff, 0xff, 0xe0, 0xff, 0)
                .seal(10);
        byte[] large = Payloads.ofType(0)
                .bytes(0xc3, 3, 0x80, 0x1f, 0xff, 0xff, 0xff, 0xe0, 0xff, 0)
                .seal(10);
        byte[] fair = Payloads.ofType(0)
                .bytes(0xc3, 5, 0x40 | 1, 0x0a, 0, 'a', 0xe0, 0xff, 0)
                .seal(10);

        assertEquals(BAD, restore("k", 0, huge));
        assertEquals(BAD, restore("k", 0, large));
        assertEquals(BAD, restore("k", 0, fair));
        byte[] exact = Payloads.ofType(0)
                .bytes(0xc3, 5, 0x41, 0x09, 0, 'a', 0xe0, 0xff, 0)
                .seal(10);
        assertEquals("+OK\r\n", restore("k", 0, exact));
        assertEquals("$265\r\n" + "a".repeat(265) + "\r\n", run("GET k"));
    }

    // ---- what only newer servers write ----

    @Test
    void setsOfRedis72AreRead() {
        restore(
                "s",
                0,
                Payloads.ofType(20).string(Payloads.listpack("a", "b", "7")).seal(11));

        assertEquals(":3\r\n", run("SCARD s"));
        assertEquals("*3\r\n:1\r\n:1\r\n:1\r\n", run("SMISMEMBER s a b 7"));
    }

    @Test
    void hashesOfRedis74AreRead() {
        long now = redis.nowMillis();
        String later = Long.toString(now + 5000);
        restore(
                "lp",
                0,
                Payloads.ofType(25)
                        .little(now + 5000, 8)
                        .string(Payloads.listpack("a", "1", later, "b", "2", "0"))
                        .seal(12));
        restore(
                "ht",
                0,
                Payloads.ofType(24)
                        .little(now + 500, 8)
                        .bytes(3)
                        .bytes(0)
                        .string("a")
                        .string("1")
                        .bytes(1)
                        .string("b")
                        .string("2")
                        .bytes(0x80)
                        .big(501, 4)
                        .string("c")
                        .string("3")
                        .seal(12));
        restore(
                "old",
                0,
                Payloads.ofType(22)
                        .bytes(2, 0x81)
                        .big(now + 9, 8)
                        .string("a")
                        .string("1")
                        .bytes(0)
                        .string("b")
                        .string("2")
                        .seal(12));
        restore(
                "oldlp",
                0,
                Payloads.ofType(23).string(Payloads.listpack("a", "1", later)).seal(12));

        assertEquals("*2\r\n:5000\r\n:-1\r\n", run("HPTTL lp FIELDS 2 a b"));
        assertEquals("*3\r\n:-1\r\n:500\r\n:1000\r\n", run("HPTTL ht FIELDS 3 a b c"));
        assertEquals("*2\r\n:9\r\n:-1\r\n", run("HPTTL old FIELDS 2 a b"));
        assertEquals("*1\r\n:5000\r\n", run("HPTTL oldlp FIELDS 1 a"));
        redis.advance(501);
        assertEquals(":2\r\n", run("HLEN ht"));
    }

    @Test
    void streamsOfRedis72KnowWhenAConsumerWasActive() {
        byte[] node = Payloads.empty()
                .bytes(
                        31, 0, 0, 0, 12, 0, 1, 1, 0, 1, 1, 1, 0x81, 'f', 2, 0, 1, 2, 1, 0, 1, 0, 1, 0x81, 'v', 2, 4, 1,
                        0xff)
                .toBytes();
        node[0] = (byte) node.length;
        node[4] = 10;
        byte[] payload = Payloads.ofType(21)
                .bytes(1, 16)
                .big(5, 8)
                .big(1, 8)
                .string(node)
                .bytes(1, 5, 1, 5, 1, 0, 0, 1)
                .bytes(1)
                .string("g")
                .bytes(5, 1, 1)
                .bytes(1)
                .big(5, 8)
                .big(1, 8)
                .little(1000, 8)
                .bytes(2)
                .bytes(1)
                .string("c")
                .little(3000, 8)
                .little(-1, 8)
                .bytes(1)
                .big(5, 8)
                .big(1, 8)
                .seal(11);

        assertEquals("+OK\r\n", restore("s", 0, payload));
        assertEquals("*1\r\n*2\r\n$3\r\n5-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n", run("XRANGE s - +"));
        String full = run("XINFO STREAM s FULL");
        assertTrue(full.contains("seen-time\r\n:3000\r\n$11\r\nactive-time\r\n:-1\r\n"), full);
        assertTrue(full.contains("*3\r\n$3\r\n5-1\r\n:1000\r\n:2\r\n"), full);
    }
}
