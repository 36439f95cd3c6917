package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.base.Bytes;
import io.aikv.base.Numbers;
import io.aikv.data.CollectionHeader;
import io.aikv.data.RankIndexRows;
import io.aikv.data.ReadContext;
import io.aikv.data.Type;
import io.aikv.resp.Reply;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random changes of sorted sets of some hundred members, alone and several in an entry, against a map in memory; and the
 * rules that their rows must keep. {@code -Daikv.seed=N} repeats a run.
 */
final class SortedSetProperty {
    private static final int STEPS = 250;
    private static final String[] KEYS = {"{p}a", "{p}b", "other"};

    @TempDir
    private Path directory;

    private final Map<String, Map<String, Double>> model = new HashMap<>();
    private SplittableRandom random = new SplittableRandom();

    private record Entry(String member, double score) {}

    @RepeatedTest(3)
    void contentsRanksAndRowsAgreeWithTheModel() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("SortedSetProperty seed " + seed);
        random = new SplittableRandom(seed);
        try (CommandFixture redis = new CommandFixture(directory, CommandFixture.anyPacking(seed))) {
            for (int step = 0; step < STEPS; step++) {
                List<String> lines = new ArrayList<>();
                int count = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1;
                for (int i = 0; i < count; i++) {
                    lines.add(change());
                }
                String replies = redis.entry(lines.toArray(new String[0])).toString();
                for (String key : KEYS) {
                    try {
                        checkReads(redis, key);
                    } catch (AssertionError e) {
                        throw new AssertionError(
                                e.getMessage() + " of " + key + "\nafter: " + lines + "\n" + replies, e);
                    }
                }
                if (step % 40 == 39) {
                    for (String key : KEYS) {
                        checkRows(redis, key);
                    }
                }
            }
        }
    }

    // ---- changes, in the model and as a command line ----

    private String change() {
        String key = pick(KEYS);
        Map<String, Double> set = model.computeIfAbsent(key, k -> new HashMap<>());
        List<Entry> order = order(set);
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> {
                StringBuilder line = new StringBuilder("ZADD " + key);
                for (int left = 1 + random.nextInt(60); left > 0; left--) {
                    int score = random.nextInt(40) - 10;
                    String member = "m" + random.nextInt(400);
                    set.put(member, (double) score);
                    line.append(' ').append(score).append(' ').append(member);
                }
                return line.toString();
            }
            case 4 -> {
                String member = "m" + random.nextInt(400);
                set.merge(member, 2.5, Double::sum);
                return "ZINCRBY " + key + " 2.5 " + member;
            }
            case 5 -> {
                StringBuilder line = new StringBuilder("ZREM " + key);
                for (int left = 1 + random.nextInt(30); left > 0; left--) {
                    String member = "m" + random.nextInt(400);
                    set.remove(member);
                    line.append(' ').append(member);
                }
                return line.toString();
            }
            case 6 -> {
                int from = random.nextInt(order.size() + 1);
                int to = Math.min(order.size(), from + random.nextInt(random.nextInt(4) == 0 ? 400 : 40));
                order.subList(from, to).forEach(entry -> set.remove(entry.member));
                return "ZREMRANGEBYRANK " + key + " " + from + " " + (to - 1 < from ? from - 1 - order.size() : to - 1);
            }
            case 7 -> {
                int low = random.nextInt(40) - 10;
                set.values().removeIf(score -> score > low && score <= low + 3);
                return "ZREMRANGEBYSCORE " + key + " (" + low + " " + (low + 3);
            }
            case 8 -> {
                int count = random.nextInt(40);
                boolean max = random.nextBoolean();
                for (int i = 0; i < Math.min(count, order.size()); i++) {
                    set.remove(order.get(max ? order.size() - 1 - i : i).member);
                }
                return (max ? "ZPOPMAX " : "ZPOPMIN ") + key + " " + count;
            }
            default -> {
                return copyOrStore(key, set);
            }
        }
    }

    private String copyOrStore(String key, Map<String, Double> set) {
        String to = pick(KEYS);
        if (to.equals(key) || set.isEmpty()) {
            return "ZCARD " + key;
        }
        if (random.nextBoolean()) {
            model.put(to, new HashMap<>(set));
            return "COPY " + key + " " + to + " REPLACE";
        }
        Map<String, Double> union = new HashMap<>(set);
        model.getOrDefault(to, Map.of()).forEach((member, score) -> union.merge(member, score, Double::sum));
        model.put(to, union);
        return "ZUNIONSTORE " + to + " 2 " + to + " " + key;
    }

    private static List<Entry> order(Map<String, Double> set) {
        List<Entry> entries = new ArrayList<>();
        set.forEach((member, score) -> entries.add(new Entry(member, score)));
        entries.sort((a, b) -> a.score != b.score ? Double.compare(a.score, b.score) : a.member.compareTo(b.member));
        return entries;
    }

    // ---- checks ----

    private void checkReads(CommandFixture redis, String key) {
        Map<String, Double> set = model.getOrDefault(key, Map.of());
        List<Entry> order = order(set);
        assertEquals(order.size(), number(redis, "ZCARD " + key));
        int rank = random.nextInt(order.size() + 1);
        int size = random.nextInt(20);
        List<Entry> expected = order.subList(rank, Math.min(order.size(), rank + size));
        String range = " " + rank + " " + (rank + size - 1) + " WITHSCORES";
        if (size > 0) {
            assertEquals(flat(expected), flat(redis, "ZRANGE " + key + range));
            List<Entry> reversed = new ArrayList<>(order);
            java.util.Collections.reverse(reversed);
            List<Entry> down = reversed.subList(rank, Math.min(order.size(), rank + size));
            assertEquals(flat(down), flat(redis, "ZREVRANGE " + key + range));
        }
        double low = random.nextInt(40) - 10.5;
        List<Entry> behind = order.stream().filter(entry -> entry.score > low).toList();
        assertEquals(behind.size(), number(redis, "ZCOUNT " + key + " (" + low + " +inf"));
        int offset = random.nextInt(behind.size() + 1);
        assertEquals(
                flat(behind.subList(offset, Math.min(behind.size(), offset + 5))),
                flat(redis, "ZRANGEBYSCORE " + key + " (" + low + " +inf WITHSCORES LIMIT " + offset + " 5"));
        if (rank < order.size()) {
            assertEquals(rank, number(redis, "ZRANK " + key + " " + order.get(rank).member));
            assertEquals(order.size() - 1 - rank, number(redis, "ZREVRANK " + key + " " + order.get(rank).member));
        }
    }

    /** Each member has its two rows and nothing else, and the index is what they and the seed say. */
    private static void checkRows(CommandFixture redis, String key) {
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        List<String> byMember = rows(context, key, 'M');
        List<String> byScore = rows(context, key, 'S');
        CollectionHeader header = CollectionHeader.find(context, Bytes.utf8(key), Type.SORTED_SET);
        assertEquals(header == null ? 0 : header.count(), byMember.size());
        assertEquals(byMember.size(), byScore.size());

        redis.run("ZRANGESTORE stored " + key + " 0 -1");
        assertEquals(rows(context, "stored", 'M'), byMember);
        assertEquals(rows(context, "stored", 'S'), byScore);
        assertEquals(RankIndexRows.expected(context, Bytes.utf8(key)), rows(context, key, 'R'));
        assertEquals(RankIndexRows.expected(context, Bytes.utf8("stored")), rows(context, "stored", 'R'));
    }

    private static List<String> rows(ReadContext context, String key, char tag) {
        List<String> found = new ArrayList<>();
        byte[] name = Bytes.utf8(key);
        CollectionHeader header = CollectionHeader.find(context, name, Type.SORTED_SET);
        if (header != null) {
            try (Cursor rows = context.rows(name, header.rows(), (byte) tag, Bytes.EMPTY, null)) {
                while (rows.next()) {
                    found.add(new String(KeyLayout.sub(rows.key()), ISO_8859_1) + "="
                            + new String(rows.value(), ISO_8859_1));
                }
            }
        }
        return found;
    }

    private static long number(CommandFixture redis, String line) {
        return ((Reply.Int) redis.run(line)).value();
    }

    private static List<String> flat(CommandFixture redis, String line) {
        List<String> found = new ArrayList<>();
        if (redis.run(line) instanceof Reply.Pairs pairs) {
            for (Reply item : pairs.items()) {
                Reply.Pair pair = (Reply.Pair) item;
                found.add(Bytes.text(((Reply.Bulk) pair.first()).value()));
                found.add(Bytes.text(Numbers.formatDouble(((Reply.Double) pair.second()).value())));
            }
        }
        return found;
    }

    private static List<String> flat(List<Entry> entries) {
        List<String> found = new ArrayList<>();
        for (Entry entry : entries) {
            found.add(entry.member);
            found.add(Bytes.text(Numbers.formatDouble(entry.score)));
        }
        return found;
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
