package io.aikv.command;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random SORT commands, against a real redis-server: see {@link ComparisonRuns}. */
final class SortComparisonTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void repliesEventsAndContentsEqualThoseOfRedis(int protocol) throws IOException, InterruptedException {
        ComparisonRuns.of(SortComparisonTest.class, directory, protocol, (comparison, seed, lines) -> {
            RandomSortCommands random = new RandomSortCommands(seed);
            comparison.run(lines, random::next);
            // Sorting a sorted set makes Redis keep it as a skip list.
            comparison.compareValues();
        });
    }
}
