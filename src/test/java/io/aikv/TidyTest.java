package io.aikv;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the compiler cannot see about the tree: sizes, words, layout (after TigerBeetle's tidy.zig). Runs from the
 * project's directory; every failure names file and line. What only git knows is not checked outside of a checkout.
 */
final class TidyTest {

    private static final int FILE_LINES_MAX = 800;
    private static final int TEST_FILE_LINES_MAX = 1_000;
    private static final int METHOD_LINES_MAX = 70;
    private static final long BLOB_BYTES_MAX = 1 << 20;

    private static final List<Path> MAIN_ROOTS = List.of(Path.of("src/main/java"));
    private static final List<Path> TEST_ROOTS =
            List.of(Path.of("src/test/java"), Path.of("src/jmh/java"), Path.of("test-cluster/java"));
    private static final Set<String> TOP_LEVEL =
            Set.of("pom.xml", "src", "conf", "raft-groups", "test-cluster", "README.md", "LICENSE");

    /** A word nobody may write, what to do instead, and the files it does not apply to. */
    private record Ban(Pattern word, String instead, Predicate<Path> exempt) {

        static Ban everywhere(String regex, String instead, String... exemptNames) {
            return new Ban(
                    Pattern.compile(regex),
                    instead,
                    file -> file.endsWith("TidyTest.java")
                            || List.of(exemptNames).contains(file.getFileName().toString()));
        }

        static Ban inMain(String regex, String instead, String... exemptPaths) {
            return new Ban(
                    Pattern.compile(regex),
                    instead,
                    file -> !file.startsWith(MAIN_ROOTS.get(0))
                            || Stream.of(exemptPaths)
                                    .anyMatch(path -> file.toString().contains(path)));
        }
    }

    private static final List<Ban> BANS = List.of(
            Ban.everywhere(
                    "Thread\\.sleep\\(|TimeUnit\\.\\w+\\.sleep\\(", "wait for a condition with Await", "Await.java"),
            Ban.everywhere("@Disabled", "repair the test or delete it"),
            Ban.everywhere("\\bTODO(?!\\(#\\d+\\))", "open an issue and write TODO(#number)"),
            Ban.everywhere("\\b(FIXME|XXX)\\b", "repair it or open an issue"),
            Ban.everywhere("^import (?!static).*\\*;", "name what you import"),
            Ban.everywhere("\\.printStackTrace\\(", "log it with its context"),
            Ban.inMain("System\\.(out|err)\\b", "log it", "/io/aikv/admin/", "/io/aikv/server/Main.java"),
            Ban.inMain("new Thread\\(", "use a named executor", "/io/aikv/server/", "/io/aikv/admin/"),
            Ban.inMain("\\bcatch \\((final )?Throwable\\b", "catch what you can handle", "/io/aikv/raft/"));

    @Test
    void filesAreShort() throws IOException {
        List<String> problems = new ArrayList<>();
        for (Path file : javaFiles()) {
            int max = file.startsWith(MAIN_ROOTS.get(0)) ? FILE_LINES_MAX : TEST_FILE_LINES_MAX;
            int count = lines(file).size();
            if (count > max) {
                problems.add(file + ": " + count + " lines, at most " + max);
            }
        }
        assertNone(problems);
    }

    @Test
    void methodsAreShort() throws IOException {
        List<String> problems = new ArrayList<>();
        for (Path file : javaFiles()) {
            problems.addAll(longMethods(file.toString(), lines(file)));
        }
        assertNone(problems);
    }

    @Test
    void aLongMethodIsFound() {
        String longBody = "        call(() -> {\n        });\n".repeat(METHOD_LINES_MAX / 2);
        String source = "final class A {\n    int[] table = {\n" + "        1,\n".repeat(100) + "    };\n\n"
                + "    void shortOne() {\n    }\n\n    void longOne(\n            int a) {\n" + longBody + "    }\n}\n";

        List<String> found = longMethods("A.java", source.lines().toList());

        assertEquals(List.of("A.java:109: method of 72 lines, at most 70"), found);
    }

    @Test
    void bannedWordsAreAbsent() throws IOException {
        List<String> problems = new ArrayList<>();
        for (Path file : javaFiles()) {
            List<String> lines = lines(file);
            for (Ban ban : BANS) {
                if (ban.exempt().test(file)) {
                    continue;
                }
                for (int i = 0; i < lines.size(); i++) {
                    if (ban.word().matcher(lines.get(i)).find()) {
                        problems.add(file + ":" + (i + 1) + ": " + ban.word() + ": " + ban.instead());
                    }
                }
            }
        }
        assertNone(problems);
    }

    @Test
    void everyPackageSaysWhatItIsAndIsNullMarked() throws IOException {
        Set<Path> described = new TreeSet<>();
        Set<Path> all = new TreeSet<>();
        for (Path root : Stream.concat(MAIN_ROOTS.stream(), TEST_ROOTS.stream()).toList()) {
            for (Path file : find(root, ".java")) {
                Path folder = root.relativize(file.getParent());
                all.add(folder);
                if (file.endsWith("package-info.java")) {
                    String text = Files.readString(file, UTF_8);
                    if (text.contains("@NullMarked") && text.contains("/**")) {
                        described.add(folder);
                    }
                }
            }
        }
        all.remove(Path.of("io/aikv")); // only the tests of the tree as a whole
        all.removeAll(described);

        assertNone(all.stream()
                .map(folder -> folder + ": needs a package-info.java with Javadoc and @NullMarked")
                .toList());
    }

    @Test
    void tomlFilesParse() throws IOException {
        TomlMapper toml = new TomlMapper();
        List<String> problems = new ArrayList<>();
        for (String folder : List.of("raft-groups", "conf")) {
            for (Path file : find(Path.of(folder), ".toml")) {
                try {
                    toml.readTree(file.toFile());
                } catch (IOException e) {
                    problems.add(file + ": " + e.getMessage());
                }
            }
        }
        assertNone(problems);
    }

    @Test
    void pagesBeginWithATitle() throws IOException {
        List<Path> pages = new ArrayList<>(find(Path.of("src"), ".md"));
        pages.addAll(find(Path.of("test-cluster"), ".md"));
        pages.addAll(find(Path.of("README.md"), ".md"));

        List<String> problems = new ArrayList<>();
        for (Path page : pages) {
            List<String> lines = lines(page);
            if (lines.isEmpty() || !lines.get(0).startsWith("# ")) {
                problems.add(page + ":1: begins without '# title'");
            }
        }
        assertNone(problems);
    }

    @Test
    void theTopLevelHoldsWhatItShouldAndNoLargeFiles() throws IOException, InterruptedException {
        List<String> problems = new ArrayList<>();
        for (String name : trackedFiles()) {
            String top = name.replaceFirst("/.*", "");
            if (!top.startsWith(".") && !TOP_LEVEL.contains(top)) {
                problems.add(name + ": the top level holds only " + new TreeSet<>(TOP_LEVEL));
            }
            Path file = Path.of(name);
            if (Files.isRegularFile(file) && Files.size(file) > BLOB_BYTES_MAX) {
                problems.add(name + ": " + Files.size(file) + " bytes, at most " + BLOB_BYTES_MAX);
            }
        }
        assertNone(problems);
    }

    // ---- how to look ----

    /** A block of braces that is open: where it began, and whether it is the body of a type, of a method, or neither. */
    private record Block(int line, boolean type, boolean method) {}

    /** Finds method bodies by braces; relies on the formatter, which ends and begins lines with them. */
    private static List<String> longMethods(String file, List<String> lines) {
        Pattern typeHeader = Pattern.compile("\\b(class|interface|enum|record) \\w+");
        List<String> problems = new ArrayList<>();
        Deque<Block> open = new ArrayDeque<>();
        StringBuilder header = new StringBuilder();
        boolean textBlock = false;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip().replaceFirst("\\s*// .*$", "");
            boolean quotes = line.contains("\"\"\"") && line.indexOf("\"\"\"") == line.lastIndexOf("\"\"\"");
            boolean skip = textBlock || line.startsWith("*") || line.startsWith("/*") || line.startsWith("//");
            textBlock ^= quotes;
            if (skip) {
                continue;
            }
            if (line.startsWith("}") && !open.isEmpty()) {
                Block block = open.pop();
                int count = i - block.line() + 1;
                if (block.method() && count > METHOD_LINES_MAX) {
                    problems.add(file + ":" + (block.line() + 1) + ": method of " + count + " lines, at most "
                            + METHOD_LINES_MAX);
                }
            }
            header.append(line).append(' ');
            if (line.endsWith("{")) {
                boolean type = typeHeader.matcher(header).find();
                boolean member = !open.isEmpty() && open.peek().type();
                open.push(new Block(i, type, member && !type && !line.endsWith("= {")));
            }
            if (line.isEmpty() || line.endsWith("{") || line.endsWith(";") || line.endsWith("}")) {
                header.setLength(0);
            }
        }
        return problems;
    }

    private static List<Path> javaFiles() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path root : Stream.concat(MAIN_ROOTS.stream(), TEST_ROOTS.stream()).toList()) {
            files.addAll(find(root, ".java"));
        }
        assertTrue(files.contains(Path.of("src/test/java/io/aikv/TidyTest.java")), "runs in the project's directory");
        return files;
    }

    /** Files below {@code root} (or itself) whose name ends so; none when there is no such folder. */
    private static List<Path> find(Path root, String ending) throws IOException {
        if (!Files.exists(root)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file, UTF_8);
    }

    /** What git holds; nothing when this is no checkout or git is not installed. */
    private static List<String> trackedFiles() throws IOException, InterruptedException {
        if (!Files.exists(Path.of(".git"))) {
            return List.of();
        }
        Process git;
        try {
            git = new ProcessBuilder("git", "ls-files", "-z")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException notInstalled) {
            return List.of();
        }
        String names = new String(git.getInputStream().readAllBytes(), UTF_8);
        assertTrue(git.waitFor(1, TimeUnit.MINUTES), "git ls-files ends");
        return Stream.of(names.split("\0")).filter(name -> !name.isEmpty()).toList();
    }

    private static void assertNone(List<String> problems) {
        assertTrue(problems.isEmpty(), () -> problems.stream().collect(Collectors.joining("\n  ", "\n  ", "\n")));
    }
}
