package io.aikv.command;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands on bits of strings, against a real redis-server. The properties of {@link RedisComparisonTest} repeat, prolong and
 * multiply a run.
 */
final class BitmapComparisonTest {
    private static final int LINES = Integer.getInteger("aikv.comparison.lines", 4_000);
    private static final int SEEDS = Integer.getInteger("aikv.comparison.seeds", 3);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void repliesEventsAndContentsEqualThoseOfRedis(int protocol) throws IOException, InterruptedException {
        long first = Long.getLong("aikv.comparison.seed", System.nanoTime() & 0xffff_ffffL);
        try (RedisProcess redis = RedisProcess.start(directory.resolve("redis"))) {
            for (long seed = first; seed < first + SEEDS; seed++) {
                System.out.println("BitmapComparisonTest protocol=" + protocol + " seed=" + seed + " lines=" + LINES);
                compare(redis, protocol, seed);
            }
        }
    }

    private void compare(RedisProcess redis, int protocol, long seed) throws IOException {
        RandomBitmapCommands random = new RandomBitmapCommands(seed);
        try (RedisComparison comparison =
                new RedisComparison(redis, directory.resolve("store-" + seed), protocol, seed)) {
            for (int left = LINES; left > 0; left -= 100) {
                comparison.putList(random.key());
                comparison.run(100, random::next);
            }
            comparison.compareContents();
        }
    }
}
