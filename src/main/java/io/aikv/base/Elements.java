package io.aikv.base;

import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Things that are read one after the other, as somebody takes them. Holds what it reads from (a cursor) until it is closed.
 * One thread at a time.
 */
public interface Elements<T> extends AutoCloseable {
    /** The next one, or null at the end and from then on. */
    @Nullable
    T next();

    /** Gives back what is held; may be called again. Nothing may be asked for afterwards. */
    @Override
    void close();

    /** The same, each turned into something else when it is asked for. Closing the result closes this. */
    default <R> Elements<R> map(Function<T, R> function) {
        Elements<T> from = this;
        return new Elements<>() {
            @Override
            public @Nullable R next() {
                T element = from.next();
                return element == null ? null : function.apply(element);
            }

            @Override
            public void close() {
                from.close();
            }
        };
    }

    /** What a list holds. */
    static <T> Elements<T> of(List<T> list) {
        Iterator<T> items = list.iterator();
        return new Elements<>() {
            @Override
            public @Nullable T next() {
                return items.hasNext() ? items.next() : null;
            }

            @Override
            public void close() {
                // Nothing is held.
            }
        };
    }

    /** What the parts have, one part after the other. Closing the result closes all of them. */
    static <T> Elements<T> chain(List<Elements<T>> parts) {
        return new Elements<>() {
            private int at;

            @Override
            public @Nullable T next() {
                while (at < parts.size()) {
                    T element = parts.get(at).next();
                    if (element != null) {
                        return element;
                    }
                    at++;
                }
                return null;
            }

            @Override
            public void close() {
                parts.forEach(Elements::close);
            }
        };
    }
}
