package io.aikv.server.command;

import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import io.aikv.store.Space;
import io.aikv.store.StoreReader;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How many keys there are, and how many expire, in the groups this node leads, or follows if it leads none. Any thread.
 */
/*
 * Keys are counted by the store. Those with an expiry are counted by walking their hints, in order of time: at once up to
 * HINTS_AT_ONCE per database; if there are more, the count comes from a background walk that is repeated when it is asked for
 * and the last one is older than a hundred times its duration.
 */
final class KeyspaceFigures {
    private static final int HINTS_AT_ONCE = 2_000;
    private static final int PAUSE_FACTOR = 100;

    /** @param averageTtlMillis of the keys that expire (the soonest ones, if they are many); 0 if there are none */
    record Database(long keys, long expires, long averageTtlMillis) {}

    /** @param looked at how many hints, those of hashes' fields included */
    private record Walk(long hints, long ttlSum, long looked) {}

    /** The result of a background walk over all databases. */
    private record Counted(long[] expires, long atNanos, long tookNanos) {}

    private final NodeFacts node;
    private final AtomicBoolean counting = new AtomicBoolean();
    private volatile Counted counted = new Counted(new long[0], 0, 0);

    KeyspaceFigures(NodeFacts node) {
        this.node = node;
    }

    /** The groups whose keys this node answers for. */
    List<? extends HostedGroup> groups() {
        List<? extends HostedGroup> all = node.groups();
        List<? extends HostedGroup> led =
                all.stream().filter(HostedGroup::leads).toList();
        return led.isEmpty() ? all : led;
    }

    /** The keys of a logical database. Cost: O(1). */
    long keys(int database) {
        return groups().stream()
                .mapToLong(group -> group.reader().keyCount(database))
                .sum();
    }

    /** The keys of all databases. Cost: O(1). */
    long keys() {
        long sum = 0;
        for (int database = 0; database < node.databases(); database++) {
            sum += keys(database);
        }
        return sum;
    }

    Database database(int database) {
        long keys = keys(database);
        if (keys == 0) {
            return new Database(0, 0, 0);
        }
        Walk walk = walk(database, HINTS_AT_ONCE);
        long average = walk.hints == 0 ? 0 : walk.ttlSum / walk.hints;
        long expires = walk.hints;
        if (walk.looked >= HINTS_AT_ONCE) {
            // What is known now: the answer does not depend on how fast the count is that it begins.
            long[] known = counted.expires;
            countLater();
            expires = Math.max(expires, database < known.length ? known[database] : 0);
        }
        return new Database(keys, Math.min(keys, expires), average);
    }

    /** Walks hints of one database in all groups, at most {@code max} in all. */
    private Walk walk(int database, long max) {
        long hints = 0;
        long ttlSum = 0;
        long looked = 0;
        for (HostedGroup group : groups()) {
            StoreReader reader = group.reader();
            long now = group.readTimeMillis();
            int physical = reader.physicalDatabase(database);
            byte[] from = KeyLayout.expiryPosition(physical, 0);
            byte[] to = physical + 1 < KeyLayout.DATABASES_MAX ? KeyLayout.expiryPosition(physical + 1, 0) : null;
            try (Cursor cursor = reader.cursor(Space.EXPIRY, from, to)) {
                while (looked < max && cursor.next()) {
                    looked++;
                    if (cursor.value().length == 0) { // Others are of fields of a hash.
                        hints++;
                        ttlSum += Math.max(0, KeyLayout.expiryMillis(cursor.key()) - now);
                    }
                }
            }
        }
        return new Walk(hints, ttlSum, looked);
    }

    private void countLater() {
        Counted old = counted;
        boolean fresh = old.atNanos != 0
                && node.clock().nanos() - old.atNanos < Math.max(1_000_000_000L, old.tookNanos * PAUSE_FACTOR);
        if (fresh || !counting.compareAndSet(false, true)) {
            return;
        }
        try {
            node.background().execute(this::count);
        } catch (RejectedExecutionException e) {
            counting.set(false); // Stopping: the lower bound must do.
        }
    }

    private void count() {
        try {
            long begin = node.clock().nanos();
            long[] expires = new long[node.databases()];
            for (int database = 0; database < expires.length; database++) {
                expires[database] = keys(database) == 0 ? 0 : walk(database, Long.MAX_VALUE).hints;
            }
            long end = node.clock().nanos();
            counted = new Counted(expires, end, end - begin);
        } finally {
            counting.set(false);
        }
    }
}
