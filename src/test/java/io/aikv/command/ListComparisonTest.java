package io.aikv.command;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands on lists, against a real redis-server. The properties are those of {@link RedisComparisonTest}. */
final class ListComparisonTest {
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
                System.out.println("ListComparisonTest protocol=" + protocol + " seed=" + seed + " lines=" + LINES);
                Path store = directory.resolve("store-" + seed);
                RandomListCommands random = new RandomListCommands(seed);
                try (RedisComparison comparison = new RedisComparison(redis, store, protocol, seed)) {
                    comparison.run(LINES, random::next);
                    comparison.compareContents();
                }
            }
        }
    }
}
