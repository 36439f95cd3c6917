package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Slots;
import io.aikv.data.Packing;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import io.aikv.store.Cursor;
import io.aikv.store.Space;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeyCommandsTest {

    @TempDir
    private Path directory;

    private CommandFixture redis;

    @BeforeEach
    void open() {
        redis = new CommandFixture(directory, Packing.NONE);
    }

    @AfterEach
    void close() {
        redis.close();
    }

    private String run(String line) {
        return text(redis.run(line));
    }

    private long rows() {
        while (redis.store().reclaimGarbage(1_000_000) > 0) {
            // until nothing is left to reclaim
        }
        long count = 0;
        try (Cursor cursor = redis.store().reader().cursor(Space.ROWS, new byte[0], null)) {
            while (cursor.next()) {
                count++;
            }
        }
        return count;
    }

    private String inspect(BiFunction<ReadContext, Args, Reply> question, String... arguments) {
        byte[][] argv = CommandFixture.words("MEMORY USAGE " + String.join(" ", arguments));
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis(), new SplittableRandom(1));
        return text(question.apply(context, new Args(argv, 2)));
    }

    // ---- renaming, copying, moving values with rows ----

    @Test
    void renameWithinASlotKeepsTheRowsWhereTheyAre() {
        redis.putList("{t}a", "x", "y", "z");
        redis.run("EXPIRE {t}a 100");
        String digest = inspect(KeyCommands::debugDigestValue, "{t}a");

        assertEquals(Reply.OK, redis.run("RENAME {t}a {t}b"));

        assertEquals(digest, inspect(KeyCommands::debugDigestValue, "{t}b"));
        assertEquals(":100\r\n", run("TTL {t}b"));
        assertEquals(3, rows());
        redis.run("DEL {t}b");
        assertEquals(0, rows());
    }

    @Test
    void renameToAnotherSlotTakesTheRowsAlong() {
        assertNotEquals(Slots.of("a".getBytes(ISO_8859_1)), Slots.of("b".getBytes(ISO_8859_1)));
        redis.putList("a", "x", "y", "z");
        redis.putList("b", "old");
        String digest = inspect(KeyCommands::debugDigestValue, "a");

        assertEquals(Reply.OK, redis.run("RENAME a b"));

        assertEquals(digest, inspect(KeyCommands::debugDigestValue, "b"));
        assertEquals("+none\r\n", run("TYPE a"));
        assertEquals(Reply.ONE, redis.run("DBSIZE"));
        assertEquals(3, rows());
    }

    @Test
    void aCopyLivesOnWithoutItsOriginal() {
        redis.putList("a", "x", "y");
        String digest = inspect(KeyCommands::debugDigestValue, "a");

        assertEquals(Reply.ONE, redis.run("COPY a {a}2"));
        redis.run("DEL a");

        assertEquals(2, rows());
        assertEquals(digest, inspect(KeyCommands::debugDigestValue, "{a}2"));
    }

    @Test
    void moveTakesRowsAndDeadlineToTheOtherDatabase() {
        redis.run("SETRANGE k 200000 x");
        redis.run("EXPIRE k 100");

        assertEquals(Reply.ONE, redis.run("MOVE k 5"));

        assertEquals(Reply.ZERO, redis.run("DBSIZE"));
        redis.select(5);
        assertEquals(Reply.integer(200_001), redis.run("STRLEN k"));
        assertEquals("$2\r\n\0x\r\n", run("GETRANGE k -2 -1"));
        assertEquals(":100\r\n", run("TTL k"));
        redis.advance(100_000);
        redis.expireAll();
        assertEquals(Reply.ZERO, redis.run("DBSIZE"));
        assertEquals(0, rows());
    }

    @Test
    void overwritingALongStringReclaimsItsRows() {
        redis.run("SETRANGE k 200000 x");
        redis.run("SETRANGE k 100000 x");
        assertEquals(2, rows());

        redis.run("SET k short");

        assertEquals(0, rows());
    }

    // ---- events ----

    @Test
    void everyChangeIsToldByRedisNameForIt() {
        redis.run("MSET a 1 b 2 c 3");
        redis.takeEvents();
        List<List<String>> steps = List.of(
                List.of("RENAME a a"),
                List.of("RENAME a x", "0 new x", "0 rename_from a", "0 rename_to x"),
                List.of("RENAME x b", "0 new b", "0 rename_from x", "0 rename_to b"),
                List.of("RENAMENX b c"),
                List.of("COPY b d", "0 new d", "0 copy_to d"),
                List.of("COPY b d REPLACE", "0 new d", "0 copy_to d"),
                List.of("COPY b d DB 2", "2 new d", "2 copy_to d"),
                List.of("MOVE c 3", "3 new c", "0 move_from c", "3 move_to c"),
                List.of("EXPIRE b 100", "0 expire b"),
                List.of("EXPIRE b 100 NX"),
                List.of("PERSIST b", "0 persist b"),
                List.of("PEXPIREAT b 5", "0 del b"),
                List.of("DEL d nothing", "0 del d"));

        for (List<String> step : steps) {
            redis.run(step.get(0));
            assertEquals(step.subList(1, step.size()), redis.takeEvents(), step.get(0));
        }
    }

    @Test
    void aKeyExpiresInItsOwnDatabaseAlsoAfterASwap() {
        redis.run("SET k v PX 100");
        redis.run("SWAPDB 0 7");
        redis.takeEvents();
        redis.advance(100);

        redis.expireAll();

        assertEquals(List.of("7 expired k"), redis.takeEvents());
        redis.select(7);
        assertEquals(Reply.ZERO, redis.run("DBSIZE"));
    }

    // ---- inspection ----

    @Test
    void memoryUsageGrowsWithTheValue() {
        redis.run("SET small x");
        redis.run("SETRANGE large 99999 x");
        redis.putList("list", "x".repeat(1000), "y".repeat(1000));

        assertEquals("_\r\n", inspect(KeyCommands::memoryUsage, "absent"));
        assertTrue(number(inspect(KeyCommands::memoryUsage, "small")) < 100);
        assertTrue(number(inspect(KeyCommands::memoryUsage, "list", "SAMPLES", "0")) > 2000);
        assertTrue(number(inspect(KeyCommands::memoryUsage, "large")) > 1000);
    }

    private static long number(String reply) {
        return Long.parseLong(reply.substring(1).strip());
    }

    @Test
    void debugObjectTellsTheEncoding() {
        redis.run("SET k 12");

        String line = inspect(KeyCommands::debugObject, "k");

        assertTrue(line.startsWith("+Value at:0x"), line);
        assertTrue(line.contains(" encoding:int serializedlength:2 "), line);
    }

    @Test
    void equalValuesHaveEqualDigestsWhateverTheirHistory() {
        redis.run("SET a " + "x".repeat(70_000));
        redis.run("SETRANGE b 69999 x");
        for (int i = 0; i < 70_000; i += 10_000) {
            redis.run("SETRANGE b " + i + " " + "x".repeat(10_000));
        }
        redis.run("SET c " + "x".repeat(69_999) + "y");

        assertEquals(inspect(KeyCommands::debugDigestValue, "a"), inspect(KeyCommands::debugDigestValue, "b"));
        assertNotEquals(inspect(KeyCommands::debugDigestValue, "a"), inspect(KeyCommands::debugDigestValue, "c"));
        assertEquals("*1\r\n+" + "0".repeat(40) + "\r\n", inspect(KeyCommands::debugDigestValue, "absent"));
    }

    @Test
    void objectHelpIsRedisText() {
        String help = run("OBJECT HELP");

        assertTrue(
                help.startsWith("*15\r\n+OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n"), help);
    }
}
