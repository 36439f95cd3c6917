package io.aikv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages name tests: of each promise the one that would notice its breach. Those tests exist. */
final class PagesTest {
    private static final Path PAGES = Path.of("src/site/markdown");
    private static final List<Path> TEST_ROOTS = List.of(Path.of("src/test/java"), Path.of("test-cluster/java"));

    private static final Pattern CODE = Pattern.compile("`([^`\\s]+)`");
    private static final Pattern CLASS = Pattern.compile("(?:[a-z]+\\.)?([A-Z]\\w*(?:Test|IT|Property))(?:\\.(\\w+))?");
    private static final Pattern MORE = Pattern.compile("\\.(\\w+)");

    @Test
    void testsThatThePagesNameExist() throws IOException {
        Map<String, String> sources = sources();
        List<String> missing = new ArrayList<>();
        int named = 0;
        try (Stream<Path> pages = Files.list(PAGES)) {
            for (Path page : pages.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                for (String line : Files.readAllLines(page)) {
                    named += namedTests(line, page.getFileName() + ": ", sources, missing);
                }
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(named > 50, "the pages name " + named + " tests");
    }

    @Test
    void everyPromiseNamesATest() throws IOException {
        List<String> lines = Files.readAllLines(PAGES.resolve("consistency.md"));
        int head = lines.indexOf("| class | promise | a breach is caught by |");
        assertTrue(head >= 0, "the table of promises");
        int promises = 0;
        for (String row : lines.subList(head + 2, lines.size())) {
            if (!row.startsWith("|")) {
                break;
            }
            promises++;
            String[] cells = row.split("\\|");
            boolean named = CODE.matcher(cells[3])
                    .results()
                    .anyMatch(code -> CLASS.matcher(code.group(1)).matches());
            assertTrue(named, row);
        }
        assertTrue(promises > 10, promises + " promises");
    }

    private static int namedTests(String line, String page, Map<String, String> sources, List<String> missing) {
        int named = 0;
        String current = null;
        Matcher code = CODE.matcher(line);
        while (code.find()) {
            Matcher test = CLASS.matcher(code.group(1));
            Matcher more = MORE.matcher(code.group(1));
            String method;
            if (test.matches()) {
                current = test.group(1);
                method = test.group(2);
            } else if (current != null && more.matches()) {
                method = more.group(1);
            } else {
                continue;
            }
            named++;
            String source = sources.get(current);
            if (source == null) {
                missing.add(page + current);
            } else if (method != null && !declares(source, method)) {
                missing.add(page + current + "." + method);
            }
        }
        return named;
    }

    private static boolean declares(String source, String name) {
        return Pattern.compile("(?:void " + name + "\\(|ArchRule " + name + " =)|\\b" + name + "\\([^)]*\\) \\{")
                .matcher(source)
                .find();
    }

    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (Path root : TEST_ROOTS) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file :
                        files.filter(one -> one.toString().endsWith(".java")).toList()) {
                    String name = file.getFileName().toString();
                    sources.merge(
                            name.substring(0, name.length() - ".java".length()),
                            Files.readString(file),
                            String::concat);
                }
            }
        }
        return sources;
    }
}
