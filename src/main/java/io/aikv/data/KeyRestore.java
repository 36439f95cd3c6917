package io.aikv.data;

import io.aikv.base.CommandError;
import io.aikv.data.rdb.RdbDecoder;
import io.aikv.data.rdb.RdbValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Makes a key of what {@link KeyDump} or Redis has serialized. {@link #decode} reads and checks all of it, without a look at the
 * store; {@link #write} cannot fail any more. Only the text of a JSON document is left to whoever knows JSON.
 */
public final class KeyRestore {
    /** A payload of more elements is refused: the entry holds a row or two for each until it is written. */
    private static final int ELEMENTS_MAX = 1 << 24;

    private KeyRestore() {}

    /**
     * The value of a payload.
     *
     * @throws CommandError {@code ERR DUMP payload version or checksum are wrong}; {@code ERR Bad data format}; {@code ERR the
     *     DUMP payload holds too many elements}
     */
    public static RdbValue decode(byte[] payload) {
        return RdbDecoder.decode(payload, Strings.SIZE_MAX, ELEMENTS_MAX);
    }

    /** Whether there is anything in a value at this time: not if it is a hash whose fields are all due. */
    public static boolean isEmpty(WriteContext context, RdbValue value) {
        return value instanceof RdbValue.Fields hash && hash.fields().stream().allMatch(field -> isDue(context, field));
    }

    private static boolean isDue(WriteContext context, RdbValue.Field field) {
        return field.deadlineMillis() != RdbValue.Field.NEVER && field.deadlineMillis() <= context.nowMillis();
    }

    /**
     * Gives an absent key a value that is not empty. Cost: its rows.
     *
     * @param value a JSON document must be as it is to be stored
     * @param expireAtMillis after now, or {@link KeyRecord#NO_EXPIRY}
     */
    public static void write(WriteContext context, byte[] key, RdbValue value, long expireAtMillis) {
        if (value instanceof RdbValue.Text text) {
            Strings.set(context, key, text.bytes(), expireAtMillis);
            return;
        }
        if (value instanceof RdbValue.Json document) {
            Strings.put(context, key, Type.JSON, document.text(), expireAtMillis);
            return;
        }
        if (value instanceof RdbValue.Elements list) {
            writeList(context, key, list.elements());
        } else if (value instanceof RdbValue.Members set) {
            writeSet(context, key, set.members());
        } else if (value instanceof RdbValue.Fields hash) {
            writeHash(context, key, hash.fields());
        } else if (value instanceof RdbValue.Scores sortedSet) {
            writeSortedSet(context, key, sortedSet.members());
        } else if (value instanceof RdbValue.Stream stream) {
            writeStream(context, key, stream);
        }
        if (expireAtMillis != KeyRecord.NO_EXPIRY) {
            KeyRecord record = Objects.requireNonNull(context.find(key));
            context.put(key, record.withExpiry(expireAtMillis));
        }
    }

    private static void writeList(WriteContext context, byte[] key, List<byte[]> elements) {
        ListWriter list = ListWriter.open(context, key);
        for (byte[] element : elements) {
            list.push(false, element);
        }
        list.finish();
    }

    private static void writeSet(WriteContext context, byte[] key, List<byte[]> members) {
        CollectionWriter set = CollectionWriter.open(context, key, Type.SET);
        for (byte[] member : members) {
            Sets.append(set, SetMembers.sub(member));
        }
        set.finish();
    }

    private static void writeHash(WriteContext context, byte[] key, List<RdbValue.Field> fields) {
        HashWriter hash = HashWriter.open(context, key);
        for (RdbValue.Field field : fields) {
            if (!isDue(context, field)) {
                boolean expires = field.deadlineMillis() != RdbValue.Field.NEVER;
                hash.put(null, field.name(), field.value(), expires ? field.deadlineMillis() : KeyRecord.NO_EXPIRY);
            }
        }
        hash.finish();
    }

    private static void writeSortedSet(WriteContext context, byte[] key, List<RdbValue.Scored> scored) {
        List<ScoredMember> members = new ArrayList<>(scored.size());
        for (RdbValue.Scored entry : scored) {
            members.add(new ScoredMember(entry.member(), entry.score()));
        }
        SortedSetWriter.replace(context, key, members);
    }

    // ---- streams ----

    private static void writeStream(WriteContext context, byte[] key, RdbValue.Stream value) {
        StreamEditor stream = StreamEditor.create(context, key);
        for (RdbValue.Entry entry : value.entries()) {
            stream.append(id(entry.id()), entry.fields(), 0);
        }
        stream.setIds(id(value.lastId()), value.entriesAdded(), id(value.maxDeletedId()));
        for (RdbValue.Group group : value.groups()) {
            writeGroup(stream, group);
        }
        stream.finish();
    }

    private static void writeGroup(StreamEditor stream, RdbValue.Group value) {
        StreamId lastId = id(value.lastId());
        boolean estimated = value.entriesRead() == RdbValue.Group.TO_ESTIMATE;
        stream.createGroup(value.name(), lastId, estimated ? stream.entriesUpTo(lastId) : value.entriesRead());
        GroupEditor group = Objects.requireNonNull(stream.editGroup(value.name()));
        List<StreamConsumer> consumers = new ArrayList<>(value.consumers().size());
        for (RdbValue.Consumer saved : value.consumers()) {
            StreamConsumer consumer = group.createConsumer(saved.name());
            consumer.seenMillis = saved.seenMillis();
            consumer.activeMillis = saved.activeMillis();
            consumers.add(consumer);
        }
        for (RdbValue.Pending saved : value.pending()) {
            group.assign(
                    null,
                    id(saved.id()),
                    consumers.get(saved.consumer()),
                    saved.deliveryMillis(),
                    saved.deliveryCount());
        }
    }

    private static StreamId id(RdbValue.Id id) {
        return new StreamId(id.ms(), id.seq());
    }
}
