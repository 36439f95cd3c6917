package io.aikv.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import io.aikv.store.Cursor;
import io.aikv.store.Space;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Deadlines of fields, which the Redis that others are compared with does not know. */
final class HashExpireCommandsTest extends CommandTest {
    private static final String MISMATCH = "-ERR The `numfields` parameter must match the number of arguments\r\n";
    private static final String MISSING = "-ERR Mandatory argument FIELDS is missing or not at the right position\r\n";

    private static String integers(long... values) {
        StringBuilder reply = new StringBuilder("*" + values.length + "\r\n");
        for (long value : values) {
            reply.append(':').append(value).append("\r\n");
        }
        return reply.toString();
    }

    private int rows(Space space) {
        if (space == Space.ROWS) {
            return redis.rowCount();
        }
        int count = 0;
        try (Cursor rows = redis.store().reader().cursor(space, new byte[0], null)) {
            while (rows.next()) {
                count++;
            }
        }
        return count;
    }

    // ---- expiry ----

    @Test
    void aDueFieldIsAbsentAtOnceForEveryCommand() {
        redis.run("HSET h a 1 b 2");
        assertEquals(integers(1, -2), run("HPEXPIRE h 100 FIELDS 2 a nope"));
        redis.advance(99);
        assertEquals("$1\r\n1\r\n", run("HGET h a"));
        redis.advance(1);

        assertEquals("_\r\n", run("HGET h a"));
        assertEquals("*2\r\n_\r\n$1\r\n2\r\n", run("HMGET h a b"));
        assertEquals("%1\r\n$1\r\nb\r\n$1\r\n2\r\n", run("HGETALL h"));
        assertEquals("*1\r\n$1\r\nb\r\n", run("HKEYS h"));
        assertEquals("*1\r\n$1\r\n2\r\n", run("HVALS h"));
        assertEquals(":1\r\n", run("HLEN h"));
        assertEquals(":0\r\n", run("HEXISTS h a"));
        assertEquals(":0\r\n", run("HSTRLEN h a"));
        assertEquals(integers(-2), run("HTTL h FIELDS 1 a"));
        assertEquals("*2\r\n$1\r\n0\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n", run("HSCAN h 0"));
        assertEquals("*1\r\n$1\r\nb\r\n", run("HRANDFIELD h 10"));
    }

    @Test
    void aReadThatHidesAFieldSaysByWhichDeadline() {
        redis.run("HSET h a 1 b 2");
        redis.run("HPEXPIRE h 100 FIELDS 1 a");
        redis.advance(150);
        for (String line : List.of("HGET h a", "HLEN h", "HGETALL h", "HSCAN h 0", "HTTL h FIELDS 1 a")) {
            ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
            byte[][] argv = CommandFixture.words(line);
            Command command = redis.table().find(argv);
            ((Handler.Read) command.handler()).run().run(context, command.args(argv));
            assertEquals(CommandFixture.START_MILLIS + 100, context.latestHiddenMillis(), line);
        }
    }

    @Test
    void anEntryRemovesDueFieldsAndAHashGoesWithItsLastOne() {
        redis.run("HSET h a 1 b 2");
        redis.run("HPEXPIRE h 100 FIELDS 1 a");
        redis.run("HPEXPIRE h 200 FIELDS 1 b");
        redis.takeEvents();
        redis.advance(100);
        redis.expireAll();
        assertEquals(List.of("0 hexpired h"), redis.takeEvents());
        assertEquals(2, rows(Space.ROWS));
        assertEquals(1, rows(Space.EXPIRY));

        redis.advance(100);
        redis.expireAll();
        assertEquals(List.of("0 hexpired h", "0 del h"), redis.takeEvents());
        assertEquals(Reply.ZERO, redis.run("DBSIZE"));
        assertEquals(0, rows(Space.EXPIRY));
    }

    @Test
    void manyDueFieldsGoInBoundedStepsAndAreAbsentMeanwhile() {
        StringBuilder fields = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            fields.append(" f").append(i);
        }
        redis.run("HSET h keep 1" + fields.toString().replaceAll("( f\\d+)", "$1 x"));
        redis.run("HPEXPIRE h 100 FIELDS 100" + fields);
        redis.advance(100);
        redis.takeEvents();

        // An entry of the fixture removes twenty.
        redis.run("SET other x");
        assertEquals(81 * 2 - 1, rows(Space.ROWS));
        assertEquals(":1\r\n", run("HLEN h"));
        assertEquals(":1\r\n", run("HSET h f99 again"));
        assertEquals(":2\r\n", run("HLEN h"));
        assertEquals(
                List.of("0 hexpired h", "0 new other", "0 set other", "0 hexpired h", "0 hexpired h", "0 hset h"),
                redis.takeEvents());
        redis.expireAll();
        assertEquals(2, rows(Space.ROWS));
        assertEquals(0, rows(Space.EXPIRY));
        assertEquals(":2\r\n", run("HLEN h"));
    }

    @Test
    void aKeyAndItsFieldsMayBeDueAtTheSameInstant() {
        redis.run("HSET h a 1 b 2");
        redis.run("HPEXPIRE h 100 FIELDS 1 a");
        redis.run("PEXPIRE h 100");
        assertEquals(1, rows(Space.EXPIRY));
        redis.run("PERSIST h");
        assertEquals(1, rows(Space.EXPIRY));
        redis.run("PEXPIRE h 50");
        assertEquals(2, rows(Space.EXPIRY));
        redis.run("PEXPIRE h 100");
        redis.takeEvents();
        redis.advance(100);
        redis.expireAll();

        assertEquals(List.of("0 expired h"), redis.takeEvents());
        assertEquals(0, rows(Space.EXPIRY));
    }

    @Test
    void deadlinesMoveWithRenameAndCopy() {
        redis.run("HSET {t}a x 1 y 2");
        redis.run("HPEXPIRE {t}a 100 FIELDS 1 x");
        redis.run("COPY {t}a {t}b");
        redis.run("RENAME {t}a {t}c");
        assertEquals(2, rows(Space.EXPIRY));
        assertEquals(integers(100, -1), run("HPTTL {t}b FIELDS 2 x y"));
        assertEquals(integers(100, -1), run("HPTTL {t}c FIELDS 2 x y"));
        redis.advance(100);
        redis.expireAll();
        assertEquals(":1\r\n", run("HLEN {t}b"));
        assertEquals(":1\r\n", run("HLEN {t}c"));
        assertEquals(2, rows(Space.ROWS));
    }

    @Test
    void settingAFieldDropsItsDeadlineAndCountingKeepsIt() {
        redis.run("HSET h a 1 b 1 c 1");
        redis.run("HPEXPIRE h 100 FIELDS 3 a b c");
        redis.run("HSET h a 2");
        redis.run("HINCRBY h b 1");
        redis.run("HINCRBYFLOAT h c 0.5");

        assertEquals(integers(-1, 100, 100), run("HPTTL h FIELDS 3 a b c"));
    }

    // ---- HEXPIRE and its kin ----

    @Test
    void conditionsDecideFieldByField() {
        redis.run("HSET h none 1 has 2");
        redis.run("HPEXPIRE h 1000 FIELDS 1 has");

        assertEquals(integers(0, 0), run("HPEXPIRE h 500 GT FIELDS 2 none has"));
        assertEquals(integers(0, 1), run("HPEXPIRE h 2000 GT FIELDS 2 none has"));
        assertEquals(integers(0, 1), run("HPEXPIRE h 1000 XX FIELDS 2 none has"));
        assertEquals(integers(1, 0), run("HPEXPIRE h 1000 LT FIELDS 2 none has"));
        assertEquals(integers(0, 0), run("HPEXPIRE h 1000 NX FIELDS 2 none has"));
        assertEquals(integers(0, -2), run("HPEXPIRE h 1 NX FIELDS 2 none absent"));
        assertEquals(integers(-2), run("HPEXPIRE absent 1 FIELDS 1 a"));
    }

    @Test
    void aDeadlineInThePastRemovesTheField() {
        redis.run("HSET h a 1 b 2");
        redis.takeEvents();

        assertEquals(integers(2), run("HEXPIRE h 0 FIELDS 1 a"));
        assertEquals(integers(2, -2), run("HPEXPIREAT h 1 FIELDS 2 b b"));
        assertEquals(List.of("0 hdel h", "0 hdel h", "0 del h"), redis.takeEvents());
    }

    @Test
    void timesAreToldInTheUnitOfTheCommand() {
        redis.run("HSET h a 1 b 2 c 3");
        assertEquals(integers(1), run("HPEXPIRE h 1400 FIELDS 1 a"));
        assertEquals(integers(1), run("HEXPIREAT h 1700000010 FIELDS 1 b"));

        assertEquals(integers(2, 10, -1, -2), run("HTTL h FIELDS 4 a b c d"));
        assertEquals(integers(1400, 10000), run("HPTTL h FIELDS 2 a b"));
        assertEquals(integers(1700000002, 1700000010), run("HEXPIRETIME h FIELDS 2 a b"));
        assertEquals(integers(1700000001400L, 1700000010000L, -1), run("HPEXPIRETIME h FIELDS 3 a b c"));
        assertEquals(integers(-2, -2), run("HTTL absent FIELDS 2 a b"));
        assertEquals("$10\r\nlistpackex\r\n", run("OBJECT ENCODING h"));
    }

    @Test
    void hpersistTakesDeadlinesAway() {
        redis.run("HSET h a 1 b 2");
        redis.run("HEXPIRE h 10 FIELDS 1 a");
        redis.takeEvents();

        assertEquals(integers(1, -1, -2), run("HPERSIST h FIELDS 3 a b c"));
        assertEquals(integers(-1), run("HPERSIST h FIELDS 1 a"));
        assertEquals(List.of("0 hpersist h"), redis.takeEvents());
        assertEquals(integers(-2), run("HPERSIST absent FIELDS 1 a"));
    }

    @Test
    void mistakesAreAnsweredInRedisWords() {
        redis.run("HSET h a 1");
        redis.run("SET s x");
        String wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

        assertEquals(wrongType, run("HEXPIRE s x FIELDS 1 a"));
        assertEquals("-ERR value is not an integer or out of range\r\n", run("HEXPIRE h x FIELDS 1 a"));
        assertEquals("-ERR invalid expire time, must be >= 0\r\n", run("HEXPIRE h -1 FIELDS 1 a"));
        assertEquals("-ERR invalid expire time in 'hexpire' command\r\n", run("HEXPIRE h 99999999999 FIELDS 1 a"));
        assertEquals(
                "-ERR invalid expire time in 'hpexpireat' command\r\n", run("HPEXPIREAT h 70368744177664 FIELDS 1 a"));
        assertEquals(integers(1), run("HPEXPIREAT h 70368744177663 FIELDS 1 a"));
        assertEquals(MISSING, run("HEXPIRE h 1 FIELD 1 a"));
        assertEquals(MISSING, run("HEXPIRE h 1 NX XX FIELDS 1 a"));
        assertEquals("-ERR Parameter `numFields` should be greater than 0\r\n", run("HEXPIRE h 1 FIELDS 0 a"));
        assertEquals(MISMATCH, run("HEXPIRE h 1 FIELDS 2 a"));
        assertEquals("-ERR Number of fields must be a positive integer\r\n", run("HTTL h FIELDS x a"));
        assertEquals(MISMATCH, run("HTTL h FIELDS 1 a b"));
        assertEquals(wrongType, run("HTTL s what 1 a"));
        assertEquals(MISSING, run("HPERSIST h what 1 a"));
        assertEquals(MISSING, run("HGETEX h KEEPTTL FIELDS 1 a"));
        assertEquals(MISSING, run("HGETEX h EX 1 PERSIST FIELDS 1 a"));
        assertEquals("-ERR Number of fields must be a positive integer\r\n", run("HGETEX h FIELDS 0 a"));
        assertEquals(MISMATCH, run("HGETEX h EX 10 FIELDS"));
        assertEquals(MISMATCH, run("HGETDEL h FIELDS 2 a"));
        assertEquals(wrongType, run("HGETDEL s FIELDS 2 a"));
    }

    // ---- HSETEX, HGETEX, HGETDEL ----

    @Test
    void hsetexSetsFieldsWithADeadlineIfTheConditionHolds() {
        assertEquals(":0\r\n", run("HSETEX h FXX EX 10 FIELDS 1 a 1"));
        assertEquals(":1\r\n", run("HSETEX h FNX EX 10 FIELDS 2 a 1 b 2"));
        assertEquals(List.of("0 new h", "0 hset h", "0 hexpire h"), redis.takeEvents());
        assertEquals(":0\r\n", run("HSETEX h FNX FIELDS 2 c 1 b 2"));
        assertEquals(":0\r\n", run("HSETEX h fxx FIELDS 2 a 1 c 2"));
        assertEquals(":1\r\n", run("HSETEX h KEEPTTL FXX FIELDS 1 a 2"));
        assertEquals(":1\r\n", run("HSETEX h FIELDS 1 b 3"));

        assertEquals(integers(10, -1), run("HTTL h FIELDS 2 a b"));
        assertEquals("*2\r\n$1\r\n2\r\n$1\r\n3\r\n", run("HMGET h a b"));
        assertEquals(List.of("0 hset h", "0 hset h"), redis.takeEvents());
    }

    @Test
    void hsetexWithADeadlineInThePastRemoves() {
        redis.run("HSET h a 1 b 2");
        redis.takeEvents();
        assertEquals(":1\r\n", run("HSETEX h PXAT 1 FIELDS 2 a x c y"));
        assertEquals("*3\r\n_\r\n$1\r\n2\r\n_\r\n", run("HMGET h a b c"));
        assertEquals(List.of("0 hset h", "0 hdel h"), redis.takeEvents());
        assertEquals(":1\r\n", run("HSETEX new EX 0 FIELDS 1 a x"));
        assertEquals(List.of("0 hset new", "0 hdel new", "0 del new"), redis.takeEvents());
        assertEquals(Reply.simple("none"), redis.run("TYPE new"));
    }

    @Test
    void hsetexRefusesWhatRedisRefuses() {
        String arity = "-ERR wrong number of arguments for 'hsetex' command\r\n";
        assertEquals(arity, run("HSETEX h FIELDS 2 a 1"));
        assertEquals(arity, run("HSETEX h FIELDS 2 a 1 b"));
        assertEquals(arity, run("HSETEX h FIELDS 1 a 1 b 2"));
        assertEquals(arity, run("HSETEX h EX 1 FIELDS 1"));
        assertEquals("-ERR invalid number of fields\r\n", run("HSETEX h FIELDS 0 a 1"));
        assertEquals("-ERR unknown argument: what\r\n", run("HSETEX h what FIELDS 1 a 1"));
        assertEquals(
                "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified\r\n",
                run("HSETEX h EX 1 KEEPTTL FIELDS 1 a 1"));
        assertEquals(
                "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified\r\n",
                run("HSETEX h EX 1 PX 1 FIELDS 1 a 1"));
        assertEquals(
                "-ERR Only one of FXX or FNX arguments can be specified\r\n", run("HSETEX h FNX FXX FIELDS 1 a 1"));
        assertEquals("-ERR invalid expire time, must be >= 0\r\n", run("HSETEX h EX -1 FIELDS 1 a 1"));
    }

    @Test
    void hgetexAnswersValuesAndChangesDeadlines() {
        redis.run("HSET h a 1 b 2");
        redis.takeEvents();
        assertEquals("*2\r\n$1\r\n1\r\n_\r\n", run("HGETEX h EX 10 FIELDS 2 a c"));
        assertEquals("*1\r\n$1\r\n2\r\n", run("HGETEX h FIELDS 1 b"));
        assertEquals(integers(10, -1), run("HTTL h FIELDS 2 a b"));
        assertEquals("*2\r\n$1\r\n1\r\n$1\r\n2\r\n", run("HGETEX h PERSIST FIELDS 2 a b"));
        assertEquals(integers(-1, -1), run("HTTL h FIELDS 2 a b"));
        assertEquals("*2\r\n$1\r\n1\r\n$1\r\n2\r\n", run("HGETEX h EXAT 1 FIELDS 2 a b"));
        assertEquals("*1\r\n_\r\n", run("HGETEX h FIELDS 1 a"));

        assertEquals(List.of("0 hexpire h", "0 hpersist h", "0 hdel h", "0 del h"), redis.takeEvents());
    }

    @Test
    void hgetdelAnswersValuesAndRemoves() {
        redis.run("HSET h a 1 b 2");
        redis.takeEvents();
        assertEquals("*2\r\n$1\r\n1\r\n_\r\n", run("HGETDEL h FIELDS 2 a c"));
        assertEquals("*1\r\n_\r\n", run("HGETDEL h FIELDS 1 a"));
        assertEquals("*2\r\n$1\r\n2\r\n_\r\n", run("HGETDEL h FIELDS 2 b b"));
        assertEquals("*1\r\n_\r\n", run("HGETDEL h FIELDS 1 b"));

        assertEquals(List.of("0 hdel h", "0 hdel h", "0 del h"), redis.takeEvents());
    }

    @Test
    void theHintOfADeadlineThatIsGoneGoesWhenItsTimeComes() {
        redis.run("HSETEX h EX 100 FIELDS 1 x 1");
        redis.run("HPERSIST h FIELDS 1 x");
        assertEquals(1, rows(Space.EXPIRY));
        redis.advance(200_000);
        redis.takeEvents();
        redis.expireAll();

        assertEquals(List.of(), redis.takeEvents());
        assertEquals(0, rows(Space.EXPIRY));
        assertEquals("$1\r\n1\r\n", run("HGET h x"));
    }

    @Test
    void theDigestOfAHashDoesNotTellItsDeadlines() {
        redis.run("HSET {t}a x 1 y 2");
        redis.run("HSETEX {t}b EX 100 FIELDS 2 y 2 x 1");
        redis.run("HSET {t}c x 1 y 3");

        assertEquals(digest("{t}a"), digest("{t}b"));
        assertNotEquals(digest("{t}a"), digest("{t}c"));
    }

    private Reply digest(String key) {
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        return KeyCommands.debugDigestValue(context, new Args(CommandFixture.words("DEBUG DIGEST-VALUE " + key), 2));
    }
}
