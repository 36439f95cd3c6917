package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.data.Packing;
import io.aikv.resp.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same random commands, in the same entries, on collections that are packed as in the format, packed up to a few rows, and
 * not packed: replies, events, contents and what members are chosen by chance must be the same, and no row may be left behind.
 * {@code -Daikv.seed=N} repeats a run.
 */
final class PackingProperty {
    private static final int LINES = 1_500;
    private static final int LINES_PER_ENTRY_MAX = 6;
    /** To which of them keys move. */
    private static final int DATABASES = 3;

    @TempDir
    private Path directory;

    /** Whose commands are run. */
    private enum Family {
        HASHES(seed -> new RandomHashCommands(seed)::next),
        FIELD_DEADLINES(seed -> new RandomFieldExpiryCommands(seed)::next),
        LISTS(seed -> new RandomListCommands(seed)::next),
        SETS(seed -> new RandomSetCommands(seed)::next),
        SORTED_SETS(seed -> new RandomSortedSetCommands(seed)::next),
        POSITIONS(seed -> new RandomGeoCommands(seed)::next),
        STREAMS(seed -> new RandomStreamCommands(seed)::next);

        private final LongFunction<Supplier<byte[][]>> source;

        Family(LongFunction<Supplier<byte[][]>> source) {
            this.source = source;
        }
    }

    @ParameterizedTest
    @EnumSource
    void packedOrNotIsTheSameToClients(Family family) {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("PackingProperty " + family + " seed " + seed);
        try (CommandFixture unpacked = new CommandFixture(directory.resolve("unpacked"), Packing.NONE);
                CommandFixture packed = new CommandFixture(directory.resolve("packed"));
                CommandFixture few = new CommandFixture(directory.resolve("few"), new Packing(7, 400, 80))) {
            run(family.source.apply(seed), seed, List.of(unpacked, packed, few));
        }
    }

    private static void run(Supplier<byte[][]> source, long seed, List<CommandFixture> fixtures) {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> history = new ArrayList<>();
        for (int done = 0; done < LINES; ) {
            List<byte[][]> lines = new ArrayList<>();
            int size = 1 + random.nextInt(LINES_PER_ENTRY_MAX);
            for (int i = 0; i < size; i++) {
                lines.add(random.nextInt(40) == 0 ? choosing(random, fixtures.get(0)) : source.get());
                history.add(describe(lines.get(i)));
            }
            done += size;
            long millis = random.nextInt(4) == 0 ? random.nextInt(1_000) : 0;
            String expected = null;
            for (CommandFixture fixture : fixtures) {
                fixture.advance(millis);
                StringBuilder answers = new StringBuilder();
                for (Reply reply : fixture.entry(lines)) {
                    answers.append(text(reply)).append('|');
                }
                String found = answers.append(fixture.takeEvents()).toString();
                expected = expected == null ? found : expected;
                assertEquals(expected, found, () -> "seed " + seed + " after " + last(history));
            }
            if (random.nextInt(50) == 0) {
                requireSameContents(fixtures, seed);
            }
            if (random.nextInt(200) == 0) {
                fixtures.forEach(CommandFixture::reopen);
            }
        }
        requireSameContents(fixtures, seed);
        fixtures.forEach(PackingProperty::requireNothingLeft);
    }

    /** A command that chooses at random, of any key there is. */
    private static byte[][] choosing(SplittableRandom random, CommandFixture fixture) {
        List<String> keys = keys(fixture);
        String key = keys.isEmpty() ? "none" : keys.get(random.nextInt(keys.size()));
        String count = Integer.toString(random.nextInt(20) - 10);
        String name =
                List.of("SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER", "SPOP").get(random.nextInt(4));
        List<byte[]> argv = new ArrayList<>();
        for (String word : List.of(name, key, count)) {
            argv.add(word.getBytes(ISO_8859_1));
        }
        return argv.toArray(new byte[0][]);
    }

    private static List<String> keys(CommandFixture fixture) {
        TreeSet<String> keys = new TreeSet<>();
        for (Reply key : ((Reply.Array) fixture.run("KEYS *")).items()) {
            keys.add(new String(((Reply.Bulk) key).value(), ISO_8859_1));
        }
        return new ArrayList<>(keys);
    }

    private static byte[][] line(String name, String key, String... more) {
        List<byte[]> argv = new ArrayList<>();
        argv.add(name.getBytes(ISO_8859_1));
        argv.add(key.getBytes(ISO_8859_1));
        for (String word : more) {
            argv.add(word.getBytes(ISO_8859_1));
        }
        return argv.toArray(new byte[0][]);
    }

    /** Every value as it would travel, in the order in which it is kept, its deadline and its encoding. */
    private static void requireSameContents(List<CommandFixture> fixtures, long seed) {
        List<String> keys = keys(fixtures.get(0));
        for (CommandFixture other : fixtures) {
            assertEquals(keys, keys(other), "keys with seed " + seed);
        }
        for (String key : keys) {
            for (byte[][] question :
                    List.of(line("DUMP", key), line("PTTL", key), line("SSCAN", key, "0"), line("ZSCAN", key, "0"))) {
                String expected = text(fixtures.get(0).run(question));
                for (CommandFixture other : fixtures) {
                    assertEquals(expected, text(other.run(question)), describe(question) + " with seed " + seed);
                }
            }
        }
    }

    private static void requireNothingLeft(CommandFixture fixture) {
        for (int database = 0; database < DATABASES; database++) {
            fixture.select(database);
            for (String key : keys(fixture)) {
                fixture.run(line("DEL", key));
            }
        }
        fixture.expireAll();
        while (fixture.store().reclaimGarbage(1_000_000) > 0) {
            // until nothing is left to reclaim
        }
        assertEquals(0, fixture.rowCount(), "rows of no key");
    }

    private static String describe(byte[][] argv) {
        List<String> words = new ArrayList<>();
        for (byte[] word : argv) {
            words.add(new String(word, ISO_8859_1));
        }
        return words.toString();
    }

    private static String last(List<String> history) {
        return String.join("\n", history.subList(Math.max(0, history.size() - 25), history.size()));
    }
}
