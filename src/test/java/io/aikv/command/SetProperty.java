package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.resp.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random commands on a few sets of very different sizes against sets in memory, above all those that choose at random, which
 * no other server can be compared with. {@code -Daikv.seed=N} repeats a run.
 */
final class SetProperty {
    private static final int STEPS = 800;
    private static final String[] KEYS = {"{s}small", "{s}middle", "{s}large"};
    private static final int[] MEMBERS_MAX = {8, 150, 4_000};

    @TempDir
    private Path directory;

    private final List<Set<String>> model = List.of(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
    private SplittableRandom random = new SplittableRandom();
    private String context = "";

    @RepeatedTest(4)
    void repliesAndContentsAgreeWithTheModel() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("SetProperty seed " + seed);
        random = new SplittableRandom(seed);
        try (CommandFixture redis = new CommandFixture(directory, CommandFixture.anyPacking(seed))) {
            for (int step = 0; step < STEPS; step++) {
                context = "step " + step + " with seed " + seed;
                step(redis, random.nextInt(KEYS.length));
                if (step % 40 == 0) {
                    check(redis);
                }
            }
            check(redis);
        }
    }

    private void check(CommandFixture redis) {
        for (int set = 0; set < KEYS.length; set++) {
            assertEquals(model.get(set), distinct(redis.run("SMEMBERS " + KEYS[set])), context);
            assertEquals(Reply.integer(model.get(set).size()), redis.run("SCARD " + KEYS[set]), context);
            assertEquals(model.get(set), scanned(redis, KEYS[set]), context);
        }
    }

    private void step(CommandFixture redis, int set) {
        String key = KEYS[set];
        Set<String> members = model.get(set);
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> add(redis, set);
            case 3 -> {
                String member = member(set);
                Reply expected = members.remove(member) ? Reply.ONE : Reply.ZERO;
                assertEquals(expected, redis.run("SREM " + key + " " + member), context);
            }
            case 4, 5 -> pop(redis, key, members);
            case 6 -> {
                int count = count(members.size());
                Set<String> chosen = distinct(redis.run("SRANDMEMBER " + key + " " + count));
                assertEquals(Math.min(count, members.size()), chosen.size(), context);
                assertTrue(members.containsAll(chosen), context);
            }
            case 7 -> {
                int count = count(members.size());
                List<String> chosen = list(redis.run("SRANDMEMBER " + key + " -" + count));
                assertEquals(members.isEmpty() ? 0 : count, chosen.size(), context);
                assertTrue(members.containsAll(chosen), context);
            }
            case 8 -> combine(redis);
            default -> {
                String member = member(set);
                Reply expected = members.contains(member) ? Reply.ONE : Reply.ZERO;
                assertEquals(expected, redis.run("SISMEMBER " + key + " " + member), context);
            }
        }
    }

    private void add(CommandFixture redis, int set) {
        int count = random.nextInt(6) == 0 ? MEMBERS_MAX[set] / 2 : 1 + random.nextInt(5);
        StringBuilder line = new StringBuilder("SADD ").append(KEYS[set]);
        int added = 0;
        for (int i = 0; i < count; i++) {
            String member = member(set);
            line.append(' ').append(member);
            added += model.get(set).add(member) ? 1 : 0;
        }
        assertEquals(Reply.integer(added), redis.run(line.toString()), context);
    }

    private void pop(CommandFixture redis, String key, Set<String> members) {
        if (random.nextBoolean()) {
            Reply popped = redis.run("SPOP " + key);
            assertEquals(members.isEmpty(), popped == Reply.NULL, context);
            assertTrue(members.isEmpty() || members.remove(string(popped)), context);
            return;
        }
        int count = count(members.size());
        Set<String> popped = distinct(redis.run("SPOP " + key + " " + count));
        assertEquals(Math.min(count, members.size()), popped.size(), context);
        assertTrue(members.containsAll(popped), context);
        members.removeAll(popped);
    }

    /** One or a few, about a part of so many, all but a few, or more than all. */
    private int count(int size) {
        return switch (random.nextInt(5)) {
            case 0, 1 -> 1 + random.nextInt(3);
            case 2 -> 1 + size / (2 + random.nextInt(20));
            case 3 -> Math.max(1, size - random.nextInt(5));
            default -> size + 1;
        };
    }

    private void combine(CommandFixture redis) {
        int a = random.nextInt(KEYS.length);
        int b = random.nextInt(KEYS.length);
        Set<String> intersection = new HashSet<>(model.get(a));
        intersection.retainAll(model.get(b));
        Set<String> union = new HashSet<>(model.get(a));
        union.addAll(model.get(b));
        Set<String> difference = new HashSet<>(model.get(a));
        difference.removeAll(model.get(b));
        String keys = " " + KEYS[a] + " " + KEYS[b];

        assertEquals(intersection, distinct(redis.run("SINTER" + keys)), context);
        assertEquals(union, distinct(redis.run("SUNION" + keys)), context);
        assertEquals(difference, distinct(redis.run("SDIFF" + keys)), context);
        assertEquals(Reply.integer(intersection.size()), redis.run("SINTERCARD 2" + keys), context);
        assertEquals(Reply.integer(Math.min(3, intersection.size())), redis.run("SINTERCARD 2" + keys + " LIMIT 3"));
        if (random.nextInt(4) == 0) {
            int into = random.nextInt(2);
            assertEquals(Reply.integer(difference.size()), redis.run("SDIFFSTORE " + KEYS[into] + keys), context);
            model.get(into).clear();
            model.get(into).addAll(difference);
        }
    }

    private Set<String> scanned(CommandFixture redis, String key) {
        Set<String> members = new TreeSet<>();
        String cursor = "0";
        do {
            List<Reply> page = ((Reply.Array) redis.run("SSCAN " + key + " " + cursor + " COUNT 7")).items();
            cursor = string(page.get(0));
            for (String member : list(page.get(1))) {
                assertTrue(members.add(member), "scanned twice: " + member + ", " + context);
            }
        } while (!cursor.equals("0"));
        return members;
    }

    private String member(int set) {
        return "m" + random.nextInt(MEMBERS_MAX[set]);
    }

    private static String string(Reply reply) {
        return new String(((Reply.Bulk) reply).value(), ISO_8859_1);
    }

    private static List<String> list(Reply reply) {
        List<Reply> items = reply instanceof Reply.Set set ? set.items() : ((Reply.Array) reply).items();
        return items.stream().map(SetProperty::string).toList();
    }

    private Set<String> distinct(Reply reply) {
        List<String> all = new ArrayList<>(list(reply));
        Set<String> distinct = new TreeSet<>(all);
        assertEquals(all.size(), distinct.size(), "nothing comes twice, " + context);
        return distinct;
    }
}
