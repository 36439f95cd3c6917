package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random command lines on lists that Redis 7.0 knows and that do not wait: every command with every option, mostly
 * sensible, often at an edge, sometimes nonsense. Some lists are long, so that changes in their middle make them sparse. The
 * same seed gives the same lines.
 */
final class RandomListCommands {
    private static final String[] KEYS = {"a", "b", "c", "long", "{t}2", "k\0y", "", "x"};
    private static final String[] NUMBERS = {
        "0",
        "1",
        "-1",
        "2",
        "-2",
        "5",
        "-5",
        "20",
        "1000",
        "-1000",
        "9223372036854775807",
        "-9223372036854775808",
        "-9223372036854775807",
        "9223372036854775808",
        "01",
        "+1",
        "",
        "abc",
        "1.0"
    };

    private final SplittableRandom random;
    private int names;

    RandomListCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    byte[][] next() {
        List<String> line = line();
        if (chance(60) && line.size() > 1) {
            line.remove(line.size() - 1);
        } else if (chance(60)) {
            line.add(pick("x", "1", "LEFT", "COUNT"));
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> line() {
        return switch (random.nextInt(24)) {
            case 0, 1, 2 ->
                with(words(pick("LPUSH", "RPUSH", "LPUSHX", "RPUSHX"), key()), elements(1 + random.nextInt(8)));
            case 3 -> fill();
            case 4 -> chance(2) ? words(pick("LPOP", "RPOP"), key()) : words(pick("LPOP", "RPOP"), key(), number());
            case 5 -> popSeveral();
            case 6 -> words("LLEN", key());
            case 7, 8 -> words("LINDEX", key(), index());
            case 9, 10 -> words("LRANGE", key(), index(), index());
            case 11 -> words("LSET", key(), index(), element());
            case 12, 13, 14 ->
                words("LINSERT", key(), pick("BEFORE", "after", chance(9) ? "at" : "AFTER"), known(), element());
            case 15, 16 -> words("LREM", key(), number(), known());
            case 17 -> trim();
            case 18, 19 -> positions();
            case 20 -> words("LMOVE", key(), key(), end(), end());
            case 21 -> words("RPOPLPUSH", key(), key());
            default -> other();
        };
    }

    private List<String> fill() {
        if (chance(4)) {
            return words("LTRIM", "long", "-1500", "-1");
        }
        if (chance(4)) {
            return with(words("RPUSH", "long"), elements(300 + random.nextInt(600)));
        }
        return with(words(pick("LPUSH", "RPUSH"), key()), elements(30));
    }

    private List<String> popSeveral() {
        List<String> keys = new ArrayList<>();
        do {
            keys.add(key());
        } while (keys.size() < 4 && chance(2));
        String count = chance(6) ? pick(NUMBERS) : Integer.toString(keys.size());
        List<String> line = with(words("LMPOP", count), keys);
        line.add(end());
        while (chance(3)) {
            line.addAll(words(pick("COUNT", "count", chance(5) ? "bad" : "COUNT"), number()));
        }
        return line;
    }

    private List<String> trim() {
        if (chance(3)) {
            return words("LTRIM", key(), index(), index());
        }
        return words("LTRIM", key(), pick("0", "1", "3", "-100"), pick("-1", "-2", "-4", "100"));
    }

    private List<String> positions() {
        List<String> line = words("LPOS", key(), known());
        while (chance(2)) {
            line.addAll(
                    switch (random.nextInt(4)) {
                        case 0 -> words("RANK", rank());
                        case 1 -> words("count", number());
                        case 2 -> words("MAXLEN", number());
                        default -> words(pick("RANK", "COUNT", "bad", "MAXLEN"));
                    });
        }
        return line;
    }

    /** Redis 7.0 takes the smallest long for its own opposite; 7.2 refuses it, and so do we. */
    private String rank() {
        String rank = number();
        return rank.equals("-9223372036854775808") ? "0" : rank;
    }

    private List<String> other() {
        return switch (random.nextInt(9)) {
            case 0 -> words("DEL", pick("a", "b", "c", chance(9) ? "long" : "x"));
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
        return chance(3) ? "long" : pick(KEYS);
    }

    private String end() {
        return pick("LEFT", "right", "RIGHT", "left", chance(6) ? "up" : "LEFT");
    }

    private String number() {
        return chance(4) ? pick(NUMBERS) : Integer.toString(random.nextInt(8) - 3);
    }

    private String index() {
        if (chance(12)) {
            return pick(NUMBERS);
        }
        return Integer.toString(chance(2) ? random.nextInt(1000) - 500 : random.nextInt(20) - 10);
    }

    private List<String> elements(int count) {
        List<String> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            elements.add(element());
        }
        return elements;
    }

    private String element() {
        return switch (random.nextInt(8)) {
            case 0 -> pick("", "a", "binary\0\u00ff\r\n", "x".repeat(200), "-1", "12345");
            case 1 -> "m" + random.nextInt(12);
            default -> "n" + names++ % 3000;
        };
    }

    /** An element that may well be there. */
    private String known() {
        return switch (random.nextInt(4)) {
            case 0 -> pick("", "a", "12345", "nothing");
            case 1 -> "m" + random.nextInt(12);
            default -> "n" + Math.max(0, names - random.nextInt(1500)) % 3000;
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
