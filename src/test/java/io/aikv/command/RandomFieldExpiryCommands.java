package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random command lines on hashes whose fields have deadlines: every command of Redis 7.4 and 8.0 on them, between lines of
 * {@link RandomHashCommands} on the same keys. Deadlines are far in the future and far from each other, in the past, or a
 * millisecond away. The same seed gives the same lines.
 */
final class RandomFieldExpiryCommands {
    private static final String[] FIELDS = {"a", "b", "c", "d", "e", "n", "f", "", "12", "field:1"};
    private static final long FAR_FUTURE_SECONDS = 4_000_000_000L;

    private final RandomHashCommands hashes;
    private final SplittableRandom random;
    private long lifetimeSeconds = 10_000;
    private boolean endsSoon;

    RandomFieldExpiryCommands(long seed) {
        random = new SplittableRandom(seed);
        hashes = new RandomHashCommands(random.nextLong());
    }

    /** Whether the last line gave a deadline that is a millisecond away. */
    boolean endsSoon() {
        return endsSoon;
    }

    byte[][] next() {
        endsSoon = false;
        if (chance(2)) {
            return hashes.next();
        }
        List<String> line = line();
        if (!endsSoon && chance(60)) {
            line.remove(line.size() - 1);
        } else if (!endsSoon && chance(60)) {
            line.add(pick("x", "FIELDS", "1"));
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> line() {
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> expiring();
            case 3 -> fields(words("HPERSIST", hashes.key()));
            case 4, 5 -> fields(words(pick("HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME"), hashes.key()));
            case 6 -> fields(words("HGETDEL", hashes.key()));
            case 7, 8 -> fields(lifetime(words("HGETEX", hashes.key()), "PERSIST"));
            default -> settingWithLife();
        };
    }

    private List<String> expiring() {
        String key = hashes.key();
        List<String> line = switch (random.nextInt(6)) {
            case 0 -> words("HEXPIRE", key, chance(8) ? pick("0", "-1", "abc", "") : Long.toString(life()));
            case 1 -> words("HPEXPIRE", key, Long.toString(life() * 1000));
            case 2 -> words("HEXPIREAT", key, chance(4) ? "1000000" : Long.toString(FAR_FUTURE_SECONDS + life()));
            case 3 -> words("HPEXPIREAT", key, Long.toString((FAR_FUTURE_SECONDS + life()) * 1000));
            default -> {
                endsSoon = true;
                yield words("HPEXPIRE", key, "1");
            }
        };
        if (chance(3)) {
            line.add(pick("NX", "XX", "GT", "lt"));
        }
        return fields(line);
    }

    private List<String> settingWithLife() {
        List<String> line = words("HSETEX", hashes.key());
        if (chance(4)) {
            line.add(pick("FNX", "FXX"));
        }
        lifetime(line, "KEEPTTL");
        int count = 1 + random.nextInt(4);
        line.add("FIELDS");
        line.add(Integer.toString(count));
        for (int i = 0; i < count; i++) {
            line.add(pick(FIELDS));
            line.add("v" + random.nextInt(100));
        }
        return line;
    }

    private List<String> lifetime(List<String> line, String other) {
        switch (random.nextInt(7)) {
            case 0 -> line.addAll(List.of("EX", Long.toString(life())));
            case 1 -> line.addAll(List.of("PX", Long.toString(life() * 1000)));
            case 2 -> line.addAll(List.of("EXAT", Long.toString(FAR_FUTURE_SECONDS + life())));
            case 3 -> line.addAll(List.of("PXAT", Long.toString((FAR_FUTURE_SECONDS + life()) * 1000)));
            case 4 -> {
                endsSoon = true;
                line.addAll(List.of("PX", "1"));
            }
            case 5 -> line.add(other);
            default -> {}
        }
        return line;
    }

    private List<String> fields(List<String> line) {
        int count = 1 + random.nextInt(3);
        line.add("FIELDS");
        line.add(Integer.toString(!endsSoon && chance(30) ? count + 1 : count));
        for (int i = 0; i < count; i++) {
            line.add(pick(FIELDS));
        }
        return line;
    }

    /** A length of life that no other line uses: whether one is later than another must not depend on the instant. */
    private long life() {
        lifetimeSeconds += 1_000;
        return random.nextInt(1000) * 1_000_000L + lifetimeSeconds;
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
