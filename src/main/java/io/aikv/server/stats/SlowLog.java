package io.aikv.server.stats;

import io.aikv.base.Bytes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The commands that took longest, newest first, as SLOWLOG GET shows them. Any thread; a lock guards the ring. */
public final class SlowLog {
    private static final int ARGS_MAX = 32;
    private static final int ARG_BYTES_MAX = 128;

    /**
     * One slow command.
     *
     * @param id counts from 0 and is never reset
     * @param argv shortened as Redis does
     */
    public record Entry(long id, long epochSeconds, long micros, byte[][] argv, String address, String clientName) {}

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private long nextId;

    /** Adds a command and drops the oldest ones beyond {@code max}. */
    public void add(long epochMillis, long micros, byte[][] argv, String address, String clientName, long max) {
        byte[][] shortened = shorten(argv);
        synchronized (entries) {
            entries.addFirst(new Entry(nextId++, epochMillis / 1000, micros, shortened, address, clientName));
            trim(max);
        }
    }

    private void trim(long max) {
        while (entries.size() > max) {
            entries.removeLast();
        }
    }

    /** The newest entries, at most {@code count}; all if it is negative. */
    public List<Entry> newest(long count) {
        synchronized (entries) {
            List<Entry> newest = new ArrayList<>();
            Iterator<Entry> all = entries.iterator();
            while (all.hasNext() && (count < 0 || newest.size() < count)) {
                newest.add(all.next());
            }
            return newest;
        }
    }

    public int size() {
        synchronized (entries) {
            return entries.size();
        }
    }

    public void clear() {
        synchronized (entries) {
            entries.clear();
        }
    }

    private static byte[][] shorten(byte[][] argv) {
        int count = Math.min(argv.length, ARGS_MAX);
        byte[][] kept = new byte[count][];
        for (int i = 0; i < count; i++) {
            if (count < argv.length && i == count - 1) {
                kept[i] = Bytes.utf8("... (" + (argv.length - count + 1) + " more arguments)");
            } else if (argv[i].length > ARG_BYTES_MAX) {
                byte[] tail = Bytes.utf8("... (" + (argv[i].length - ARG_BYTES_MAX) + " more bytes)");
                kept[i] = Bytes.concat(java.util.Arrays.copyOf(argv[i], ARG_BYTES_MAX), tail);
            } else {
                kept[i] = argv[i];
            }
        }
        return kept;
    }
}
