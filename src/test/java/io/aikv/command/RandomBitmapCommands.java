package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random command lines on bits of strings that Redis 7.0 knows: every command with every option, mostly sensible, often at
 * an edge, sometimes nonsense. Some values are long enough to be kept in chunks. The same seed gives the same lines.
 */
final class RandomBitmapCommands {
    private static final String[] KEYS = {"b1", "b2", "b3", "{t}1", "{t}2", "", "b\0\u00ff"};
    private static final int[] SIZES = {16, 100, 1000, 70_000, 600_000, 1_300_000};
    private static final String[] BAD_OFFSETS = {
        "-1", "4294967296", "9223372036854775807", "9223372036854775808", "abc", "", "#1", "01", " 1", "1.0", "+1"
    };
    private static final String[] INTEGERS = {
        "0",
        "1",
        "-1",
        "2",
        "255",
        "-128",
        "127",
        "128",
        "-129",
        "65536",
        "4294967295",
        "9223372036854775807",
        "-9223372036854775808",
        "4611686018427387904",
        "-4611686018427387905",
        "9223372036854775808",
        "x",
        ""
    };
    private static final String[] BAD_TYPES = {
        "u64",
        "i65",
        "u0",
        "i0",
        "u",
        "i",
        "",
        "x8",
        "U8",
        "u08",
        "u-1",
        "i8 ",
        "8",
        "u8\0tail",
        "u99999999999999999999"
    };
    private static final String[] COUNTED = {"#0", "#1", "#7", "#100", "#-1", "#", "##1", "#9223372036854775807", "#x"};

    private final SplittableRandom random;

    RandomBitmapCommands(long seed) {
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
            line.add(pick("x", "BIT", "1", "GET"));
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> line() {
        return switch (random.nextInt(12)) {
            case 0, 1 ->
                words(pick("SETBIT", "setbit"), key(), offset(), chance(20) ? pick(INTEGERS) : pick("0", "1", "1"));
            case 2 -> words("GETBIT", key(), offset());
            case 3, 4 -> count();
            case 5, 6 -> position();
            case 7, 8 -> operation();
            case 9, 10 -> fields();
            default -> onKeys();
        };
    }

    private List<String> count() {
        List<String> line = words("BITCOUNT", key());
        if (!chance(4)) {
            line.addAll(List.of(index(), index()));
            if (chance(2)) {
                line.add(unit());
            }
        }
        return line;
    }

    private List<String> position() {
        List<String> line = words("BITPOS", key(), chance(20) ? pick(INTEGERS) : pick("0", "1"));
        if (!chance(4)) {
            line.add(index());
            if (!chance(3)) {
                line.add(index());
                if (chance(2)) {
                    line.add(unit());
                }
            }
        }
        return line;
    }

    private List<String> operation() {
        List<String> line = words("BITOP", pick("AND", "or", "Xor", "NOT", chance(10) ? "NAND" : "OR"), key(), key());
        if (!line.get(1).equals("NOT") || chance(10)) {
            for (int i = random.nextInt(chance(20) ? 20 : 3); i > 0; i--) {
                line.add(key());
            }
        }
        return line;
    }

    private List<String> fields() {
        boolean readOnly = chance(4);
        List<String> line = words(readOnly ? "BITFIELD_RO" : "BITFIELD", key());
        int size = pickSize();
        for (int i = random.nextInt(5); i > 0; i--) {
            if (chance(3)) {
                line.addAll(List.of("OVERFLOW", chance(15) ? "bad" : pick("WRAP", "SAT", "FAIL", "fail")));
            }
            String kind = readOnly && !chance(10) ? "GET" : pick("GET", "SET", "INCRBY", "incrby", "get");
            line.addAll(List.of(kind, type(), fieldOffset(size)));
            if (!kind.equalsIgnoreCase("GET")) {
                line.add(chance(2) ? Integer.toString(random.nextInt(600) - 300) : number());
            }
        }
        return line;
    }

    private List<String> onKeys() {
        return switch (random.nextInt(12)) {
            case 0 -> words("RENAME", key(), key());
            case 1 -> words("COPY", key(), key(), "REPLACE");
            case 2 -> words("DEL", key());
            case 3 -> words("OBJECT", "ENCODING", key());
            case 4 -> words("SET", key(), pick("", "7", "-12345", "string", "\u00ff\u00ff\u00ff", "x".repeat(45)));
            case 5 -> words("SET", key(), "\u00ff".repeat(1 + random.nextInt(150_000)));
            case 6 -> words("PEXPIRE", key(), "100000000");
            case 7 -> words("APPEND", key(), pick("", "a", "\u00ff".repeat(random.nextInt(20_000))));
            case 8 -> words("SETRANGE", key(), Integer.toString(pickSize() / 8), pick("", "\u00ff\u00ff", "abc"));
            case 9 -> words("GETRANGE", key(), index(), index());
            case 10 -> words("STRLEN", key());
            default -> words("TYPE", key());
        };
    }

    // ---- arguments ----

    /** Small values are the most likely, so that commands meet. */
    private int pickSize() {
        return 1 + random.nextInt(SIZES[Math.min(random.nextInt(SIZES.length), random.nextInt(SIZES.length))]);
    }

    private String offset() {
        return chance(25) ? pick(BAD_OFFSETS) : Integer.toString(pickSize() - 1);
    }

    private String fieldOffset(int size) {
        if (chance(8)) {
            return pick(COUNTED);
        }
        return chance(40) ? pick(BAD_OFFSETS) : Integer.toString(random.nextInt(size));
    }

    private String type() {
        return chance(30)
                ? pick(BAD_TYPES)
                : pick("u", "i") + (chance(3) ? pick("1", "8", "63", "2") : 1 + random.nextInt(63));
    }

    private String index() {
        if (chance(12)) {
            return pick(INTEGERS);
        }
        int size = pickSize();
        return Integer.toString(chance(2) ? random.nextInt(size) : -random.nextInt(size) - 1);
    }

    private String number() {
        return chance(2) ? pick(INTEGERS) : Long.toString(random.nextLong() >> random.nextInt(63));
    }

    private String unit() {
        return chance(15) ? "BITS" : pick("BIT", "BYTE", "bit", "byte");
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
