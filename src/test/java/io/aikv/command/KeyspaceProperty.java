package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Slots;
import io.aikv.data.Collections;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
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
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random commands on keys that come, grow, move and expire, alone and several in an entry, against maps in memory; and
 * between them the rules that the store's rows must keep. {@code -Daikv.seed=N} repeats a run.
 */
final class KeyspaceProperty {
    private static final int STEPS = 1_500;
    private static final int DATABASES = 3;
    private static final String[] KEYS = {"a", "b", "c", "{t}1", "{t}2", "{t}3", "d", "e"};

    @TempDir
    private Path directory;

    /** What a key holds: a string's text, and when it ends. */
    private record Value(String text, long expireAt) {}

    private final List<Map<String, Value>> model = new ArrayList<>();
    private SplittableRandom random = new SplittableRandom();
    private long now;

    @RepeatedTest(4)
    void repliesContentsAndRowsAgreeWithTheModel() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("KeyspaceProperty seed " + seed);
        random = new SplittableRandom(seed);
        for (int i = 0; i < DATABASES; i++) {
            model.add(new HashMap<>());
        }
        List<String> history = new ArrayList<>();
        try (CommandFixture store = new CommandFixture(directory, CommandFixture.anyPacking(seed))) {
            for (int step = 0; step < STEPS; step++) {
                run(store, history);
                if (step % 100 == 99) {
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
        if (random.nextInt(4) == 0) {
            store.advance(random.nextInt(300));
        }
        if (random.nextInt(150) == 0) {
            store.reopen();
        }
        int database = random.nextInt(DATABASES);
        now = store.nowMillis();
        store.select(database);
        int size = random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 1;
        List<byte[][]> requests = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            String line = line();
            lines.add(line);
            requests.add(CommandFixture.words(line));
            expected.add(apply(database, line.split(" ", -1)));
        }
        history.add("at " + now + " in " + database + ": " + shortened(lines));
        List<String> replies = size == 1
                ? List.of(text(store.run(requests.get(0))))
                : store.entry(requests).stream().map(CommandFixture::text).toList();
        for (int i = 0; i < size; i++) {
            assertEquals(expected.get(i), replies.get(i), () -> shortened(lines));
        }
    }

    private static String shortened(List<String> lines) {
        return String.join(
                "; ",
                lines.stream()
                        .map(line -> line.length() > 60 ? line.substring(0, 60) + "..." : line)
                        .toList());
    }

    private String key() {
        return KEYS[random.nextInt(KEYS.length)];
    }

    private String line() {
        String key = key();
        return switch (random.nextInt(16)) {
            case 0, 1 -> "SET " + key + " " + random.nextInt(100);
            case 2 -> "SET " + key + " " + "v".repeat(random.nextInt(90_000));
            case 3 -> "SET " + key + " x PX " + (1 + random.nextInt(500));
            case 4 -> "APPEND " + key + " " + "w".repeat(random.nextInt(30_000));
            case 5 -> "SETRANGE " + key + " " + random.nextInt(150_000) + " r";
            case 6 -> "PEXPIRE " + key + " " + (random.nextInt(600) - 50);
            case 7 -> "PERSIST " + key;
            case 8 -> "DEL " + key + " " + key();
            case 9 -> "RENAME " + key + " " + key();
            case 10 -> "COPY " + key + " " + key() + " DB " + random.nextInt(DATABASES) + " REPLACE";
            case 11 -> "MOVE " + key + " " + random.nextInt(DATABASES);
            case 12 ->
                random.nextInt(20) == 0
                        ? "FLUSHDB"
                        : "SWAPDB " + random.nextInt(DATABASES) + " " + random.nextInt(DATABASES);
            case 13 -> "PTTL " + key;
            case 14 -> "STRLEN " + key;
            default -> "GET " + key;
        };
    }

    // ---- the model ----

    private Value live(int database, String key) {
        Value value = model.get(database).get(key);
        return value != null && value.expireAt > now ? value : null;
    }

    private String apply(int database, String[] words) {
        Map<String, Value> keys = model.get(database);
        String key = words.length > 1 ? words[1] : "";
        Value old = words.length > 1 && !words[0].equals("SWAPDB") ? live(database, key) : null;
        switch (words[0]) {
            case "SET":
                keys.put(key, new Value(words[2], words.length > 3 ? now + Long.parseLong(words[4]) : Long.MAX_VALUE));
                return "+OK\r\n";
            case "APPEND":
                keys.put(key, old == null ? value(words[2]) : new Value(old.text + words[2], old.expireAt));
                return integer(keys.get(key).text.length());
            case "SETRANGE":
                return setRange(keys, key, old, Integer.parseInt(words[2]));
            case "PEXPIRE":
                return expire(keys, key, old, now + Long.parseLong(words[2]));
            case "PERSIST":
                boolean had = old != null && old.expireAt != Long.MAX_VALUE;
                return had ? expire(keys, key, old, Long.MAX_VALUE) : integer(0);
            case "DEL":
                keys.remove(key);
                Value other = live(database, words[2]);
                keys.remove(words[2]);
                return integer((old == null ? 0 : 1) + (other == null ? 0 : 1));
            case "FLUSHDB":
                keys.clear();
                return "+OK\r\n";
            case "SWAPDB":
                model.set(
                        Integer.parseInt(words[1]),
                        model.set(Integer.parseInt(words[2]), model.get(Integer.parseInt(words[1]))));
                return "+OK\r\n";
            case "PTTL":
                return integer(old == null ? -2 : old.expireAt == Long.MAX_VALUE ? -1 : old.expireAt - now);
            case "STRLEN":
                return integer(old == null ? 0 : old.text.length());
            case "GET":
                return old == null ? "_\r\n" : "$" + old.text.length() + "\r\n" + old.text + "\r\n";
            default:
                return applyToTwo(database, words, old);
        }
    }

    private String applyToTwo(int database, String[] words, Value old) {
        String key = words[1];
        if (words[0].equals("RENAME")) {
            if (old == null) {
                return "-ERR no such key\r\n";
            }
            model.get(database).remove(key);
            model.get(database).put(words[2], old);
            return "+OK\r\n";
        }
        boolean move = words[0].equals("MOVE");
        int destination = Integer.parseInt(move ? words[2] : words[4]);
        String newKey = move ? key : words[2];
        if (destination == database && newKey.equals(key)) {
            return "-ERR source and destination objects are the same\r\n";
        }
        if (old == null || (move && live(destination, key) != null)) {
            return integer(0);
        }
        model.get(destination).put(newKey, old);
        if (move) {
            model.get(database).remove(key);
        }
        return integer(1);
    }

    private static Value value(String text) {
        return new Value(text, Long.MAX_VALUE);
    }

    private static String setRange(Map<String, Value> keys, String key, Value old, int offset) {
        StringBuilder text = new StringBuilder(old == null ? "" : old.text);
        text.setLength(Math.max(text.length(), offset + 1));
        text.setCharAt(offset, 'r');
        keys.put(key, new Value(text.toString(), old == null ? Long.MAX_VALUE : old.expireAt));
        return integer(text.length());
    }

    private String expire(Map<String, Value> keys, String key, Value old, long expireAt) {
        if (old == null) {
            return integer(0);
        }
        if (expireAt <= now) {
            keys.remove(key);
        } else {
            keys.put(key, new Value(old.text, expireAt));
        }
        return integer(1);
    }

    private static String integer(long value) {
        return ":" + value + "\r\n";
    }

    // ---- the rules ----

    /** Contents equal the model's; counters, hints and rows are exactly those that the keys call for. */
    private void check(CommandFixture store) {
        now = store.nowMillis();
        store.expireAll();
        while (store.store().reclaimGarbage(1_000_000) > 0) {
            // until nothing is left to reclaim
        }
        Set<String> hints = new TreeSet<>();
        Set<String> collections = new HashSet<>();
        StoreReader reader = store.store().reader();
        for (int database = 0; database < DATABASES; database++) {
            store.select(database);
            Set<String> names = new TreeSet<>();
            for (String key : KEYS) {
                Value value = live(database, key);
                if (value != null) {
                    names.add(key);
                    assertEquals(
                            "$" + value.text.length() + "\r\n" + value.text + "\r\n", text(store.run("GET " + key)));
                    collect(reader, database, key, hints, collections);
                }
            }
            assertEquals(integer(names.size()), text(store.run("DBSIZE")));
            for (String key : KEYS) {
                int slot = Slots.of(key.getBytes(ISO_8859_1));
                long inSlot = names.stream()
                        .filter(name -> Slots.of(name.getBytes(ISO_8859_1)) == slot)
                        .count();
                assertEquals(inSlot, reader.keyCount(database, slot));
            }
        }
        assertEquals(hints, keys(reader, Space.EXPIRY));
        for (String row : keys(reader, Space.ROWS)) {
            assertTrue(collections.contains(row.substring(0, KeyLayout.ROW_PREFIX_SIZE - 1)), "a row of no key");
        }
    }

    private static void collect(
            StoreReader reader, int database, String key, Set<String> hints, Set<String> collections) {
        byte[] name = key.getBytes(ISO_8859_1);
        ReadContext context = new ReadContext(reader, database, 0, new SplittableRandom(0));
        KeyRecord record = context.find(name);
        assertTrue(record != null, key);
        int physical = reader.physicalDatabase(database);
        if (record.hasExpiry()) {
            hints.add(latin(KeyLayout.expiry(record.expireAtMillis(), physical, name)));
        }
        if (Collections.idOf(record) != Collections.NO_ID) {
            collections.add(latin(ByteBuffer.allocate(KeyLayout.ROW_PREFIX_SIZE - 1)
                    .put((byte) physical)
                    .putShort((short) Slots.of(name))
                    .putLong(Collections.idOf(record))
                    .array()));
        }
    }

    private static Set<String> keys(StoreReader reader, Space space) {
        Set<String> keys = new TreeSet<>();
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
