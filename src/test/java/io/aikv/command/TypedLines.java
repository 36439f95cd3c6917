package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The random command lines of one type of values, with all keys under one hash tag, so that they belong to one slot and to
 * nobody else: for tests that run them against a cluster. Lines that name no key, or another database, are left out. The
 * same seed and tag give the same lines.
 */
public final class TypedLines {
    /** Whose lines there are: one row for each {@code Random...Commands}. */
    public enum Family {
        STRINGS(TypedLines::strings),
        HASH(seed -> new Source(new RandomHashCommands(seed)::next)),
        FIELD_EXPIRY(TypedLines::fieldExpiry),
        LIST(seed -> new Source(new RandomListCommands(seed)::next)),
        SET(seed -> new Source(new RandomSetCommands(seed)::next)),
        SORTED_SET(seed -> new Source(new RandomSortedSetCommands(seed)::next)),
        GEO(seed -> new Source(new RandomGeoCommands(seed)::next)),
        STREAM(seed -> new Source(new RandomStreamCommands(seed)::next)),
        BITMAP(seed -> new Source(new RandomBitmapCommands(seed)::next)),
        HYPER_LOG_LOG(seed -> new Source(new RandomHyperLogLogCommands(seed)::next)),
        JSON(seed -> new Source(new RandomJsonCommands(seed)::next)),
        SORT(TypedLines::sort);

        private final LongFunction<Source> source;

        Family(LongFunction<Source> source) {
            this.source = source;
        }
    }

    /** @param endsSoon whether the last line gave a deadline of a millisecond */
    private record Source(Supplier<byte[][]> lines, BooleanSupplier endsSoon) {
        Source(Supplier<byte[][]> lines) {
            this(lines, () -> false);
        }
    }

    /** Absolute deadlines of the lines are about this: the same in every run, and later than any. */
    private static final long YEAR_2033_MILLIS = 2_000_000_000_000L;

    /** Two clocks, and the time that a command waits for a new leader. */
    private static final long CLOCK_TOLERANCE_MILLIS = 60_000;

    private static final Pattern INTEGER = Pattern.compile(":(-?\\d{1,18})\r\n");

    private static final Pattern FLOAT = Pattern.compile(",(-?\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?)\r\n");

    private final CommandTable table;
    private final byte[] tag;
    private final Source source;
    private final Set<Bytes> keys = new TreeSet<>();

    /**
     * @param table of the commands, which knows where keys are
     * @param tag stands in braces before every key
     */
    public TypedLines(Family family, long seed, CommandTable table, String tag) {
        this.table = table;
        this.tag = ("{" + tag + "}").getBytes(ISO_8859_1);
        this.source = family.source.apply(seed);
    }

    private static Source strings(long seed) {
        RandomCommands random = new RandomCommands(seed);
        random.now(YEAR_2033_MILLIS);
        return new Source(random::next);
    }

    private static Source fieldExpiry(long seed) {
        RandomFieldExpiryCommands random = new RandomFieldExpiryCommands(seed);
        return new Source(random::next, random::endsSoon);
    }

    /** Without patterns of keys: a cluster refuses those that may lead to other slots. */
    private static Source sort(long seed) {
        RandomSortCommands random = new RandomSortCommands(seed);
        return new Source(() -> {
            byte[][] argv = random.next();
            while (hasPattern(argv)) {
                argv = random.next();
            }
            return argv;
        });
    }

    private static boolean hasPattern(byte[][] argv) {
        for (int i = 1; i < argv.length - 1; i++) {
            boolean names = Bytes.equalsIgnoreCase(argv[i], "BY") || Bytes.equalsIgnoreCase(argv[i], "GET");
            if (names
                    && !Bytes.text(argv[i + 1]).equals("#")
                    && !Bytes.text(argv[i + 1]).equals("nosort")) {
                return true;
            }
        }
        return false;
    }

    /** The next line. */
    public byte[][] next() {
        while (true) {
            byte[][] argv = source.lines.get();
            Command command = table.find(argv);
            if (command != null && !namesDatabase(command, argv) && tagKeys(command, argv)) {
                return argv;
            }
        }
    }

    /** Whether something that the last line wrote expires within a millisecond. */
    public boolean endsSoon() {
        return source.endsSoon.getAsBoolean();
    }

    /** Every key of every line so far. */
    public Set<Bytes> keys() {
        return keys;
    }

    private static boolean namesDatabase(Command command, byte[][] argv) {
        boolean copiesToAnother = false;
        for (int i = 3; i < argv.length; i++) {
            copiesToAnother |= Bytes.equalsIgnoreCase(argv[i], "DB");
        }
        return command.name().equals("move") || (command.name().equals("copy") && copiesToAnother);
    }

    private boolean tagKeys(Command command, byte[][] argv) {
        Set<Integer> places = new TreeSet<>();
        command.forEachKey(argv, places::add);
        for (int place : places) {
            byte[] key = new byte[tag.length + argv[place].length];
            System.arraycopy(tag, 0, key, 0, tag.length);
            System.arraycopy(argv[place], 0, key, tag.length, argv[place].length);
            argv[place] = key;
            keys.add(Bytes.of(key));
        }
        return !places.isEmpty();
    }

    // ---- replies ----

    /**
     * Whether two replies to one line are equal, as far as it determines them: what is chosen by chance is compared in
     * shape, what has no order without it, and clocks may differ.
     */
    public static boolean areEqual(byte[][] argv, Reply expected, Reply actual) {
        String one = plainNumbers(text(expected));
        String other = plainNumbers(text(actual));
        String name = new String(argv[0], ISO_8859_1).toUpperCase(Locale.ROOT);
        if (one.equals(other)) {
            return true;
        }
        if (name.endsWith("TTL") || name.endsWith("EXPIRETIME")) {
            return areEqualTimes(one, other, name.contains("P") ? 1 : 1000);
        }
        return RedisComparison.areEqual(argv, one, other);
    }

    /** Numbers as a client reads them: which digits are sent beyond those that matter is not for it to know. */
    private static String plainNumbers(String reply) {
        return FLOAT.matcher(reply).replaceAll(found -> "," + Double.parseDouble(found.group(1)) + "\r\n");
    }

    private static boolean areEqualTimes(String one, String other, long unitMillis) {
        Matcher ours = INTEGER.matcher(one);
        Matcher theirs = INTEGER.matcher(other);
        while (ours.find()) {
            if (!theirs.find()) {
                return false;
            }
            long a = Long.parseLong(ours.group(1));
            long b = Long.parseLong(theirs.group(1));
            boolean known = a > 0 && b > 0;
            if (a != b && !(known && Math.abs(a - b) * unitMillis <= CLOCK_TOLERANCE_MILLIS)) {
                return false;
            }
        }
        return !theirs.find()
                && INTEGER.matcher(one)
                        .replaceAll("(time)")
                        .equals(INTEGER.matcher(other).replaceAll("(time)"));
    }

    /** A reply for people, and for comparing: as it would be sent in RESP3. */
    public static String text(Reply reply) {
        return CommandFixture.text(reply);
    }

    /** A line for people. */
    public static String text(byte[][] argv) {
        return RedisComparison.describe(argv);
    }
}
