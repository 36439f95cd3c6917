package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Random command lines on positions that Redis 7.0 knows, all options included. No distances are stored: their last digits
 * depend on the library that computes sines. The same seed gives the same lines.
 */
final class RandomGeoCommands {
    private static final String[] ODD = {
        "0",
        "180",
        "-180",
        "181",
        "85.05112878",
        "-85.05112878",
        "86",
        "90",
        "nan",
        "inf",
        "x",
        "",
        "1e3",
        "-0",
        "179.9999"
    };

    private final SplittableRandom random;

    RandomGeoCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    byte[][] next() {
        List<String> line = line();
        if (random.nextInt(60) == 0) {
            line.remove(line.size() - 1);
        } else if (random.nextInt(60) == 0) {
            line.add(pick("x", "WITHDIST", "COUNT", "km", "ANY", "STOREDIST"));
        }
        byte[][] argv = new byte[line.size()][];
        for (int i = 0; i < argv.length; i++) {
            argv[i] = line.get(i).getBytes(ISO_8859_1);
        }
        return argv;
    }

    private List<String> line() {
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> add();
            case 3 -> words("GEOPOS", key(), member(), member());
            case 4 -> words("GEOHASH", key(), member(), member());
            case 5 -> distance();
            case 6 ->
                around(words(pick("GEORADIUS", "GEORADIUS_RO"), key(), longitude(), latitude(), radius(), unit()));
            case 7 ->
                around(words(pick("GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO"), key(), member(), radius(), unit()));
            case 8, 9 -> search(words("GEOSEARCH", key()), false);
            case 10 -> search(words("GEOSEARCHSTORE", pick("{g}stored", "{g}1"), key()), true);
            default -> pick(1, 2, 3) == 1 ? words("ZREM", key(), member()) : words("ZCARD", key());
        };
    }

    private List<String> add() {
        List<String> line = words("GEOADD", key());
        while (random.nextInt(4) == 0) {
            line.add(pick("NX", "XX", "CH", "nx", "ch"));
        }
        int count = 1 + random.nextInt(random.nextInt(8) == 0 ? 80 : 4);
        for (int i = 0; i < count; i++) {
            line.addAll(List.of(longitude(), latitude(), member()));
        }
        return line;
    }

    private List<String> distance() {
        List<String> line = words("GEODIST", key(), member(), member());
        if (random.nextBoolean()) {
            line.add(unit());
        }
        return line;
    }

    private List<String> around(List<String> line) {
        while (random.nextInt(3) > 0) {
            line.addAll(option(false));
        }
        if (line.get(0).startsWith("GEORADIUS") && random.nextInt(6) == 0) {
            line.addAll(List.of("STORE", "{g}stored"));
        }
        return line;
    }

    private List<String> search(List<String> line, boolean stores) {
        List<String> from =
                random.nextBoolean() ? words("FROMMEMBER", member()) : words("FROMLONLAT", longitude(), latitude());
        List<String> by =
                random.nextBoolean() ? words("BYRADIUS", radius(), unit()) : words("BYBOX", radius(), radius(), unit());
        boolean fromFirst = random.nextBoolean();
        line.addAll(fromFirst ? from : by);
        if (random.nextInt(40) > 0) {
            line.addAll(fromFirst ? by : from);
        }
        while (random.nextInt(3) > 0) {
            line.addAll(option(stores));
        }
        return line;
    }

    private List<String> option(boolean stores) {
        return switch (random.nextInt(stores ? 8 : 11)) {
            case 0, 1 -> words(pick("ASC", "asc"));
            case 2, 3 -> words("DESC");
            case 4, 5 -> words("COUNT", pick("1", "2", "5", "20", pick("0", "-1", "x")));
            case 6 -> words("COUNT", pick("1", "3", "7"), "ANY");
            case 7 -> words(random.nextInt(10) == 0 ? pick("ANY", "WITHDIST", "FROMMEMBER", "BYBOX", "bad") : "ASC");
            case 8 -> words("WITHDIST");
            case 9 -> words("WITHCOORD");
            default -> words("WITHHASH");
        };
    }

    // ---- arguments ----

    private String key() {
        return pick("{g}1", "{g}1", "{g}1", "{g}2", "{g}absent");
    }

    private String member() {
        return "p" + random.nextInt(random.nextBoolean() ? 10 : 300);
    }

    private String longitude() {
        return random.nextInt(25) == 0 ? pick(ODD) : degrees(random.nextInt(3) == 0 ? 180 : 20);
    }

    private String latitude() {
        return random.nextInt(25) == 0 ? pick(ODD) : degrees(random.nextInt(3) == 0 ? 85 : 20);
    }

    private String degrees(double max) {
        return String.format(Locale.ROOT, "%.6f", (random.nextDouble() * 2 - 1) * max);
    }

    private String radius() {
        return random.nextInt(20) == 0
                ? pick("0", "-1", "x", "1e9", "inf")
                : Long.toString(Math.round(Math.pow(10, random.nextDouble() * 7)));
    }

    private String unit() {
        return random.nextInt(30) == 0 ? pick("cm", "", "KMS") : pick("m", "km", "KM", "ft", "mi");
    }

    private int pick(int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static List<String> words(String... words) {
        return new ArrayList<>(List.of(words));
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
