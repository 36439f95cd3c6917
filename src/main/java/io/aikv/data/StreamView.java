package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The stream at a key as a read sees it; {@link StreamEditor} adds the writes.
 *
 * <pre>
 * header   id(8) length(8) | lastId(16) firstId(16) maxDeletedId(16) entriesAdded(8) nextId(8) blockOrigin(8)
 * rows     E entries, G groups, C and N consumers, P and Q pending entries
 * </pre>
 *
 * <p>{@code firstId} is that of the first entry, so reads do not walk over what was trimmed. {@code nextId} numbers groups
 * and consumers within the stream, so that rows need not repeat names. {@code blockOrigin} is how many entries had been
 * added when the stream was last empty: the blocks of approximate trims are counted from there.
 */
public sealed class StreamView permits StreamEditor {
    private static final int EXTRA_SIZE = 3 * StreamId.SIZE + 3 * Long.BYTES;

    final ReadContext context;
    final byte[] key;
    final CollectionRows place;

    long length;
    StreamId lastId = StreamId.MIN;
    StreamId firstId = StreamId.MIN;
    StreamId maxDeletedId = StreamId.MIN;
    long entriesAdded;
    long nextId = 1;
    long blockOrigin;

    private final Map<Long, byte[]> consumerNames = new HashMap<>();

    StreamView(ReadContext context, byte[] key, CollectionHeader header) {
        this.context = context;
        this.key = key;
        this.place = header.rows();
        this.length = header.count();
        byte[] extra = header.extra();
        if (extra.length > 0) {
            ByteBuffer bytes = ByteBuffer.wrap(extra);
            lastId = StreamId.decode(bytes);
            firstId = StreamId.decode(bytes);
            maxDeletedId = StreamId.decode(bytes);
            entriesAdded = bytes.getLong();
            nextId = bytes.getLong();
            blockOrigin = bytes.getLong();
        }
    }

    /**
     * The stream at a key, or null if there is none. One point read.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static @Nullable StreamView find(ReadContext context, byte[] key) {
        CollectionHeader header = CollectionHeader.find(context, key, Type.STREAM);
        return header == null ? null : new StreamView(context, key, header);
    }

    final byte[] extra() {
        ByteBuffer bytes = ByteBuffer.allocate(EXTRA_SIZE);
        lastId.put(bytes);
        firstId.put(bytes);
        maxDeletedId.put(bytes);
        return bytes.putLong(entriesAdded).putLong(nextId).putLong(blockOrigin).array();
    }

    // ---- header ----

    /** How many entries there are. */
    public final long length() {
        return length;
    }

    /** The greatest id ever given; the next entry's is greater. */
    public final StreamId lastId() {
        return lastId;
    }

    /** The id of the first entry, {@link StreamId#MIN} if there is none. */
    public final StreamId firstId() {
        return firstId;
    }

    /** The greatest id that was deleted other than by trimming, {@link StreamId#MIN} if none was. */
    public final StreamId maxDeletedId() {
        return maxDeletedId;
    }

    /** How many entries were ever added. */
    public final long entriesAdded() {
        return entriesAdded;
    }

    // ---- entries ----

    /** The entries from {@code from} to {@code to}, both inclusive; descending if {@code reverse}. One seek. */
    public final StreamCursor entries(StreamId from, StreamId to, boolean reverse) {
        StreamId start = StreamId.max(from, firstId);
        if (length == 0 || start.isAfter(to)) {
            return new StreamCursor(context, null);
        }
        byte[] end = StreamRows.behind(to.bytes());
        Cursor rows = reverse
                ? context.rowsDescending(key, place, StreamRows.ENTRY, start.bytes(), end)
                : context.rows(key, place, StreamRows.ENTRY, start.bytes(), end);
        return new StreamCursor(context, rows);
    }

    /** The entry of that id, or null. One point read. */
    public final @Nullable StreamEntry entry(StreamId id) {
        byte[] row = context.row(key, place, StreamRows.ENTRY, id.bytes());
        if (row == null) {
            return null;
        }
        context.willRead(row.length);
        return StreamEntry.decode(id, row);
    }

    /** Whether there is an entry of that id. One point read. */
    public final boolean has(StreamId id) {
        return context.row(key, place, StreamRows.ENTRY, id.bytes()) != null;
    }

    /** The id of the last entry that is still there, or null if there is none. One seek. */
    public final @Nullable StreamId lastLiveId() {
        try (StreamCursor rows = entries(StreamId.MIN, StreamId.MAX, true)) {
            return rows.next() ? rows.id() : null;
        }
    }

    // ---- groups ----

    /** The group of that name, or null. One point read. */
    public final @Nullable StreamGroup group(byte[] name) {
        byte[] row = context.row(key, place, StreamRows.GROUP, name);
        return row == null ? null : StreamGroup.decode(name, row);
    }

    /** Every group, by name. */
    public final List<StreamGroup> groups() {
        List<StreamGroup> groups = new ArrayList<>();
        try (Cursor rows = context.rows(key, place, StreamRows.GROUP, Bytes.EMPTY, null)) {
            while (rows.next()) {
                context.willRead(rows.key().length + rows.value().length);
                groups.add(StreamGroup.decode(KeyLayout.sub(rows.key()), rows.value()));
            }
        }
        return groups;
    }

    /** The group's consumer of that name, or null. One point read. */
    public final @Nullable StreamConsumer consumer(StreamGroup group, byte[] name) {
        byte[] row = context.row(key, place, StreamRows.CONSUMER, StreamRows.consumer(group.id, name));
        return row == null ? null : StreamConsumer.decode(name, row);
    }

    /** Every consumer of a group, by name. */
    public final List<StreamConsumer> consumers(StreamGroup group) {
        List<StreamConsumer> consumers = new ArrayList<>();
        byte[] from = StreamRows.group(group.id);
        byte[] to = StreamRows.group(group.id + 1);
        try (Cursor rows = context.rows(key, place, StreamRows.CONSUMER, from, to)) {
            while (rows.next()) {
                context.willRead(rows.key().length + rows.value().length);
                byte[] sub = KeyLayout.sub(rows.key());
                consumers.add(StreamConsumer.decode(Arrays.copyOfRange(sub, Long.BYTES, sub.length), rows.value()));
            }
        }
        return consumers;
    }

    /** The name of the consumer that a pending entry belongs to. A point read at the first time. */
    public final byte[] consumerName(StreamGroup group, PendingEntry entry) {
        return consumerNames.computeIfAbsent(entry.consumerId(), id -> {
            byte[] name = context.row(key, place, StreamRows.CONSUMER_NAME, StreamRows.consumer(group.id, id));
            return name == null ? Bytes.EMPTY : name;
        });
    }

    // ---- pending entries ----

    /** A walk over pending entries. To be closed. */
    public final class Pending implements AutoCloseable {
        private final StreamGroup group;
        private final StreamCursor rows;
        private final boolean owned;

        private Pending(StreamGroup group, @Nullable Cursor rows, boolean owned) {
            this.group = group;
            this.rows = new StreamCursor(context, rows);
            this.owned = owned;
        }

        /** The next pending entry, or null at the end. */
        public @Nullable PendingEntry next() {
            if (!rows.next()) {
                return null;
            }
            return owned ? pending(group, rows.id()) : rows.pending();
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    /** A group's pending entry of that id, or null. One point read. */
    public final @Nullable PendingEntry pending(StreamGroup group, StreamId id) {
        if (group.pendingCount == 0 || id.isBefore(group.pendingFrom) || id.isAfter(group.pendingTo)) {
            return null;
        }
        byte[] row = context.row(key, place, StreamRows.PENDING, StreamRows.pending(group.id, id));
        return row == null ? null : PendingEntry.decode(id, row);
    }

    /** A group's pending entries from {@code from} to {@code to}, both inclusive. One seek. */
    public final Pending pending(StreamGroup group, StreamId from, StreamId to) {
        return new Pending(group, pendingRows(group, from, to, false), false);
    }

    /** The first ({@code last} false) or last pending entry of a group that has any. One seek. */
    public final @Nullable PendingEntry pendingEdge(StreamGroup group, boolean last) {
        try (Pending rows = new Pending(group, pendingRows(group, StreamId.MIN, StreamId.MAX, last), false)) {
            return rows.next();
        }
    }

    private @Nullable Cursor pendingRows(StreamGroup group, StreamId from, StreamId to, boolean reverse) {
        StreamId start = StreamId.max(from, group.pendingFrom);
        StreamId end = StreamId.min(to, group.pendingTo);
        if (group.pendingCount == 0 || start.isAfter(end)) {
            return null;
        }
        byte[] first = StreamRows.pending(group.id, start);
        byte[] behind = StreamRows.behind(StreamRows.pending(group.id, end));
        return reverse
                ? context.rowsDescending(key, place, StreamRows.PENDING, first, behind)
                : context.rows(key, place, StreamRows.PENDING, first, behind);
    }

    /** As {@link #pending(StreamGroup, StreamId, StreamId)}, those of one consumer. One seek, a point read for each. */
    public final Pending pending(StreamGroup group, StreamConsumer consumer, StreamId from, StreamId to) {
        StreamId start = StreamId.max(from, group.pendingFrom);
        StreamId end = StreamId.min(to, group.pendingTo);
        if (consumer.pendingCount == 0 || start.isAfter(end)) {
            return new Pending(group, null, true);
        }
        byte[] first = StreamRows.owned(group.id, consumer.id, start);
        byte[] behind = StreamRows.behind(StreamRows.owned(group.id, consumer.id, end));
        return new Pending(group, context.rows(key, place, StreamRows.OWNED, first, behind), true);
    }

    // ---- how far a group has come ----

    /**
     * How many entries a group has not read yet; {@link StreamGroup#UNKNOWN} if deleted entries make that unknowable. As
     * Redis computes it.
     */
    public final long lag(StreamGroup group) {
        if (entriesAdded == 0) {
            return 0;
        }
        if (group.entriesRead != StreamGroup.UNKNOWN && !hasDeletedFrom(group.lastId)) {
            return entriesAdded - group.entriesRead;
        }
        long read = entriesUpTo(group.lastId);
        return read == StreamGroup.UNKNOWN ? StreamGroup.UNKNOWN : entriesAdded - read;
    }

    /** Whether an entry from {@code from} on was deleted out of the middle. */
    final boolean hasDeletedFrom(StreamId from) {
        return length > 0 && !maxDeletedId.equals(StreamId.MIN) && !from.isAfter(maxDeletedId);
    }

    /** How many entries were ever added up to and with an id, {@link StreamGroup#UNKNOWN} where only a walk could tell. */
    final long entriesUpTo(StreamId id) {
        if (entriesAdded == 0) {
            return 0;
        }
        int toLast = id.compareTo(lastId);
        if (length == 0 && toLast <= 0) {
            return entriesAdded;
        }
        if (!id.equals(StreamId.MIN) && id.isBefore(maxDeletedId)) {
            return StreamGroup.UNKNOWN;
        }
        if (toLast >= 0) {
            return toLast == 0 ? entriesAdded : StreamGroup.UNKNOWN;
        }
        int toFirst = id.compareTo(firstId);
        boolean whole = maxDeletedId.equals(StreamId.MIN) || maxDeletedId.isBefore(firstId);
        if (whole && toFirst <= 0) {
            return entriesAdded - length + (toFirst == 0 ? 1 : 0);
        }
        return StreamGroup.UNKNOWN;
    }
}
