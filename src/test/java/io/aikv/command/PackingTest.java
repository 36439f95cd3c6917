package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.data.CollectionHeader;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.store.Cursor;
import io.aikv.store.Space;
import org.junit.jupiter.api.Test;

/** When a collection is packed into the record of its key, and what that leaves in the store. */
final class PackingTest extends CommandTest {
    private boolean isPacked(String key) {
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        KeyRecord record = context.find(key.getBytes(ISO_8859_1));
        assertNotNull(record);
        return CollectionHeader.of(record).rows().isPacked();
    }

    private int stored(Space space) {
        int count = 0;
        try (Cursor rows = redis.store().reader().cursor(space, new byte[0], null)) {
            while (rows.next()) {
                count++;
            }
        }
        return count;
    }

    private static String numbers(int count) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < count; i++) {
            line.append(' ').append(i);
        }
        return line.toString();
    }

    // ---- bounds ----

    @Test
    void everyTypeBeginsPacked() {
        redis.run("HSET hash f v");
        redis.run("RPUSH list a");
        redis.run("SADD set a");
        redis.run("ZADD zset 1 a");
        redis.run("XADD stream * f v");

        for (String key : new String[] {"hash", "list", "set", "zset", "stream"}) {
            assertTrue(isPacked(key), key);
        }
        assertEquals(0, stored(Space.ROWS));
    }

    @Test
    void aRowTooManyMovesAllToTheStore() {
        redis.run("RPUSH list" + numbers(128));
        redis.run("SADD set" + numbers(128));
        assertTrue(isPacked("list"));
        assertTrue(isPacked("set"));

        redis.run("LPUSH list first");
        redis.run("SADD set one-more");

        assertFalse(isPacked("list"));
        assertFalse(isPacked("set"));
        assertEquals(2 * 129, stored(Space.ROWS));
        assertEquals("*3\r\n$5\r\nfirst\r\n$1\r\n0\r\n$1\r\n1\r\n", run("LRANGE list 0 2"));
        assertEquals(":129\r\n", run("SCARD set"));
    }

    @Test
    void aLongElementOrManyBytesMoveAllToTheStore() {
        redis.run("HSET long f " + "x".repeat(1_000));
        redis.run("HSET many a x");
        assertTrue(isPacked("long"));

        redis.run("HSET long g " + "x".repeat(1_024));
        for (int i = 0; i < 4; i++) {
            assertTrue(isPacked("many"));
            redis.run("HSET many " + i + " " + "x".repeat(1_000));
        }
        redis.run("HSET many 5 " + "x".repeat(100));

        assertFalse(isPacked("long"));
        assertFalse(isPacked("many"));
        assertEquals(":1000\r\n", run("HSTRLEN long f"));
        assertEquals(":6\r\n", run("HLEN many"));
    }

    @Test
    void whatShrinksStaysInTheStore() {
        redis.run("RPUSH list" + numbers(200));
        redis.run("LTRIM list 0 2");

        assertFalse(isPacked("list"));
        assertEquals(3, stored(Space.ROWS));
    }

    @Test
    void whatIsWrittenAnewIsPackedAgain() {
        redis.run("SADD set" + numbers(2_000));
        assertFalse(isPacked("set"));

        redis.run("SPOP set 1990");

        assertTrue(isPacked("set"));
        while (redis.store().reclaimGarbage(1_000_000) > 0) {
            // until nothing is left to reclaim
        }
        assertEquals(0, stored(Space.ROWS));
        assertEquals(":10\r\n", run("SCARD set"));
    }

    // ---- whole keys ----

    @Test
    void aPackedCollectionLeavesNothingBehind() {
        redis.run("ZADD zset 1 a 2 b");
        redis.run("RENAME zset other");
        redis.run("COPY other {other}2");
        assertEquals("*2\r\n$1\r\na\r\n$1\r\nb\r\n", run("ZRANGE {other}2 0 -1"));
        redis.run("DEL other");
        redis.run("SET {other}2 string");

        assertEquals(0, redis.store().reclaimGarbage(1_000));
        assertEquals(0, stored(Space.ROWS));
    }

    @Test
    void deadlinesOfFieldsLeaveNoHintBehind() {
        for (String end : new String[] {"SET h x", "DEL h", "HPERSIST h FIELDS 1 a", "HDEL h a"}) {
            redis.run("DEL h");
            redis.run("HSET h a 1");
            redis.run("HPEXPIRE h 100 FIELDS 1 a");
            assertTrue(isPacked("h"));
            assertEquals(1, stored(Space.EXPIRY));

            redis.run(end);
            redis.advance(100);
            redis.expireAll();

            assertEquals(0, stored(Space.EXPIRY), end);
        }
    }

    @Test
    void aDeadlineOfTheKeyStaysWithThePackedRows() {
        redis.run("HSET h a 1");
        redis.run("PEXPIRE h 100");
        redis.run("HSET h b 2");

        assertTrue(isPacked("h"));
        assertEquals(":100\r\n", run("PTTL h"));
        redis.advance(100);
        redis.expireAll();
        assertEquals(":0\r\n", run("DBSIZE"));
        assertEquals(0, stored(Space.EXPIRY));
    }
}
