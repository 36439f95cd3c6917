package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random lines of all JSON commands, and some of keys, on a few documents, one of which is longer than a row. The same seed
 * gives the same lines.
 */
final class RandomJsonCommands {
    private static final String[] KEYS = {"d1", "d2", "{t}d", "long", "absent", "text"};
    private static final String[] PATHS = {
        "$",
        ".",
        "$.a",
        "$.b",
        ".a",
        ".b[0]",
        "$.b[*]",
        "$..a",
        "$.a.b",
        "$.b[-1]",
        "$.*",
        "$..*",
        "$.x",
        "$.b[1:3]",
        "$[?(@.a>1)]"
    };
    private static final String[] VALUES = {
        "1",
        "-2.5",
        "\"s\"",
        "true",
        "null",
        "[]",
        "{}",
        "[1,2,3]",
        "{\"a\":1,\"b\":[1,\"x\",{\"a\":2}]}",
        "{\"a\":{\"b\":true},\"b\":[]}",
        "9223372036854775807",
        "1e300"
    };
    private static final String[] INDEXES = {"0", "1", "-1", "2", "100", "-100"};

    private final SplittableRandom random;

    RandomJsonCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    byte[][] next() {
        List<String> line = random.nextInt(3) == 0 ? setting() : random.nextInt(2) == 0 ? changing() : reading();
        if (random.nextInt(100) == 0 && line.size() > 2) {
            line.remove(line.size() - 1);
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> setting() {
        return switch (random.nextInt(10)) {
            case 0 -> line("JSON.SET", pick(KEYS), pick(PATHS), pick(VALUES), pick("NX", "XX"));
            case 1 -> line("JSON.MSET", pick(KEYS), pick(PATHS), pick(VALUES), pick(KEYS), "$", pick(VALUES));
            case 2 -> line("JSON.MERGE", pick(KEYS), pick(PATHS), pick(VALUES));
            case 3 -> line("JSON.SET", "long", "$", "{\"a\":\"" + "x".repeat(70_000) + "\",\"b\":[1,2]}");
            case 4 -> random.nextInt(4) == 0 ? line("SET", "text", "1") : line("DEL", pick(KEYS));
            case 5 -> line("COPY", pick(KEYS), pick(KEYS), "REPLACE");
            case 6 -> line("RENAME", pick(KEYS), pick(KEYS));
            default -> line("JSON.SET", pick(KEYS), pick(PATHS), pick(VALUES));
        };
    }

    private List<String> changing() {
        String key = pick(KEYS);
        String path = pick(PATHS);
        return switch (random.nextInt(11)) {
            case 0 -> line("JSON.DEL", key, path);
            case 1 -> line("JSON.NUMINCRBY", key, path, pick("1", "-3", "0.5"));
            case 2 -> line("JSON.NUMMULTBY", key, path, pick("2", "-1", "0.5"));
            case 3 -> line("JSON.STRAPPEND", key, path, "\"y\"");
            case 4 -> line("JSON.ARRAPPEND", key, path, pick(VALUES), pick(VALUES));
            case 5 -> line("JSON.ARRINSERT", key, path, pick(INDEXES), pick(VALUES));
            case 6 -> line("JSON.ARRPOP", key, path, pick(INDEXES));
            case 7 -> line("JSON.ARRTRIM", key, path, pick(INDEXES), pick(INDEXES));
            case 8 -> line("JSON.TOGGLE", key, path);
            case 9 -> line("JSON.CLEAR", key, path);
            default -> line("JSON.FORGET", key, path);
        };
    }

    private List<String> reading() {
        String key = pick(KEYS);
        String path = pick(PATHS);
        return switch (random.nextInt(11)) {
            case 0 -> line("JSON.GET", key, path, pick(PATHS));
            case 1 -> line("JSON.GET", key, "INDENT", " ", "NEWLINE", "\n", path);
            case 2 -> line("JSON.MGET", key, pick(KEYS), path);
            case 3 -> line("JSON.TYPE", key, path);
            case 4 -> line("JSON.STRLEN", key, path);
            case 5 -> line("JSON.ARRLEN", key, path);
            case 6 -> line("JSON.ARRINDEX", key, path, pick(VALUES));
            case 7 -> line("JSON.OBJKEYS", key, path);
            case 8 -> line("JSON.OBJLEN", key, path);
            case 9 -> line("JSON.RESP", key, path);
            default -> line("JSON.GET", key);
        };
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static List<String> line(String... words) {
        return new ArrayList<>(List.of(words));
    }
}
