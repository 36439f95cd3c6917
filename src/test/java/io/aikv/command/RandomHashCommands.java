package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random command lines on hashes that Redis 7.0 knows: every command with every option, mostly sensible, often at an edge,
 * sometimes nonsense. The same seed gives the same lines.
 */
final class RandomHashCommands {
    private static final String[] KEYS = {"h1", "h2", "h3", "{t}1", "{t}2", "", "h\0\u00ff"};
    private static final String[] FIELDS = {
        "a",
        "b",
        "c",
        "d",
        "e",
        "n",
        "f",
        "",
        "\0",
        "\u00ff\u0001x",
        "field:1",
        "f".repeat(64),
        "f".repeat(65),
        "12",
        "-1"
    };
    private static final String[] INTEGERS = {
        "0",
        "1",
        "-1",
        "2",
        "10",
        "-100",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "-9223372036854775807",
        "4611686018427387903",
        "4611686018427387904",
        "-4611686018427387904",
        "01",
        "-0",
        "+1",
        " 1",
        "1.0",
        "",
        "abc"
    };
    private static final String[] FLOATS = {
        "0",
        "1",
        "-1",
        "0.1",
        "-0.1",
        "3.14159",
        "1e3",
        "5e-3",
        "inf",
        "-inf",
        "nan",
        "1e400",
        "1e4932",
        "0x1p3",
        " 1",
        "1 ",
        ".5",
        "",
        "abc",
        "17179869184.5",
        "0.00000000000000001",
        "1.5e300",
        "123456789012345678901234567890",
        "-0"
    };
    private static final String[] PATTERNS = {"*", "a", "?", "f*", "[a-c]", "", "*1", "\\*", "[", "field:?", "**"};

    private final SplittableRandom random;

    RandomHashCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    String key() {
        return pick(KEYS);
    }

    byte[][] next() {
        List<String> line = line();
        if (chance(60) && line.size() > 1) {
            line.remove(line.size() - 1);
        } else if (chance(60)) {
            line.add(pick("x", "WITHVALUES", "1", "COUNT"));
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> line() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> setting();
            case 3 -> counting();
            case 4 -> removing();
            case 5, 6 -> reading();
            case 7 -> random.nextInt(3) == 0 ? scan() : randomField();
            case 8 -> whole();
            default -> onKeys();
        };
    }

    private List<String> setting() {
        if (chance(5)) {
            return words("HSETNX", key(), field(), value());
        }
        List<String> line = words(pick("HSET", "HSET", "hset", "HMSET"), key());
        int count = chance(40) ? 600 : 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            line.add(count > 10 ? "many" + random.nextInt(2000) : field());
            line.add(value());
        }
        return line;
    }

    private List<String> counting() {
        return chance(2)
                ? words("HINCRBY", key(), pick("n", "12", field()), chance(2) ? "7" : pick(INTEGERS))
                : words("HINCRBYFLOAT", key(), pick("n", "f", field()), pick(FLOATS));
    }

    private List<String> removing() {
        List<String> line = words("HDEL", key());
        for (int i = chance(3) ? 8 : 1; i > 0; i--) {
            line.add(field());
        }
        return line;
    }

    private List<String> reading() {
        if (chance(3)) {
            return words("HMGET", key(), field(), field(), field());
        }
        return words(pick("HGET", "HEXISTS", "HSTRLEN"), key(), field());
    }

    private List<String> randomField() {
        List<String> line = words("HRANDFIELD", key());
        if (!chance(4)) {
            line.add(chance(3) ? pick(INTEGERS) : Integer.toString(random.nextInt(40) - 20));
            if (line.get(2).matches("-[0-9]{7,}") && !line.get(2).equals("-9223372036854775808")) {
                line.set(2, "-3"); // Redis would try.
            }
            if (chance(2)) {
                line.add(chance(8) ? "bad" : pick("WITHVALUES", "withvalues"));
            }
        }
        return line;
    }

    /** Cursors differ between servers: only scans that end at once, and mistakes. */
    private List<String> scan() {
        return switch (random.nextInt(5)) {
            case 0 -> words("HSCAN", key(), pick("abc", "1x", " 1", "18446744073709551616", "-", "--1"));
            case 1 -> words("HSCAN", key(), "0", pick("COUNT", "MATCH", "TYPE", "bad"));
            case 2 -> words("HSCAN", key(), "0", "COUNT", pick("0", "-1", "x", "9223372036854775808"));
            case 3 -> words("HSCAN", key(), "0", "COUNT", RedisComparison.SCAN_ALL);
            default -> words("HSCAN", key(), "0", "MATCH", pick(PATTERNS), "COUNT", RedisComparison.SCAN_ALL);
        };
    }

    private List<String> whole() {
        return words(pick("HGETALL", "HKEYS", "HVALS", "HLEN"), key());
    }

    private List<String> onKeys() {
        return switch (random.nextInt(8)) {
            case 0 -> words("RENAME", key(), key());
            case 1 -> words("COPY", key(), key(), "REPLACE");
            case 2 -> words("DEL", key());
            case 3 -> words("OBJECT", "ENCODING", key());
            case 4 -> words("SET", key(), "string");
            case 5 -> words("PEXPIRE", key(), "100000000");
            case 6 -> words("PERSIST", key());
            default -> words("TYPE", key());
        };
    }

    // ---- arguments ----

    private String field() {
        return pick(FIELDS);
    }

    private String value() {
        return switch (random.nextInt(6)) {
            case 0 -> pick(INTEGERS);
            case 1 -> pick(FLOATS);
            case 2 -> Integer.toString(random.nextInt(1000));
            case 3 -> "v".repeat(chance(20) ? random.nextInt(5_000) : random.nextInt(70));
            default -> pick("hello", "", "binary\0\u00ff\r\n", "x");
        };
    }

    private boolean chance(int odds) {
        return random.nextInt(odds) == 0;
    }

    private static List<String> words(String... words) {
        return new ArrayList<>(List.of(words));
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
