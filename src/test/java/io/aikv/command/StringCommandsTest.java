package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.resp.Reply;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What {@link RedisComparisonTest} cannot see: events, time, huge values, and commands newer than its Redis. */
final class StringCommandsTest extends CommandTest {
    private static final Reply ABSENT = Reply.NULL;
    private static final String WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

    private String get(String key) {
        return redis.run("GET " + key) instanceof Reply.Bulk bulk ? new String(bulk.value(), ISO_8859_1) : "(nothing)";
    }

    // ---- conditions ----

    @Test
    void setIfeqWritesOnlyOverTheWantedValue() {
        redis.run("SET k hello");

        assertEquals(ABSENT, redis.run("SET k world IFEQ other"));
        assertEquals(ABSENT, redis.run("SET absent world IFEQ hello"));
        assertEquals(Reply.OK, redis.run("SET k world ifeq hello"));
        assertEquals("world", get("k"));
        assertEquals("(nothing)", get("absent"));
    }

    @Test
    void setIfneWritesOverAnythingElseAndWhereThereIsNothing() {
        redis.run("SET k hello");

        assertEquals(ABSENT, redis.run("SET k world IFNE hello"));
        assertEquals(Reply.OK, redis.run("SET k world IFNE other"));
        assertEquals(Reply.OK, redis.run("SET absent world IFNE hello"));
        assertEquals("world", get("absent"));
    }

    @Test
    void setIfdeqAndIfdneCompareDigestsInEitherCase() {
        redis.run("SET k hello");

        assertEquals(ABSENT, redis.run("SET k world IFDNE 9555E8555C62DCFD"));
        assertEquals(Reply.OK, redis.run("SET k world IFDEQ 9555E8555c62dcfd"));
        assertEquals(ABSENT, redis.run("SET k hello IFDEQ 9555e8555c62dcfd"));
        assertEquals(Reply.OK, redis.run("SET k hello IFDNE zzzzzzzzzzzzzzzz"));
        assertEquals("-ERR must be exactly 16 hexadecimal characters\r\n", run("SET k x IFDEQ 123"));
        assertEquals(ABSENT, redis.run("SET absent x IFDEQ 123"));
        assertEquals(Reply.OK, redis.run("SET absent x IFDNE 123"));
    }

    @Test
    void aConditionWithGetAnswersTheOldValueWhetherItHoldsOrNot() {
        redis.run("SET k hello");

        assertEquals("$5\r\nhello\r\n", run("SET k world IFEQ other GET"));
        assertEquals("$5\r\nhello\r\n", run("SET k world IFEQ hello GET EX 10"));
        assertEquals(ABSENT, redis.run("SET absent world IFNE hello GET"));
        assertEquals(":10\r\n", run("TTL k"));
        assertEquals("world", get("absent"));
    }

    @Test
    void conditionsExcludeOneAnotherAndNeedAnOperand() {
        for (String options :
                List.of("IFEQ a NX", "XX IFEQ a", "IFEQ a IFNE b", "IFEQ", "IFEQ a IFEQ b", "NX IFDEQ a")) {
            assertEquals("-ERR syntax error\r\n", run("SET k v " + options), options);
        }
    }

    @Test
    void conditionsOnAnotherTypeAreRefused() {
        redis.putList("l", "a");

        assertEquals(WRONG_TYPE, run("SET l v IFEQ a"));
        assertEquals(WRONG_TYPE, run("SET l v IFDNE 123"));
        assertEquals(WRONG_TYPE, run("DELIFEQ l a"));
        assertEquals(WRONG_TYPE, run("DIGEST l"));
        assertEquals("-ERR Key should be of string type if conditions are specified\r\n", run("DELEX l IFEQ a"));
        assertEquals(Reply.ONE, redis.run("DELEX l"));
    }

    @Test
    void delifeqDeletesOnlyTheWantedValue() {
        redis.run("SET k hello");

        assertEquals(Reply.ZERO, redis.run("DELIFEQ k other"));
        assertEquals(Reply.ZERO, redis.run("DELIFEQ absent hello"));
        assertEquals(Reply.ONE, redis.run("DELIFEQ k hello"));
        assertEquals("(nothing)", get("k"));
    }

    @Test
    void delexDeletesByValueOrDigest() {
        redis.run("MSET a hello b hello c hello d hello e hello");

        assertEquals(Reply.ZERO, redis.run("DELEX a IFEQ other"));
        assertEquals(Reply.ONE, redis.run("DELEX a IFEQ hello"));
        assertEquals(Reply.ZERO, redis.run("DELEX b IFNE hello"));
        assertEquals(Reply.ONE, redis.run("DELEX b IfNe other"));
        assertEquals(Reply.ONE, redis.run("DELEX c IFDEQ 9555e8555c62dcfd"));
        assertEquals(Reply.ZERO, redis.run("DELEX d IFDNE 9555e8555c62dcfd"));
        assertEquals(Reply.ONE, redis.run("DELEX d"));
        assertEquals(Reply.ZERO, redis.run("DELEX absent FOO bar"));
        assertEquals("-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE\r\n", run("DELEX e FOO bar"));
        assertEquals("-ERR must be exactly 16 hexadecimal characters\r\n", run("DELEX e IFDEQ 1"));
        assertEquals("-ERR wrong number of arguments for 'delex' command\r\n", run("DELEX absent IFEQ"));
        assertEquals("-ERR wrong number of arguments for 'delex' command\r\n", run("DELEX e IFEQ a b"));
        assertEquals("$16\r\n9555e8555c62dcfd\r\n", run("DIGEST e"));
        assertEquals(ABSENT, redis.run("DIGEST absent"));
    }

    @Test
    void msetexSetsAllOrNothing() {
        assertEquals(Reply.ONE, redis.run("MSETEX 2 a 1 b 2 EX 100 NX"));
        assertEquals(Reply.ZERO, redis.run("MSETEX 2 b 3 c 3 NX"));
        assertEquals(Reply.ZERO, redis.run("MSETEX 2 b 3 c 3 XX"));
        assertEquals("(nothing)", get("c"));
        assertEquals(Reply.ONE, redis.run("MSETEX 2 a 3 b 3 xx keepttl"));
        assertEquals(":100\r\n", run("TTL a"));
        assertEquals(Reply.ONE, redis.run("MSETEX 1 a 4"));
        assertEquals(":-1\r\n", run("TTL a"));
        assertEquals("3", get("b"));
    }

    @Test
    void msetexRefusesWhatRedisRefuses() {
        assertEquals("-ERR invalid numkeys value\r\n", run("MSETEX key1 val1 ex 10"));
        assertEquals("-ERR invalid numkeys value\r\n", run("MSETEX 0 key1 val1"));
        assertEquals("-ERR invalid numkeys value\r\n", run("MSETEX 2147483648 key1 val1 ex 10"));
        assertEquals("-ERR wrong number of key-value pairs\r\n", run("MSETEX 2147483647 key1 val1 ex 10"));
        assertEquals("-ERR wrong number of key-value pairs\r\n", run("MSETEX 2 key1 val1 key2"));
        assertEquals("-ERR syntax error\r\n", run("MSETEX 1 key1 val1 invalid"));
        assertEquals("-ERR syntax error\r\n", run("MSETEX 1 key1 val1 NX XX"));
        assertEquals("-ERR syntax error\r\n", run("MSETEX 1 key1 val1 EX 10 PX 10"));
        assertEquals("-ERR syntax error\r\n", run("MSETEX 1 key1 val1 KEEPTTL EX 10"));
        assertEquals("-ERR syntax error\r\n", run("MSETEX 1 key1 val1 IFEQ a"));
        assertEquals("-ERR invalid expire time in 'msetex' command\r\n", run("MSETEX 1 key1 val1 EX 0"));
    }

    // ---- time ----

    @Test
    void aDueKeyIsAbsentAtOnceAndItsSuccessorStartsAfresh() {
        redis.run("SET k 5 PX 100");
        redis.advance(99);
        assertEquals("5", get("k"));

        redis.advance(1);

        assertEquals("(nothing)", get("k"));
        assertEquals(Reply.ONE, redis.run("INCR k"));
        assertEquals(":-1\r\n", run("TTL k"));
        assertEquals(Reply.ONE, redis.run("DBSIZE"));
    }

    @Test
    void manyDueKeysDoNotKeepAWriteFromSeeingThemAbsent() {
        for (int i = 0; i < 100; i++) {
            redis.run("SET k" + i + " v PX 100");
        }
        redis.advance(100);
        redis.takeEvents();

        for (int i = 99; i >= 0; i--) {
            assertEquals(Reply.ONE, redis.run("SETNX k" + i + " w"));
        }

        assertEquals(Reply.integer(100), redis.run("DBSIZE"));
        List<String> events = redis.takeEvents();
        assertEquals(
                100,
                events.stream()
                        .filter(e -> e.startsWith("0 expired"))
                        .distinct()
                        .count());
        assertEquals(100, events.stream().filter(e -> e.startsWith("0 expired")).count());
        redis.expireAll();
        assertEquals(Reply.integer(100), redis.run("DBSIZE"));
    }

    @Test
    void getexMovesRemovesAndKeepsTheDeadline() {
        redis.run("SET k v");
        redis.run("GETEX k EX 100");
        assertEquals(":100\r\n", run("TTL k"));
        redis.run("GETEX k");
        assertEquals(":100\r\n", run("TTL k"));
        redis.run("GETEX k PERSIST");
        assertEquals(":-1\r\n", run("TTL k"));
        redis.takeEvents();

        assertEquals("$1\r\nv\r\n", run("GETEX k PXAT 1"));

        assertEquals("(nothing)", get("k"));
        assertEquals(List.of("0 del k"), redis.takeEvents());
    }

    // ---- events ----

    @Test
    void everyChangeIsToldByRedisNameForIt() {
        redis.putList("l", "a");
        redis.takeEvents();
        List<List<String>> steps = List.of(
                List.of("SET k 1", "new k", "set k"),
                List.of("SET k 1 EX 100", "set k", "expire k"),
                List.of("SET k 1 NX"),
                List.of("INCR k", "incrby k"),
                List.of("DECRBY k 5", "incrby k"),
                List.of("INCRBYFLOAT k 1.5", "incrbyfloat k"),
                List.of("APPEND k 5", "append k"),
                List.of("SETRANGE k 0 x", "setrange k"),
                List.of("SETRANGE k 0 "),
                List.of("INCR k"),
                List.of("GETSET k v", "set k"),
                List.of("GETEX k EX 10", "expire k"),
                List.of("GETEX k PERSIST", "persist k"),
                List.of("GETEX k PERSIST"),
                List.of("GETDEL k", "del k"),
                List.of("GETDEL k"),
                List.of("MSETEX 2 a 1 b 2 EX 5", "new a", "set a", "expire a", "new b", "set b", "expire b"),
                List.of("DELIFEQ a 1", "del a"),
                List.of("DELEX b", "del b"),
                List.of("SET l v", "set l"),
                List.of("APPEND n v", "new n", "append n"));

        for (List<String> step : steps) {
            redis.run(step.get(0));
            List<String> expected =
                    step.stream().skip(1).map(event -> "0 " + event).toList();
            assertEquals(expected, redis.takeEvents(), step.get(0));
        }
    }

    // ---- large values ----

    @Test
    void aHugeValueIsChangedAndReadInPartsOnly() {
        assertEquals(Reply.integer(400_000_003), redis.run("SETRANGE k 400000000 abc"));
        assertEquals(Reply.integer(400_000_003), redis.run("STRLEN k"));
        assertEquals("$5\r\n\0\0abc\r\n", run("GETRANGE k 399999998 -1"));
        assertEquals("$3\r\n\0\0\0\r\n", run("GETRANGE k 0 2"));

        assertEquals(Reply.integer(400_000_005), redis.run("APPEND k de"));
        assertEquals(Reply.integer(400_000_005), redis.run("SETRANGE k 1 Z"));
        redis.reopen();

        assertEquals("$5\r\nabcde\r\n", run("GETRANGE k -5 -1"));
        assertEquals("$3\r\n\0Z\0\r\n", run("GETRANGE k 0 2"));
        assertEquals("$3\r\nraw\r\n", run("OBJECT ENCODING k"));
        assertEquals("-ERR value is not an integer or out of range\r\n", run("INCR k"));
    }

    @Test
    void noValueGrowsBeyondTheLimit() {
        String tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
        redis.run("SETRANGE k 536870911 x");

        assertEquals(Reply.integer(536870912), redis.run("STRLEN k"));
        assertEquals(tooLong, run("APPEND k x"));
        assertEquals(tooLong, run("SETRANGE k 536870912 x"));
        assertEquals(tooLong, run("SETRANGE other 9223372036854775807 x"));
        assertEquals(Reply.integer(536870912), redis.run("SETRANGE k 0 y"));
    }

    @Test
    void longValuesOfAnyLengthComeBackWhole() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        byte[] key = {'k'};
        for (int length : new int[] {65_535, 65_536, 65_537, 81_920, 200_000, 1_000_000}) {
            byte[] value = new byte[length];
            random.nextBytes(value);
            redis.run(new byte[][] {{'S', 'E', 'T'}, key, value});

            for (int i = 0; i < 20; i++) {
                int at = random.nextInt(length);
                byte[] part = new byte[1 + random.nextInt(40_000)];
                random.nextBytes(part);
                value = Arrays.copyOf(value, Math.max(value.length, at + part.length));
                System.arraycopy(part, 0, value, at, part.length);
                byte[] offset = Integer.toString(at).getBytes(ISO_8859_1);
                redis.run(new byte[][] {"SETRANGE".getBytes(ISO_8859_1), key, offset, part});
            }

            assertArrayEquals(value, ((Reply.Bulk) redis.run("GET k")).value());
            int from = random.nextInt(value.length);
            int to = from + random.nextInt(value.length - from);
            assertArrayEquals(
                    Arrays.copyOfRange(value, from, to + 1),
                    ((Reply.Bulk) redis.run("GETRANGE k " + from + " " + to)).value());
        }
    }
}
