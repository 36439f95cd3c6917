package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Elements;
import io.aikv.store.AppliedPosition;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.store.StoreTransaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What one command costs on sorted sets and lists of a hundred elements and of a million, each in an entry of its own with
 * nothing else: {@code java -cp target/aikv.jar:target/test-classes io.aikv.data.CollectionScale
 * [ELEMENTS]}.
 */
final class CollectionScale {
    private static final int SMALL = 100;
    private static final int UPDATES = 1_000_000;
    private static final int PER_ENTRY = 1_000;
    private static final int WARM_UP = 3_000;
    private static final int RUNS = 10_000;
    private static final byte[] VALUE = Bytes.utf8("value-of-some-bytes");

    private final GroupStore store;
    private final int large;
    private final SplittableRandom random = new SplittableRandom(1);
    private long index;

    private CollectionScale(GroupStore store, int large) {
        this.store = store;
        this.large = large;
    }

    public static void main(String[] args) throws IOException {
        Path directory = Files.createTempDirectory("collection-scale");
        StoreResources resources = new StoreResources(64 << 20, 64 << 20, 1);
        GroupStore store = GroupStore.open(resources, directory.resolve("db"), StoreOptions.defaults());
        try {
            CollectionScale scale = new CollectionScale(store, args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000);
            scale.lists();
            scale.hotMember();
            scale.sortedSets();
        } finally {
            store.close();
            resources.close();
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    // ---- sorted sets ----

    private void sortedSets() {
        for (int size : new int[] {SMALL, large}) {
            byte[] key = Bytes.utf8("zset" + size);
            for (int from = 0; from < size; from += PER_ENTRY) {
                int first = from;
                entry(context -> {
                    SortedSetWriter set = SortedSetWriter.open(context, key);
                    for (int i = first; i < Math.min(size, first + PER_ENTRY); i++) {
                        set.insert(new ScoredMember(member(i), random.nextInt(1_000_000)));
                    }
                    set.finish();
                });
            }
            measure(
                    "ZADD and ZREM of a member",
                    size,
                    i -> entry(context -> {
                        SortedSetWriter set = SortedSetWriter.open(context, key);
                        set.insert(new ScoredMember(member(size), random.nextInt(1_000_000)));
                        set.remove(member(size));
                        set.finish();
                    }));
            measure(
                    "ZADD of a member",
                    size,
                    i -> entry(context -> {
                        SortedSetWriter set = SortedSetWriter.open(context, key);
                        byte[] member = member(size + 1 + i % 10);
                        if (set.score(member) == null) {
                            set.insert(new ScoredMember(member, random.nextInt(1_000_000)));
                        } else {
                            set.remove(member);
                        }
                        set.finish();
                    }));
            measure(
                    "ZADD of another score",
                    size,
                    i -> entry(context -> {
                        SortedSetWriter set = SortedSetWriter.open(context, key);
                        byte[] member = member(random.nextInt(size));
                        double old = Objects.requireNonNull(set.score(member));
                        set.update(new ScoredMember(member, old + 1 + random.nextInt(1000)), old);
                        set.finish();
                    }));
            measure("ZRANK", size, i -> {
                SortedSetReader set = Objects.requireNonNull(SortedSetReader.find(reading(), key));
                byte[] member = member(random.nextInt(size));
                set.rank(new ScoredMember(member, Objects.requireNonNull(set.score(member))));
            });
            measure("ZRANGE of 10 by rank", size, i -> {
                SortedSetReader set = Objects.requireNonNull(SortedSetReader.find(reading(), key));
                set.forEach(Span.ALL, false, random.nextInt(size), 10, entry -> {});
            });
        }
        byte[] key = Bytes.utf8("zset" + large);
        measure(
                "ZPOPMIN",
                large,
                i -> entry(context -> {
                    SortedSetWriter set = SortedSetWriter.open(context, key);
                    set.removeFrom(Span.ALL, false, 0, 1);
                    set.finish();
                }));
    }

    /** One member whose score rises a million times. */
    private void hotMember() {
        for (int size : new int[] {1, SMALL, 2_000}) {
            byte[] key = Bytes.utf8("hot" + size);
            entry(context -> {
                SortedSetWriter set = SortedSetWriter.open(context, key);
                for (int i = 0; i < size; i++) {
                    set.insert(new ScoredMember(member(i), i == 0 ? 0 : 1e9 + i));
                }
                set.finish();
            });
            for (int from = 0; from < UPDATES; from += PER_ENTRY) {
                int first = from;
                entry(context -> {
                    SortedSetWriter set = SortedSetWriter.open(context, key);
                    for (int i = first; i < first + PER_ENTRY; i++) {
                        set.update(new ScoredMember(member(0), i + 1), i);
                    }
                    set.finish();
                });
            }
            measure("ZRANGE 0 0 after a million updates", size, i -> {
                SortedSetReader set = Objects.requireNonNull(SortedSetReader.find(reading(), key));
                set.forEach(Span.ALL, false, 0, 1, entry -> {});
            });
            measure("ZRANGE at half after a million updates", size, i -> {
                SortedSetReader set = Objects.requireNonNull(SortedSetReader.find(reading(), key));
                set.forEach(Span.ALL, false, size / 2, 1, entry -> {});
            });
        }
    }

    // ---- lists ----

    private void lists() {
        byte[] key = Bytes.utf8("list");
        for (int from = 0; from < large; from += PER_ENTRY) {
            int first = from;
            change(key, list -> {
                for (int i = first; i < first + PER_ENTRY; i++) {
                    list.push(false, member(i));
                }
            });
        }
        once("first LINSERT at a quarter", () -> change(key, list -> list.insert(member(large / 4), true, VALUE)));
        once("second LINSERT at a quarter", () -> change(key, list -> list.insert(member(large / 4), true, VALUE)));
        once("LINSERT at half", () -> change(key, list -> list.insert(member(large / 2), true, VALUE)));
        once("LREM at half", () -> change(key, list -> list.remove(member(large / 2 + 1), 1, false)));
        once("LREM at a tenth from the end", () -> change(key, list -> list.remove(member(large / 10 * 9), 1, true)));
        measure(
                "LINDEX",
                large,
                i -> Objects.requireNonNull(Lists.find(reading(), key)).element(random.nextInt(large)));
        measure("LSET", large, i -> change(key, list -> list.set(random.nextInt(large), VALUE)));
        measure("LRANGE of 10", large, i -> {
            int from = random.nextInt(large - 20);
            try (Elements<byte[]> elements =
                    Objects.requireNonNull(Lists.find(reading(), key)).range(from, from + 9)) {
                while (elements.next() != null) {}
            }
        });
        measure("RPUSH", large, i -> change(key, list -> list.push(false, VALUE)));
        once("LTRIM to the middle", () -> change(key, list -> list.trim(large / 5, large / 5 * 4)));
        once("LTRIM to 100", () -> change(key, list -> list.trim(large / 4, large / 4 + 99)));
    }

    private void change(byte[] key, Consumer<ListWriter> change) {
        entry(context -> {
            ListWriter list = ListWriter.open(context, key);
            change.accept(list);
            list.finish();
        });
    }

    // ---- measuring ----

    private static byte[] member(int i) {
        return Bytes.utf8("member:" + i);
    }

    private ReadContext reading() {
        return new ReadContext(store.reader(), 0, 1);
    }

    private void entry(Consumer<WriteContext> change) {
        StoreTransaction transaction = store.begin();
        change.accept(new WriteContext(transaction, 0, 1, random.split(), EventSink.NONE));
        transaction.commit(new AppliedPosition(1, ++index, 1));
    }

    private interface Step {
        void run(int i);
    }

    private static void measure(String what, int size, Step step) {
        for (int i = 0; i < WARM_UP; i++) {
            step.run(i);
        }
        long begin = System.nanoTime();
        for (int i = 0; i < RUNS; i++) {
            step.run(i);
        }
        System.out.printf("%-36s %9d  %8.1f us%n", what, size, (System.nanoTime() - begin) / 1e3 / RUNS);
    }

    private void once(String what, Runnable step) {
        long begin = System.nanoTime();
        step.run();
        System.out.printf("%-36s %9d  %8.1f ms%n", what, large, (System.nanoTime() - begin) / 1e6);
    }
}
