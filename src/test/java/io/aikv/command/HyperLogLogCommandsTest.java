package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.resp.Reply;
import java.util.List;
import org.junit.jupiter.api.Test;

/** HyperLogLog commands from argv to reply. The bytes of values are compared with Redis by HyperLogLogComparisonTest. */
final class HyperLogLogCommandsTest extends CommandTest {
    private static final String CORRUPTED = "-INVALIDOBJ Corrupted HLL object detected\r\n";
    private static final String INVALID = "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n";

    private String get(String key) {
        return new String(((Reply.Bulk) redis.run("GET " + key)).value(), ISO_8859_1);
    }

    @Test
    void valuesHaveRedisBytes() {
        redis.run("PFADD empty");
        redis.run("PFADD k a b c");

        assertEquals("HYLL\1\0\0\0\0\0\0\0\0\0\0\u0080\177\u00ff", get("empty"));
        assertEquals("$44\r\nZ:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603\r\n", run("PFDEBUG DECODE k"));
        assertEquals("$7\r\nZ:16384\r\n", run("PFDEBUG DECODE empty"));
        assertEquals("$3\r\nraw\r\n", run("OBJECT ENCODING k"));
    }

    @Test
    void pfaddTellsWhetherTheEstimateMayHaveChanged() {
        assertEquals(":1\r\n", run("PFADD k"));
        assertEquals(":0\r\n", run("PFADD k"));
        assertEquals(":1\r\n", run("PFADD k a b c"));
        assertEquals(":0\r\n", run("PFADD k c b a"));
        assertEquals(":3\r\n", run("PFCOUNT k"));
        assertEquals(":0\r\n", run("PFCOUNT none"));
        assertEquals(":0\r\n", run("PFCOUNT none none"));
        assertEquals(":1\r\n", run("PFADD other c d"));
        assertEquals(":4\r\n", run("PFCOUNT k other none"));
    }

    @Test
    void anUpToDateCardinalityIsTakenFromTheValueAndNoReadWritesOne() {
        redis.run("PFADD k a b c");
        String before = get("k");
        assertEquals(":3\r\n", run("PFCOUNT k"));
        assertEquals(before, get("k"));

        redis.run("SETRANGE k 8 \u0007\1\0\0\0\0\0\0");
        assertEquals(":263\r\n", run("PFCOUNT k"));
        redis.run("PFADD k a");
        assertEquals(":263\r\n", run("PFCOUNT k"));
        redis.run("PFADD k new");
        assertEquals(":4\r\n", run("PFCOUNT k"));
    }

    @Test
    void aValueBecomesDenseWhenItIsLongAndKeepsItsDeadline() {
        redis.run("PFADD k first");
        redis.run("PEXPIRE k 1000");
        int count = 0;
        while (run("PFDEBUG ENCODING k").equals("+sparse\r\n")) {
            redis.run("PFADD k e" + count++);
            long length = ((Reply.Int) redis.run("STRLEN k")).value();
            assertEquals(length <= 3000 ? "+sparse\r\n" : "+dense\r\n", run("PFDEBUG ENCODING k"));
        }
        assertEquals(":12304\r\n", run("STRLEN k"));
        assertEquals(":1000\r\n", run("PTTL k"));
        long estimate = ((Reply.Int) redis.run("PFCOUNT k")).value();
        assertEquals(count + 1, estimate, count * 0.04);
    }

    @Test
    void pfmergeIsSparseUnlessASourceIsDense() {
        redis.run("PFADD a 1 2 3");
        redis.run("PFADD b 3 4 5");
        redis.run("PFMERGE c a b none");
        assertEquals("+sparse\r\n", run("PFDEBUG ENCODING c"));
        assertEquals(":5\r\n", run("PFCOUNT c"));

        assertEquals(":1\r\n", run("PFDEBUG TODENSE b"));
        assertEquals(":0\r\n", run("PFDEBUG TODENSE b"));
        redis.run("PFMERGE a b");
        assertEquals("+dense\r\n", run("PFDEBUG ENCODING a"));
        assertEquals(":5\r\n", run("PFCOUNT a"));
        assertEquals("+OK\r\n", run("PFMERGE new"));
        assertEquals(":0\r\n", run("PFCOUNT new"));
    }

    @Test
    void whatIsNoHyperLogLogIsRefused() {
        redis.putList("l", "a");
        redis.run("SET s HYLLnothing");
        redis.run("SET i 12");
        redis.run("PFADD k a b c");
        for (String line :
                List.of("PFADD s x", "PFCOUNT s", "PFCOUNT k s", "PFMERGE k s", "PFMERGE s k", "PFADD i x")) {
            assertEquals(INVALID, run(line), line);
        }
        for (String line : List.of("PFADD l x", "PFCOUNT l", "PFCOUNT k l", "PFMERGE k l", "PFDEBUG ENCODING l")) {
            assertEquals("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", run(line), line);
        }
        assertEquals(":3\r\n", run("PFCOUNT k"));
    }

    @Test
    void damagedValuesAreFoundOut() {
        redis.run("PFADD k a b c");
        redis.run("APPEND k hello");
        for (String line :
                List.of("PFCOUNT k", "PFCOUNT k k", "PFMERGE x k", "PFDEBUG GETREG k", "PFDEBUG TODENSE k")) {
            assertEquals(CORRUPTED, run(line), line);
        }
        assertEquals(CORRUPTED, run("PFADD k" + " x".repeat(20)));
        redis.run("PFADD short");
        redis.run("SETRANGE short 16 \0\0");
        assertEquals(CORRUPTED, run("PFADD short element"));
        redis.run("PFADD huge");
        redis.run("SETRANGE huge 400000000 x");
        assertEquals(CORRUPTED, run("PFCOUNT huge"));
        assertEquals(CORRUPTED, run("PFADD huge a"));
        redis.run("PFADD dense");
        redis.run("PFDEBUG TODENSE dense");
        redis.run("APPEND dense x");
        assertEquals(INVALID, run("PFCOUNT dense"));
    }

    @Test
    void everyRegisterOfADenseValueCanHoldAnything() {
        redis.run("PFADD k");
        redis.run("PFDEBUG TODENSE k");
        redis.run("SETRANGE k 16 " + "\u00ff".repeat(12_288));
        Reply.Array registers = (Reply.Array) redis.run("PFDEBUG GETREG k");

        assertEquals(16_384, registers.items().size());
        assertEquals(
                List.of(Reply.integer(63)),
                registers.items().stream().distinct().toList());
    }

    @Test
    void pfdebugAnswersItsMistakes() {
        redis.run("PFADD k a");
        assertEquals("-ERR The specified key does not exist\r\n", run("PFDEBUG DECODE none"));
        assertEquals("-ERR Unknown PFDEBUG subcommand 'foo'\r\n", run("PFDEBUG foo k"));
        assertEquals("-ERR wrong number of arguments for 'pfdebug' command\r\n", run("PFDEBUG DECODE"));
        redis.run("PFDEBUG GETREG k");
        assertEquals("+dense\r\n", run("PFDEBUG encoding k"));
        assertEquals("-ERR HLL encoding is not sparse\r\n", run("PFDEBUG DECODE k"));
        assertEquals("+OK\r\n", run("PFSELFTEST"));
    }

    @Test
    void changesAreTold() {
        redis.run("PFADD k");
        assertEquals(List.of("0 new k", "0 pfadd k"), redis.takeEvents());
        redis.run("PFADD k");
        redis.run("PFCOUNT k");
        assertEquals(List.of(), redis.takeEvents());
        redis.run("PFADD k x");
        assertEquals(List.of("0 pfadd k"), redis.takeEvents());
        redis.run("PFMERGE d k");
        assertEquals(List.of("0 new d", "0 pfadd d"), redis.takeEvents());
        redis.run("PFDEBUG TODENSE d");
        assertEquals(List.of(), redis.takeEvents());
    }
}
