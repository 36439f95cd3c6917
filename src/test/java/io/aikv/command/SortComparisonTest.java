package io.aikv.command;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random SORT commands, against a real redis-server. {@code -Daikv.comparison.seed=N} repeats a run, {@code
 * -Daikv.comparison.lines=N} sets its length, {@code -Daikv.comparison.seeds=N} the number of runs.
 */
final class SortComparisonTest {
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
                System.out.println("SortComparisonTest protocol=" + protocol + " seed=" + seed + " lines=" + LINES);
                RandomSortCommands random = new RandomSortCommands(seed);
                try (RedisComparison comparison =
                        new RedisComparison(redis, directory.resolve("store-" + seed), protocol, seed)) {
                    comparison.run(LINES, random::next);
                    // Sorting a sorted set makes Redis keep it as a skip list.
                    comparison.compareValues();
                }
            }
        }
    }
}
