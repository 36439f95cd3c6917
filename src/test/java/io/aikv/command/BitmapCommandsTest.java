package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.data.Bitmaps;
import io.aikv.data.KeyInspection;
import io.aikv.data.KeyRecord;
import io.aikv.data.LongRead;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Bitmap commands from argv to reply: edges, huge values, events. */
final class BitmapCommandsTest extends CommandTest {
    private static final String SYNTAX = "-ERR syntax error\r\n";
    private static final String NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
    private static final String BAD_OFFSET = "-ERR bit offset is not an integer or out of range\r\n";

    private void set(String key, String value) {
        redis.run("SET".getBytes(ISO_8859_1), key.getBytes(ISO_8859_1), value.getBytes(ISO_8859_1));
    }

    private ReadContext context() {
        return new ReadContext(redis.store().reader(), 0, redis.nowMillis());
    }

    private String digest(String key) {
        ReadContext context = context();
        byte[] name = key.getBytes(ISO_8859_1);
        return new String(KeyInspection.digest(context, name, Objects.requireNonNull(context.find(name))), ISO_8859_1);
    }

    private long memoryUsage(String key) {
        ReadContext context = context();
        byte[] name = key.getBytes(ISO_8859_1);
        return KeyInspection.memoryUsage(context, name, Objects.requireNonNull(context.find(name)));
    }

    // ---- single bits ----

    @Test
    void theFirstBitIsTheMostSignificantOne() {
        assertEquals(":0\r\n", run("SETBIT k 1 1"));
        assertEquals(":0\r\n", run("SETBIT k 15 1"));
        assertEquals("$2\r\n@\1\r\n", run("GET k"));
        assertEquals(":1\r\n", run("GETBIT k 1"));
        assertEquals(":0\r\n", run("GETBIT k 2"));
        assertEquals(":0\r\n", run("GETBIT k 16"));
        assertEquals(":0\r\n", run("GETBIT none 4294967295"));
        assertEquals(":1\r\n", run("SETBIT k 1 0"));
        assertEquals("$2\r\n\0\1\r\n", run("GET k"));
        assertEquals("$3\r\nraw\r\n", run("OBJECT ENCODING k"));
    }

    @Test
    void argumentsAreCheckedInRedisOrder() {
        redis.putList("l", "a");
        String badBit = "-ERR bit is not an integer or out of range\r\n";
        assertEquals(BAD_OFFSET, run("SETBIT k -1 2"));
        assertEquals(BAD_OFFSET, run("SETBIT l 4294967296 1"));
        assertEquals(badBit, run("SETBIT l 1 2"));
        assertEquals(badBit, run("SETBIT k 1 x"));
        assertEquals("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", run("SETBIT l 1 1"));
        assertEquals(BAD_OFFSET, run("GETBIT l x"));
        assertEquals(":0\r\n", run("BITCOUNT none x"));
        assertEquals("-ERR The bit argument must be 1 or 0.\r\n", run("BITPOS l 2"));
        assertEquals(":-1\r\n", run("BITPOS none 1 x"));
        assertEquals(":0\r\n", run("EXISTS k"));
        set("k", "abc");
        assertEquals(SYNTAX, run("BITCOUNT k 1"));
        assertEquals(SYNTAX, run("BITCOUNT k 1 2 BITS"));
        assertEquals(SYNTAX, run("BITCOUNT k 1 2 BIT 3"));
        assertEquals(NOT_AN_INTEGER, run("BITCOUNT k 1 x BITS"));
        assertEquals(SYNTAX, run("BITPOS k 1 1 x BITS"));
        assertEquals(NOT_AN_INTEGER, run("BITPOS k 1 1 x BIT"));
        assertEquals(SYNTAX, run("BITPOS k 1 1 2 BIT 3"));
    }

    @Test
    void theLastBitOfTheLongestStringCostsOneChunk() {
        assertEquals(":0\r\n", run("SETBIT k 4294967295 1"));
        assertEquals(":536870912\r\n", run("STRLEN k"));
        assertEquals(":1\r\n", run("GETBIT k 4294967295"));
        assertEquals(":1\r\n", run("BITCOUNT k"));
        assertEquals(":4294967295\r\n", run("BITPOS k 1"));
        assertEquals(":0\r\n", run("BITPOS k 0"));
        assertEquals("$4\r\n\0\0\0\1\r\n", run("GETRANGE k -4 -1"));
        assertTrue(memoryUsage("k") < 20_000);
        assertEquals("*1\r\n:1\r\n", run("BITFIELD k GET u1 4294967295"));
    }

    // ---- ranges ----

    @Test
    void ranges() {
        set("k", "foobar");
        assertEquals(":26\r\n", run("BITCOUNT k"));
        assertEquals(":4\r\n", run("BITCOUNT k 0 0"));
        assertEquals(":6\r\n", run("BITCOUNT k 1 1 BYTE"));
        assertEquals(":17\r\n", run("BITCOUNT k 5 30 BIT"));
        assertEquals(":0\r\n", run("BITCOUNT k -2 -3"));
        assertEquals(":0\r\n", run("BITCOUNT k 6 -1"));
        assertEquals(":26\r\n", run("BITCOUNT k -100 100"));
        set("ones", "\u00ff\u00ff\u00ff");
        assertEquals(":24\r\n", run("BITPOS ones 0"));
        assertEquals(":24\r\n", run("BITPOS ones 0 1"));
        assertEquals(":-1\r\n", run("BITPOS ones 0 0 -1"));
        assertEquals(":-1\r\n", run("BITPOS ones 0 5 10 BIT"));
        assertEquals(":9\r\n", run("BITPOS ones 1 9 -1 BIT"));
        set("z", "\0\u0010\0");
        assertEquals(":11\r\n", run("BITPOS z 1 3 20 BIT"));
        assertEquals(":-1\r\n", run("BITPOS z 1 12 -1 BIT"));
        assertEquals(":-1\r\n", run("BITPOS z 1 2"));
        set("none", "");
        assertEquals(":-1\r\n", run("BITPOS none 0"));
        assertEquals(":0\r\n", run("BITCOUNT none 0 -1"));
    }

    @Test
    void aLongCountDoesNotRunOnAThreadForShortReads() {
        redis.run("SETRANGE k 3000000 x");
        redis.run("BITOP NOT k k");
        KeyRecord record = Objects.requireNonNull(context().find(new byte[] {'k'}));
        ReadContext shortOne = context();
        shortOne.limitBytes(1 << 20);

        assertThrows(LongRead.class, () -> Bitmaps.count(shortOne, new byte[] {'k'}, record, 0, 8L * 3_000_000));
        assertEquals(24_000_001, Bitmaps.count(context(), new byte[] {'k'}, record, 0, 8L * 3_000_000));
    }

    // ---- BITOP ----

    @Test
    void bitopCombines() {
        set("a", "\u000f\u00f0\u00aa");
        set("b", "\u00ff\u0000");
        set("c", "\u0001\u0001\u0001\u0001");

        assertOperation("AND d a b", "\u000f\0\0");
        assertOperation("OR d a b", "\u00ff\u00f0\u00aa");
        assertOperation("XOR d a b c", "\u00f1\u00f1\u00ab\1");
        assertOperation("NOT d a", "\u00f0\u000f\u0055");
        assertOperation("DIFF d a b c", "\0\u00f0\u00aa\0");
        assertOperation("diff1 d a b c", "\u00f0\1\1\1");
        assertOperation("ANDOR d a b c", "\u000f\0\0\0");
        assertOperation("ONE d a b c", "\u00f0\u00f1\u00ab\1");
        assertOperation("OR a a c", "\u000f\u00f1\u00ab\1");
        assertOperation("AND d a", "\u000f\u00f1\u00ab\1");
        assertEquals("$3\r\nraw\r\n", run("OBJECT ENCODING d"));
    }

    private void assertOperation(String rest, String expected) {
        assertEquals(Reply.integer(expected.length()), redis.run("BITOP " + rest), rest);
        assertEquals("$" + expected.length() + "\r\n" + expected + "\r\n", run("GET " + rest.split(" ")[1]), rest);
    }

    @Test
    void bitopChecksItsArguments() {
        redis.putList("l", "a");
        assertEquals(SYNTAX, run("BITOP NAND d a b"));
        assertEquals("-ERR BITOP NOT must be called with a single source key.\r\n", run("BITOP not d a b"));
        assertEquals("-ERR BITOP DIFF must be called with at least two source keys.\r\n", run("BITOP diff d a"));
        assertEquals("-ERR wrong number of arguments for 'bitop' command\r\n", run("BITOP AND d"));
        assertEquals(
                "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", run("BITOP AND d none l"));
        assertEquals(":0\r\n", run("BITOP AND l none none"));
        assertEquals(":0\r\n", run("EXISTS l"));
    }

    @Test
    void theComplementOfAHugeHoleIsAsCheapAsTheHole() {
        redis.run("SETBIT k 4294967295 1");
        redis.run("SETBIT k 1000000 1");

        assertEquals(":536870912\r\n", run("BITOP NOT n k"));
        assertTrue(memoryUsage("n") < 2_000_000, "" + memoryUsage("n"));
        assertEquals(":4294967294\r\n", run("BITCOUNT n"));
        assertEquals(":1000000\r\n", run("BITPOS n 0"));
        assertEquals(":4294967295\r\n", run("BITPOS n 0 200000 -1"));
        assertEquals("$2\r\n\u00ff\u00fe\r\n", run("GETRANGE n -2 -1"));
        assertEquals(":536870912\r\n", run("BITOP NOT n n"));
        assertEquals(":2\r\n", run("BITCOUNT n"));
        assertEquals(":536870912\r\n", run("BITOP XOR x k n"));
        assertEquals(":0\r\n", run("BITCOUNT x"));
    }

    @Test
    void chunksOfOnesBehaveAsAnyOthers() {
        int size = 100_000;
        redis.run("SETRANGE holes " + (size - 1) + " \0");
        redis.run("BITOP NOT k holes");
        byte[] ones = "\u00ff".repeat(size).getBytes(ISO_8859_1);
        redis.run("SET".getBytes(ISO_8859_1), "model".getBytes(ISO_8859_1), ones);

        assertArrayEquals(ones, ((Reply.Bulk) redis.run("GET k")).value());
        assertEquals(digest("model"), digest("k"));
        for (String line : List.of(
                "SETRANGE ? 20000 abc",
                "SETBIT ? 300000 0",
                "SETBIT ? 300000 1",
                "APPEND ? tail",
                "SETRANGE ? 120000 x",
                "SETRANGE ? 0 " + "y".repeat(40_000),
                "BITFIELD ? SET u16 262136 0 INCRBY i5 700000 7")) {
            assertEquals(run(line.replace("?", "model")), run(line.replace("?", "k")), line);
            assertArrayEquals(
                    ((Reply.Bulk) redis.run("GET model")).value(), ((Reply.Bulk) redis.run("GET k")).value(), line);
        }
        redis.run("COPY k copy");
        redis.run("RENAME k k2");
        redis.reopen();
        assertEquals(digest("model"), digest("copy"));
        assertEquals(digest("model"), digest("k2"));
        assertEquals(run("BITCOUNT model"), run("BITCOUNT k2"));
    }

    // ---- BITFIELD ----

    @Test
    void bitfieldOverflowsAsItIsTold() {
        assertEquals("*2\r\n:1\r\n:0\r\n", run("BITFIELD k INCRBY i5 100 1 GET u4 0"));
        assertEquals("*1\r\n:-16\r\n", run("BITFIELD k INCRBY i5 100 15"));
        assertEquals("*1\r\n:15\r\n", run("BITFIELD k OVERFLOW SAT INCRBY i5 100 100"));
        assertEquals("*2\r\n_\r\n:15\r\n", run("BITFIELD k OVERFLOW FAIL INCRBY i5 100 1 GET i5 100"));
        assertEquals("*2\r\n:0\r\n:255\r\n", run("BITFIELD k SET u8 #1 -1 GET u8 8"));
        assertEquals("*1\r\n:4\r\n", run("BITFIELD k INCRBY u8 #1 5"));
        assertEquals(
                "*2\r\n:0\r\n:-9223372036854775808\r\n",
                run("BITFIELD v SET i64 3 9223372036854775807 INCRBY i64 3 1"));
        assertEquals("*2\r\n:0\r\n:-128\r\n", run("BITFIELD x OVERFLOW SAT SET i8 0 -200 GET i8 0"));
        assertEquals("*2\r\n:-128\r\n:127\r\n", run("BITFIELD x OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0"));
        assertEquals("*2\r\n:0\r\n:9223372036854775807\r\n", run("BITFIELD w OVERFLOW SAT SET u63 1 -1 GET u63 1"));
    }

    @Test
    void bitfieldChecksItsArguments() {
        String badType = "-ERR Invalid bitfield type. Use something like i16 u8. "
                + "Note that u64 is not supported but i64 is.\r\n";
        assertEquals("*0\r\n", run("BITFIELD k"));
        assertEquals(badType, run("BITFIELD k GET u64 0"));
        assertEquals(badType, run("BITFIELD k GET U8 0"));
        assertEquals(BAD_OFFSET, run("BITFIELD k GET u8 #-1"));
        assertEquals(BAD_OFFSET, run("BITFIELD k SET u8 4294967296 x"));
        assertEquals(NOT_AN_INTEGER, run("BITFIELD k SET u8 0 x"));
        assertEquals("-ERR Invalid OVERFLOW type specified\r\n", run("BITFIELD k OVERFLOW x"));
        assertEquals(SYNTAX, run("BITFIELD k OVERFLOW"));
        assertEquals(SYNTAX, run("BITFIELD k SET u8 0"));
        assertEquals("-ERR BITFIELD_RO only supports the GET subcommand\r\n", run("BITFIELD_RO k SET u8 0 1"));
        assertEquals(":0\r\n", run("EXISTS k"));
        assertEquals("*1\r\n:0\r\n", run("BITFIELD k SET u8 4294967295 1"));
        assertEquals(":536870913\r\n", run("STRLEN k"));
    }

    @Test
    void bitfieldThatTouchesVeryManyChunksIsRefusedAndDoesNothing() {
        StringBuilder line = new StringBuilder("BITFIELD k");
        for (int i = 0; i < 1025; i++) {
            line.append(" SET u8 ").append(i * 131_072L).append(" 1");
        }
        assertEquals("-ERR too many parts of a long value in one command\r\n", run(line.toString()));
        assertEquals(":0\r\n", run("EXISTS k"));

        assertEquals(
                1024,
                ((Reply.Array) redis.run(line.substring(0, line.lastIndexOf(" SET"))))
                        .items()
                        .size());
    }

    // ---- events ----

    @Test
    void everyChangeIsToldByRedisNameForIt() {
        List<List<String>> steps = List.of(
                List.of("SETBIT k 1 1", "new k", "setbit k"),
                List.of("SETBIT k 1 1"),
                List.of("SETBIT k 9 0", "setbit k"),
                List.of("BITFIELD k SET u8 0 64"),
                List.of("BITFIELD k SET u8 0 65", "setbit k"),
                List.of("BITFIELD k SET u8 100 0", "setbit k"),
                List.of("BITFIELD k GET u8 200"),
                List.of("BITFIELD f OVERFLOW FAIL SET u2 100 5", "new f"),
                List.of("BITOP AND d k f", "new d", "set d"),
                List.of("BITOP OR d k", "set d"),
                List.of("BITOP OR d none", "del d"),
                List.of("BITOP OR d none"));

        for (List<String> step : steps) {
            redis.run(step.get(0));
            List<String> expected =
                    step.stream().skip(1).map(event -> "0 " + event).toList();
            assertEquals(expected, redis.takeEvents(), step.get(0));
        }
    }

    @Test
    void bitsChangeTheValueOnlyNotItsDeadline() {
        redis.run("SET k a PX 1000");
        redis.run("SETBIT k 7 0");
        redis.run("BITFIELD k SET u8 1000000 255");
        assertEquals(":1000\r\n", run("PTTL k"));
        redis.run("BITOP NOT k k");
        assertEquals(":-1\r\n", run("PTTL k"));
    }
}
