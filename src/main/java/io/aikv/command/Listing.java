package io.aikv.command;

import io.aikv.base.CommandError;
import io.aikv.base.Elements;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Replies of any number of elements. A short one is a value like any other. A long one, where the context allows that, is
 * {@link Reply.Streamed}: read while it is sent. Where it does not (a transaction, a script, an entry), it is a value of
 * bounded size, or an error.
 */
/*
 * RESP says the number of elements first. Collections know theirs; where nothing does (a pattern, an intersection) all are
 * read twice, the first time to count them. Everything that a deadline hides from the reply has been looked at when the
 * number is known, so the caller can decide then whether the log has come so far.
 */
final class Listing {
    /** A reply that takes more heap than this is streamed. */
    static final int STREAM_BYTES_MIN = 256 << 10;

    /** A reply that cannot be streamed may take so much heap. The same on every replica: it is no setting. */
    static final int WHOLE_BYTES_MAX = 64 << 20;

    /** What an element takes beside its bytes: objects, array headers, places in lists. */
    private static final int ELEMENT_BYTES = 64;

    /** So many elements are drawn by chance at a time. */
    private static final int DRAWN_MAX = 512;

    /** A choice of more elements is made by reading all of them, which may be streamed. */
    static final int CHOSEN_WHOLE_MAX = 4_096;

    private Listing() {}

    /**
     * A reply of what {@code source} opens.
     *
     * @param form of a MAP and of PAIRS the elements are {@link Reply.Pair}s
     * @param count how many elements there are, or null if only reading them tells
     * @param source opens the elements, up to three times, always the same ones
     * @throws CommandError {@code ERR the reply is larger than ...}
     */
    static Reply of(
            ReadContext context, Reply.Form form, @Nullable LongSupplier count, Supplier<Elements<Reply>> source) {
        long total = count == null || !context.streams() ? -1 : count.getAsLong();
        if (total > STREAM_BYTES_MIN / ELEMENT_BYTES) {
            return new Reply.Streamed(form, total, source.get());
        }
        List<Reply> items = new ArrayList<>();
        try (Elements<Reply> elements = source.get()) {
            long bytesLeft = context.streams() ? STREAM_BYTES_MIN : WHOLE_BYTES_MAX;
            Reply element = elements.next();
            while (element != null) {
                bytesLeft -= heapBytes(element);
                if (bytesLeft < 0) {
                    break;
                }
                if (form == Reply.Form.MAP) {
                    Reply.Pair pair = (Reply.Pair) element;
                    items.add(pair.first());
                    items.add(pair.second());
                } else {
                    items.add(element);
                }
                element = elements.next();
            }
            if (element == null) {
                return whole(form, items);
            }
            if (!context.streams()) {
                throw new CommandError("ERR the reply is larger than " + WHOLE_BYTES_MAX
                        + " bytes, which it may not be in this place; ask for a part of it");
            }
            if (total < 0) {
                total = 1 + (form == Reply.Form.MAP ? items.size() / 2 : items.size()) + countRest(elements);
            }
        }
        return new Reply.Streamed(form, total, source.get());
    }

    /**
     * A reply of {@code count} elements that are drawn by chance, some at a time.
     *
     * @param draw gives as many as it is asked for, which are not more than some hundreds; none if there is nothing to draw
     */
    static Reply drawn(ReadContext context, Reply.Form form, long count, IntFunction<List<Reply>> draw) {
        return of(context, form, () -> count, () -> new Elements<>() {
            private long left = count;
            private Iterator<Reply> batch = List.<Reply>of().iterator();

            @Override
            public @Nullable Reply next() {
                if (!batch.hasNext() && left > 0) {
                    List<Reply> replies = draw.apply((int) Math.min(left, DRAWN_MAX));
                    replies.forEach(reply -> context.willRead((int) heapBytes(reply)));
                    left -= replies.size();
                    batch = replies.iterator();
                }
                return batch.hasNext() ? batch.next() : null;
            }

            @Override
            public void close() {
                left = 0;
            }
        });
    }

    private static long countRest(Elements<Reply> elements) {
        long count = 0;
        while (elements.next() != null) {
            count++;
        }
        return count;
    }

    private static Reply whole(Reply.Form form, List<Reply> items) {
        return switch (form) {
            case ARRAY -> Reply.array(items);
            case SET -> new Reply.Set(items);
            case MAP -> new Reply.Map(items);
            case PAIRS -> new Reply.Pairs(items);
            case STRING -> throw new IllegalArgumentException("a string is no list");
        };
    }

    /** About what a reply takes on the heap. */
    static long heapBytes(Reply reply) {
        if (reply instanceof Reply.Bulk bulk) {
            return ELEMENT_BYTES + bulk.value().length;
        }
        if (reply instanceof Reply.Streamed string) {
            return ELEMENT_BYTES + string.count(); // So that what holds it is streamed too.
        }
        if (reply instanceof Reply.Pair pair) {
            return heapBytes(pair.first()) + heapBytes(pair.second());
        }
        if (reply instanceof Reply.Array array) {
            long sum = ELEMENT_BYTES;
            for (int i = 0; i < array.items().size(); i++) {
                sum += heapBytes(array.items().get(i));
            }
            return sum;
        }
        return ELEMENT_BYTES;
    }

    // ---- what is read in parts ----

    /** One array of several, of which some may be streamed. */
    static Reply join(List<Reply> arrays) {
        List<Elements<Reply>> parts = new ArrayList<>(arrays.size());
        List<Reply> items = new ArrayList<>();
        long count = 0;
        boolean streamed = false;
        for (Reply array : arrays) {
            if (array instanceof Reply.Streamed part) {
                streamed = true;
                count += part.count();
                parts.add(part.elements());
            } else {
                List<Reply> own = ((Reply.Array) array).items();
                count += own.size();
                parts.add(Elements.of(own));
                items.addAll(own);
            }
        }
        return streamed ? new Reply.Streamed(Reply.Form.ARRAY, count, Elements.chain(parts)) : Reply.array(items);
    }
}
