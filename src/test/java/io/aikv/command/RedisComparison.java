package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * One run of the same command lines against our handlers and a redis-server. Lines run alone or, by chance, several in
 * one entry of ours. Compared are replies byte for byte, keyspace events in their order, and at the end all contents.
 */
final class RedisComparison implements AutoCloseable {
    /** The COUNT of a SCAN that comes to the end at once: others stop where the server likes. */
    static final String SCAN_ALL = "1000000";

    /** Replies that tell a time to live: the clocks of the two are read at different instants. */
    private static final int CLOCK_TOLERANCE_MILLIS = 5_000;

    /** Commands whose replies have no order. */
    private static final Set<String> UNORDERED =
            Set.of("KEYS", "SCAN", "SMEMBERS", "SINTER", "SUNION", "SDIFF", "SSCAN", "SPOP", "HKEYS", "HVALS", "HSCAN");

    /** Commands that choose at random and change nothing. Only how much they answer is compared. */
    private static final Set<String> CHOOSING = Set.of("SRANDMEMBER");

    private static final int DATABASES = 3;
    private static final int HISTORY_SHOWN = 25;

    private final RawClient client;
    private final RedisEvents events;
    private final CommandFixture ours;
    private final int protocol;
    private final SplittableRandom random;
    private final List<String> history = new ArrayList<>();
    private boolean staysInDatabase;
    private boolean comparesEncodings = true;

    RedisComparison(RedisProcess redis, Path directory, int protocol, long seed) throws IOException {
        this.client = redis.connect();
        this.events = new RedisEvents(redis.connect());
        this.ours = new CommandFixture(directory);
        this.protocol = protocol;
        this.random = new SplittableRandom(seed);
        ours.setNow(System.currentTimeMillis());
        client.call("HELLO", Integer.toString(protocol));
        client.call("FLUSHALL");
        client.call("CONFIG", "SET", "notify-keyspace-events", "AEn");
        // What a trim by ~ leaves depends on where nodes end: for us, where Redis' entries per node say.
        client.call("CONFIG", "SET", "stream-node-max-bytes", "0");
    }

    /** The time our side goes by in the next lines. */
    long nowMillis() {
        return ours.nowMillis();
    }

    /** The lines run in database 0 only: for those that belong together. */
    void stayInDatabase() {
        staysInDatabase = true;
    }

    /** Runs so many lines, in databases 0 to 2. Fails with the lines that led there. */
    void run(int lines, Supplier<byte[][]> source) throws IOException {
        try {
            int left = lines;
            while (left > 0) {
                int batch = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : 1;
                left -= batch;
                if (!staysInDatabase && random.nextInt(60) == 0) {
                    select(random.nextInt(DATABASES));
                }
                runBatch(batch, source);
            }
        } catch (AssertionError e) {
            throw explained(e);
        }
    }

    private AssertionError explained(AssertionError e) {
        int from = Math.max(0, history.size() - HISTORY_SHOWN);
        String before = String.join("\n  ", history.subList(from, history.size()));
        return new AssertionError(e.getMessage() + "\nafter:\n  " + before, e);
    }

    private void select(int database) throws IOException {
        history.add("SELECT " + database);
        client.call("SELECT", Integer.toString(database));
        ours.select(database);
    }

    /** Gives a key a list of two elements on both sides, whatever list commands we have. */
    void putList(String key) throws IOException {
        history.add("(a list at " + shown(key) + ")");
        client.call("DEL", key);
        client.call("RPUSH", key, "a", "b");
        ours.putList(key, "a", "b");
        events.take(client);
        ours.takeEvents();
    }

    private void runBatch(int size, Supplier<byte[][]> source) throws IOException {
        List<byte[][]> requests = new ArrayList<>();
        List<byte[]> theirs = new ArrayList<>();
        ours.setNow(System.currentTimeMillis());
        for (int i = 0; i < size; i++) {
            byte[][] argv = source.get();
            history.add(describe(argv));
            requests.add(argv);
            theirs.add(client.call(argv));
        }
        List<Reply> replies = size == 1 ? List.of(ours.run(requests.get(0))) : ours.entry(requests);
        for (int i = 0; i < size; i++) {
            requireEqual(requests.get(i), theirs.get(i), CommandFixture.encode(replies.get(i), protocol));
        }
        assertEquals(events.take(client), ours.takeEvents(), "events");
    }

    /** Compares every key of every database: type, deadline, value, and a string's encoding. */
    void compareContents() throws IOException {
        try {
            compareDatabases();
        } catch (AssertionError e) {
            throw explained(e);
        }
    }

    /** As {@link #compareContents()}, whatever the encodings are: for servers with other thresholds. */
    void compareValues() throws IOException {
        comparesEncodings = false;
        compareContents();
        comparesEncodings = true;
    }

    // ---- one side alone ----

    /** The keys of the database on our side, in order. */
    List<byte[]> keys() {
        TreeSet<Bytes> keys = new TreeSet<>();
        for (Reply item : ((Reply.Array) ours.run("KEYS *")).items()) {
            keys.add(Bytes.of(((Reply.Bulk) item).value()));
        }
        return keys.stream().map(Bytes::array).toList();
    }

    /** The keys of the database on Redis' side. */
    List<byte[]> theirKeys() throws IOException {
        return Payloads.bulks(client.call("KEYS", "*"));
    }

    /** What Redis' GET says, or null. */
    byte[] theirValue(String key) throws IOException {
        byte[] reply = client.call("GET", key);
        return reply.length > 5 ? Payloads.bulk(reply) : null;
    }

    /** What our DUMP says, or null. */
    byte[] ourDump(byte[] key) {
        return ours.run("DUMP".getBytes(ISO_8859_1), key) instanceof Reply.Bulk bulk ? bulk.value() : null;
    }

    /** What Redis' DUMP says, or null. */
    byte[] theirDump(byte[] key) throws IOException {
        byte[] reply = client.call("DUMP".getBytes(ISO_8859_1), key);
        return reply.length > 5 ? Payloads.bulk(reply) : null;
    }

    /** When a key goes, as RESTORE takes it with ABSTTL, on our side. */
    long deadline(byte[] key) {
        return Math.max(0, ((Reply.Int) ours.run("PEXPIRETIME".getBytes(ISO_8859_1), key)).value());
    }

    /** As {@link #deadline}, on Redis' side. */
    long theirDeadline(byte[] key) throws IOException {
        byte[] reply = client.call("PEXPIRETIME".getBytes(ISO_8859_1), key);
        return Math.max(0, integer(new String(reply, ISO_8859_1)));
    }

    /** Runs lines on Redis' side only, whatever it answers. */
    void runThere(int lines, Supplier<byte[][]> source) throws IOException {
        for (int i = 0; i < lines; i++) {
            client.call(source.get());
        }
        events.take(client);
    }

    /** Runs a line on Redis' side only, which must answer OK. */
    void runThere(byte[]... argv) throws IOException {
        history.add("(there) " + describe(argv));
        requireOk(argv, client.call(argv));
        events.take(client);
    }

    /** Runs a line on our side only, which must answer OK. */
    void runHere(byte[]... argv) {
        history.add("(here) " + describe(argv));
        ours.setNow(System.currentTimeMillis());
        requireOk(argv, CommandFixture.encode(ours.run(argv), protocol));
        ours.takeEvents();
    }

    private void requireOk(byte[][] argv, byte[] reply) {
        try {
            assertEquals("+OK\r\n", new String(reply, ISO_8859_1), () -> describe(argv));
        } catch (AssertionError e) {
            throw explained(e);
        }
    }

    /** {@code CONFIG SET} of names and values on Redis' side. */
    void configureRedis(String... namesAndValues) throws IOException {
        List<String> line = new ArrayList<>(List.of("CONFIG", "SET"));
        line.addAll(List.of(namesAndValues));
        String reply = new String(client.call(line.toArray(new String[0])), ISO_8859_1);
        assertEquals("+OK\r\n", reply, () -> String.join(" ", line));
    }

    // ---- contents ----

    private void compareDatabases() throws IOException {
        for (int database = 0; database < DATABASES; database++) {
            select(database);
            TreeSet<String> keys = new TreeSet<>();
            for (Reply item : ((Reply.Array) ours.run("KEYS *")).items()) {
                keys.add(new String(((Reply.Bulk) item).value(), ISO_8859_1));
            }
            byte[] count = CommandFixture.encode(Reply.integer(keys.size()), protocol);
            requireEqual(CommandFixture.words("DBSIZE"), client.call("DBSIZE"), count);
            for (String key : keys) {
                ask("TYPE", key);
                ask("TTL", key);
                Reply type = ours.run("TYPE".getBytes(ISO_8859_1), key.getBytes(ISO_8859_1));
                switch (((Reply.Simple) type).text()) {
                    case "string" -> {
                        ask("GET", key);
                        ask("OBJECT ENCODING", key);
                    }
                    case "zset" -> {
                        String line = "ZRANGE " + key + " 0 -1 WITHSCORES";
                        requireEqual(
                                CommandFixture.words(line),
                                zeros(client.call(CommandFixture.words(line))),
                                zeros(CommandFixture.encode(ours.run(line), protocol)));
                        ask("OBJECT ENCODING", key);
                    }
                    case "hash" -> {
                        ask("HGETALL", key);
                        ask("OBJECT ENCODING", key);
                    }
                    case "stream" -> {
                        ask("XRANGE", key, "-", "+");
                        ask("XINFO STREAM", key, "FULL", "COUNT", "0");
                    }
                    case "list" -> ask("LRANGE", key, "0", "-1");
                    case "set" -> ask("SMEMBERS", key);
                    default -> throw new AssertionError("nothing compares the contents of a " + type);
                }
            }
        }
        select(0);
    }

    /** Where encodings differ, so do the signs of zeros: Redis' compact one has none. */
    private byte[] zeros(byte[] reply) {
        return comparesEncodings
                ? reply
                : new String(reply, ISO_8859_1).replace(",-0\r\n", ",0\r\n").getBytes(ISO_8859_1);
    }

    private void ask(String question, String key, String... behind) throws IOException {
        if (question.equals("OBJECT ENCODING") && !comparesEncodings) {
            return;
        }
        byte[][] argv = CommandFixture.words((question + " key " + String.join(" ", behind)).strip());
        argv[question.split(" ").length] = key.getBytes(ISO_8859_1);
        compare(argv);
    }

    private void compare(byte[][] argv) throws IOException {
        requireEqual(argv, client.call(argv), CommandFixture.encode(ours.run(argv), protocol));
    }

    // ---- what counts as equal ----

    private static void requireEqual(byte[][] argv, byte[] theirs, byte[] ours) {
        if (!Arrays.equals(theirs, ours)) {
            String expected = new String(theirs, ISO_8859_1);
            String actual = new String(ours, ISO_8859_1);
            if (!areEqual(argv, expected, actual)) {
                fail(describe(argv) + "\n  redis: " + shown(expected) + "\n  aikv:  " + shown(actual));
            }
        }
    }

    /** Whether two replies, as they are sent, are equal as far as the command determines them. */
    static boolean areEqual(byte[][] argv, String expected, String actual) {
        return expected.equals(actual)
                || mayDiffer(argv, expected, actual)
                || SortedSetComparisonTest.mayDiffer(argv, expected, actual)
                || HyperLogLogComparisonTest.mayDiffer(argv, expected, actual);
    }

    private static boolean mayDiffer(byte[][] argv, String expected, String actual) {
        String name = new String(argv[0], ISO_8859_1).toUpperCase(Locale.ROOT);
        boolean integers = expected.startsWith(":") && actual.startsWith(":");
        if (integers && (name.endsWith("TTL") || name.endsWith("EXPIRETIME"))) {
            long difference = Math.abs(integer(expected) - integer(actual));
            return difference <= (name.startsWith("P") ? CLOCK_TOLERANCE_MILLIS : CLOCK_TOLERANCE_MILLIS / 1000);
        }
        if (integers && name.equals("OBJECT") && Bytes.equalsIgnoreCase(argv[1], "REFCOUNT")) {
            return true; // Whether Redis shares a small integer depends on the way it came to be.
        }
        if (StreamReplyShape.mayDiffer(name)) {
            return StreamReplyShape.areEqual(name, expected, actual);
        }
        if (name.equals("OBJECT") && actual.endsWith("listpack\r\n")) {
            return expected.endsWith("quicklist\r\n") || expected.endsWith("hashtable\r\n"); // New in Redis 7.2.
        }
        if (CHOOSING.contains(name)) {
            return firstLine(expected).equals(firstLine(actual))
                    && sortedLines(expected).size() == sortedLines(actual).size();
        }
        if (name.equals("HRANDFIELD")) {
            return shape(expected).equals(shape(actual));
        }
        if (name.equals("HGETALL")) {
            return sortedPairs(expected).equals(sortedPairs(actual));
        }
        boolean cutShort = name.endsWith("SCAN")
                && Arrays.stream(argv).noneMatch(word -> SCAN_ALL.equals(new String(word, ISO_8859_1)));
        boolean arrays = expected.startsWith("*") && actual.startsWith("*");
        return (arrays && cutShort)
                || (UNORDERED.contains(name) && sortedLines(expected).equals(sortedLines(actual)));
    }

    private static String firstLine(String reply) {
        return reply.substring(0, reply.startsWith("$") ? 1 : reply.indexOf('\r'));
    }

    /** Of a reply of strings, which may hold line ends: names and values, each with its length, in order of names. */
    private static List<String> sortedPairs(String reply) {
        List<String> strings = new ArrayList<>();
        int at = reply.indexOf("\r\n") + 2;
        while (at < reply.length()) {
            int end = reply.indexOf("\r\n", at);
            int next = end + 2 + Integer.parseInt(reply.substring(at + 1, end)) + 2;
            strings.add(reply.substring(at, next));
            at = next;
        }
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < strings.size(); i += 2) {
            pairs.add(strings.get(i) + strings.get(i + 1));
        }
        pairs.sort(null);
        pairs.add(reply.substring(0, reply.indexOf("\r\n")));
        return pairs;
    }

    /** What kinds of values a reply holds, without the values: for what is chosen by chance. */
    private static String shape(String reply) {
        if (reply.startsWith("*")) {
            return reply.replaceAll("(?s)\\$.*", "");
        }
        return reply.startsWith("$") && !reply.startsWith("$-1") ? "$" : reply;
    }

    private static long integer(String reply) {
        return Long.parseLong(reply.strip().substring(1));
    }

    private static List<String> sortedLines(String reply) {
        return Arrays.stream(reply.split("\r\n", -1)).sorted().toList();
    }

    static String describe(byte[][] argv) {
        return String.join(
                " ",
                Arrays.stream(argv)
                        .map(word -> shown(new String(word, ISO_8859_1)))
                        .toList());
    }

    private static String shown(String text) {
        StringBuilder shown = new StringBuilder("'");
        for (int i = 0; i < Math.min(text.length(), 200); i++) {
            char c = text.charAt(i);
            shown.append(c < ' ' || c > '~' ? String.format("\\x%02x", (int) c) : c);
        }
        return shown.append(text.length() > 200 ? "'... (" + text.length() + " bytes)" : "'")
                .toString();
    }

    @Override
    public void close() throws IOException {
        ours.close();
        events.close();
        client.close();
    }
}
