package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random command lines on strings and keys that Redis 7.0 knows: every command with every option, mostly sensible, often
 * at an edge, sometimes nonsense. The same seed gives the same lines.
 */
final class RandomCommands {
    private static final String[] KEYS = {
        "a", "b", "c", "{t}1", "{t}2", "{t}3", "k\0y", "", "\u00ff\u0001", "{}", "{a}b{c}", "n1", "n2", "n3"
    };
    private static final String[] INTEGERS = {
        "0",
        "1",
        "-1",
        "2",
        "7",
        "10",
        "100",
        "-100",
        "9999",
        "10000",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775806",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "99999999999999999999999",
        "2147483647",
        "2147483648",
        "-2147483648",
        "-2147483649",
        "00",
        "01",
        "-0",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "1e3",
        "0x10",
        "",
        "abc",
        "12a",
        "536870911",
        "536870912",
        "536870913",
        "9223372036854775",
        "9223372036854776",
        "-9223372036854775",
        "1\0"
    };
    private static final String[] FLOATS = {
        "0",
        "1",
        "-1",
        "0.1",
        "-0.1",
        "3.14159",
        "1e3",
        "1e-3",
        "1E5",
        "5e+2",
        "inf",
        "-inf",
        "+inf",
        "Infinity",
        "nan",
        "-nan",
        "1e400",
        "1e4932",
        "1e5000",
        "-1e4931",
        "1e-5000",
        "0x1p3",
        "0xA",
        " 1",
        "1 ",
        "1.",
        ".5",
        ".",
        "",
        "-",
        "e5",
        "1e",
        "17179869184.5",
        "0.00000000000000001",
        "0.000000000000000001",
        "123456789012345678901234567890",
        "9007199254740993",
        "1.7976931348623157e308",
        "2.5",
        "10.0",
        "-0",
        "-0.0",
        "1\0",
        "1,5",
        "+5",
        "3.0e0"
    };
    private static final String[] VALUES = {
        "",
        "a",
        "hello",
        "foobar",
        "0123456789",
        "binary\0\u00ff\r\n",
        "mynewtext",
        "ohmytext",
        "-1",
        "12345678901234567890",
        "x".repeat(44),
        "y".repeat(45),
        "z".repeat(300),
        "ab".repeat(40),
        "QQQQWWWEEE",
        "  ",
        "3.0",
        "10000000000000000000"
    };
    private static final String[] PATTERNS = {
        "*", "a", "?", "{t}*", "*1", "n[12]", "n[^1]", "[a-c]", "\\*", "*\\{*", "", "**", "n*", "[", "[a", "n[1-", "*y",
        "k?y", "{*}*", "[\\a-c]", "n\\1", "?*", "*?*?"
    };

    private final SplittableRandom random;
    private long nowMillis;
    private long lifetime = 1000;

    RandomCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    /** What time the lines may refer to. */
    void now(long millis) {
        nowMillis = millis;
    }

    /** True once in {@code odds} times. */
    boolean chance(int odds) {
        return random.nextInt(odds) == 0;
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    String key() {
        return pick(KEYS);
    }

    byte[][] next() {
        List<String> line = line();
        if (chance(80) && line.size() > 1) {
            line.remove(line.size() - 1);
        } else if (chance(80)) {
            line.add(pick("x", "GET", "1", "NX"));
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> line() {
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> setting();
            case 3, 4 -> changing();
            case 5, 6 -> reading();
            case 7, 8 -> expiring();
            case 9 -> naming();
            default -> asking();
        };
    }

    // ---- families ----

    private List<String> setting() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> set();
            case 4 -> words("SETNX", key(), value());
            case 5 -> words("SETEX", key(), seconds(), value());
            case 6 -> words("PSETEX", key(), millis(), value());
            case 7 -> pairs(pick("MSET", "MSETNX"));
            case 8 -> words(pick("GETSET", "SETNX"), key(), value());
            default -> words("SET", key(), pick(INTEGERS));
        };
    }

    private List<String> set() {
        List<String> line = words("SET", key(), value());
        while (chance(2)) {
            switch (random.nextInt(9)) {
                case 0 -> line.add(pick("NX", "nx"));
                case 1 -> line.add(pick("XX", "xX"));
                case 2 -> line.add("GET");
                case 3 -> line.add("KEEPTTL");
                case 4 -> line.addAll(List.of("EX", seconds()));
                case 5 -> line.addAll(List.of("PX", millis()));
                case 6 -> line.addAll(List.of("EXAT", futureInstant(1000)));
                case 7 -> line.addAll(List.of("PXAT", futureInstant(1)));
                default -> line.add(chance(5) ? pick("PERSIST", "EX", "what", "") : "GET");
            }
        }
        return line;
    }

    private List<String> changing() {
        return switch (random.nextInt(9)) {
            case 0 -> words(pick("INCR", "DECR"), key());
            case 1 -> words(pick("INCRBY", "DECRBY"), key(), pick(INTEGERS));
            case 2, 3 -> words("INCRBYFLOAT", key(), pick(FLOATS));
            case 4, 5 -> words("APPEND", key(), value());
            case 6 -> words("SETRANGE", key(), pick("0", "1", "5", "100", "-1", "40", pick(INTEGERS)), pick("", "abc"));
            case 7 -> words("SET", key(), pick(FLOATS));
            default -> words("SETRANGE", key(), Integer.toString(random.nextInt(20)), value());
        };
    }

    private List<String> reading() {
        return switch (random.nextInt(9)) {
            case 0 -> words("GET", key());
            case 1 -> words("MGET", key(), key(), key());
            case 2 -> words("STRLEN", key());
            case 3 -> words(pick("GETRANGE", "SUBSTR"), key(), index(), index());
            case 4 -> words("GETDEL", key());
            case 5, 6 -> getex();
            default -> lcs();
        };
    }

    private List<String> getex() {
        List<String> line = words("GETEX", key());
        if (chance(4)) {
            return line;
        }
        do {
            switch (random.nextInt(6)) {
                case 0 -> line.add("PERSIST");
                case 1 -> line.addAll(List.of("EX", seconds()));
                case 2 -> line.addAll(List.of("PX", millis()));
                case 3 -> line.addAll(List.of("EXAT", instant(1000)));
                case 4 -> line.addAll(List.of("pxat", instant(1)));
                default -> line.add(pick("PERSIST", "KEEPTTL", "EX", "NX"));
            }
        } while (chance(6));
        return line;
    }

    private List<String> lcs() {
        List<String> line = words("LCS", key(), key());
        while (chance(2)) {
            switch (random.nextInt(7)) {
                case 0, 1 -> line.add("IDX");
                case 2 -> line.add("LEN");
                case 3, 4 -> line.add("WITHMATCHLEN");
                case 5 -> line.addAll(List.of("MINMATCHLEN", pick("0", "1", "2", "4", "-1", pick(INTEGERS))));
                default -> line.add(pick("IDX", "MINMATCHLEN", "bad"));
            }
        }
        return line;
    }

    private List<String> expiring() {
        if (chance(3)) {
            return words(pick("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "PERSIST"), key());
        }
        List<String> line = switch (random.nextInt(4)) {
            case 0 -> words("EXPIRE", key(), seconds());
            case 1 -> words("PEXPIRE", key(), millis());
            case 2 -> words("EXPIREAT", key(), instant(1000));
            default -> words("PEXPIREAT", key(), instant(1));
        };
        while (chance(3)) {
            line.add(pick("NX", "XX", "GT", "LT", "gt", "lt", chance(10) ? "bad" : "NX"));
        }
        return line;
    }

    private List<String> naming() {
        return switch (random.nextInt(7)) {
            case 0, 1 -> words("RENAME", key(), key());
            case 2 -> words("RENAMENX", key(), key());
            case 3 -> words("MOVE", key(), database());
            case 4 -> chance(10) ? words("SWAPDB", database(), database()) : words("EXISTS", key());
            default -> copy();
        };
    }

    private List<String> copy() {
        List<String> line = words("COPY", key(), key());
        while (chance(2)) {
            switch (random.nextInt(4)) {
                case 0, 1 -> line.add(pick("REPLACE", "replace"));
                case 2 -> line.addAll(List.of("DB", database()));
                default -> line.add(pick("DB", "REPLACE", "bad"));
            }
        }
        return line;
    }

    private List<String> asking() {
        return switch (random.nextInt(12)) {
            case 0, 1 -> words(pick("EXISTS", "TOUCH"), key(), key(), key());
            case 2 -> words("TYPE", key());
            case 3 -> words(pick("DEL", "UNLINK"), key());
            case 4 -> words(pick("DEL", "UNLINK"), key(), key());
            case 5 -> words("KEYS", pick(PATTERNS));
            case 6 -> words("DBSIZE");
            case 7 -> words("OBJECT", pick("REFCOUNT", "FREQ"), "n" + random.nextInt(9));
            case 8 -> words("OBJECT", "ENCODING", "n" + random.nextInt(9));
            case 9 -> scan();
            case 10 -> chance(20) ? words(pick("FLUSHDB", "FLUSHALL"), pick("ASYNC", "SYNC", "bad")) : words("DBSIZE");
            default -> words("GET", key());
        };
    }

    /** Cursors differ between servers: only scans that end at once, and mistakes. */
    private List<String> scan() {
        return switch (random.nextInt(5)) {
            case 0 -> words("SCAN", pick("abc", "1x", " 1", "18446744073709551616", "-", "1 ", "--1"));
            case 1 -> words("SCAN", "0", pick("COUNT", "MATCH", "TYPE", "bad"));
            case 2 -> words("SCAN", "0", "COUNT", pick("0", "-1", "x", "9223372036854775808"));
            case 3 -> words("SCAN", "0", "COUNT", "1000000", "MATCH", pick(PATTERNS));
            default -> words("SCAN", "0", "TYPE", pick("string", "LIST", "hash", "nothing", ""), "COUNT", "1000000");
        };
    }

    // ---- arguments ----

    private List<String> pairs(String command) {
        List<String> line = words(command);
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            line.add(key());
            line.add(value());
        }
        return line;
    }

    private String value() {
        return switch (random.nextInt(6)) {
            case 0 -> pick(INTEGERS);
            case 1 -> pick(FLOATS);
            case 2 -> Long.toString(random.nextLong(20_000) - 5_000);
            case 3 -> "v".repeat(chance(30) ? random.nextInt(200_000) : random.nextInt(60));
            default -> pick(VALUES);
        };
    }

    /** A length of life that no other line uses: whether one is later than another must not depend on the instant. */
    private long life() {
        lifetime += 1_000;
        return random.nextInt(1000) * 100_000L + lifetime;
    }

    private String seconds() {
        return chance(4) ? notTiny(pick(INTEGERS), 1) : Long.toString(life());
    }

    private String millis() {
        return chance(4) ? notTiny(pick(INTEGERS), 1_000_000) : Long.toString(life() * 1000);
    }

    /** Short lives would end at different lines on the two sides. */
    private String notTiny(String number, int scale) {
        return number.matches("[1-9][0-9]{0,5}") ? Long.toString(Long.parseLong(number) * 1000 * scale) : number;
    }

    private String instant(int unit) {
        if (chance(5)) {
            return pick(INTEGERS);
        }
        return Long.toString(nowMillis / unit + (chance(8) ? -life() : life() * 1000 / unit));
    }

    /** SET makes a key that is due at once: then it is Redis' background that decides what DBSIZE says. */
    private String futureInstant(int unit) {
        String instant = instant(unit);
        boolean past = instant.matches("[1-9][0-9]{0,12}") && Long.parseLong(instant) <= nowMillis / unit;
        return past ? Long.toString(nowMillis / unit + life()) : instant;
    }

    private String index() {
        return chance(6) ? pick(INTEGERS) : Integer.toString(random.nextInt(30) - 15);
    }

    private String database() {
        return chance(4) ? pick(INTEGERS) : Integer.toString(random.nextInt(3));
    }

    private static List<String> words(String... words) {
        return new ArrayList<>(List.of(words));
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
