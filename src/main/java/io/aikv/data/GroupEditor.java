package io.aikv.data;

import io.aikv.base.Bytes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One consumer group within an entry of the log. Rows of pending entries are written at once; the group's row and those of
 * its consumers by {@link StreamEditor#finish()}. Keeps the counts, so that nothing has to be counted.
 */
public final class GroupEditor {
    private final StreamEditor stream;
    private final StreamGroup group;
    private final byte[] before;
    private final Map<Bytes, StreamConsumer> changed = new TreeMap<>();
    private final Map<Long, StreamConsumer> byId = new HashMap<>();

    GroupEditor(StreamEditor stream, StreamGroup group) {
        this.stream = stream;
        this.group = group;
        this.before = group.encode();
    }

    public StreamGroup group() {
        return group;
    }

    /** Moves the group: it goes on behind {@code lastId}. */
    public void setPosition(StreamId lastId, long entriesRead) {
        group.lastId = lastId;
        group.entriesRead = entriesRead;
    }

    // ---- consumers ----

    /** The consumer of that name, or null. */
    public @Nullable StreamConsumer consumer(byte[] name) {
        StreamConsumer open = changed.get(Bytes.of(name));
        if (open != null) {
            return open;
        }
        StreamConsumer consumer = stream.consumer(group, name);
        return consumer == null ? null : noted(consumer);
    }

    /** Makes a consumer; there is none of that name. */
    public StreamConsumer createConsumer(byte[] name) {
        StreamConsumer consumer = new StreamConsumer(name, stream.newId(), stream.nowMillis());
        stream.put(StreamRows.CONSUMER_NAME, StreamRows.consumer(group.id, consumer.id), name);
        group.consumerCount++;
        return noted(consumer);
    }

    /** It asked for something just now. */
    public void touch(StreamConsumer consumer) {
        consumer.seenMillis = stream.nowMillis();
    }

    /** It got something just now. */
    public void activate(StreamConsumer consumer) {
        consumer.activeMillis = stream.nowMillis();
    }

    private StreamConsumer noted(StreamConsumer consumer) {
        changed.put(Bytes.of(consumer.name), consumer);
        byId.put(consumer.id, consumer);
        return consumer;
    }

    private @Nullable StreamConsumer owner(PendingEntry entry) {
        StreamConsumer open = byId.get(entry.consumerId());
        return open != null ? open : consumer(stream.consumerName(group, entry));
    }

    /**
     * Removes a consumer; what is pending for it is pending no more. Cost: its pending entries, unless all of the group's
     * are its own.
     */
    public void removeConsumer(StreamConsumer consumer) {
        byte[] from = StreamRows.owned(group.id, consumer.id, StreamId.MIN);
        byte[] to = StreamRows.behind(StreamRows.owned(group.id, consumer.id, StreamId.MAX));
        if (consumer.pendingCount == group.pendingCount) {
            stream.removeRange(
                    StreamRows.PENDING,
                    StreamRows.group(group.id),
                    StreamRows.group(group.id + 1),
                    consumer.pendingCount);
        } else {
            try (StreamView.Pending rows = stream.pending(group, consumer, StreamId.MIN, StreamId.MAX)) {
                for (PendingEntry entry = rows.next(); entry != null; entry = rows.next()) {
                    stream.remove(StreamRows.PENDING, StreamRows.pending(group.id, entry.id()));
                }
            }
        }
        stream.removeRange(StreamRows.OWNED, from, to, consumer.pendingCount);
        stream.remove(StreamRows.CONSUMER, StreamRows.consumer(group.id, consumer.name));
        stream.remove(StreamRows.CONSUMER_NAME, StreamRows.consumer(group.id, consumer.id));
        group.pendingCount -= consumer.pendingCount;
        group.consumerCount--;
        changed.remove(Bytes.of(consumer.name));
        byId.remove(consumer.id);
    }

    // ---- pending entries ----

    /** The group's pending entry of that id, or null. */
    public @Nullable PendingEntry pending(StreamId id) {
        return stream.pending(group, id);
    }

    /** Counts an entry as read by the group, if it is behind what the group has read so far. */
    public void read(StreamId id) {
        if (!id.isAfter(group.lastId)) {
            return;
        }
        if (group.entriesRead != StreamGroup.UNKNOWN
                && !group.lastId.isBefore(stream.firstId)
                && !stream.hasDeletedFrom(group.lastId)) {
            group.entriesRead++;
        } else if (stream.entriesAdded > 0) {
            group.entriesRead = stream.entriesUpTo(id);
        }
        group.lastId = id;
    }

    /** Moves the position of the group forward to {@code id}, never back; how much was read stays as it is. */
    public void advance(StreamId id) {
        group.lastId = StreamId.max(group.lastId, id);
    }

    /** An entry was delivered to a consumer for the first time, or again because the group was moved back. */
    public void deliver(StreamId id, StreamConsumer consumer) {
        assign(pending(id), id, consumer, stream.nowMillis(), 1);
    }

    /** A pending entry goes to a consumer, its own or another, as of now; {@code counts} as one more delivery or not. */
    public void redeliver(PendingEntry old, StreamConsumer consumer, boolean counts) {
        assign(old, old.id(), consumer, stream.nowMillis(), old.deliveryCount() + (counts ? 1 : 0));
    }

    /**
     * Makes an entry pending for a consumer.
     *
     * @param old what was pending of that id before, or null
     */
    public void assign(
            @Nullable PendingEntry old, StreamId id, StreamConsumer consumer, long deliveryMillis, long deliveryCount) {
        PendingEntry next = new PendingEntry(id, consumer.id, deliveryMillis, deliveryCount);
        if (old == null || old.consumerId() != consumer.id) {
            if (old != null) {
                release(old);
            }
            stream.put(StreamRows.OWNED, StreamRows.owned(group.id, consumer.id, next.id()), Bytes.EMPTY);
            consumer.pendingCount++;
        }
        if (old == null) {
            group.pendingFrom = group.pendingCount == 0 ? next.id() : StreamId.min(group.pendingFrom, next.id());
            group.pendingTo = group.pendingCount == 0 ? next.id() : StreamId.max(group.pendingTo, next.id());
            group.pendingCount++;
        }
        stream.put(StreamRows.PENDING, StreamRows.pending(group.id, next.id()), next.encode());
    }

    private void release(PendingEntry entry) {
        stream.remove(StreamRows.OWNED, StreamRows.owned(group.id, entry.consumerId(), entry.id()));
        StreamConsumer owner = owner(entry);
        if (owner != null) {
            owner.pendingCount--;
        }
    }

    /** An entry is pending no more; returns whether it was. */
    public boolean acknowledge(StreamId id) {
        PendingEntry entry = pending(id);
        if (entry == null) {
            return false;
        }
        release(entry);
        stream.remove(StreamRows.PENDING, StreamRows.pending(group.id, id));
        group.pendingCount--;
        StreamId next = id.next();
        if (id.equals(group.pendingFrom) && next != null) {
            group.pendingFrom = next;
        }
        return true;
    }

    // ---- the end ----

    void finish() {
        byte[] after = group.encode();
        if (!Arrays.equals(before, after)) {
            stream.put(StreamRows.GROUP, group.name, after);
        }
        for (StreamConsumer consumer : changed.values()) {
            stream.put(StreamRows.CONSUMER, StreamRows.consumer(group.id, consumer.name), consumer.encode());
        }
    }
}
