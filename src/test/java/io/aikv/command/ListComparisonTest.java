package io.aikv.command;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands on lists, against a real redis-server: see {@link ComparisonRuns}. */
final class ListComparisonTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void repliesEventsAndContentsEqualThoseOfRedis(int protocol) throws IOException, InterruptedException {
        ComparisonRuns.of(ListComparisonTest.class, directory, protocol, (comparison, seed, lines) -> {
            RandomListCommands random = new RandomListCommands(seed);
            comparison.run(lines, random::next);
            comparison.compareContents();
        });
    }
}
