package io.aikv.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The shipped configuration file documents the code: every key, and nothing else, with its default as value. */
final class ConfigFileTest {
    private static final Path FILE = Path.of("conf/aikv.toml");

    @Test
    void theFileSaysTheDefaults() {
        assertEquals(Config.defaults(), Config.load(FILE, List.of()));
    }

    @Test
    void everyKeyStandsInTheFileInTheOrderOfTheCode() throws IOException {
        ObjectNode tree = ConfigReader.parse(Files.readString(FILE), FILE.toString());
        List<String> inFile = new ArrayList<>();
        for (Map.Entry<String, JsonNode> section : tree.properties()) {
            section.getValue().fieldNames().forEachRemaining(key -> inFile.add(section.getKey() + "." + key));
        }

        List<String> inCode = new ArrayList<>();
        for (RecordComponent section : Config.class.getRecordComponents()) {
            if (section.getType().isRecord()) {
                for (RecordComponent key : section.getType().getRecordComponents()) {
                    inCode.add(section.getName() + "." + ConfigReader.kebab(key.getName()));
                }
            }
        }

        assertEquals(inCode.stream().sorted().toList(), inFile.stream().sorted().toList());
        assertTrue(tree.has(ConfigReader.REDIS));
    }

    @Test
    void everyKeyIsReadByTheCode() throws IOException {
        StringBuilder code = new StringBuilder();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java") && !path.endsWith("Config.java"))
                    .toList()) {
                code.append(Files.readString(file));
            }
        }

        for (RecordComponent section : Config.class.getRecordComponents()) {
            if (section.getType().isRecord()) {
                for (RecordComponent key : section.getType().getRecordComponents()) {
                    Pattern use = Pattern.compile("\\." + key.getName() + "(Bytes)?\\(\\)");
                    assertTrue(use.matcher(code).find(), section.getName() + "." + key.getName() + " has no effect");
                }
            }
        }
    }

    @Test
    void everyKeyHasACommentAboveItsGroup() throws IOException {
        List<String> lines = Files.readAllLines(FILE);
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).matches("[a-z-]+ = .*")) {
                int at = i;
                while (lines.get(at).matches("[a-z-]+ = .*")) {
                    at--;
                }
                assertTrue(
                        lines.get(at).startsWith("#") || lines.get(at).startsWith("["),
                        "line " + (i + 1) + " has no comment");
            }
            assertTrue(lines.get(i).length() <= 120, "line " + (i + 1) + " is too long");
        }
    }
}
