package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random command lines on HyperLogLogs that Redis 7.0 knows: every command, mostly sensible, sometimes on values that are
 * none. The same seed gives the same lines.
 *
 * <p>Three families of keys, which meet as sources only: those whose names begin with {@link #CACHED} are asked alone by
 * PFCOUNT, after which Redis' value has another cached cardinality than ours; those that are {@link #DAMAGED} get one
 * element at a time, because Redis keeps what it has done before it finds the damage.
 */
final class RandomHyperLogLogCommands {
    /** How names of keys begin that may differ from Redis' in the cached cardinality. */
    static final String CACHED = "cached";

    /** The keys whose values are not sound. */
    static final List<String> DAMAGED = List.of("damaged1", "damaged2");

    private static final String[] EXACT = {"h1", "h2", "h3", "{t}1", ""};
    private static final String[] CACHING = {CACHED + 1, CACHED + 2};

    private final SplittableRandom random;

    RandomHyperLogLogCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    String key() {
        return pick(EXACT);
    }

    byte[][] next() {
        List<String> line = line();
        // Not a PFCOUNT of two keys, which must not become one of a single key.
        if (chance(80) && line.size() > 1 && (line.size() > 3 || !line.get(0).equals("PFCOUNT"))) {
            line.remove(line.size() - 1);
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> line() {
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> add(chance(4) ? pick(CACHING) : pick(EXACT));
            case 4 -> merge();
            case 5 -> count();
            case 6 -> words("PFCOUNT", pick(CACHING));
            case 7 -> debug();
            case 8, 9 -> damaged();
            default -> onKeys();
        };
    }

    private List<String> add(String key) {
        List<String> line = words(pick("PFADD", "pfadd"), key);
        int kind = random.nextInt(20);
        int count = kind == 0 ? 2_500 : kind < 4 ? random.nextInt(300) : random.nextInt(6);
        for (int i = 0; i < count; i++) {
            line.add(element());
        }
        return line;
    }

    private List<String> merge() {
        List<String> line = words("PFMERGE", chance(4) ? pick(CACHING) : pick(EXACT));
        for (int i = random.nextInt(4); i > 0; i--) {
            line.add(anyKey());
        }
        return line;
    }

    private List<String> count() {
        List<String> line = words("PFCOUNT", anyKey(), anyKey());
        for (int i = random.nextInt(3); i > 0; i--) {
            line.add(anyKey());
        }
        return line;
    }

    private List<String> debug() {
        String subcommand = pick(
                "GETREG",
                "DECODE",
                "DECODE",
                "DECODE",
                "ENCODING",
                "encoding",
                chance(10) ? "TODENSE" : "decode",
                "bad");
        return words("PFDEBUG", chance(5) ? "ENCODING" : subcommand, anyKey());
    }

    /** A sound value at first, then garbage within it or behind it. */
    private List<String> damaged() {
        String key = damagedKey();
        return switch (random.nextInt(7)) {
            case 0 -> words("DEL", key);
            case 1 -> words("SETRANGE", key, Integer.toString(16 + random.nextInt(12)), garbage(3));
            case 2 -> words("SETRANGE", key, pick("0", "3", "4", "4", "5"), garbage(1));
            case 3 -> words("APPEND", key, garbage(3));
            default -> words("PFADD", key, element());
        };
    }

    private List<String> onKeys() {
        String[] family = chance(4) ? CACHING : EXACT;
        return switch (random.nextInt(9)) {
            case 0 -> words("RENAME", pick(family), pick(family));
            case 1 -> words("COPY", pick(family), pick(family), "REPLACE");
            case 2, 3 -> words("DEL", pick(family));
            case 4 -> words("OBJECT", "ENCODING", anyKey());
            case 5 ->
                words("SET", pick(EXACT), pick("", "12", "HYLL", "HYLL\2............", "HYLX\1...........\177\377"));
            case 6 -> words("PEXPIRE", pick(family), "100000000");
            case 7 -> words("GET", pick(EXACT));
            default -> words("STRLEN", anyKey());
        };
    }

    // ---- arguments ----

    private String anyKey() {
        int kind = random.nextInt(12);
        return kind == 0 ? damagedKey() : kind < 4 ? pick(CACHING) : pick(EXACT);
    }

    private String damagedKey() {
        return DAMAGED.get(random.nextInt(DAMAGED.size()));
    }

    private String element() {
        int kind = random.nextInt(10);
        if (kind == 0) {
            return "";
        }
        String element = kind < 5 ? "element:" + random.nextInt(20_000) : Long.toString(random.nextLong());
        return kind == 1 ? element.substring(0, random.nextInt(element.length())) + "\0\u00ff" : element;
    }

    private String garbage(int sizeMax) {
        StringBuilder bytes = new StringBuilder();
        for (int i = 1 + random.nextInt(sizeMax); i > 0; i--) {
            bytes.append((char) (chance(3) ? random.nextInt(4) : random.nextInt(256)));
        }
        return bytes.toString();
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
