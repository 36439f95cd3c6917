package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Values move to a real redis-server and back by DUMP and RESTORE, in every encoding. {@code -Daikv.comparison.seed=N} repeats
 * a run, {@code -Daikv.comparison.lines=N} sets its length, {@code -Daikv.comparison.seeds=N} the number of runs.
 */
final class DumpComparisonTest {
    private static final int LINES = Integer.getInteger("aikv.comparison.lines", 300);
    private static final int SEEDS = Integer.getInteger("aikv.comparison.seeds", 2);

    @TempDir
    private Path directory;

    private interface Run {
        void with(RedisComparison comparison, Supplier<byte[][]> source, long seed) throws IOException;
    }

    /** Each family of commands for itself, on a server with nothing in it. */
    private void forEachFamily(int protocol, Run run) throws IOException, InterruptedException {
        long first = Long.getLong("aikv.comparison.seed", System.nanoTime() & 0xffff_ffffL);
        try (RedisProcess redis = RedisProcess.start(directory.resolve("redis"))) {
            for (long seed = first; seed < first + SEEDS; seed++) {
                System.out.println("DumpComparisonTest protocol=" + protocol + " seed=" + seed + " lines=" + LINES);
                int family = 0;
                for (Supplier<byte[][]> source : families(seed)) {
                    Path store = directory.resolve("store-" + protocol + "-" + seed + "-" + family++);
                    try (RedisComparison comparison = new RedisComparison(redis, store, protocol, seed)) {
                        comparison.stayInDatabase();
                        run.with(comparison, source, seed);
                    }
                }
            }
        }
    }

    private static List<Supplier<byte[][]>> families(long seed) {
        RandomCommands strings = new RandomCommands(seed);
        strings.now(System.currentTimeMillis());
        RandomListCommands lists = new RandomListCommands(seed);
        RandomSetCommands sets = new RandomSetCommands(seed);
        RandomSortedSetCommands sortedSets = new RandomSortedSetCommands(seed);
        RandomHashCommands hashes = new RandomHashCommands(seed);
        RandomStreamCommands streams = new RandomStreamCommands(seed);
        return List.of(strings::next, lists::next, sets::next, sortedSets::next, hashes::next, streams::next);
    }

    private static byte[][] restoring(RedisComparison comparison, byte[] key, byte[] payload) throws IOException {
        return Payloads.restore(key, comparison.deadline(key), payload, "REPLACE", "ABSTTL");
    }

    /** Restores a payload on both sides; a key may have expired meanwhile. */
    private static void restoreBoth(RedisComparison comparison, byte[] key, byte[] payload) throws IOException {
        if (payload != null) {
            byte[][] argv = restoring(comparison, key, payload);
            comparison.run(1, () -> argv);
        }
    }

    /** Lines that stay in their database. */
    private static Supplier<byte[][]> within(Supplier<byte[][]> source) {
        return () -> {
            byte[][] argv = source.get();
            while (Set.of("MOVE", "SWAPDB", "COPY").contains(new String(argv[0], ISO_8859_1))) {
                argv = source.get();
            }
            return argv;
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void valuesMoveToRedisAndBack(int protocol) throws IOException, InterruptedException {
        forEachFamily(protocol, (comparison, source, seed) -> {
            comparison.run(LINES, source);
            for (byte[] key : comparison.keys()) {
                restoreBoth(comparison, key, comparison.ourDump(key));
            }
            comparison.compareContents();
            for (byte[] key : comparison.keys()) {
                restoreBoth(comparison, key, comparison.theirDump(key));
            }
            comparison.compareContents();
        });
    }

    @Test
    void valuesComeFromRedisInEveryEncoding() throws IOException, InterruptedException {
        Set<Integer> types = new TreeSet<>();
        forEachFamily(3, (comparison, source, seed) -> {
            SplittableRandom random = new SplittableRandom(seed);
            for (boolean large : List.of(true, false, random.nextBoolean())) {
                String entries = large ? "10000" : Integer.toString(random.nextInt(8));
                String bytes = large ? "10000" : Integer.toString(random.nextInt(70));
                comparison.configureRedis("hash-max-listpack-entries", entries, "hash-max-listpack-value", bytes);
                comparison.configureRedis("zset-max-listpack-entries", entries, "zset-max-listpack-value", bytes);
                comparison.configureRedis("set-max-intset-entries", entries, "stream-node-max-entries", entries);
                comparison.configureRedis(
                        "list-max-listpack-size", large ? "-5" : Integer.toString(1 + random.nextInt(4)));
                comparison.runThere(LINES, within(source));
                for (byte[] key : comparison.theirKeys()) {
                    byte[] payload = comparison.theirDump(key);
                    if (payload != null) {
                        long deadline = comparison.theirDeadline(key);
                        types.add((int) payload[0]);
                        comparison.runHere(Payloads.restore(key, deadline, payload, "REPLACE", "ABSTTL"));
                    }
                }
                comparison.compareValues();
                for (byte[] key : comparison.keys()) {
                    comparison.runThere(restoring(comparison, key, comparison.ourDump(key)));
                }
                comparison.compareValues();
                comparison.run(1, () -> CommandFixture.words("FLUSHALL"));
            }
            comparison.configureRedis("hash-max-listpack-entries", "512", "hash-max-listpack-value", "64");
            comparison.configureRedis("zset-max-listpack-entries", "128", "zset-max-listpack-value", "64");
            comparison.configureRedis("set-max-intset-entries", "512", "stream-node-max-entries", "100");
            comparison.configureRedis("list-max-listpack-size", "-2");
        });
        assertTrue(types.containsAll(List.of(0, 2, 4, 5, 16, 17, 18, 19)), () -> "types " + types);
    }

    private static List<byte[]> encodingsOfAllAges() {
        return List.of(
                Payloads.ofType(0).bytes(0xc0, 0x80).seal(1),
                Payloads.ofType(0).bytes(0xc2).little(Integer.MIN_VALUE, 4).seal(1),
                Payloads.ofType(1)
                        .bytes(3)
                        .string("a")
                        .bytes(0xc0, 7)
                        .string("")
                        .seal(6),
                Payloads.ofType(3)
                        .bytes(3)
                        .string("a")
                        .bytes(3)
                        .raw("1.5")
                        .string("b")
                        .bytes(254)
                        .string("c")
                        .bytes(255)
                        .seal(6),
                Payloads.ofType(9)
                        .string(Payloads.zipmap("a", "1", "b", "x".repeat(300), "", ""))
                        .seal(6),
                Payloads.ofType(10)
                        .string(Payloads.ziplist(
                                "a",
                                "7",
                                "-300",
                                "x".repeat(300),
                                "70000",
                                "13",
                                "-1",
                                "",
                                "9000000",
                                "y".repeat(20000),
                                "12345678901"))
                        .seal(6),
                Payloads.ofType(11).string(Payloads.intset(2, -700, 3, 700)).seal(6),
                Payloads.ofType(11).string(Payloads.intset(4, -70000, 3, 70000)).seal(6),
                Payloads.ofType(11)
                        .string(Payloads.intset(8, Long.MIN_VALUE, 3, Long.MAX_VALUE))
                        .seal(6),
                Payloads.ofType(12)
                        .string(Payloads.ziplist("a", "7", "b", "inf"))
                        .seal(6),
                Payloads.ofType(13)
                        .string(Payloads.ziplist("a", "7", "b", "1.25"))
                        .seal(6),
                Payloads.ofType(14)
                        .bytes(2)
                        .string(Payloads.ziplist("a", "7"))
                        .string(Payloads.ziplist("c"))
                        .seal(7),
                Payloads.ofType(18)
                        .bytes(2, 1)
                        .string("plain")
                        .bytes(2)
                        .string(Payloads.listpack("c", "d"))
                        .seal(10),
                Payloads.ofType(16)
                        .string(Payloads.listpack("a", "1", "b", "2"))
                        .seal(10),
                Payloads.ofType(17)
                        .string(Payloads.listpack("a", "1", "b", "2.5"))
                        .seal(10));
    }

    @Test
    void encodingsOfAllAgesAreReadAsRedisReadsThem() throws IOException, InterruptedException {
        try (RedisProcess redis = RedisProcess.start(directory.resolve("redis"));
                RedisComparison comparison = new RedisComparison(redis, directory.resolve("store"), 3, 1)) {
            for (byte[] payload : encodingsOfAllAges()) {
                byte[][] argv = Payloads.restore("k".getBytes(ISO_8859_1), 0, payload, "REPLACE");
                comparison.run(1, () -> argv);
                assertEquals(1, comparison.keys().size());
                comparison.compareValues();
            }
        }
    }

    @Test
    void largeValuesOfRedisAreRead() throws IOException, InterruptedException {
        try (RedisProcess redis = RedisProcess.start(directory.resolve("redis"), "--enable-debug-command", "yes");
                RedisComparison comparison = new RedisComparison(redis, directory.resolve("store"), 3, 1)) {
            comparison.runThere(CommandFixture.words("DEBUG QUICKLIST-PACKED-THRESHOLD 100b"));
            comparison.run(
                    1, () -> CommandFixture.words("RPUSH list a " + "b".repeat(300) + " c " + "dx".repeat(5000)));
            comparison.run(1, () -> CommandFixture.words("SET zeros " + "0".repeat(100_000)));
            comparison.run(1, () -> CommandFixture.words("SET long " + "abcdefg".repeat(20_000)));
            StringBuilder members = new StringBuilder("SADD set");
            StringBuilder stream = new StringBuilder("XADD stream 1-1");
            for (int i = 0; i < 700; i++) {
                members.append(" ").append(i * 7919 % 100_003);
                stream.append(" f").append(i).append(" ").append(i);
            }
            comparison.run(1, () -> CommandFixture.words(members.toString()));
            comparison.run(1, () -> CommandFixture.words("SADD integers 1 -70000 5000000000 3"));
            comparison.run(1, () -> CommandFixture.words(stream.toString()));
            for (int i = 0; i < 300; i++) {
                String entry = "XADD stream " + (i + 2) + "-" + i % 3 + (i % 5 == 0 ? " f v g w" : " f " + i);
                comparison.run(1, () -> CommandFixture.words(entry));
            }
            comparison.run(1, () -> CommandFixture.words("XDEL stream 5-0 17-0 80-0 200-0"));
            String largest = "XGROUP CREATE stream g 0 ENTRIESREAD " + Long.MAX_VALUE;
            comparison.run(1, () -> CommandFixture.words(largest));
            comparison.run(1, () -> CommandFixture.words("XREADGROUP GROUP g c COUNT 2 STREAMS stream >"));
            for (byte[] key : comparison.keys()) {
                byte[][] there = restoring(comparison, key, comparison.ourDump(key));
                byte[][] here = restoring(comparison, key, comparison.theirDump(key));
                comparison.runThere(there);
                comparison.runHere(here);
            }
            comparison.compareValues();
        }
    }
}
