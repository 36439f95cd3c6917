package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Elements;
import io.aikv.store.AppliedPosition;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.store.StoreTransaction;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What commands on small collections cost, packed into their keys' records and not, by type and size: {@code java -cp
 * target/aikv.jar:target/test-classes io.aikv.data.PackedScale [COLLECTIONS]}.
 *
 * <p>Sizes beyond the format's bounds are packed as well, to see where the bounds should be. Writes run in entries of sixteen
 * on collections chosen at random; processor time is that of the whole process, with flushing and compacting. Bytes on disk
 * are those after a flush.
 */
final class PackedScale {
    private static final Packing ALWAYS = new Packing(100_000, 1 << 24, 1 << 20);
    private static final int[] SIZES = {4, 16, 50, 100, 200};
    private static final int PER_ENTRY = 16;
    private static final int WRITES = 40_000;
    private static final int READS = 8_000;

    private final GroupStore store;
    private final Packing packing;
    private final Kind kind;
    private final int collections;
    private final int size;
    private final SplittableRandom random = new SplittableRandom(1);
    private long index;
    private long serial;

    private PackedScale(GroupStore store, Packing packing, Kind kind, int collections, int size) {
        this.store = store;
        this.packing = packing;
        this.kind = kind;
        this.collections = collections;
        this.size = size;
    }

    /** What is measured of a type: a write that keeps the size, a read of one element, a read of all. */
    private interface Kind {
        String name();

        void fill(WriteContext context, byte[] key, int size);

        void write(WriteContext context, byte[] key, int size, int any, long serial);

        void readOne(ReadContext context, byte[] key, int any);

        void readAll(ReadContext context, byte[] key);
    }

    public static void main(String[] args) throws IOException {
        int collections = args.length > 0 ? Integer.parseInt(args[0]) : 4_000;
        System.out.println("| | elements | | write, us | CPU | read one, us | read all, us | disk, bytes |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (Kind kind : new Kind[] {new Hash(), new SetOf(), new Scores(), new ListOf(), new Entries()}) {
            run(Packing.NONE, kind, collections / 4, 16, false);
            run(ALWAYS, kind, collections / 4, 16, false);
            for (int size : SIZES) {
                run(Packing.NONE, kind, collections, size, true);
                run(ALWAYS, kind, collections, size, true);
            }
        }
    }

    private static void run(Packing packing, Kind kind, int collections, int size, boolean shown) throws IOException {
        Path directory = Files.createTempDirectory("packed-scale");
        StoreResources resources = new StoreResources(64 << 20, 64 << 20, 1);
        GroupStore store = GroupStore.open(resources, directory.resolve("db"), StoreOptions.defaults());
        try {
            String figures = new PackedScale(store, packing, kind, collections, size).measure(directory);
            if (shown) {
                String form = packing == ALWAYS ? "packed" : "rows";
                System.out.println("| " + kind.name() + " | " + size + " | " + form + " | " + figures);
            }
        } finally {
            store.close();
            resources.close();
            delete(directory);
        }
    }

    private String measure(Path directory) throws IOException {
        for (int i = 0; i < collections; i++) {
            byte[] key = key(i);
            entry(context -> kind.fill(context, key, size));
        }
        store.flush();
        long disk = bytes(directory);
        for (int i = 0; i < WRITES / 4 / PER_ENTRY; i++) {
            entry(this::write);
        }
        long cpu = cpuNanos();
        long begin = System.nanoTime();
        for (int i = 0; i < WRITES / PER_ENTRY; i++) {
            entry(this::write);
        }
        double write = micros(begin, WRITES);
        store.flush();
        double writeCpu = (cpuNanos() - cpu) / 1e3 / WRITES;
        double one = reads(context -> kind.readOne(context, key(random.nextInt(collections)), random.nextInt(size)));
        double all = reads(context -> kind.readAll(context, key(random.nextInt(collections))));
        return String.format("%.1f | %.1f | %.1f | %.1f | %d |", write, writeCpu, one, all, disk / collections);
    }

    private double reads(Consumer<ReadContext> read) {
        for (int i = 0; i < READS / 4; i++) {
            read.accept(new ReadContext(store.reader(), 0, 1));
        }
        long begin = System.nanoTime();
        for (int i = 0; i < READS; i++) {
            read.accept(new ReadContext(store.reader(), 0, 1));
        }
        return micros(begin, READS);
    }

    private void write(WriteContext context) {
        for (int i = 0; i < PER_ENTRY; i++) {
            kind.write(context, key(random.nextInt(collections)), size, random.nextInt(size), serial++);
        }
    }

    private void entry(Consumer<WriteContext> change) {
        StoreTransaction transaction = store.begin();
        change.accept(new WriteContext(transaction, 0, 1, random.split(), EventSink.NONE, packing));
        transaction.commit(new AppliedPosition(1, ++index, 1));
    }

    private static double micros(long begin, int count) {
        return (System.nanoTime() - begin) / 1e3 / count;
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static byte[] key(int i) {
        return Bytes.utf8("collection:" + i);
    }

    private static byte[] member(long i) {
        return Bytes.utf8("member:" + i);
    }

    private static byte[] value(long i) {
        return Bytes.utf8("value-" + (1_000_000_000 + i));
    }

    private static long bytes(Path directory) throws IOException {
        long sum = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".sst")).toList()) {
                sum += Files.size(file);
            }
        }
        return sum;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    // ---- types ----

    /** HSET of a field that is there, HGET, HGETALL. */
    private record Hash(String name) implements Kind {
        Hash() {
            this("hash");
        }

        @Override
        public void fill(WriteContext context, byte[] key, int size) {
            HashWriter hash = HashWriter.open(context, key);
            for (int i = 0; i < size; i++) {
                hash.put(member(i), value(i), KeyRecord.NO_EXPIRY);
            }
            hash.finish();
        }

        @Override
        public void write(WriteContext context, byte[] key, int size, int any, long serial) {
            HashWriter hash = HashWriter.open(context, key);
            hash.put(member(any), value(serial), KeyRecord.NO_EXPIRY);
            hash.finish();
        }

        @Override
        public void readOne(ReadContext context, byte[] key, int any) {
            Objects.requireNonNull(
                    Objects.requireNonNull(HashView.find(context, key)).field(member(any)));
        }

        @Override
        public void readAll(ReadContext context, byte[] key) {
            drain(Objects.requireNonNull(HashView.find(context, key)).fields(true));
        }
    }

    /** SADD of a member that is not there and SREM of one that is, by turns; SISMEMBER, SMEMBERS. */
    private record SetOf(String name) implements Kind {
        SetOf() {
            this("set");
        }

        @Override
        public void fill(WriteContext context, byte[] key, int size) {
            CollectionWriter set = CollectionWriter.open(context, key, Type.SET);
            for (int i = 0; i < size; i++) {
                Sets.add(set, member(i));
            }
            set.finish();
        }

        @Override
        public void write(WriteContext context, byte[] key, int size, int any, long serial) {
            CollectionWriter set = CollectionWriter.open(context, key, Type.SET);
            if (!Sets.add(set, member(size + any % 2))) {
                Sets.remove(set, member(size + any % 2));
            }
            set.finish();
        }

        @Override
        public void readOne(ReadContext context, byte[] key, int any) {
            CollectionHeader set = Objects.requireNonNull(CollectionHeader.find(context, key, Type.SET));
            Sets.contains(context, key, set, member(any));
        }

        @Override
        public void readAll(ReadContext context, byte[] key) {
            drain(Sets.elements(context, key, Objects.requireNonNull(CollectionHeader.find(context, key, Type.SET))));
        }
    }

    /** ZADD of another score, ZSCORE, ZRANGE 0 -1. */
    private record Scores(String name) implements Kind {
        Scores() {
            this("sorted set");
        }

        @Override
        public void fill(WriteContext context, byte[] key, int size) {
            SortedSetWriter set = SortedSetWriter.open(context, key);
            for (int i = 0; i < size; i++) {
                set.insert(new ScoredMember(member(i), i));
            }
            set.finish();
        }

        @Override
        public void write(WriteContext context, byte[] key, int size, int any, long serial) {
            SortedSetWriter set = SortedSetWriter.open(context, key);
            set.update(new ScoredMember(member(any), 1e6 + serial), Objects.requireNonNull(set.score(member(any))));
            set.finish();
        }

        @Override
        public void readOne(ReadContext context, byte[] key, int any) {
            Objects.requireNonNull(
                    Objects.requireNonNull(SortedSetReader.find(context, key)).score(member(any)));
        }

        @Override
        public void readAll(ReadContext context, byte[] key) {
            Objects.requireNonNull(SortedSetReader.find(context, key))
                    .forEach(Span.ALL, false, 0, Long.MAX_VALUE, each -> {});
        }
    }

    /** RPUSH or LPOP by turns, LINDEX, LRANGE 0 -1. */
    private record ListOf(String name) implements Kind {
        ListOf() {
            this("list");
        }

        @Override
        public void fill(WriteContext context, byte[] key, int size) {
            ListWriter list = ListWriter.open(context, key);
            for (int i = 0; i < size; i++) {
                list.push(false, value(i));
            }
            list.finish();
        }

        @Override
        public void write(WriteContext context, byte[] key, int size, int any, long serial) {
            ListWriter list = ListWriter.open(context, key);
            if (list.count() > size) {
                list.pop(true, 1);
            } else {
                list.push(false, value(serial));
            }
            list.finish();
        }

        @Override
        public void readOne(ReadContext context, byte[] key, int any) {
            Objects.requireNonNull(
                    Objects.requireNonNull(Lists.find(context, key)).element(any));
        }

        @Override
        public void readAll(ReadContext context, byte[] key) {
            ListReader list = Objects.requireNonNull(Lists.find(context, key));
            drain(list.range(0, list.count() - 1));
        }
    }

    /** XADD with an exact MAXLEN, XRANGE of one id, XRANGE - +. */
    private record Entries(String name) implements Kind {
        Entries() {
            this("stream");
        }

        @Override
        public void fill(WriteContext context, byte[] key, int size) {
            StreamEditor stream = StreamEditor.create(context, key);
            for (int i = 0; i < size; i++) {
                stream.append(new StreamId(1, i + 1), new byte[][] {member(1), value(i)}, 0);
            }
            stream.finish();
        }

        @Override
        public void write(WriteContext context, byte[] key, int size, int any, long serial) {
            StreamEditor stream = Objects.requireNonNull(StreamEditor.open(context, key));
            stream.append(new StreamId(2, serial), new byte[][] {member(1), value(serial)}, 0);
            stream.delete(stream.firstId());
            stream.finish();
        }

        @Override
        public void readOne(ReadContext context, byte[] key, int any) {
            StreamView stream = Objects.requireNonNull(StreamView.find(context, key));
            Objects.requireNonNull(stream.entry(stream.lastId()));
        }

        @Override
        public void readAll(ReadContext context, byte[] key) {
            StreamView stream = Objects.requireNonNull(StreamView.find(context, key));
            try (StreamCursor entries = stream.entries(StreamId.MIN, StreamId.MAX, false)) {
                while (entries.next()) {
                    entries.entry();
                }
            }
        }
    }

    private static <T> void drain(Elements<T> elements) {
        try (elements) {
            T next = elements.next();
            while (next != null) {
                next = elements.next();
            }
        }
    }
}
