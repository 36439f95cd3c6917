package io.aikv.data;

import io.aikv.data.rdb.ListpackWriter;
import io.aikv.data.rdb.RdbValue;
import io.aikv.data.rdb.RdbWriter;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import org.jspecify.annotations.Nullable;

/**
 * What DUMP answers: a value in Redis' serialized form, in encodings that Redis 7.0 reads; a hash with deadlines of fields in
 * that of Redis 7.4, which is the first to have them; a JSON document in that of RedisJSON 2. {@link KeyRestore} is the inverse.
 */
public final class KeyDump {
    /** What Redis puts into one node of a list by default, in bytes. */
    private static final int LIST_NODE_BYTES = 8 << 10;

    private KeyDump() {}

    /**
     * The payload of a key's value, or null if nothing is left of it (a hash whose fields are all due). Cost: all rows; memory
     * up to four times the payload.
     *
     * @throws io.aikv.base.CommandError {@code ERR the DUMP payload exceeds the maximum allowed size (proto-max-bulk-len)}
     */
    public static byte @Nullable [] payload(ReadContext context, byte[] key, KeyRecord record) {
        RdbWriter out = new RdbWriter(Strings.SIZE_MAX);
        switch (record.type()) {
            case STRING -> out.text(Strings.value(context, key, record));
            case LIST -> list(context, key, CollectionHeader.of(record), out);
            case SET -> set(context, key, CollectionHeader.of(record), out);
            case SORTED_SET -> sortedSet(context, key, CollectionHeader.of(record), out);
            case HASH -> {
                if (!hash(context, key, CollectionHeader.of(record), out)) {
                    return null;
                }
            }
            case STREAM -> StreamDump.write(context, key, CollectionHeader.of(record), out);
            case JSON -> out.json(Strings.value(context, key, record));
        }
        return out.finish();
    }

    private static void list(ReadContext context, byte[] key, CollectionHeader header, RdbWriter out) {
        out.beginList();
        int place = out.reserveCount();
        int nodes = 0;
        ListpackWriter node = new ListpackWriter(Strings.SIZE_MAX);
        try (ListReader.Walk walk = new ListReader(context, key, header).walkFrom(0)) {
            while (walk.next()) {
                byte[] element = walk.value();
                if (node.count() > 0 && node.size() + element.length > LIST_NODE_BYTES) {
                    out.listNode(node);
                    node.clear();
                    nodes++;
                }
                node.add(element);
            }
        }
        out.listNode(node);
        out.setCount(place, nodes + 1);
    }

    private static void set(ReadContext context, byte[] key, CollectionHeader header, RdbWriter out) {
        out.beginSet();
        out.count(header.count());
        try (SetMembers members = SetMembers.of(context, key, header)) {
            while (members.next()) {
                out.string(members.member());
            }
        }
    }

    /** From the greatest to the least, as Redis does: that is how they are loaded fastest. */
    private static void sortedSet(ReadContext context, byte[] key, CollectionHeader header, RdbWriter out) {
        out.beginSortedSet();
        out.count(header.count());
        new SortedSetReader(context, key, header).forEach(Span.ALL, true, 0, header.count(), entry -> {
            out.string(entry.member());
            out.score(entry.score());
        });
    }

    private static boolean hash(ReadContext context, byte[] key, CollectionHeader header, RdbWriter out) {
        boolean expires = hasDeadlines(context, key, header);
        long earliest = Math.max(Hashes.earliest(header.extra()), context.nowMillis());
        if (expires) {
            out.beginHashWithDeadlines(earliest);
        } else {
            out.beginHash();
        }
        int place = out.reserveCount();
        int count = 0;
        try (HashView.Walk walk = HashView.of(context, key, header).walk(0, true)) {
            for (HashField field = walk.next(); field != null; field = walk.next()) {
                if (expires) {
                    out.deadline(field.hasDeadline() ? field.deadlineMillis() : RdbValue.Field.NEVER, earliest);
                }
                out.string(field.name());
                out.string(field.value());
                count++;
            }
        }
        out.setCount(place, count);
        return count > 0;
    }

    /** Whether a field that is not due has a deadline. One seek. */
    private static boolean hasDeadlines(ReadContext context, byte[] key, CollectionHeader header) {
        if (Hashes.earliest(header.extra()) == Hashes.NEVER) {
            return false;
        }
        byte[] from =
                HashField.deadlineSub(Math.max(Hashes.earliest(header.extra()), context.nowMillis() + 1), new byte[0]);
        try (Cursor deadlines = context.rows(key, header.rows(), HashField.DEADLINE_ROW, from, null)) {
            boolean found = deadlines.next();
            return found && HashField.deadlineOf(KeyLayout.sub(deadlines.key())) > context.nowMillis();
        }
    }
}
