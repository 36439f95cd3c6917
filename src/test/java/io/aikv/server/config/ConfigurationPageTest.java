package io.aikv.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page lists the keys of the shipped file, with its defaults and in its order. */
final class ConfigurationPageTest {
    private static final Pattern ROW = Pattern.compile("\\| `([a-z]+\\.[a-z-]+)` \\| (?:`(.*?)`)? ?\\| .* \\|");
    private static final Pattern SECTION = Pattern.compile("\\[([a-z.]+)]");
    private static final Pattern KEY = Pattern.compile("([a-z-]+) = (.*)");

    @Test
    void thePageListsEveryKeyWithItsDefault() throws IOException {
        List<String> inPage = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("src/site/markdown/configuration.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                inPage.add(row.group(1) + " = " + (row.group(2) == null ? "" : row.group(2)));
            }
        }

        List<String> inFile = new ArrayList<>();
        String section = "";
        for (String line : Files.readAllLines(Path.of("conf/aikv.toml"))) {
            Matcher header = SECTION.matcher(line);
            Matcher key = KEY.matcher(line);
            if (header.matches()) {
                section = header.group(1);
                if (section.contains(".")) {
                    inFile.add(section + " = ");
                }
            } else if (key.matches()) {
                inFile.add(section + "." + key.group(1) + " = " + key.group(2).strip());
            }
        }

        assertEquals(inFile, inPage);
    }
}
