package io.aikv.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The replies of redis-server 7.0 that stand in {@code redis-7.0-replies.txt}, byte by byte in both protocols: for each line a
 * command, its reply in RESP2, and that in RESP3 if it is another.
 */
@Timeout(120)
final class GoldenRepliesTest {
    private record Golden(String line, String resp2, String resp3) {}

    private static List<Golden> golden() throws IOException {
        List<Golden> all = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(
                        GoldenRepliesTest.class.getResourceAsStream("redis-7.0-replies.txt"), "resource");
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            String command = null;
            String resp2 = "";
            String resp3 = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("2 ")) {
                    resp2 = line.substring(2);
                    resp3 = resp2;
                } else if (line.startsWith("3 ")) {
                    resp3 = line.substring(2);
                } else if (line.startsWith("> ")) {
                    if (command != null) {
                        all.add(new Golden(command, resp2, resp3));
                    }
                    command = line.substring(2);
                }
            }
            all.add(new Golden(Objects.requireNonNull(command), resp2, resp3));
        }
        return all;
    }

    @Test
    void weAnswerAsRedisDoes(@TempDir Path directory) throws Exception {
        List<String> differences = new ArrayList<>();
        try (TestNode node = new TestNode(directory)) {
            List<Golden> all = golden();
            assertTrue(all.size() > 150, "only " + all.size());
            for (Golden golden : all) {
                compare(differences, golden, golden.resp2(), node.wire(golden.line(), 2));
                compare(differences, golden, golden.resp3(), node.wire(golden.line(), 3));
            }
        }
        assertEquals("", String.join("\n", differences));
    }

    @Test
    void redisAnswersWhatTheFileSays(@TempDir Path directory) throws Exception {
        List<String> differences = new ArrayList<>();
        try (Wire redis = Wire.start(directory, "--enable-debug-command", "local");
                Wire.Connection resp2 = new Wire.Connection(redis, 2);
                Wire.Connection resp3 = new Wire.Connection(redis, 3)) {
            for (Golden golden : golden()) {
                compare(differences, golden, golden.resp2(), resp2.answer(golden.line()));
                compare(differences, golden, golden.resp3(), resp3.answer(golden.line()));
            }
        }
        assertEquals("", String.join("\n", differences));
    }

    private static void compare(List<String> differences, Golden golden, String expected, String actual) {
        if (!expected.equals(actual)) {
            differences.add(golden.line() + "\n  expected " + expected + "\n  actual   " + actual);
        }
    }
}
