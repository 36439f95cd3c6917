package io.aikv.command;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands on bits of strings, against a real redis-server: see {@link ComparisonRuns}. */
final class BitmapComparisonTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void repliesEventsAndContentsEqualThoseOfRedis(int protocol) throws IOException, InterruptedException {
        ComparisonRuns.of(BitmapComparisonTest.class, directory, protocol, (comparison, seed, lines) -> {
            RandomBitmapCommands random = new RandomBitmapCommands(seed);
            for (int left = lines; left > 0; left -= 100) {
                comparison.putList(random.key());
                comparison.run(100, random::next);
            }
            comparison.compareContents();
        });
    }
}
