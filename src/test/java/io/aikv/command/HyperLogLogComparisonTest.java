package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands on HyperLogLogs, against a real redis-server: see {@link ComparisonRuns}. */
final class HyperLogLogComparisonTest {
    private static final int HEADER_SIZE = 16;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void repliesEventsAndContentsEqualThoseOfRedis(int protocol) throws IOException, InterruptedException {
        ComparisonRuns.of(HyperLogLogComparisonTest.class, directory, protocol, (comparison, seed, lines) -> {
            RandomHyperLogLogCommands random = new RandomHyperLogLogCommands(seed);
            for (int left = lines; left > 0; left -= 100) {
                comparison.putList(random.key());
                comparison.run(100, () -> next(comparison, random));
            }
            comparison.compareContents();
        });
    }

    /**
     * The next line, unless a value ends within an opcode: it is deleted first. Redis takes the byte behind such a value
     * for the opcode's second one, and a PFADD puts another there than the zero that ends its strings.
     */
    private static byte[][] next(RedisComparison comparison, RandomHyperLogLogCommands random) {
        for (String key : RandomHyperLogLogCommands.DAMAGED) {
            try {
                if (endsWithinOpcode(comparison.theirValue(key))) {
                    return CommandFixture.words("DEL " + key);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return random.next();
    }

    private static boolean endsWithinOpcode(byte[] value) {
        if (value == null || value.length < HEADER_SIZE) {
            return false;
        }
        int position = HEADER_SIZE;
        while (position < value.length) {
            boolean isLongZero = (value[position] & 0xc0) == 0x40;
            position += isLongZero ? 2 : 1;
        }
        return position > value.length;
    }

    /**
     * Whether two values are equal but for the cached cardinality: a PFCOUNT of one key stores it in Redis, and here no
     * read writes.
     */
    static boolean mayDiffer(byte[][] argv, String expected, String actual) {
        boolean asks = new String(argv[0], ISO_8859_1).equals("GET")
                && new String(argv[1], ISO_8859_1).startsWith(RandomHyperLogLogCommands.CACHED);
        int value = expected.indexOf("HYLL");
        return asks
                && value > 0
                && expected.length() == actual.length()
                && expected.substring(0, value + 8).equals(actual.substring(0, value + 8))
                && expected.substring(value + 16).equals(actual.substring(value + 16));
    }
}
