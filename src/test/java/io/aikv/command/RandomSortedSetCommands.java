package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random command lines on sorted sets that Redis 7.0 knows: every command with every option, mostly sensible, often at an
 * edge, sometimes nonsense. The same seed gives the same lines.
 */
final class RandomSortedSetCommands {
    private static final String[] SCORES = {
        "0",
        "-0",
        "-0.0",
        "1",
        "2",
        "3",
        "-1",
        "1.5",
        "0.1",
        "-0.1",
        "1e300",
        "-1e300",
        "inf",
        "-inf",
        "+inf",
        "Infinity",
        "1e-7",
        "12345678901234567890",
        "3.0e2",
        "0x10",
        "17",
        "100",
        "9007199254740993",
        "5e-324"
    };
    private static final String[] BAD_SCORES = {"nan", "abc", "", " 1", "1 ", "1e400", "1e-400", "1x", "-", "--1"};
    private static final String[] SCORE_ENDS = {
        "-inf", "+inf", "inf", "(0", "(-0", "(1", "(inf", "(-inf", "", "(", " 1", "1 ", "1e400", "-1e400", "1e-400",
        "nan", "((1", "0x1p2", "abc", "(abc", "1\0", "5.5", "(2.5"
    };
    private static final String[] LEX_ENDS = {
        "-",
        "+",
        "[",
        "(",
        "[a",
        "(a",
        "[m",
        "(m",
        "[member3",
        "(member3",
        "[z",
        "(z",
        "",
        "a",
        "--",
        "+1",
        "[\u00ff",
        "(b\0",
        "[ab",
        "(member1",
        "[member7"
    };
    private static final String[] INTEGERS = {
        "0",
        "1",
        "-1",
        "2",
        "3",
        "-2",
        "5",
        "10",
        "-10",
        "100",
        "200",
        "9223372036854775807",
        "-9223372036854775808",
        "x",
        "1.0",
        "",
        "9223372036854775808"
    };
    private static final String[] MEMBERS = {"a", "b", "c", "ab", "", "\u00ff", "b\0", "7", "-12", "007", "m", "z"};

    private final SplittableRandom random;

    RandomSortedSetCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    /** Mixed scores in the first, equal scores (for lexicographic ranges) in the second, large ones in the third. */
    private String key() {
        return pick("{z}1", "{z}2", "{z}3", "{z}large", "{z}large", "{z}set", "{z}absent");
    }

    /** A key whose members all have the score 0. */
    private String lexKey() {
        return pick("{z}lex", "{z}lex", "{z}lexlarge", "{z}nothing");
    }

    byte[][] next() {
        List<String> line = line();
        if (chance(60) && line.size() > 1) {
            line.remove(line.size() - 1);
        } else if (chance(60)) {
            line.add(pick("x", "WITHSCORES", "1", "NX", "LIMIT"));
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> line() {
        return switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> add();
            case 4 -> words("ZADD", lexKey(), "0", member(), "0", member(), "0", member());
            case 5, 6 -> remove();
            case 7, 8 -> ask();
            case 9, 10, 11 -> range();
            case 12 -> count();
            case 13, 14 -> algebra();
            default -> other();
        };
    }

    // ---- families ----

    private List<String> add() {
        if (chance(12)) {
            return many();
        }
        if (chance(4)) {
            return words("ZINCRBY", key(), score(), member());
        }
        List<String> line = words("ZADD", key());
        while (chance(3)) {
            line.add(pick("NX", "XX", "GT", "LT", "CH", "INCR", "nx", "ch", "gt"));
        }
        int pairs = chance(3) ? 1 + random.nextInt(4) : 1;
        for (int i = 0; i < pairs; i++) {
            line.add(score());
            line.add(member());
        }
        return line;
    }

    /** Enough to pass the sizes at which encodings and the index of ranks begin. */
    private List<String> many() {
        boolean lex = chance(4);
        List<String> line = words("ZADD", lex ? "{z}lexlarge" : "{z}large");
        int pairs = 20 + random.nextInt(150);
        for (int i = 0; i < pairs; i++) {
            line.add(lex ? "0" : Integer.toString(random.nextInt(200) - 50));
            line.add("member" + random.nextInt(700));
        }
        return line;
    }

    private List<String> remove() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> words("ZREM", key(), member(), member());
            case 3 -> words("ZREM", lexKey(), member());
            case 4 -> words("ZREMRANGEBYRANK", key(), index(), index());
            case 5 -> words("ZREMRANGEBYSCORE", key(), narrow(), narrow());
            case 6 -> words("ZREMRANGEBYLEX", lexKey(), lexEnd(), lexEnd());
            case 7 -> optional(words(pick("ZPOPMIN", "ZPOPMAX"), key()), pick("1", "2", "3", "0", integer()));
            case 8 -> optional(words(pick("ZPOPMIN", "ZPOPMAX"), key()), "40");
            default -> {
                List<String> line = keys("ZMPOP");
                line.add(pick("MIN", "MAX", "max", chance(5) ? "MID" : "MIN"));
                if (chance(2)) {
                    line.add("COUNT");
                    line.add(pick("1", "2", "3", integer()));
                }
                yield line;
            }
        };
    }

    private List<String> ask() {
        return switch (random.nextInt(8)) {
            case 0 -> words("ZCARD", key());
            case 1, 2 -> words("ZSCORE", key(), member());
            case 3 -> words("ZMSCORE", key(), member(), member(), member());
            case 4, 5 -> words(pick("ZRANK", "ZREVRANK"), key(), member());
            case 6 -> words(pick("ZRANK", "ZREVRANK"), "{z}large", "member" + random.nextInt(700));
            default -> words("OBJECT", "ENCODING", key());
        };
    }

    private List<String> range() {
        boolean store = chance(5);
        List<String> line = switch (store ? 6 + random.nextInt(3) : random.nextInt(9)) {
            case 0 -> optional(words("ZREVRANGE", key(), index(), index()), "WITHSCORES");
            case 1 -> limited(optional(words("ZRANGEBYSCORE", key(), scoreEnd(), scoreEnd()), "withscores"));
            case 2 -> limited(optional(words("ZREVRANGEBYSCORE", key(), scoreEnd(), scoreEnd()), "WITHSCORES"));
            case 3 -> limited(words("ZRANGEBYLEX", lexKey(), lexEnd(), lexEnd()));
            case 4 -> limited(words("ZREVRANGEBYLEX", lexKey(), lexEnd(), lexEnd()));
            case 5 -> words(pick("ZRANGE", "ZREVRANGE", "ZRANGEBYLEX"), key(), index(), index(), "WITHSCORES");
            case 6 -> options(words("ZRANGE", key(), index(), index()), store, "");
            case 7 -> options(words("ZRANGE", key(), scoreEnd(), scoreEnd()), store, "BYSCORE");
            default -> options(words("ZRANGE", lexKey(), lexEnd(), lexEnd()), store, "BYLEX");
        };
        if (store) {
            line.set(0, "ZRANGESTORE");
            line.add(1, pick("{z}1", "{z}2", "{z}stored"));
        }
        return line;
    }

    private List<String> options(List<String> line, boolean store, String by) {
        if (!by.isEmpty()) {
            line.add(by);
        }
        if (chance(2)) {
            line.add(pick("REV", "rev"));
        }
        if (!by.equals("BYLEX") && !store && chance(2)) {
            line.add("WITHSCORES");
        }
        if (chance(20)) {
            line.add(pick("BYLEX", "BYSCORE", "REV", "WITHSCORES"));
        }
        return by.isEmpty() && !chance(20) ? line : limited(line);
    }

    private List<String> limited(List<String> line) {
        if (chance(2)) {
            line.add("LIMIT");
            line.add(chance(3) ? integer() : Integer.toString(random.nextInt(120)));
            line.add(chance(3) ? integer() : Integer.toString(random.nextInt(20)));
        }
        return line;
    }

    private List<String> count() {
        return chance(3)
                ? words("ZLEXCOUNT", lexKey(), lexEnd(), lexEnd())
                : words("ZCOUNT", key(), scoreEnd(), scoreEnd());
    }

    private List<String> algebra() {
        boolean store = chance(2);
        String name = pick("ZUNION", "ZINTER", "ZDIFF", store ? "ZUNION" : "ZINTERCARD");
        List<String> line = keys(store ? name + "STORE" : name);
        if (store) {
            line.add(1, pick("{z}1", "{z}2", "{z}3", "{z}stored"));
        }
        int operands = line.size() - (store ? 3 : 2);
        if (name.equals("ZINTERCARD")) {
            return chance(2) ? line : new ArrayList<>(concat(line, words("LIMIT", integer())));
        }
        if (!name.equals("ZDIFF") && chance(2)) {
            line.add(pick("WEIGHTS", "weights"));
            for (int i = 0; i < operands; i++) {
                line.add(pick("1", "2", "-1", "0", "0.5", "inf", chance(8) ? "x" : "3"));
            }
        }
        if (!name.equals("ZDIFF") && chance(2)) {
            line.add("AGGREGATE");
            line.add(pick("SUM", "MIN", "MAX", "max", chance(8) ? "AVG" : "sum"));
        }
        if (store ? chance(30) : chance(2)) {
            line.add("WITHSCORES");
        }
        return line;
    }

    /** A command, a count of keys and the keys; now and then with the wrong count. */
    private List<String> keys(String command) {
        int count = 1 + random.nextInt(3);
        List<String> line = words(command, chance(25) ? integer() : Integer.toString(count));
        for (int i = 0; i < count; i++) {
            line.add(key());
        }
        return line;
    }

    private List<String> other() {
        return switch (random.nextInt(12)) {
            case 0, 1 -> words("ZRANDMEMBER", key());
            case 2 -> words("ZRANDMEMBER", key(), pick("1", "3", "-5", "0", "1000", "x", "-9223372036854775808"));
            case 3 -> words("ZRANDMEMBER", key(), pick("2", "-4", "500", "9223372036854775807"), "WITHSCORES");
            case 4 ->
                words("ZSCAN", key(), "0", "COUNT", RedisComparison.SCAN_ALL, "MATCH", pick("*", "m*", "*1", "a"));
            case 5 -> words("ZSCAN", key(), pick("0", "x", "0"), pick("COUNT", "MATCH"), pick("0", "x", "10"));
            case 6 -> words("RENAME", key(), pick("{z}1", "{z}2", "{z}3"));
            case 7 -> words("COPY", key(), pick("{z}1", "{z}2", "{z}3"), "REPLACE");
            case 8 -> words("DEL", chance(3) ? pick("{z}large", "{z}lexlarge") : pick("{z}1", "{z}2", "{z}3"));
            case 9 -> words("EXPIRE", key(), "10000");
            case 10 -> words("SET", pick("{z}1", "{z}3"), "string");
            default -> words("TYPE", key());
        };
    }

    // ---- arguments ----

    private String score() {
        return switch (random.nextInt(12)) {
            case 0 -> pick(BAD_SCORES);
            case 1, 2, 3, 4 -> pick(SCORES);
            case 5 -> Double.toString(random.nextDouble() * 100 - 50);
            default -> Integer.toString(random.nextInt(10));
        };
    }

    private String member() {
        return switch (random.nextInt(10)) {
            case 0 -> chance(12) ? "long".repeat(16) + random.nextInt(3) : pick(MEMBERS);
            case 1, 2 -> pick(MEMBERS);
            case 3 -> "member" + random.nextInt(700);
            default -> "member" + random.nextInt(9);
        };
    }

    private String index() {
        return chance(4) ? pick(INTEGERS) : Integer.toString(random.nextInt(chance(3) ? 300 : 12) - 6);
    }

    private String scoreEnd() {
        return switch (random.nextInt(6)) {
            case 0 -> pick(SCORE_ENDS);
            case 1 -> pick("-inf", "0", "-5");
            case 2 -> pick("+inf", "1e9", "40");
            default -> (chance(4) ? "(" : "") + (random.nextInt(30) - 5);
        };
    }

    private String narrow() {
        return chance(5) ? scoreEnd() : (chance(4) ? "(" : "") + (random.nextInt(12) - 1);
    }

    private String lexEnd() {
        return chance(2) ? pick(LEX_ENDS) : pick("[", "(") + "member" + random.nextInt(700);
    }

    private String integer() {
        return pick(INTEGERS);
    }

    private boolean chance(int odds) {
        return random.nextInt(odds) == 0;
    }

    private List<String> optional(List<String> line, String word) {
        if (chance(2)) {
            line.add(word);
        }
        return line;
    }

    private static List<String> concat(List<String> a, List<String> b) {
        List<String> joined = new ArrayList<>(a);
        joined.addAll(b);
        return joined;
    }

    private static List<String> words(String... words) {
        return new ArrayList<>(List.of(words));
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
