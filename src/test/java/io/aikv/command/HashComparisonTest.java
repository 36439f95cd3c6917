package io.aikv.command;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands on hashes, against a real redis-server: see {@link ComparisonRuns}. */
final class HashComparisonTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void repliesEventsAndContentsEqualThoseOfRedis(int protocol) throws IOException, InterruptedException {
        ComparisonRuns.of(HashComparisonTest.class, directory, protocol, (comparison, seed, lines) -> {
            RandomHashCommands random = new RandomHashCommands(seed);
            for (int left = lines; left > 0; left -= 100) {
                comparison.putList(random.key());
                comparison.run(100, random::next);
            }
            comparison.compareContents();
        });
    }
}
