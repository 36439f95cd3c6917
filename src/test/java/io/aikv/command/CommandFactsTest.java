package io.aikv.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Arity, flags and key specifications of every data command against {@code command-facts.tsv}, which was taken from the
 * command descriptions of Redis 7.2 (DELEX, DIGEST, MSETEX: Redis 8.4; XACKDEL, XDELEX: Redis 8.2; DELIFEQ: Valkey 9; JSON: RedisJSON, with accesses
 * that tell reads from writes, and JSON.DEBUG as a container).
 */
final class CommandFactsTest {

    @Test
    void everyCommandIsAsRedisDescribesIt() throws IOException {
        CommandTable table = new CommandTable();
        Families.register(table, 16);

        List<String> ours = table.all().stream()
                .filter(command -> !command.has(Flag.INTERNAL))
                .map(CommandFactsTest::describe)
                .sorted()
                .toList();

        assertEquals(String.join("\n", facts()), String.join("\n", ours));
    }

    private static List<String> facts() throws IOException {
        try (InputStream in = CommandFactsTest.class.getResourceAsStream("command-facts.tsv")) {
            assertNotNull(in);
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .sorted()
                    .toList();
        }
    }

    private static String describe(Command command) {
        String flags = command.flags().stream()
                .filter(Flag::shownToClients)
                .map(Flag::redisName)
                .sorted()
                .collect(Collectors.joining(","));
        List<String> specs = new ArrayList<>();
        for (KeySpec spec : command.keys()) {
            String access = spec.access().stream().map(Enum::name).sorted().collect(Collectors.joining(","));
            specs.add(access + "@" + place(spec));
        }
        return String.join(
                "\t",
                command.name(),
                command.group().redisName(),
                Integer.toString(command.arity()),
                flags,
                String.join(";", specs));
    }

    private static String place(KeySpec spec) {
        if (spec instanceof KeySpec.Range range) {
            int last = range.last() >= 0 ? range.last() - range.first() : range.last();
            return range.first() + ":" + last + ":" + range.step() + ":" + range.limit();
        }
        if (spec instanceof KeySpec.After after) {
            return "behind " + after.keyword() + " from " + after.from() + ": " + after.last() + ":" + after.step()
                    + ":" + after.limit();
        }
        if (spec instanceof KeySpec.Unknown) {
            return "unknown";
        }
        KeySpec.Counted counted = (KeySpec.Counted) spec;
        return counted.countIndex() + " counts from " + counted.first() + " by " + counted.step();
    }
}
