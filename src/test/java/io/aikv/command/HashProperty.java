package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.base.Slots;
import io.aikv.data.CollectionHeader;
import io.aikv.data.CollectionRows;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import io.aikv.store.Space;
import io.aikv.store.StoreReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random commands on hashes whose fields come and expire, alone and several in an entry, against maps in memory; and between
 * them the rules that rows, counts and hints must keep. {@code -Daikv.seed=N} repeats a run.
 */
final class HashProperty {
    private static final int STEPS = 2_000;
    private static final int FIELDS = 60;
    private static final String[] KEYS = {"{t}1", "{t}2", "other"};
    private static final long NEVER = Long.MAX_VALUE;

    @TempDir
    private Path directory;

    private record Field(String value, long deadline) {}

    private final Map<String, TreeMap<String, Field>> model = new HashMap<>();
    private final Map<String, Long> keyDeadlines = new HashMap<>();
    private SplittableRandom random = new SplittableRandom();
    private long now;

    @RepeatedTest(4)
    void repliesContentsAndRowsAgreeWithTheModel() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("HashProperty seed " + seed);
        random = new SplittableRandom(seed);
        List<String> history = new ArrayList<>();
        try (CommandFixture store = new CommandFixture(directory, CommandFixture.anyPacking(seed))) {
            for (int step = 0; step < STEPS; step++) {
                run(store, history);
                if (step % 50 == 49) {
                    check(store);
                }
            }
        } catch (AssertionError e) {
            int from = Math.max(0, history.size() - 30);
            throw new AssertionError(
                    "seed " + seed + ", after " + String.join("\n  ", history.subList(from, history.size())), e);
        }
    }

    private void run(CommandFixture store, List<String> history) {
        if (random.nextInt(3) == 0) {
            store.advance(random.nextInt(random.nextInt(20) == 0 ? 2_000 : 100));
        }
        if (random.nextInt(300) == 0) {
            store.reopen();
        }
        now = store.nowMillis();
        List<byte[][]> requests = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = random.nextInt(4) == 0 ? 5 : 1; i > 0; i--) {
            String line = line();
            if (line.matches("(RENAME|COPY|DEL|PEXPIRE) .*") || !keyDeadlines.isEmpty()) {
                store.expireAll(); // Until then a hash, and its deadline, is there though all its fields are due.
            }
            history.add("at " + now + ": " + line);
            requests.add(CommandFixture.words(line));
            expected.add(apply(line.split(" ", -1)));
        }
        List<Reply> replies = requests.size() == 1 ? List.of(store.run(requests.get(0))) : store.entry(requests);
        for (int i = 0; i < replies.size(); i++) {
            assertEquals(expected.get(i), shown(replies.get(i)));
        }
    }

    /** The reply, with the parts of a map in the order of names. */
    private static String shown(Reply reply) {
        if (!(reply instanceof Reply.Map map)) {
            return text(reply);
        }
        TreeMap<String, String> sorted = new TreeMap<>();
        for (int i = 0; i < map.pairs().size(); i += 2) {
            sorted.put(plain(map.pairs().get(i)), plain(map.pairs().get(i + 1)));
        }
        return sorted.toString();
    }

    private static String plain(Reply reply) {
        return new String(((Reply.Bulk) reply).value(), ISO_8859_1);
    }

    // ---- lines ----

    private String key() {
        return KEYS[random.nextInt(KEYS.length)];
    }

    private String field() {
        return "f" + random.nextInt(FIELDS);
    }

    private String line() {
        String key = key();
        return switch (random.nextInt(24)) {
            case 0, 1, 2 -> "HSET " + key + " " + field() + " " + random.nextInt(100) + " " + field() + " x";
            case 3 -> "HSETNX " + key + " " + field() + " nx";
            case 4 -> "HDEL " + key + " " + field() + " " + field();
            case 5 -> "HINCRBY " + key + " n " + random.nextInt(10);
            case 6 -> "HGET " + key + " " + field();
            case 7, 8 -> "HLEN " + key;
            case 9 -> "HGETALL " + key;
            case 10, 11 -> "HPEXPIRE " + key + " " + random.nextInt(400) + condition() + fields();
            case 12 -> "HPEXPIREAT " + key + " " + (now + random.nextInt(400) - 20) + condition() + fields();
            case 13 -> "HPERSIST " + key + fields();
            case 14 -> "HPTTL " + key + fields();
            case 15, 16, 17 ->
                "HSETEX " + key + List.of("", " FNX", " FXX").get(random.nextInt(3)) + lifetime(" KEEPTTL")
                        + fields().replaceAll("( f\\d+)", "$1 e");
            case 18 -> "HGETEX " + key + lifetime(" PERSIST") + fields();
            case 19 -> "HGETDEL " + key + fields();
            case 20 -> "RENAME " + key + " " + key();
            case 21 -> "COPY " + key + " " + key() + " REPLACE";
            case 22 -> random.nextInt(4) == 0 ? "DEL " + key : "PEXPIRE " + key + " " + (1 + random.nextInt(500));
            default -> "PERSIST " + key;
        };
    }

    private String condition() {
        return List.of("", "", " NX", " XX", " GT", " LT").get(random.nextInt(6));
    }

    private String lifetime(String other) {
        return List.of("", other, " PX " + random.nextInt(300), " PXAT " + (now + random.nextInt(300) - 20))
                .get(random.nextInt(4));
    }

    private String fields() {
        Set<String> names = new TreeSet<>();
        for (int i = 1 + random.nextInt(random.nextInt(5) == 0 ? 40 : 3); i > 0; i--) {
            names.add(field());
        }
        return " FIELDS " + names.size() + " " + String.join(" ", names);
    }

    // ---- the model ----

    private TreeMap<String, Field> live(String key) {
        if (keyDeadlines.getOrDefault(key, NEVER) <= now) {
            forget(key);
        }
        TreeMap<String, Field> hash = model.computeIfAbsent(key, absent -> new TreeMap<>());
        hash.values().removeIf(field -> field.deadline <= now);
        return hash;
    }

    private void forget(String key) {
        model.remove(key);
        keyDeadlines.remove(key);
    }

    private String apply(String[] words) {
        String key = words[1];
        TreeMap<String, Field> hash = live(key);
        if (hash.isEmpty()) {
            forget(key);
            hash = live(key);
        }
        String reply = applyTo(hash, words);
        if (live(key).isEmpty()) {
            forget(key);
        }
        return reply;
    }

    private String applyTo(TreeMap<String, Field> hash, String[] words) {
        switch (words[0]) {
            case "HSET":
                int created = hash.put(words[2], new Field(words[3], NEVER)) == null ? 1 : 0;
                created += hash.put(words[4], new Field(words[5], NEVER)) == null ? 1 : 0;
                return integer(created);
            case "HSETNX":
                return integer(hash.putIfAbsent(words[2], new Field(words[3], NEVER)) == null ? 1 : 0);
            case "HDEL":
                return integer((hash.remove(words[2]) == null ? 0 : 1) + (hash.remove(words[3]) == null ? 0 : 1));
            case "HINCRBY":
                long sum = Long.parseLong(words[3]) + (hash.containsKey("n") ? Long.parseLong(hash.get("n").value) : 0);
                hash.put("n", new Field(Long.toString(sum), NEVER));
                return integer(sum);
            case "HGET":
                return bulk(hash.get(words[2]));
            case "HLEN":
                return integer(hash.size());
            case "HGETALL":
                TreeMap<String, String> values = new TreeMap<>();
                hash.forEach((name, field) -> values.put(name, field.value));
                return values.toString();
            case "RENAME", "COPY", "DEL", "PEXPIRE", "PERSIST":
                return applyToKey(hash, words);
            default:
                return applyToFields(hash, words);
        }
    }

    private String applyToKey(TreeMap<String, Field> hash, String[] words) {
        String key = words[1];
        String to = words.length > 2 ? words[2] : "";
        boolean exists = !hash.isEmpty();
        long deadline = keyDeadlines.getOrDefault(key, NEVER);
        switch (words[0]) {
            case "RENAME":
                if (exists && !key.equals(to)) {
                    replace(to, hash, deadline);
                    forget(key);
                }
                return exists ? "+OK\r\n" : "-ERR no such key\r\n";
            case "COPY":
                if (key.equals(to)) {
                    return "-ERR source and destination objects are the same\r\n";
                }
                if (exists) {
                    replace(to, new TreeMap<>(hash), deadline);
                }
                return integer(exists ? 1 : 0);
            case "DEL":
                forget(key);
                return integer(exists ? 1 : 0);
            case "PEXPIRE":
                if (exists) {
                    keyDeadlines.put(key, now + Long.parseLong(to));
                }
                return integer(exists ? 1 : 0);
            default:
                return integer(keyDeadlines.remove(key) == null ? 0 : 1);
        }
    }

    private void replace(String key, TreeMap<String, Field> hash, long deadline) {
        forget(key);
        model.put(key, hash);
        if (deadline != NEVER) {
            keyDeadlines.put(key, deadline);
        }
    }

    private String applyToFields(TreeMap<String, Field> hash, String[] words) {
        List<String> options = new ArrayList<>(List.of(words));
        int at = options.indexOf("FIELDS");
        List<String> rest = options.subList(at + 2, options.size());
        if (words[0].equals("HSETEX")) {
            return setex(hash, words, rest);
        }
        StringBuilder reply = new StringBuilder("*" + rest.size() + "\r\n");
        for (String name : rest) {
            Field field = hash.get(name);
            reply.append(
                    switch (words[0]) {
                        case "HPEXPIRE" -> expire(hash, name, words[3], now + Long.parseLong(words[2]));
                        case "HPEXPIREAT" -> expire(hash, name, words[3], Long.parseLong(words[2]));
                        case "HPERSIST" ->
                            integer(field == null ? -2 : set(hash, name, NEVER).deadline == NEVER ? -1 : 1);
                        case "HPTTL" ->
                            integer(field == null ? -2 : field.deadline == NEVER ? -1 : field.deadline - now);
                        case "HGETDEL" -> bulk(hash.remove(name));
                        default -> getex(hash, name, words);
                    });
        }
        return reply.toString();
    }

    private String getex(TreeMap<String, Field> hash, String name, String[] words) {
        Field field = hash.get(name);
        if (field != null && !words[2].equals("FIELDS")) {
            set(hash, name, deadline(words[2], words[3]));
        }
        return bulk(field);
    }

    private long deadline(String option, String number) {
        return option.equals("PX")
                ? now + Long.parseLong(number)
                : option.equals("PXAT") ? Long.parseLong(number) : NEVER;
    }

    private Field set(TreeMap<String, Field> hash, String name, long deadline) {
        Field old = hash.get(name);
        if (deadline <= now) {
            hash.remove(name);
        } else {
            hash.put(name, new Field(old.value, deadline));
        }
        return old;
    }

    private String expire(TreeMap<String, Field> hash, String name, String condition, long deadline) {
        Field field = hash.get(name);
        if (field == null) {
            return integer(-2);
        }
        boolean has = field.deadline != NEVER;
        boolean holds = switch (condition) {
            case "NX" -> !has;
            case "XX" -> has;
            case "GT" -> deadline > field.deadline;
            case "LT" -> deadline < field.deadline;
            default -> true;
        };
        if (holds) {
            set(hash, name, deadline);
        }
        return integer(!holds ? 0 : deadline <= now ? 2 : 1);
    }

    private String setex(TreeMap<String, Field> hash, String[] words, List<String> pairs) {
        int at = words[2].startsWith("F") && !words[2].equals("FIELDS") ? 3 : 2;
        for (int i = 0; i < pairs.size() && at == 3; i += 2) {
            if (hash.containsKey(pairs.get(i)) == words[2].equals("FNX")) {
                return integer(0);
            }
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            Field old = hash.get(pairs.get(i));
            long deadline =
                    words[at].equals("KEEPTTL") && old != null ? old.deadline : deadline(words[at], words[at + 1]);
            hash.put(pairs.get(i), new Field(pairs.get(i + 1), deadline));
            set(hash, pairs.get(i), deadline);
        }
        return integer(1);
    }

    private static String integer(long value) {
        return ":" + value + "\r\n";
    }

    private static String bulk(Field field) {
        return field == null ? "_\r\n" : "$" + field.value.length() + "\r\n" + field.value + "\r\n";
    }

    // ---- the rules ----

    /** Rows, counts and hints are exactly those that the fields call for. */
    private void check(CommandFixture store) {
        store.expireAll();
        while (store.store().reclaimGarbage(1_000_000) > 0) {
            // until nothing is left to reclaim
        }
        StoreReader reader = store.store().reader();
        Set<String> rows = new HashSet<>();
        Set<String> hints = new HashSet<>();
        for (String key : KEYS) {
            TreeMap<String, Field> hash = live(key);
            byte[] name = key.getBytes(ISO_8859_1);
            KeyRecord record = new ReadContext(reader, 0, 0).find(name);
            assertEquals(hash.isEmpty(), record == null, key);
            if (record == null) {
                continue;
            }
            CollectionHeader header = CollectionHeader.of(record);
            assertEquals(hash.size(), header.count());
            long first = NEVER;
            Set<String> own = new HashSet<>();
            for (Map.Entry<String, Field> field : hash.entrySet()) {
                own.add(row(reader, name, header.rows().id(), 'F', field.getKey(), NEVER));
                if (field.getValue().deadline != NEVER) {
                    first = Math.min(first, field.getValue().deadline);
                    own.add(row(reader, name, header.rows().id(), 'X', field.getKey(), field.getValue().deadline));
                }
            }
            if (header.rows().isPacked()) {
                assertEquals(withoutPrefix(own), packed(new ReadContext(reader, 0, 0), name, header.rows()));
            } else {
                rows.addAll(own);
            }
            long earliest = header.extra().length < 9
                    ? NEVER
                    : ByteBuffer.wrap(header.extra()).getLong(1);
            assertTrue(earliest <= first, "a field is due earlier than the header says");
            for (long millis : new long[] {earliest, keyDeadlines.getOrDefault(key, NEVER)}) {
                if (millis != NEVER) {
                    hints.add(latin(KeyLayout.expiry(millis, reader.physicalDatabase(0), name)));
                }
            }
        }
        assertEquals(rows, keys(reader, Space.ROWS));
        assertEquals(hints, keys(reader, Space.EXPIRY));
    }

    private static String row(StoreReader reader, byte[] key, long id, char tag, String field, long deadline) {
        byte[] name = field.getBytes(ISO_8859_1);
        byte[] sub = ByteBuffer.allocate(4 + name.length)
                .putInt(KeyLayout.hash(name))
                .put(name)
                .array();
        if (tag == 'X') {
            sub = Bytes.concat(ByteBuffer.allocate(8).putLong(deadline).array(), sub);
        }
        return latin(KeyLayout.row(reader.physicalDatabase(0), Slots.of(key), id, (byte) tag, sub));
    }

    private static Set<String> withoutPrefix(Set<String> rows) {
        Set<String> tails = new HashSet<>();
        rows.forEach(row -> tails.add(row.substring(KeyLayout.ROW_PREFIX_SIZE - 1)));
        return tails;
    }

    private static Set<String> packed(ReadContext context, byte[] key, CollectionRows place) {
        Set<String> rows = new HashSet<>();
        for (byte tag : new byte[] {'F', 'X'}) {
            try (Cursor cursor = context.rows(key, place, tag, Bytes.EMPTY, null)) {
                while (cursor.next()) {
                    rows.add(latin(cursor.key()));
                }
            }
        }
        assertEquals(place.packedCount(), rows.size());
        return withoutPrefix(rows);
    }

    private static Set<String> keys(StoreReader reader, Space space) {
        Set<String> keys = new HashSet<>();
        try (Cursor rows = reader.cursor(space, new byte[0], null)) {
            while (rows.next()) {
                keys.add(latin(rows.key()));
            }
        }
        return keys;
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }
}
