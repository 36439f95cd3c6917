package io.aikv.data;

import io.aikv.base.Elements;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A part of some elements, chosen by chance while they are read: selection sampling (Knuth, TAOCP 3.4.2, algorithm S). Each is
 * as likely as every other; they come in the order of the source. Closing it closes the source.
 */
final class Selection<T> implements Elements<T> {
    private final Elements<T> source;
    private final SplittableRandom random;
    private long left;
    private long needed;

    /**
     * @param total how many elements the source has
     * @param needed how many are wanted; more than there are is all
     */
    Selection(Elements<T> source, long total, long needed, SplittableRandom random) {
        this.source = source;
        this.random = random;
        this.left = total;
        this.needed = Math.min(needed, total);
    }

    @Override
    public @Nullable T next() {
        while (needed > 0) {
            T element = source.next();
            if (element == null) {
                return null;
            }
            boolean chosen = needed >= left || random.nextLong(left) < needed;
            left--;
            if (chosen) {
                needed--;
                return element;
            }
        }
        return null;
    }

    @Override
    public void close() {
        source.close();
    }
}
