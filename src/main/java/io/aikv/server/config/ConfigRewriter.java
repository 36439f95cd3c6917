package io.aikv.server.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * CONFIG REWRITE: puts the values that CONFIG SET has changed into the {@code [redis]} table of the configuration file,
 * where the next start reads them. Everything outside that table, and its comments, stay as the operator left them.
 */
public final class ConfigRewriter {
    private static final String HEADER = "[" + ConfigReader.REDIS + "]";

    private ConfigRewriter() {}

    /**
     * Replaces the file in one step, durably.
     *
     * @param changed names and values, as {@link Settings#changed} gives them
     */
    public static void rewrite(Path file, Map<String, String> changed) throws IOException {
        String text = rewritten(Files.readString(file), changed);
        Path target = file.toRealPath();
        Path temporary = target.resolveSibling(target.getFileName() + ".rewrite");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static String rewritten(String text, Map<String, String> changed) {
        List<String> out = new ArrayList<>();
        boolean inTable = false;
        boolean written = false;
        for (String line : text.lines().toList()) {
            String trimmed = line.strip();
            if (trimmed.startsWith("[")) {
                inTable = header(trimmed);
                out.add(line);
                if (inTable) {
                    append(out, changed);
                    written = true;
                }
            } else if (!inTable || trimmed.isEmpty() || trimmed.startsWith("#")) {
                out.add(line);
            }
        }
        if (!written && !changed.isEmpty()) {
            out.add("");
            out.add(HEADER);
            append(out, changed);
        }
        return String.join("\n", out) + "\n";
    }

    /** Whether the line opens the table, whatever follows the bracket. */
    private static boolean header(String line) {
        int end = line.indexOf(']');
        return end > 0 && line.substring(1, end).strip().equals(ConfigReader.REDIS);
    }

    private static void append(List<String> out, Map<String, String> changed) {
        changed.forEach((name, value) -> out.add(name + " = " + quoted(value)));
    }

    private static String quoted(String value) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : value.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c == 0x7f) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
