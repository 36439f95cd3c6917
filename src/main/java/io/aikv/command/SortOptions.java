package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Slots;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The options of SORT, in the order and with the checks of Redis 7.4. */
final class SortOptions {
    private static final String DENIED =
            " option of SORT denied in cluster mode when keys formed by the pattern may be in different slots.";
    private static final int FIRST = 2;

    /** The first brace was closed at once: then braces have no meaning. */
    private static final int NO_TAG = -2;

    private boolean descending;
    private boolean alpha;
    private boolean sorted = true;
    private byte @Nullable [] by;
    private byte @Nullable [] store;
    private long start;
    private long count = -1;
    private final List<byte[]> gets = new ArrayList<>();

    private SortOptions() {}

    /**
     * Takes all arguments behind the key.
     *
     * @param slot where keys made of patterns must be too, or -1 if they may be anywhere
     * @throws CommandError {@code ERR syntax error}; {@code ERR value is not an integer or out of range}; {@code ERR BY option
     *     of SORT denied in cluster mode when keys formed by the pattern may be in different slots.}, the same of GET
     */
    static SortOptions take(Args args, boolean mayStore, int slot) {
        SortOptions options = new SortOptions();
        while (args.hasNext()) {
            if (args.takeIf("ASC")) {
                options.descending = false;
            } else if (args.takeIf("DESC")) {
                options.descending = true;
            } else if (args.takeIf("ALPHA")) {
                options.alpha = true;
            } else if (args.takeIf("LIMIT", 2)) {
                options.start = args.takeLong();
                options.count = args.takeLong();
            } else if (mayStore && args.takeIf("STORE", 1)) {
                options.store = args.take();
            } else if (args.takeIf("BY", 1)) {
                options.takeBy(args.take(), slot);
            } else if (args.takeIf("GET", 1)) {
                options.takeGet(args.take(), slot);
            } else {
                throw Errors.syntax();
            }
        }
        return options;
    }

    private void takeBy(byte[] pattern, int slot) {
        by = pattern;
        if (!SortPattern.isVariable(pattern)) {
            sorted = false;
        } else if (slot >= 0 && slotOf(pattern) != slot) {
            throw new CommandError("ERR BY" + DENIED);
        }
    }

    private void takeGet(byte[] pattern, int slot) {
        if (slot >= 0 && !SortPattern.isElement(pattern) && slotOf(pattern) != slot) {
            throw new CommandError("ERR GET" + DENIED);
        }
        gets.add(pattern);
    }

    /** The slot of every key that a pattern can name, or -1 if they may be in different ones. */
    private static int slotOf(byte[] pattern) {
        int tag = -1;
        for (int i = 0; i < pattern.length; i++) {
            if (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '[' || pattern[i] == '\\') {
                return -1;
            }
            if (pattern[i] == '{' && tag == -1) {
                tag = i;
            } else if (pattern[i] == '}' && tag >= 0) {
                if (i > tag + 1) {
                    break;
                }
                tag = NO_TAG;
            }
        }
        return Slots.of(pattern);
    }

    /** Visits where the key of STORE stands, the last one if there are several. */
    static void findStore(byte[][] argv, KeySpec.Visitor visitor) {
        int found = 0;
        for (int i = FIRST; i + 1 < argv.length; i++) {
            if (Bytes.equalsIgnoreCase(argv[i], "LIMIT")) {
                i += 2;
            } else if (Bytes.equalsIgnoreCase(argv[i], "BY") || Bytes.equalsIgnoreCase(argv[i], "GET")) {
                i++;
            } else if (Bytes.equalsIgnoreCase(argv[i], "STORE")) {
                found = ++i;
            }
        }
        if (found > 0) {
            visitor.key(found);
        }
    }

    // ---- what they say ----

    /** A set that is not to be sorted is sorted all the same if it is stored, so that each replica stores the same. */
    void sortUnordered() {
        if (!sorted && store != null) {
            sorted = true;
            alpha = true;
            by = null;
        }
    }

    boolean descending() {
        return descending;
    }

    /** Compare bytes, not numbers. */
    boolean alpha() {
        return alpha;
    }

    /** Otherwise the elements stay in the order they have. */
    boolean sorted() {
        return sorted;
    }

    /** Where the values are that decide the order; null: the elements themselves do. */
    byte @Nullable [] by() {
        return by;
    }

    /** Where to store the result, or null. */
    byte @Nullable [] store() {
        return store;
    }

    /** What to answer for each element; empty: itself. */
    List<byte[]> gets() {
        return gets;
    }

    /** How many elements of {@code size} are passed over: 0 to {@code size}. */
    long offset(long size) {
        return Math.min(Math.max(start, 0), size);
    }

    /** How many elements of {@code size} are wanted: 0 to {@code size}. */
    long wanted(long size) {
        long left = size - offset(size);
        return count < 0 ? left : Math.min(count, left);
    }
}
