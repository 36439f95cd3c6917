package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random command lines on sets that Redis 7.0 knows: every command with every option, mostly sensible, often at an edge,
 * sometimes nonsense. What a server may choose at random never changes contents here. The same seed gives the same lines.
 */
final class RandomSetCommands {
    private static final String[] KEYS = {"a", "b", "c", "d", "{t}1", "{t}2", "k\0y", "", "x"};
    private static final String[] COUNTS = {
        "0",
        "1",
        "-1",
        "2",
        "-2",
        "5",
        "-5",
        "20",
        "-20",
        "1000",
        "-100",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "01",
        "+1",
        "",
        "abc",
        "1.0"
    };
    private static final String[] PATTERNS = {"*", "a*", "?", "[0-9]*", "m?", "", "*1", "\\*"};

    private final SplittableRandom random;

    RandomSetCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    byte[][] next() {
        List<String> line = line();
        if (chance(60) && line.size() > 1) {
            line.remove(line.size() - 1);
        } else if (chance(60) && !line.get(0).equals("SPOP") && !line.contains("onlyone")) {
            line.add(pick("x", "1", "LIMIT", "COUNT"));
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        if (argv.length == 2 && line.get(0).equals("SPOP")) {
            // One chosen member would be another on the other side.
            argv = CommandFixture.words("SPOP onlyone");
        }
        return argv;
    }

    private List<String> line() {
        return switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> with(words("SADD", key()), members(1 + random.nextInt(chance(10) ? 200 : 8)));
            case 5, 6 -> with(words("SREM", key()), members(1 + random.nextInt(4)));
            case 7 -> words("SMOVE", key(), key(), member());
            case 8 -> chance(2) ? words("SISMEMBER", key(), member()) : words("SCARD", key());
            case 9 -> with(words("SMISMEMBER", key()), members(1 + random.nextInt(4)));
            case 10 -> words("SMEMBERS", key());
            case 11 -> pop();
            case 12 -> chance(3) ? words("SRANDMEMBER", key()) : words("SRANDMEMBER", key(), pick(COUNTS));
            case 13, 14 -> with(words(pick("SINTER", "SUNION", "SDIFF")), keys());
            case 15, 16 -> with(words(pick("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), key()), keys());
            case 17 -> intersectionCount();
            case 18 -> scan();
            default -> other();
        };
    }

    private List<String> pop() {
        return switch (random.nextInt(6)) {
            case 0, 1 -> words("SADD", "onlyone", "m");
            case 2 -> words("SPOP", "onlyone");
            case 3 -> words("SPOP", key(), pick("0", "-1", "abc", "", "-9223372036854775808", "9223372036854775808"));
            case 4 -> words("SPOP", key(), pick("100000", "0"), pick("x", ""));
            default -> words("SPOP", key(), pick("100000", "9223372036854775807"));
        };
    }

    private List<String> intersectionCount() {
        List<String> keys = keys();
        String count = chance(4) ? pick(COUNTS) : Integer.toString(keys.size());
        List<String> line = with(words("SINTERCARD", count), keys);
        while (chance(3)) {
            line.add(pick("LIMIT", "limit", chance(5) ? "bad" : "LIMIT"));
            line.add(pick(COUNTS));
        }
        return line;
    }

    private List<String> scan() {
        List<String> line =
                words("SSCAN", key(), chance(6) ? pick("abc", "-", " 1", "1x", "18446744073709551616") : "0");
        while (chance(2)) {
            line.addAll(
                    switch (random.nextInt(4)) {
                        case 0 -> words("COUNT", pick("0", "-1", "x", ""));
                        case 1, 2 -> words("match", pick(PATTERNS));
                        default -> words(pick("COUNT", "TYPE", "NOVALUES", "bad"));
                    });
        }
        line.addAll(words("COUNT", RedisComparison.SCAN_ALL));
        return line;
    }

    private List<String> other() {
        return switch (random.nextInt(9)) {
            case 0 -> words("DEL", key(), key());
            case 1 -> words("SET", "x", "a string");
            case 2 -> words("RENAME", key(), key());
            case 3 -> words("COPY", key(), key(), "REPLACE");
            case 4 -> words("TYPE", key());
            case 5 -> words("EXPIRE", key(), "100000");
            case 6 -> words("PERSIST", key());
            case 7 -> words("MOVE", key(), pick("0", "1", "2"));
            default -> words("EXISTS", key());
        };
    }

    // ---- arguments ----

    private String key() {
        return pick(KEYS);
    }

    private List<String> keys() {
        List<String> keys = new ArrayList<>();
        do {
            keys.add(key());
        } while (keys.size() < 6 && !chance(3));
        return keys;
    }

    private List<String> members(int count) {
        List<String> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(member());
        }
        return members;
    }

    private String member() {
        return switch (random.nextInt(6)) {
            case 0 -> pick("", "a", "b", "binary\0\u00ff", "x".repeat(65), "-1", "01", "9223372036854775808");
            case 1, 2 -> "m" + random.nextInt(12);
            case 3 -> "m" + random.nextInt(300);
            default -> Integer.toString(random.nextInt(30));
        };
    }

    private static List<String> with(List<String> line, List<String> more) {
        line.addAll(more);
        return line;
    }

    private static List<String> words(String... words) {
        return new ArrayList<>(List.of(words));
    }

    private boolean chance(int odds) {
        return random.nextInt(odds) == 0;
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
