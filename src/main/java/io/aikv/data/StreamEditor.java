package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.data.StreamTrim.References;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A stream within an entry of the log: what {@link StreamView} reads, and the writes. Rows of entries and pending entries
 * are written at once; the header, groups and consumers by {@link #finish()}, once and only what changed. Made and used
 * within one command. A stream without entries stays.
 */
public final class StreamEditor extends StreamView {
    /** From here on one range tombstone replaces point deletes, as in the garbage queue. */
    static final int POINT_DELETES_MAX = 2_000;

    private final WriteContext writes;
    private final CollectionWriter writer;
    private final Map<Bytes, GroupEditor> groupEditors = new TreeMap<>();
    private boolean allGroupsOpen;
    private boolean firstIsGone;

    private StreamEditor(CollectionWriter writer) {
        super(writer.context(), writer.key(), writer.header());
        this.writes = writer.context();
        this.writer = writer;
    }

    /**
     * The stream at a key, or null if there is none.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static @Nullable StreamEditor open(WriteContext context, byte[] key) {
        CollectionWriter writer = CollectionWriter.openExisting(context, key, Type.STREAM);
        return writer == null ? null : new StreamEditor(writer);
    }

    /** A new stream where there is none, which {@link #finish()} makes. */
    public static StreamEditor create(WriteContext context, byte[] key) {
        return new StreamEditor(CollectionWriter.open(context, key, Type.STREAM));
    }

    long newId() {
        return nextId++;
    }

    long nowMillis() {
        return writes.nowMillis();
    }

    void put(byte tag, byte[] sub, byte[] value) {
        writer.put(tag, sub, value);
    }

    void remove(byte tag, byte[] sub) {
        writer.remove(tag, sub);
    }

    /** Removes the rows from {@code from} (inclusive) to {@code to} (exclusive) of a tag. {@code count} says how many. */
    void removeRange(byte tag, byte[] from, byte[] to, long count) {
        if (count == 0) {
            return;
        }
        if (count > POINT_DELETES_MAX) {
            writer.removeRange(tag, from, to);
            return;
        }
        try (Cursor rows = writer.rows(tag, from, to)) {
            while (rows.next()) {
                writer.remove(tag, KeyLayout.sub(rows.key()));
            }
        }
    }

    // ---- entries ----

    /**
     * Adds an entry at the end.
     *
     * @param id greater than {@link #lastId()}
     * @param argv holds fields and values in turn from {@code start} on
     */
    public void append(StreamId id, byte[][] argv, int start) {
        Check.argument(id.isAfter(lastId), "%s is not behind %s", id, lastId);
        put(StreamRows.ENTRY, id.bytes(), StreamEntry.encode(argv, start));
        length++;
        entriesAdded++;
        lastId = id;
        if (length == 1) {
            blockOrigin = entriesAdded - 1;
            firstId = id;
            firstIsGone = false;
        }
    }

    /** Deletes one entry out of the middle; returns whether it was there. One point read. */
    public boolean delete(StreamId id) {
        if (!has(id)) {
            return false;
        }
        drop(id);
        maxDeletedId = StreamId.max(maxDeletedId, id);
        return true;
    }

    /** Removes an entry that is there, without a trace of it. */
    void drop(StreamId id) {
        remove(StreamRows.ENTRY, id.bytes());
        length--;
        firstIsGone |= id.equals(firstId);
    }

    /**
     * Removes the first {@code count} entries.
     *
     * @param end the first entry that stays, null if none does
     * @param ids theirs, or empty where they are many
     */
    void dropHead(long count, @Nullable StreamId end, List<StreamId> ids) {
        byte[] to = end == null ? StreamRows.behind(lastId.bytes()) : end.bytes();
        if (ids.size() == count) {
            ids.forEach(id -> remove(StreamRows.ENTRY, id.bytes()));
        } else {
            removeRange(StreamRows.ENTRY, firstId.bytes(), to, count);
        }
        length -= count;
        firstId = end == null ? StreamId.MIN : end;
        Check.invariant((length == 0) == (end == null), "%s entries left, the first is %s", length, firstId);
    }

    /** Cuts the old end; returns how many entries went. Cost: the fewer of those that go and those that stay. */
    public long trim(StreamTrim trim) {
        return StreamTrimmer.trim(this, trim);
    }

    /** Sets what is only kept in the header. Null leaves a value as it is. */
    public void setIds(StreamId newLastId, @Nullable Long newEntriesAdded, @Nullable StreamId newMaxDeletedId) {
        lastId = newLastId;
        if (newEntriesAdded != null) {
            blockOrigin += newEntriesAdded - entriesAdded;
            entriesAdded = newEntriesAdded;
        }
        maxDeletedId = newMaxDeletedId == null ? maxDeletedId : newMaxDeletedId;
    }

    // ---- groups ----

    /** The group of that name for changes, or null. */
    public @Nullable GroupEditor editGroup(byte[] name) {
        GroupEditor open = groupEditors.get(Bytes.of(name));
        if (open != null) {
            return open;
        }
        StreamGroup group = group(name);
        return group == null ? null : edit(group);
    }

    private GroupEditor edit(StreamGroup group) {
        return groupEditors.computeIfAbsent(Bytes.of(group.name), name -> new GroupEditor(this, group));
    }

    /** Makes a group; there is none of that name. */
    public void createGroup(byte[] name, StreamId groupLastId, long entriesRead) {
        put(StreamRows.GROUP, name, new StreamGroup(name, newId(), groupLastId, entriesRead).encode());
    }

    /** Removes a group with its consumers and pending entries. */
    public void destroyGroup(StreamGroup group) {
        byte[] from = StreamRows.group(group.id);
        byte[] to = StreamRows.group(group.id + 1);
        removeRange(StreamRows.PENDING, from, to, group.pendingCount);
        removeRange(StreamRows.OWNED, from, to, group.pendingCount);
        removeRange(StreamRows.CONSUMER, from, to, group.consumerCount);
        removeRange(StreamRows.CONSUMER_NAME, from, to, group.consumerCount);
        remove(StreamRows.GROUP, group.name);
    }

    private Collection<GroupEditor> allGroups() {
        if (!allGroupsOpen) {
            for (StreamGroup group : groups()) {
                edit(group);
            }
            allGroupsOpen = true;
        }
        return groupEditors.values();
    }

    /** The least of the groups' last ids, {@link StreamId#MAX} without groups: what is behind it is still to be read. */
    StreamId leastGroupLastId() {
        StreamId least = StreamId.MAX;
        for (GroupEditor editor : allGroups()) {
            least = StreamId.min(least, editor.group().lastId);
        }
        return least;
    }

    /** Whether a group has yet to read the entry or has not acknowledged it. A point read per group. */
    public boolean isReferenced(StreamId id) {
        return id.isAfter(leastGroupLastId()) || isPending(id);
    }

    boolean isPending(StreamId id) {
        for (GroupEditor editor : allGroups()) {
            if (pending(editor.group(), id) != null) {
                return true;
            }
        }
        return false;
    }

    /** Removes the pending entries of that id in every group. A point read per group. */
    public void dropReferences(StreamId id) {
        for (GroupEditor editor : allGroups()) {
            editor.acknowledge(id);
        }
    }

    /** Removes the pending entries of entries that are there and before {@code end}; null {@code end}: of all entries. */
    void dropReferencesBefore(@Nullable StreamId end) {
        StreamId last = end == null ? lastId : end.previous();
        if (last == null) {
            return;
        }
        for (GroupEditor editor : allGroups()) {
            List<StreamId> dropped = new ArrayList<>();
            try (Pending rows = pending(editor.group(), firstId, last)) {
                for (PendingEntry entry = rows.next(); entry != null; entry = rows.next()) {
                    if (has(entry.id())) {
                        dropped.add(entry.id());
                    }
                }
            }
            dropped.forEach(editor::acknowledge);
        }
    }

    /** Whether an entry may be deleted under a policy; carries out what the policy wants of the groups. */
    public boolean release(StreamId id, References references) {
        if (references == References.DELETE) {
            dropReferences(id);
        }
        return references != References.ACKED || !isReferenced(id);
    }

    // ---- the end ----

    /** Writes the header, groups and consumers that changed. Makes the key if it is new. */
    public void finish() {
        if (firstIsGone) {
            firstId = firstLive();
        }
        for (GroupEditor editor : groupEditors.values()) {
            editor.finish();
        }
        writer.addCount(length - writer.count());
        writer.setExtra(extra());
        writer.keepEmpty();
        writer.finish();
    }

    private StreamId firstLive() {
        if (length == 0) {
            return StreamId.MIN;
        }
        try (StreamCursor rows = entries(firstId, StreamId.MAX, false)) {
            Check.invariant(rows.next(), "a stream of %s entries has none from %s on", length, firstId);
            return rows.id();
        }
    }
}
