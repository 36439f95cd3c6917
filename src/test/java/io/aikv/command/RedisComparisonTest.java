package io.aikv.command;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands on strings and keys, against a real redis-server: see {@link ComparisonRuns}. */
final class RedisComparisonTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void repliesEventsAndContentsEqualThoseOfRedis(int protocol) throws IOException, InterruptedException {
        ComparisonRuns.of(RedisComparisonTest.class, directory, protocol, (comparison, seed, lines) -> {
            RandomCommands random = new RandomCommands(seed);
            for (int left = lines; left > 0; left -= 50) {
                random.now(comparison.nowMillis());
                comparison.putList(random.key());
                comparison.run(50, random::next);
            }
            comparison.compareContents();
        });
    }
}
