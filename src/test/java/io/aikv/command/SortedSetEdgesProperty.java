package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.resp.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * A few members whose scores change all the time, come and go at the ends: whatever the set remembers of where its rows
 * begin and end must be true. Members are so long that edges are cut. {@code -Daikv.seed=N} repeats a run.
 */
final class SortedSetEdgesProperty {
    private static final int STEPS = 4_000;
    private static final String PREFIX = "members-with-a-long-beginning-";

    @TempDir
    private Path directory;

    private final Map<String, Integer> model = new TreeMap<>();
    private SplittableRandom random;

    @RepeatedTest(4)
    void firstAndLastAreFound() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("SortedSetEdgesProperty seed " + seed);
        random = new SplittableRandom(seed);
        try (CommandFixture redis = new CommandFixture(directory, CommandFixture.anyPacking(seed))) {
            for (int step = 0; step < STEPS; step++) {
                change(redis);
                List<String> order = order();
                assertEquals(text(bulks(order)), text(redis.run("ZRANGE z 0 -1")), () -> "with seed " + seed);
                assertEquals(text(bulks(order.subList(0, Math.min(1, order.size())))), text(redis.run("ZRANGE z 0 0")));
                assertEquals(
                        text(bulks(order.subList(Math.max(0, order.size() - 1), order.size()))),
                        text(redis.run("ZRANGE z 0 0 REV")));
            }
        }
    }

    private void change(CommandFixture redis) {
        String member = PREFIX + (random.nextInt(4) == 0 ? random.nextInt(6) : random.nextInt(2));
        List<String> order = order();
        switch (random.nextInt(12)) {
            case 0 -> {
                model.remove(member);
                redis.run("ZREM z " + member);
            }
            case 1 -> {
                order.stream().limit(1).forEach(model::remove);
                redis.run("ZPOPMIN z");
            }
            case 2 -> {
                order.stream().skip(Math.max(0, order.size() - 1)).forEach(model::remove);
                redis.run("ZPOPMAX z");
            }
            case 3 -> {
                order.stream().limit(2).forEach(model::remove);
                redis.run("ZREMRANGEBYRANK z 0 1");
            }
            case 4, 5, 6 -> {
                int score = random.nextInt(4);
                model.put(member, score);
                redis.run("ZADD z " + score + " " + member);
            }
            default -> {
                model.merge(member, 1, Integer::sum);
                redis.run("ZINCRBY z 1 " + member);
            }
        }
    }

    private List<String> order() {
        List<String> order = new ArrayList<>(model.keySet());
        order.sort(Comparator.comparing(model::get)); // Stable: equal scores stay in the order of members.
        return order;
    }

    private static Reply bulks(List<String> members) {
        return Reply.array(members.stream()
                .map(member -> Reply.bulk(member.getBytes(ISO_8859_1)))
                .toList());
    }
}
