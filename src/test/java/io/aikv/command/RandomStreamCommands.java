package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Random command lines on streams that Redis 7.0 knows: every command with every option, mostly sensible, often at an edge,
 * sometimes nonsense. The same seed gives the same lines.
 *
 * <p>Where 7.0 is not what we are, the lines keep out of the way: a consumer is made by XGROUP CREATECONSUMER before it
 * reads (7.0 does not make it where there is nothing to read), idle times differ by hours, ids made by the clock are in
 * the future, last ids are only moved forward (7.2 has one check more), and a stream is deleted before it has more than a node of Redis. All of it needs one database.
 */
final class RandomStreamCommands {
    private static final String[] KEYS = {"s1", "s2", "{t}3"};
    private static final String[] GROUPS = {"g", "h", "group"};
    private static final String[] CONSUMERS = {"alice", "bob", "c"};
    private static final String[] IDLES = {"0", "0", "0", "20000000", "45000000", "60000000", "-1"};
    private static final String[] STRANGE_IDS = {
        "0",
        "0-0",
        "0-1",
        "-",
        "+",
        "$",
        ">",
        "abc",
        "",
        "1-1-1",
        "-1",
        "1-",
        "-1-1",
        "+5",
        " 5",
        "05-03",
        "5--3",
        "5- -3",
        "5--03",
        "18446744073709551615",
        "18446744073709551615-18446744073709551615",
        "18446744073709551616",
        "18446744073709551615-18446744073709551616",
        "5-*",
        "(5",
        "(",
        "(-",
        "(+",
        "1.5",
        "5-1\0x",
        "(18446744073709551615-18446744073709551615",
        "(0-0",
        "1".repeat(127) + "-1",
        "1-+2"
    };
    private static final String[] NUMBERS = {
        "0",
        "1",
        "2",
        "3",
        "5",
        "10",
        "100",
        "-1",
        "-5",
        "abc",
        "1.5",
        "",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808"
    };
    private static final int ADDS_MAX = 80;

    private final SplittableRandom random;
    private final Deque<List<String>> planned = new ArrayDeque<>();
    private final Map<String, Integer> adds = new HashMap<>();
    /** Streams that may have had an entry with one of the last ids. */
    private final Set<String> exhausted = new HashSet<>();

    private int clock = 1;

    RandomStreamCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    byte[][] next() {
        List<String> line = planned.isEmpty() ? line() : planned.remove();
        if (line.get(0).equals("XADD") && line.stream().anyMatch(word -> word.startsWith("18446744073709551615"))) {
            exhausted.add(line.get(1));
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> line() {
        List<String> line = switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> add();
            case 5, 6 -> range();
            case 7 -> remove();
            case 8 -> read();
            case 9, 10, 11, 12 -> readGroup();
            case 13 -> group();
            case 14 -> pending();
            case 15 -> claim();
            case 16 -> autoclaim();
            case 17 -> acknowledge();
            case 18 -> info();
            default -> wholeKeys();
        };
        boolean plain = !line.get(0).equals("XREAD") && !line.get(0).equals("XREADGROUP");
        if (plain && planned.isEmpty() && chance(60) && line.size() > 1) {
            line.remove(line.size() - 1);
        } else if (plain && planned.isEmpty() && chance(60)) {
            line.add(pick("x", "COUNT", "1", "5-1"));
        }
        return line;
    }

    // ---- entries ----

    private List<String> add() {
        String key = key();
        if (adds.merge(key, 1, Integer::sum) > ADDS_MAX) {
            return delete(key);
        }
        if (chance(40)) {
            planned.add(words("XADD", key, "*", "clock", "now"));
            return words("XADD", key, "99999999999999-*", "f", "v");
        }
        List<String> line = words("XADD", key);
        if (chance(8)) {
            line.add("NOMKSTREAM");
        }
        if (chance(4)) {
            trim(line);
        }
        line.add(chance(10) ? strange() : newId());
        for (int i = chance(30) ? 0 : 1 + random.nextInt(2); i > 0; i--) {
            line.addAll(List.of(pick("field", "f", ""), pick("value", "", "v\0\u00ff", "x".repeat(200))));
        }
        return line;
    }

    private void trim(List<String> line) {
        boolean byLength = chance(2);
        line.add(byLength ? pick("MAXLEN", "maxlen") : "MINID");
        boolean approximate = chance(3);
        if (approximate) {
            line.add("~");
        } else if (chance(3)) {
            line.add("=");
        }
        line.add(byLength ? chance(8) ? pick(NUMBERS) : Integer.toString(random.nextInt(12)) : id());
        if (approximate ? chance(2) : chance(15)) {
            line.addAll(List.of("LIMIT", pick(NUMBERS)));
        }
        if (chance(30)) {
            line.addAll(List.of(pick("MAXLEN", "MINID"), "3"));
        }
    }

    private List<String> range() {
        if (chance(5)) {
            return words("XLEN", key());
        }
        boolean reverse = chance(2);
        String from = chance(3) ? "-" : interval();
        String to = chance(3) ? "+" : interval();
        List<String> line = words(reverse ? "XREVRANGE" : "XRANGE", key(), reverse ? to : from, reverse ? from : to);
        count(line);
        return line;
    }

    private List<String> remove() {
        switch (random.nextInt(4)) {
            case 0 -> {
                List<String> line = words("XTRIM", key());
                trim(line);
                return line;
            }
            case 1 -> {
                String key = key();
                if (exhausted.remove(key)) {
                    // Where such an entry was removed, 7.2 takes no smaller id any more, and 7.0 does if the stream is
                    // empty.
                    return words("DEL", key);
                }
                List<String> line = words(
                        "XSETID",
                        key,
                        chance(6) ? pick("abc", "-", "5-*", "") : (90 + clock) + "-" + random.nextInt(3));
                if (chance(2)) {
                    line.addAll(List.of("ENTRIESADDED", pick(NUMBERS)));
                }
                if (chance(2)) {
                    line.addAll(List.of("MAXDELETEDID", id()));
                }
                return line;
            }
            default -> {
                List<String> line = words("XDEL", key());
                ids(line);
                return line;
            }
        }
    }

    private List<String> read() {
        List<String> line = words("XREAD");
        count(line);
        if (chance(4)) {
            line.addAll(List.of("BLOCK", pick("1", "1", "-1", "abc", "9223372036854775808")));
        }
        line.add(chance(40) ? "STREAM" : "STREAMS");
        int streams = 1 + random.nextInt(2);
        for (int i = 0; i < streams; i++) {
            line.add(key());
        }
        for (int i = 0; i < streams - (chance(40) ? 1 : 0); i++) {
            line.add(chance(3) ? "$" : chance(3) ? "0" : readId());
        }
        return line;
    }

    private String readId() {
        String id = id();
        return id.equals("+") ? "0" : id;
    }

    // ---- groups ----

    private List<String> group() {
        String key = key();
        String group = pick(GROUPS);
        return switch (random.nextInt(9)) {
            case 0, 1, 2, 3 -> {
                for (String consumer : CONSUMERS) {
                    planned.add(words("XGROUP", "CREATECONSUMER", key, group, consumer));
                }
                List<String> line = words("XGROUP", "CREATE", key, group, chance(2) ? "0" : chance(2) ? "$" : id());
                if (chance(2)) {
                    line.add("MKSTREAM");
                }
                if (chance(6)) {
                    line.addAll(List.of("ENTRIESREAD", pick(NUMBERS)));
                }
                yield line;
            }
            case 4 -> {
                List<String> line = words("XGROUP", "SETID", key, group, chance(3) ? "$" : id());
                if (chance(4)) {
                    line.addAll(List.of("ENTRIESREAD", pick(NUMBERS)));
                }
                yield line;
            }
            case 5 -> words("XGROUP", "DESTROY", key, group);
            case 6 -> words("XGROUP", "CREATECONSUMER", key, group, pick("dora", "alice"));
            case 7 -> {
                String consumer = pick(CONSUMERS);
                planned.add(words("XGROUP", "CREATECONSUMER", key, group, consumer));
                yield words("XGROUP", "DELCONSUMER", key, group, consumer);
            }
            default -> words("XGROUP", "DELCONSUMER", key, group, "dora");
        };
    }

    private List<String> readGroup() {
        List<String> line = words("XREADGROUP", "GROUP", pick(GROUPS), pick(CONSUMERS));
        if (chance(2)) {
            count(line);
        }
        if (chance(8)) {
            line.add("NOACK");
        }
        line.add("STREAMS");
        int streams = chance(5) ? 2 : 1;
        for (int i = 0; i < streams; i++) {
            line.add(key());
        }
        for (int i = 0; i < streams - (chance(60) ? 1 : 0); i++) {
            line.add(chance(4) ? "0" : chance(6) ? readId() : ">");
        }
        return line;
    }

    private List<String> acknowledge() {
        List<String> line = words("XACK", key(), pick(GROUPS));
        ids(line);
        return line;
    }

    private List<String> pending() {
        List<String> line = words("XPENDING", key(), pick(GROUPS));
        if (chance(3)) {
            return line;
        }
        if (chance(3)) {
            line.addAll(List.of("IDLE", pick(IDLES)));
        }
        line.addAll(List.of(chance(2) ? "-" : interval(), chance(2) ? "+" : interval(), pick(NUMBERS)));
        if (chance(3)) {
            line.add(pick("alice", "bob", "nobody"));
        }
        return line;
    }

    private List<String> claim() {
        List<String> line = words("XCLAIM", key(), pick(GROUPS), pick(CONSUMERS), idle());
        ids(line);
        while (chance(2)) {
            switch (random.nextInt(6)) {
                case 0 -> line.addAll(List.of("IDLE", idle()));
                case 1 -> line.addAll(List.of("TIME", pick("0", "-1", "-5", "abc", "9223372036854775807")));
                case 2 -> line.addAll(List.of("RETRYCOUNT", pick(NUMBERS)));
                case 3 -> line.add("FORCE");
                case 4 -> line.add("JUSTID");
                default -> line.addAll(List.of("LASTID", id()));
            }
        }
        return line;
    }

    private List<String> autoclaim() {
        List<String> line = words(
                "XAUTOCLAIM",
                key(),
                pick(GROUPS),
                pick(CONSUMERS),
                idle(),
                chance(2) ? "0" : chance(2) ? "-" : interval());
        if (chance(3)) {
            line.addAll(List.of("COUNT", pick("1", "2", "3", "10", "0", "-1", "abc", "9223372036854775807")));
        }
        if (chance(3)) {
            line.add("JUSTID");
        }
        return line;
    }

    private List<String> info() {
        return switch (random.nextInt(4)) {
            case 0 -> words("XINFO", "STREAM", key());
            case 1 -> words("XINFO", "GROUPS", key());
            case 2 -> words("XINFO", "CONSUMERS", key(), pick(GROUPS));
            default -> {
                List<String> line = words("XINFO", "STREAM", key(), "FULL");
                count(line);
                yield line;
            }
        };
    }

    // ---- keys ----

    private List<String> wholeKeys() {
        String key = key();
        switch (random.nextInt(12)) {
            case 0 -> {
                adds.put(key, ADDS_MAX);
                return words("RENAME", key(), key);
            }
            case 1 -> {
                adds.put(key, ADDS_MAX);
                return words("COPY", key(), key, "REPLACE");
            }
            case 2 -> {
                return delete(key);
            }
            case 3 -> {
                planned.add(words("DEL", "w"));
                planned.add(words(pick("XLEN", "XDEL", "XACK"), "w", "1", "1"));
                return words("SET", "w", "x");
            }
            case 4 -> {
                return words("TYPE", key);
            }
            default -> {
                return add();
            }
        }
    }

    private List<String> delete(String key) {
        adds.put(key, 0);
        return words("DEL", key);
    }

    // ---- values ----

    private String key() {
        return chance(40) ? "w" : pick(KEYS);
    }

    private String newId() {
        clock += random.nextInt(3);
        return chance(6) ? clock + "" : chance(6) ? clock + "-*" : clock + "-" + random.nextInt(3);
    }

    /** An id that is there by chance. */
    private String id() {
        if (chance(12)) {
            return strange();
        }
        int ms = Math.max(0, clock - random.nextInt(25) + 2);
        return chance(5) ? Integer.toString(ms) : ms + "-" + random.nextInt(3);
    }

    private String strange() {
        return pick(STRANGE_IDS);
    }

    private String interval() {
        return chance(4) ? "(" + id() : id();
    }

    private void ids(List<String> line) {
        for (int i = random.nextInt(4); i >= 0; i--) {
            line.add(id());
        }
    }

    private String idle() {
        return chance(12) ? pick("abc", "-5", "9223372036854775807") : pick(IDLES);
    }

    private void count(List<String> line) {
        if (chance(3)) {
            line.addAll(List.of("COUNT", pick(NUMBERS)));
        }
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
