package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.resp.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same scripts here and on a real redis-server, byte for byte: those of {@code scripts.txt}, one a line, {@code \n} for a
 * line feed. All of them have the keys {@code k1 k2} and the arguments {@code a1 a2}, and see what the ones before have
 * written.
 */
final class ScriptComparisonTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void scriptsAnswerAsInRedis(int protocol) throws IOException, InterruptedException {
        List<String> differences = new ArrayList<>();
        try (RedisProcess redis = RedisProcess.start(directory.resolve("redis"));
                RawClient client = new RawClient(redis.port());
                CommandFixture here = new CommandFixture(directory.resolve("store"))) {
            client.call("HELLO", Integer.toString(protocol));
            for (String script : lines("scripts.txt")) {
                String[] command = {"EVAL", script, "2", "k1", "k2", "a1", "a2"};
                compare(client, here, protocol, differences, command);
            }
            for (String line : lines("script-commands.txt")) {
                compare(client, here, protocol, differences, line.split("\\|", -1));
            }
        }

        assertEquals("", String.join("\n", differences));
    }

    private static void compare(
            RawClient client, CommandFixture here, int protocol, List<String> differences, String... words)
            throws IOException {
        byte[][] argv = new byte[words.length][];
        for (int i = 0; i < words.length; i++) {
            argv[i] = words[i].replace("\\n", "\n").getBytes(UTF_8);
        }
        String expected = new String(client.call(argv), ISO_8859_1);
        Reply reply = here.run(argv);
        String actual = new String(CommandFixture.encode(reply, protocol), ISO_8859_1);
        if (!expected.equals(actual)) {
            differences.add(
                    String.join(" ", words) + "\n  redis: " + expected.strip().replace("\r\n", "|") + "\n  here:  "
                            + actual.strip().replace("\r\n", "|"));
        }
    }

    private static List<String> lines(String resource) throws IOException {
        try (InputStream in = Objects.requireNonNull(ScriptComparisonTest.class.getResourceAsStream(resource))) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("# "))
                    .toList();
        }
    }
}
