package io.aikv.server.tracking;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The ids of the clients that have read a key: mostly one or two. Guarded by the table's lock of the key. */
final class KeyReaders {
    private static final int FEW = 16;

    private long[] few = new long[1];
    private int count;
    private @Nullable Set<Long> many;

    /** Whether the id is new. */
    boolean add(long id) {
        if (many != null) {
            boolean added = many.add(id);
            count = many.size();
            return added;
        }
        for (int i = 0; i < count; i++) {
            if (few[i] == id) {
                return false;
            }
        }
        if (count == FEW) {
            Set<Long> all = new HashSet<>();
            forEach(all::add);
            all.add(id);
            many = all;
            few = new long[0];
        } else {
            if (count == few.length) {
                few = Arrays.copyOf(few, 2 * count);
            }
            few[count] = id;
        }
        count++;
        return true;
    }

    int count() {
        return count;
    }

    void forEach(LongConsumer action) {
        if (many != null) {
            many.forEach(action::accept);
            return;
        }
        for (int i = 0; i < count; i++) {
            action.accept(few[i]);
        }
    }
}
