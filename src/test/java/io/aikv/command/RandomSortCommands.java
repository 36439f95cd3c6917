package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random command lines of SORT and SORT_RO with every option, on lists, sets and sorted sets, and lines that change what they
 * sort by. Orders that Redis leaves open are kept out of the way: by texts that are equal or absent, and sets that are not
 * sorted. The same seed gives the same lines.
 */
final class RandomSortCommands {
    private static final String[] LISTS = {"l1", "l2", "{t}l"};
    private static final String[] KEYS = {"l1", "l2", "{t}l", "s1", "s2", "z1", "z2", "absent", "text", "h_1"};
    private static final String[] ELEMENTS = {
        "1", "2", "3", "10", "-5", "0", "-0", "2.5", "1e2", "0x10", "inf", "-inf", "", "10.0", "007", "9007199254740993"
    };
    /** Without a zero byte, where the strcoll of Redis ends and leaves the order to its sort. */
    private static final String[] WORDS = {"a", "b", "B", "abc", "ab", "1x", "\u00ff", "nan", " 1", "1 ", "x\1y", "-"};

    private static final String[] NUMBERS = {"0", "1", "2", "5", "-1", "100", "-100", "3"};
    private static final String[] STRANGE = {"", "abc", "1.5", "9223372036854775808"};
    private static final String[] GETS = {
        "#", "w_*", "h_*->f", "h_*->", "o_*_*", "plain", "*", "w_*->f", "h_*", "#x", ""
    };

    private final SplittableRandom random;

    RandomSortCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    byte[][] next() {
        List<String> line = random.nextInt(5) < 2 ? setting() : sorting();
        if (chance(80) && line.size() > 1) {
            line.remove(line.size() - 1);
        } else if (chance(80)) {
            line.add(pick("x", "LIMIT", "BY", "GET", "STORE", "DESC"));
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> setting() {
        String element = chance(6) ? pick(WORDS) : pick(ELEMENTS);
        return switch (random.nextInt(9)) {
            case 0 -> line("RPUSH", pick(LISTS), element, pick(ELEMENTS));
            case 1 -> line("SADD", pick("s1", "s2"), element, pick(ELEMENTS));
            case 2 -> line("ZADD", pick("z1", "z2"), pick(NUMBERS), element);
            case 3, 4 -> line("SET", "w_" + element, Integer.toString(random.nextInt(5)));
            case 5 -> line("HSET", "h_" + element, "f", Integer.toString(random.nextInt(5)));
            case 6 -> line("SET", "o_" + element + "_*", element);
            case 7 -> line("DEL", chance(3) ? pick(KEYS) : "w_" + element);
            default -> chance(4) ? line("SET", "text", "1") : line("LPOP", pick(LISTS));
        };
    }

    private List<String> sorting() {
        boolean stores = random.nextInt(4) == 0;
        List<String> line = line(stores || random.nextInt(3) > 0 ? "SORT" : "SORT_RO", pick(KEYS));
        boolean set = line.get(1).startsWith("s");
        boolean by = random.nextBoolean();
        if (by) {
            line.add(pick("BY", "by"));
            line.add(set ? pick("w_*", "h_*->f", "#*") : pick("w_*", "h_*->f", "nosort", "#", "", "#*"));
        }
        if (!by && random.nextBoolean()) {
            line.add(pick("ALPHA", "alpha"));
        }
        if (random.nextInt(3) == 0) {
            line.add(pick("DESC", "ASC"));
        }
        if (random.nextInt(3) == 0) {
            line.add("LIMIT");
            line.add(chance(40) ? pick(STRANGE) : pick(NUMBERS));
            line.add(chance(40) ? pick(STRANGE) : pick(NUMBERS));
        }
        int gets = random.nextInt(6) - 2;
        for (int i = 0; i < gets; i++) {
            line.add("GET");
            line.add(pick(GETS));
        }
        if (stores) {
            line.add("STORE");
            line.add(pick("l1", "out", "{t}l", "s1", "text"));
        }
        return line;
    }

    private boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static List<String> line(String... words) {
        return new ArrayList<>(List.of(words));
    }
}
