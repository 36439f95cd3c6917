package io.aikv.command;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Runs random commands against a real redis-server: the same lines on both sides, several seeds. {@code
 * -Daikv.comparison.seed=N} repeats a run, {@code -Daikv.comparison.lines=N} sets its length, {@code
 * -Daikv.comparison.seeds=N} the number of runs.
 */
final class ComparisonRuns {
    private static final int LINES = Integer.getInteger("aikv.comparison.lines", 4_000);
    private static final int SEEDS = Integer.getInteger("aikv.comparison.seeds", 2);

    private ComparisonRuns() {}

    /** What a run does with lines that follow from its seed. */
    @FunctionalInterface
    interface Run {
        void run(RedisComparison comparison, long seed, int lines) throws IOException;
    }

    /** @param test whose runs they are, for the line that tells how to repeat one */
    static void of(Class<?> test, Path directory, int protocol, Run run) throws IOException, InterruptedException {
        long first = Long.getLong("aikv.comparison.seed", System.nanoTime() & 0xffff_ffffL);
        try (RedisProcess redis = RedisProcess.start(directory.resolve("redis"))) {
            for (long seed = first; seed < first + SEEDS; seed++) {
                System.out.println(
                        test.getSimpleName() + " protocol=" + protocol + " seed=" + seed + " lines=" + LINES);
                Path store = directory.resolve("store-" + seed);
                try (RedisComparison comparison = new RedisComparison(redis, store, protocol, seed)) {
                    run.run(comparison, seed, LINES);
                }
            }
        }
    }
}
