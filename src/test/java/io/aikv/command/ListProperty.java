package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.resp.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random commands on one long list against a list in memory: pushed, popped, trimmed, changed in the middle, so that it is
 * dense and sparse by turns; alone and several in an entry. {@code -Daikv.seed=N} repeats a run.
 */
final class ListProperty {
    private static final int STEPS = 1_200;
    private static final int VALUES = 40;
    private static final int SIZE_MAX = 3_000;

    @TempDir
    private Path directory;

    private final List<String> model = new ArrayList<>();
    private SplittableRandom random = new SplittableRandom();
    private int names;

    /** A command and what it must answer. */
    private record Step(String line, Reply expected) {}

    @RepeatedTest(4)
    void repliesAndContentsAgreeWithTheModel() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("ListProperty seed " + seed);
        random = new SplittableRandom(seed);
        try (CommandFixture redis = new CommandFixture(directory, CommandFixture.anyPacking(seed))) {
            for (int done = 0; done < STEPS; ) {
                List<Step> steps = new ArrayList<>();
                int size = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : 1;
                for (int i = 0; i < size; i++) {
                    steps.add(step());
                }
                List<Reply> replies = redis.entry(steps.stream().map(Step::line).toArray(String[]::new));
                for (int i = 0; i < size; i++) {
                    Step step = steps.get(i);
                    assertEquals(text(step.expected()), text(replies.get(i)), step.line() + " with seed " + seed);
                }
                done += size;
                if (random.nextInt(20) == 0) {
                    check(redis, seed);
                }
            }
            check(redis, seed);
        }
    }

    /** Every element, from the committed rows; and some by rank, which a sparse list answers from its index. */
    private void check(CommandFixture redis, long seed) {
        assertEquals(text(bulks(model)), text(redis.run("LRANGE k 0 -1")), "contents with seed " + seed);
        assertEquals(Reply.integer(model.size()), redis.run("LLEN k"));
        for (int i = 0; i < 30 && !model.isEmpty(); i++) {
            int rank = random.nextInt(model.size());
            assertEquals(bulk(model.get(rank)), redis.run("LINDEX k " + rank), "rank " + rank + " with seed " + seed);
        }
    }

    private Step step() {
        if (model.size() > SIZE_MAX) {
            return trim(random.nextInt(SIZE_MAX / 2), SIZE_MAX / 2 + random.nextInt(SIZE_MAX / 2));
        }
        return switch (random.nextInt(20)) {
            case 0, 1, 2 -> push(1 + random.nextInt(4));
            case 3 -> push(random.nextInt(8) == 0 ? 700 : 60);
            case 4, 5, 6, 7, 8 -> insert();
            case 9, 10, 11, 12 -> remove();
            case 13 -> pop(1 + random.nextInt(random.nextInt(20) == 0 ? 600 : 30));
            case 14 -> pop(1);
            case 15 -> trim(random.nextInt(20) - 4, -1 - random.nextInt(20));
            case 16, 17 -> set();
            case 18 -> rotate();
            default -> range();
        };
    }

    private Step push(int count) {
        boolean first = random.nextBoolean();
        StringBuilder line = new StringBuilder(first ? "LPUSH k" : "RPUSH k");
        for (int i = 0; i < count; i++) {
            String value = value();
            line.append(' ').append(value);
            model.add(first ? 0 : model.size(), value);
        }
        return new Step(line.toString(), Reply.integer(model.size()));
    }

    /** Half of the elements have a name of their own, so that a pivot may stand anywhere. */
    private String value() {
        return random.nextBoolean() ? "v" + random.nextInt(VALUES) : "n" + names++;
    }

    private String present() {
        return model.isEmpty() || random.nextInt(20) == 0 ? "nothing" : model.get(random.nextInt(model.size()));
    }

    private Step insert() {
        boolean behind = random.nextBoolean();
        String pivot = present();
        String value = value();
        String line = "LINSERT k " + (behind ? "AFTER " : "BEFORE ") + pivot + " " + value;
        if (model.isEmpty()) {
            return new Step(line, Reply.ZERO);
        }
        int at = model.indexOf(pivot);
        if (at < 0) {
            return new Step(line, Reply.integer(-1));
        }
        model.add(behind ? at + 1 : at, value);
        return new Step(line, Reply.integer(model.size()));
    }

    private Step remove() {
        String value = present();
        int count = random.nextInt(7) - 3;
        int removed = 0;
        IntFunction<Integer> at = i -> count < 0 ? model.lastIndexOf(value) : model.indexOf(value);
        while ((count == 0 || removed < Math.abs(count)) && model.contains(value)) {
            model.remove((int) at.apply(removed));
            removed++;
        }
        return new Step("LREM k " + count + " " + value, Reply.integer(removed));
    }

    private Step pop(int count) {
        boolean first = random.nextBoolean();
        String line = (first ? "LPOP k " : "RPOP k ") + count;
        if (model.isEmpty()) {
            return new Step(line, Reply.NULL_ARRAY);
        }
        List<String> popped = new ArrayList<>();
        while (popped.size() < count && !model.isEmpty()) {
            popped.add(model.remove(first ? 0 : model.size() - 1));
        }
        return new Step(line, bulks(popped));
    }

    private Step trim(int from, int to) {
        int start = Math.max(from < 0 ? model.size() + from : from, 0);
        int end = Math.min(to < 0 ? model.size() + to : to, model.size() - 1);
        List<String> kept = start > end ? List.of() : List.copyOf(model.subList(start, end + 1));
        model.clear();
        model.addAll(kept);
        return new Step("LTRIM k " + from + " " + to, Reply.OK);
    }

    private Step set() {
        int index = random.nextInt(model.size() + 2);
        String value = value();
        String line = "LSET k " + index + " " + value;
        if (model.isEmpty()) {
            return new Step(line, Reply.error("ERR no such key"));
        }
        if (index >= model.size()) {
            return new Step(line, Reply.error("ERR index out of range"));
        }
        model.set(index, value);
        return new Step(line, Reply.OK);
    }

    private Step rotate() {
        if (model.isEmpty()) {
            return new Step("RPOPLPUSH k k", Reply.NULL);
        }
        String moved = model.remove(model.size() - 1);
        model.add(0, moved);
        return new Step("RPOPLPUSH k k", bulk(moved));
    }

    private Step range() {
        int from = random.nextInt(model.size() + 1);
        int to = Math.min(model.size(), from + random.nextInt(50));
        return new Step(
                "LRANGE k " + from + " " + (to - 1), bulks(to == 0 ? model : model.subList(from, Math.max(from, to))));
    }

    private static Reply bulk(String value) {
        return Reply.bulk(value.getBytes(ISO_8859_1));
    }

    private static Reply bulks(List<String> values) {
        return Reply.array(values.stream().map(ListProperty::bulk).toList());
    }
}
