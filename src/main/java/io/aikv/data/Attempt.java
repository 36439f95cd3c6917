package io.aikv.data;

import io.aikv.store.StoreTransaction;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A part of an entry that can be taken back, with its writes and its events: a script that may have to be cut off. Ended
 * exactly once, by {@link #keep} or {@link #takeBack}.
 */
public final class Attempt {
    private final StoreTransaction transaction;
    private final EventSink events;
    private final List<Consumer<EventSink>> held = new ArrayList<>();
    private final List<DeniedCall> denied = new ArrayList<>();
    private final WriteContext context;

    Attempt(StoreTransaction transaction, EventSink events, Function<EventSink, WriteContext> context) {
        this.transaction = transaction;
        this.events = events;
        this.context = context.apply(new Held());
        transaction.setSavepoint();
    }

    /** What the attempt works on. */
    public WriteContext context() {
        return context;
    }

    /** It is done: its events are told. */
    public void keep() {
        transaction.releaseSavepoint();
        held.forEach(event -> event.accept(events));
        held.clear();
        tellDenied();
    }

    /** Tells what it was denied, also of one that was taken back: unless it is made again. */
    public void tellDenied() {
        denied.forEach(events::denied);
        denied.clear();
    }

    /** It never was. */
    public void takeBack() {
        transaction.rollBack();
        held.clear();
    }

    /** Keeps events until it is certain that they happened. */
    private final class Held implements EventSink {
        @Override
        public void changed(int database, EventClass eventClass, String event, byte[] key) {
            held.add(sink -> sink.changed(database, eventClass, event, key));
        }

        /** Told at once: who watches must not miss it, and loses little by what is taken back. */
        @Override
        public void modified(int database, byte[] key) {
            events.modified(database, key);
        }

        @Override
        public void swapped(int a, int b, Keyspace keyspace) {
            held.add(sink -> sink.swapped(a, b, keyspace));
        }

        @Override
        public void flushed(int database) {
            held.add(sink -> sink.flushed(database));
        }

        @Override
        public void published(boolean sharded, byte[] channel, byte[] message) {
            held.add(sink -> sink.published(sharded, channel, message));
        }

        @Override
        public void denied(DeniedCall call) {
            if (denied.size() < DeniedCall.COUNT_MAX) {
                denied.add(call);
            }
        }
    }
}
