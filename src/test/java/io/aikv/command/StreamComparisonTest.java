package io.aikv.command;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands on streams, against a real redis-server: see {@link ComparisonRuns}. */
final class StreamComparisonTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void repliesEventsAndContentsEqualThoseOfRedis(int protocol) throws IOException, InterruptedException {
        ComparisonRuns.of(StreamComparisonTest.class, directory, protocol, (comparison, seed, lines) -> {
            RandomStreamCommands random = new RandomStreamCommands(seed);
            comparison.stayInDatabase();
            comparison.run(lines, random::next);
            comparison.compareContents();
        });
    }
}
