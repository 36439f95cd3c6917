package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.aikv.data.CollectionHeader;
import io.aikv.data.ReadContext;
import io.aikv.data.StreamId;
import io.aikv.data.Type;
import io.aikv.store.Cursor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random commands on one stream and its groups against maps in memory, with the policies of Redis 8.2 that the comparison
 * with a redis-server cannot see; and between them the rules that the stream's rows must keep. {@code -Daikv.seed=N}
 * repeats a run.
 */
final class StreamProperty {
    private static final int STEPS = 2_000;
    private static final String[] POLICIES = {"KEEPREF", "DELREF", "ACKED"};
    private static final String[] GROUPS = {"g", "gg", "h"};
    private static final String[] CONSUMERS = {"a", "b", "ab"};

    @TempDir
    private Path directory;

    /** What is pending: for whom, and how often it was delivered. */
    private record Pending(String consumer, int count) {}

    /** A group as it should be. */
    private static final class Model {
        private StreamId last;
        private final TreeMap<StreamId, Pending> pending = new TreeMap<>();
        private final TreeMap<String, Boolean> consumers = new TreeMap<>();

        Model(StreamId last) {
            this.last = last;
        }
    }

    private final TreeMap<StreamId, String> entries = new TreeMap<>();
    private final TreeMap<String, Model> groups = new TreeMap<>();
    private final List<String> history = new ArrayList<>();
    private StreamId last = StreamId.MIN;
    private SplittableRandom random = new SplittableRandom();
    private @Nullable CommandFixture redis;
    private int value;

    @RepeatedTest(4)
    void repliesAndRowsAgreeWithTheModel() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("StreamProperty seed " + seed);
        random = new SplittableRandom(seed);
        try (CommandFixture store = new CommandFixture(directory, CommandFixture.anyPacking(seed))) {
            redis = store;
            expect("$3\r\n0-1\r\n", "XADD s 0-1 v 0");
            last = new StreamId(0, 1);
            entries.put(last, "0");
            for (int step = 0; step < STEPS; step++) {
                step(store);
                if (step % 50 == 49) {
                    check(store);
                }
            }
        } catch (AssertionError e) {
            int from = Math.max(0, history.size() - 30);
            throw new AssertionError(
                    "seed " + seed + ", after\n  " + String.join("\n  ", history.subList(from, history.size())), e);
        }
    }

    private void step(CommandFixture store) {
        store.advance(random.nextInt(3));
        if (random.nextInt(200) == 0) {
            store.reopen();
        }
        switch (random.nextInt(14)) {
            case 0, 1, 2, 3 -> add(store);
            case 4 -> trim();
            case 5 -> range();
            case 6 -> changeGroups();
            case 7, 8 -> deliver();
            case 9 -> readAgain();
            case 10 -> acknowledge();
            case 11 -> deleteSome();
            case 12 -> acknowledgeAndDelete();
            default -> claim();
        }
    }

    private void expect(String reply, String line) {
        history.add(line);
        assertEquals(reply, text(Objects.requireNonNull(redis).run(line)), line);
    }

    // ---- entries ----

    private void add(CommandFixture store) {
        StreamId id = store.nowMillis() > last.ms() ? new StreamId(store.nowMillis(), 0) : last.next();
        String policy = random.nextInt(6) == 0 ? pick(POLICIES) : "";
        String trim = random.nextInt(4) == 0 || !policy.isEmpty() ? "MAXLEN " + random.nextInt(40) : "";
        expect(bulk(id), ("XADD s " + policy + " " + trim + " * v " + ++value).replaceAll(" +", " "));
        entries.put(Objects.requireNonNull(id), Integer.toString(value));
        last = id;
        if (!trim.isEmpty()) {
            cutTo(Integer.parseInt(trim.substring(7)), policy);
        }
    }

    private int cutTo(int length, String policy) {
        int before = entries.size();
        for (StreamId id : List.copyOf(entries.keySet())) {
            if (entries.size() > length) {
                remove(id, policy);
            }
        }
        return before - entries.size();
    }

    /** Removes an entry unless the policy forbids it. */
    private boolean remove(StreamId id, String policy) {
        if (policy.equals("ACKED") && isReferenced(id)) {
            return false;
        }
        if (policy.equals("DELREF")) {
            groups.values().forEach(group -> group.pending.remove(id));
        }
        return entries.remove(id) != null;
    }

    private boolean isReferenced(StreamId id) {
        return groups.values().stream().anyMatch(group -> id.isAfter(group.last) || group.pending.containsKey(id));
    }

    private void trim() {
        String policy = pick(POLICIES);
        if (random.nextBoolean()) {
            int length = random.nextInt(60);
            expect(":" + cutTo(length, policy) + "\r\n", "XTRIM s MAXLEN " + length + " " + policy);
            return;
        }
        StreamId min = anyId();
        int removed = 0;
        for (StreamId id : List.copyOf(entries.headMap(min).keySet())) {
            removed += remove(id, policy) ? 1 : 0;
        }
        expect(":" + removed + "\r\n", "XTRIM s " + policy + " MINID " + min);
    }

    private void range() {
        StreamId from = anyId();
        StreamId to = anyId();
        boolean reverse = random.nextBoolean();
        int count = 1 + random.nextInt(10);
        Map<StreamId, String> found = from.isAfter(to)
                ? Map.of()
                : reverse ? entries.subMap(from, true, to, true).descendingMap() : entries.subMap(from, true, to, true);
        List<StreamId> ids = found.keySet().stream().limit(count).toList();
        String line = reverse ? "XREVRANGE s " + to + " " + from : "XRANGE s " + from + " " + to;
        expect(shown(ids), line + " COUNT " + count);
        expect(":" + entries.size() + "\r\n", "XLEN s");
    }

    private void deleteSome() {
        String policy = pick(POLICIES);
        List<StreamId> ids = someIds();
        if (random.nextInt(3) == 0) {
            long deleted = ids.stream().filter(id -> remove(id, "KEEPREF")).count();
            expect(":" + deleted + "\r\n", "XDEL s " + joined(ids));
            return;
        }
        StringBuilder results = new StringBuilder("*" + ids.size() + "\r\n");
        for (StreamId id : ids) {
            boolean kept = policy.equals("ACKED") && isReferenced(id);
            boolean deleted = remove(id, policy);
            results.append(kept ? ":2\r\n" : deleted ? ":1\r\n" : ":-1\r\n");
        }
        expect(results.toString(), "XDELEX s IDS " + ids.size() + " " + joined(ids) + " " + policy);
    }

    // ---- groups ----

    private void changeGroups() {
        String name = pick(GROUPS);
        Model group = groups.get(name);
        if (group == null) {
            StreamId from = random.nextBoolean() ? StreamId.MIN : anyId();
            groups.put(name, new Model(from));
            expect("+OK\r\n", "XGROUP CREATE s " + name + " " + from);
        } else if (random.nextInt(3) == 0) {
            groups.remove(name);
            expect(":1\r\n", "XGROUP DESTROY s " + name);
        } else if (random.nextBoolean()) {
            group.last = anyId();
            expect("+OK\r\n", "XGROUP SETID s " + name + " " + group.last);
        } else {
            String consumer = pick(CONSUMERS);
            int before = group.pending.size();
            group.consumers.remove(consumer);
            group.pending.values().removeIf(pending -> pending.consumer.equals(consumer));
            expect(":" + (before - group.pending.size()) + "\r\n", "XGROUP DELCONSUMER s " + name + " " + consumer);
        }
    }

    private void deliver() {
        String name = pick(GROUPS);
        String consumer = pick(CONSUMERS);
        int count = 1 + random.nextInt(8);
        boolean acknowledged = random.nextInt(6) == 0;
        String line = "XREADGROUP GROUP " + name + " " + consumer + " COUNT " + count + (acknowledged ? " NOACK" : "")
                + " STREAMS s >";
        Model group = groups.get(name);
        if (group == null) {
            expect(
                    "-NOGROUP No such key 's' or consumer group '" + name + "' in XREADGROUP with GROUP option\r\n",
                    line);
            return;
        }
        List<StreamId> ids = entries.tailMap(group.last, false).keySet().stream()
                .limit(count)
                .toList();
        group.consumers.put(consumer, true);
        for (StreamId id : ids) {
            group.last = id;
            if (!acknowledged) {
                group.pending.put(id, new Pending(consumer, 1));
            }
        }
        expect(ids.isEmpty() ? "_\r\n" : "%1\r\n$1\r\ns\r\n" + shown(ids), line);
    }

    private void readAgain() {
        String name = pick(GROUPS);
        String consumer = pick(CONSUMERS);
        Model group = groups.get(name);
        if (group == null) {
            return;
        }
        StreamId behind = anyId();
        group.consumers.put(consumer, true);
        StringBuilder expected = new StringBuilder();
        List<StreamId> ids =
                owned(group, consumer).stream().filter(id -> id.isAfter(behind)).toList();
        for (StreamId id : ids) {
            if (entries.containsKey(id)) {
                group.pending.computeIfPresent(id, (same, pending) -> new Pending(consumer, pending.count + 1));
                expected.append(shown(id));
            } else {
                expected.append("*2\r\n").append(bulk(id)).append("_\r\n");
            }
        }
        expect(
                "%1\r\n$1\r\ns\r\n*" + ids.size() + "\r\n" + expected,
                "XREADGROUP GROUP " + name + " " + consumer + " STREAMS s " + behind);
    }

    private static List<StreamId> owned(Model group, String consumer) {
        return group.pending.entrySet().stream()
                .filter(entry -> entry.getValue().consumer.equals(consumer))
                .map(Map.Entry::getKey)
                .toList();
    }

    private void acknowledge() {
        String name = pick(GROUPS);
        Model group = groups.get(name);
        List<StreamId> ids = group == null ? someIds() : pendingIds(group);
        long count = group == null
                ? 0
                : ids.stream().filter(id -> group.pending.remove(id) != null).count();
        expect(":" + count + "\r\n", "XACK s " + name + " " + joined(ids));
    }

    private void acknowledgeAndDelete() {
        String name = pick(GROUPS);
        String policy = pick(POLICIES);
        Model group = groups.get(name);
        List<StreamId> ids = group == null ? someIds() : pendingIds(group);
        StringBuilder results = new StringBuilder("*" + ids.size() + "\r\n");
        for (StreamId id : ids) {
            if (group == null || group.pending.remove(id) == null) {
                results.append(":-1\r\n");
            } else {
                boolean kept = policy.equals("ACKED") && isReferenced(id);
                remove(id, policy);
                results.append(kept ? ":2\r\n" : ":1\r\n");
            }
        }
        expect(results.toString(), "XACKDEL s " + name + " " + policy + " IDS " + ids.size() + " " + joined(ids));
    }

    private void claim() {
        String name = pick(GROUPS);
        String consumer = pick(CONSUMERS);
        Model group = groups.get(name);
        if (group == null) {
            return;
        }
        group.consumers.put(consumer, true);
        boolean force = random.nextBoolean();
        List<StreamId> claimed = new ArrayList<>();
        List<StreamId> ids = random.nextBoolean() ? pendingIds(group) : someIds();
        for (StreamId id : ids) {
            Pending old = group.pending.get(id);
            if (!entries.containsKey(id)) {
                group.pending.remove(id);
            } else if (old != null || force) {
                group.pending.put(id, new Pending(consumer, old == null ? 2 : old.count + 1));
                claimed.add(id);
            }
        }
        expect(shown(claimed), "XCLAIM s " + name + " " + consumer + " 0 " + joined(ids) + (force ? " FORCE" : ""));
    }

    // ---- the whole ----

    private void check(CommandFixture store) {
        expect(shown(List.copyOf(entries.keySet())), "XRANGE s - +");
        for (Map.Entry<String, Model> named : groups.entrySet()) {
            Model group = named.getValue();
            StringBuilder pending = new StringBuilder("*" + group.pending.size() + "\r\n");
            group.pending.forEach((id, entry) -> pending.append("*4\r\n")
                    .append(bulk(id))
                    .append("$" + entry.consumer.length() + "\r\n" + entry.consumer + "\r\n(idle):")
                    .append(entry.count + "\r\n"));
            String line = "XPENDING s " + named.getKey() + " - + 1000000";
            String shown = text(store.run(line)).replaceAll("\r\n:\\d+\r\n:", "\r\n(idle):");
            assertEquals(pending.toString(), shown, line);
            String consumers = text(store.run("XINFO CONSUMERS s " + named.getKey()));
            for (String consumer : group.consumers.keySet()) {
                int count = owned(group, consumer).size();
                String row = "$4\r\nname\r\n$" + consumer.length() + "\r\n" + consumer + "\r\n$7\r\npending\r\n:"
                        + count + "\r\n";
                assertEquals(true, consumers.contains(row), consumers + " should have " + row);
            }
        }
        assertEquals(expectedRows(), rows(store), "rows by tag");
        String first = entries.isEmpty() ? "0-0" : entries.firstKey().toString();
        String info = text(store.run("XINFO STREAM s"));
        assertEquals(
                true, info.contains("recorded-first-entry-id\r\n$" + first.length() + "\r\n" + first + "\r\n"), info);
    }

    private Map<Character, Integer> expectedRows() {
        Map<Character, Integer> rows = new TreeMap<>();
        rows.put('E', entries.size());
        rows.put('G', groups.size());
        for (Model group : groups.values()) {
            rows.merge('C', group.consumers.size(), Integer::sum);
            rows.merge('N', group.consumers.size(), Integer::sum);
            rows.merge('P', group.pending.size(), Integer::sum);
            rows.merge('Q', group.pending.size(), Integer::sum);
        }
        rows.values().removeIf(count -> count == 0);
        return rows;
    }

    private static Map<Character, Integer> rows(CommandFixture store) {
        byte[] key = "s".getBytes(ISO_8859_1);
        ReadContext context = new ReadContext(store.store().reader(), 0, store.nowMillis());
        CollectionHeader header = CollectionHeader.find(context, key, Type.STREAM);
        assertNotNull(header);
        Map<Character, Integer> rows = new TreeMap<>();
        for (byte tag : "ECGNPQ".getBytes(ISO_8859_1)) {
            try (Cursor all = context.rows(key, header.rows(), tag, new byte[0], null)) {
                while (all.next()) {
                    rows.merge((char) tag, 1, Integer::sum);
                }
            }
        }
        return rows;
    }

    // ---- choices and texts ----

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** Mostly one that is there, sometimes one that is not. */
    private StreamId anyId() {
        if (entries.isEmpty() || random.nextInt(5) == 0) {
            return new StreamId(last.ms() - random.nextInt(50), random.nextInt(2));
        }
        return List.copyOf(entries.keySet()).get(random.nextInt(entries.size()));
    }

    private List<StreamId> someIds() {
        List<StreamId> ids = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            ids.add(anyId());
        }
        return ids;
    }

    private List<StreamId> pendingIds(Model group) {
        Predicate<StreamId> some = id -> random.nextInt(3) == 0;
        List<StreamId> ids =
                group.pending.keySet().stream().filter(some).limit(10).collect(Collectors.toList());
        ids.add(anyId());
        return ids;
    }

    private static String joined(List<StreamId> ids) {
        return ids.stream().map(StreamId::toString).collect(Collectors.joining(" "));
    }

    private static String bulk(@Nullable StreamId id) {
        String text = String.valueOf(id);
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    private String shown(List<StreamId> ids) {
        return "*" + ids.size() + "\r\n" + ids.stream().map(this::shown).collect(Collectors.joining());
    }

    private String shown(StreamId id) {
        String text = entries.get(id);
        return "*2\r\n" + bulk(id) + "*2\r\n$1\r\nv\r\n$" + String.valueOf(text).length() + "\r\n" + text + "\r\n";
    }
}
