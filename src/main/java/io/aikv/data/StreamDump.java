package io.aikv.data;

import io.aikv.data.rdb.ListpackWriter;
import io.aikv.data.rdb.RdbWriter;
import io.aikv.store.Cursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a stream as Redis 7.0 serializes it; see {@code StreamDecoder} for the layout. */
final class StreamDump {
    /** Redis' defaults for one node: entries and bytes. */
    private static final int NODE_ENTRIES = 100;

    private static final int NODE_BYTES = 4096;

    private static final int SAME_FIELDS = 2;

    private final ReadContext context;
    private final byte[] key;
    private final StreamView stream;
    private final RdbWriter out;
    private final ListpackWriter listpack = new ListpackWriter(Strings.SIZE_MAX);

    private StreamDump(ReadContext context, byte[] key, CollectionHeader header, RdbWriter out) {
        this.context = context;
        this.key = key;
        this.stream = new StreamView(context, key, header);
        this.out = out;
    }

    /** Cost: all rows. */
    static void write(ReadContext context, byte[] key, CollectionHeader header, RdbWriter out) {
        new StreamDump(context, key, header, out).write();
    }

    private void write() {
        out.beginStream();
        writeEntries();
        out.count(stream.length());
        writeId(stream.lastId());
        writeId(stream.firstId());
        writeId(stream.maxDeletedId());
        out.count(stream.entriesAdded());
        List<StreamGroup> groups = stream.groups();
        out.count(groups.size());
        for (StreamGroup group : groups) {
            writeGroup(group);
        }
    }

    private void writeId(StreamId id) {
        out.id(id.ms(), id.seq());
    }

    // ---- entries ----

    private void writeEntries() {
        int place = out.reserveCount();
        int nodes = 0;
        List<StreamEntry> node = new ArrayList<>();
        int bytes = 0;
        try (StreamCursor entries = stream.entries(StreamId.MIN, StreamId.MAX, false)) {
            while (entries.next()) {
                StreamEntry entry = entries.entry();
                int size = sizeOf(entry);
                if (!node.isEmpty() && (node.size() == NODE_ENTRIES || bytes + size > NODE_BYTES)) {
                    writeNode(node);
                    nodes++;
                    node.clear();
                    bytes = 0;
                }
                node.add(entry);
                bytes += size;
            }
        }
        if (!node.isEmpty()) {
            writeNode(node);
            nodes++;
        }
        out.setCount(place, nodes);
    }

    private static int sizeOf(StreamEntry entry) {
        int size = 0;
        for (byte[] field : entry.fields()) {
            size += field.length;
        }
        return size;
    }

    private void writeNode(List<StreamEntry> entries) {
        StreamEntry master = entries.get(0);
        byte[][] names = names(master);
        listpack.clear();
        listpack.add(entries.size());
        listpack.add(0);
        listpack.add(names.length);
        for (byte[] name : names) {
            listpack.add(name);
        }
        listpack.add(0);
        for (StreamEntry entry : entries) {
            writeEntry(entry, master.id(), names);
        }
        out.nodeKey(master.id().ms(), master.id().seq());
        out.listpack(listpack);
    }

    private void writeEntry(StreamEntry entry, StreamId master, byte[][] names) {
        boolean same = Arrays.deepEquals(names, names(entry));
        int before = listpack.count();
        listpack.add(same ? SAME_FIELDS : 0);
        listpack.add(entry.id().ms() - master.ms());
        listpack.add(entry.id().seq() - master.seq());
        byte[][] fields = entry.fields();
        if (!same) {
            listpack.add(fields.length / 2);
        }
        for (int i = same ? 1 : 0; i < fields.length; i += same ? 2 : 1) {
            listpack.add(fields[i]);
        }
        listpack.add(listpack.count() - before);
    }

    private static byte[][] names(StreamEntry entry) {
        byte[][] names = new byte[entry.fields().length / 2][];
        for (int i = 0; i < names.length; i++) {
            names[i] = entry.fields()[2 * i];
        }
        return names;
    }

    // ---- groups ----

    private void writeGroup(StreamGroup group) {
        out.string(group.name());
        writeId(group.lastId());
        out.count(group.entriesRead());
        out.count(group.pendingCount());
        try (StreamView.Pending pending = stream.pending(group, StreamId.MIN, StreamId.MAX)) {
            for (PendingEntry entry = pending.next(); entry != null; entry = pending.next()) {
                out.rawId(entry.id().ms(), entry.id().seq());
                out.millis(entry.deliveryMillis());
                out.count(entry.deliveryCount());
            }
        }
        List<StreamConsumer> consumers = stream.consumers(group);
        out.count(consumers.size());
        for (StreamConsumer consumer : consumers) {
            out.string(consumer.name());
            out.millis(consumer.seenMillis());
            out.count(consumer.pendingCount());
            writeOwned(group, consumer);
        }
    }

    private void writeOwned(StreamGroup group, StreamConsumer consumer) {
        if (consumer.pendingCount() == 0) {
            return;
        }
        byte[] from = StreamRows.owned(group.id, consumer.id, StreamId.MIN);
        byte[] to = StreamRows.behind(StreamRows.owned(group.id, consumer.id, StreamId.MAX));
        Cursor rows = context.rows(key, stream.place, StreamRows.OWNED, from, to);
        try (StreamCursor owned = new StreamCursor(context, rows)) {
            while (owned.next()) {
                out.rawId(owned.id().ms(), owned.id().seq());
            }
        }
    }
}
