package io.aikv.data.rdb;

import io.aikv.base.Bytes;
import io.aikv.base.Numbers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a stream of a payload.
 *
 * <pre>
 * nodes   count, each: id of 16 bytes, listpack
 * length lastId [firstId maxDeletedId entriesAdded]                    in brackets: from the second form on
 * groups  count, each: name lastId [entriesRead]
 *         pending    count, each: id of 16 bytes, deliveryMillis(8) deliveryCount
 *         consumers  count, each: name seenMillis(8) [activeMillis(8)] count, ids of 16 bytes      in brackets: third form
 *
 * listpack   live deleted fields name... 0, then entries
 * entry      flags ms seq [fields] (name value)... | value...   elements       ms and seq are relative to the node's id
 * </pre>
 */
final class StreamDecoder {
    private static final long DELETED = 1;
    private static final long SAME_FIELDS = 2;

    /** What one node may hold; Redis makes them of a few KiB. */
    private static final int NODE_ELEMENTS_MAX = 1 << 22;

    private final RdbReader in;
    private final boolean hasCounters;
    private final boolean hasActiveTime;
    private final List<RdbValue.Entry> entries = new ArrayList<>();
    private RdbValue.Id last = RdbValue.Id.ZERO;

    StreamDecoder(RdbReader in, int type) {
        this.in = in;
        this.hasCounters = type != RdbType.STREAM_LISTPACKS;
        this.hasActiveTime = type == RdbType.STREAM_LISTPACKS_3;
    }

    RdbValue.Stream value() {
        int nodes = in.count();
        for (int i = 0; i < nodes; i++) {
            RdbValue.Id master = in.nodeKey();
            List<byte[]> elements = new ArrayList<>();
            Listpack.forEach(in.string(), element -> {
                RdbFormat.require(elements.size() < NODE_ELEMENTS_MAX);
                elements.add(element);
            });
            new Node(master, elements).read();
        }
        long length = in.number();
        RdbFormat.require(length == entries.size());
        RdbValue.Id lastId = in.id();
        RdbFormat.require(lastId.compareTo(last) >= 0);
        RdbValue.Id maxDeletedId = RdbValue.Id.ZERO;
        long entriesAdded = length;
        if (hasCounters) {
            in.id();
            maxDeletedId = in.id();
            entriesAdded = in.number();
        }
        return new RdbValue.Stream(entries, lastId, maxDeletedId, entriesAdded, groups());
    }

    // ---- entries ----

    /** A walk over the elements of one node. */
    private final class Node {
        private final RdbValue.Id master;
        private final List<byte[]> elements;
        private int at;

        Node(RdbValue.Id master, List<byte[]> elements) {
            this.master = master;
            this.elements = elements;
        }

        void read() {
            long live = number();
            long deleted = number();
            List<byte[]> masterFields = take(number());
            RdbFormat.require(number() == 0 && live >= 0 && deleted >= 0);
            while (at < elements.size()) {
                if (isLive(masterFields)) {
                    live--;
                } else {
                    deleted--;
                }
            }
            RdbFormat.require(live == 0 && deleted == 0);
        }

        /** Reads an entry, adds it unless it is deleted, and returns whether it was added. */
        private boolean isLive(List<byte[]> masterFields) {
            int start = at;
            long flags = number();
            RdbValue.Id id = new RdbValue.Id(master.ms() + number(), master.seq() + number());
            RdbFormat.require((flags & ~(DELETED | SAME_FIELDS)) == 0);
            boolean sameFields = (flags & SAME_FIELDS) != 0;
            in.elements(1 + (sameFields ? masterFields.size() : 0));
            byte[][] fields = sameFields ? values(masterFields) : pairs(number());
            RdbFormat.require(number() == at - 1 - start);
            if ((flags & DELETED) != 0) {
                return false;
            }
            RdbFormat.require(fields.length > 0 && id.compareTo(last) > 0);
            last = id;
            entries.add(new RdbValue.Entry(id, fields));
            return true;
        }

        private byte[][] values(List<byte[]> names) {
            List<byte[]> values = take(names.size());
            byte[][] fields = new byte[2 * names.size()][];
            for (int i = 0; i < names.size(); i++) {
                fields[2 * i] = names.get(i);
                fields[2 * i + 1] = values.get(i);
            }
            return fields;
        }

        private byte[][] pairs(long count) {
            RdbFormat.require(count >= 0 && count <= elements.size());
            in.elements(2 * (int) count);
            return take(2 * count).toArray(new byte[0][]);
        }

        private List<byte[]> take(long count) {
            RdbFormat.require(count >= 0 && count <= elements.size() - at);
            int from = at;
            at += (int) count;
            return elements.subList(from, at);
        }

        private long number() {
            RdbFormat.require(at < elements.size());
            byte[] digits = elements.get(at++);
            RdbFormat.require(Numbers.isLong(digits));
            return Numbers.parseLong(digits);
        }
    }

    // ---- groups ----

    private List<RdbValue.Group> groups() {
        int count = in.count();
        List<RdbValue.Group> groups = new ArrayList<>();
        Set<Bytes> names = new HashSet<>();
        for (int i = 0; i < count; i++) {
            in.element();
            RdbValue.Group group = group();
            RdbFormat.require(names.add(Bytes.of(group.name())));
            groups.add(group);
        }
        return groups;
    }

    private RdbValue.Group group() {
        byte[] name = in.string();
        RdbValue.Id lastId = in.id();
        long entriesRead = RdbValue.Group.TO_ESTIMATE;
        if (hasCounters) {
            entriesRead = in.number(); // Any: XGROUP CREATE takes the largest number, and reading goes on from there.
        }
        List<RdbValue.Pending> unowned = pending();
        Map<RdbValue.Id, Integer> owners = new HashMap<>();
        List<RdbValue.Consumer> consumers = consumers(owners);
        RdbFormat.require(owners.size() == unowned.size());
        List<RdbValue.Pending> pending = new ArrayList<>(unowned.size());
        for (RdbValue.Pending entry : unowned) {
            Integer owner = owners.get(entry.id());
            if (owner == null) {
                throw RdbFormat.bad();
            }
            pending.add(new RdbValue.Pending(entry.id(), entry.deliveryMillis(), entry.deliveryCount(), owner));
        }
        return new RdbValue.Group(name, lastId, entriesRead, pending, consumers);
    }

    /** The group's pending entries, ascending as Redis writes them, each once. */
    private List<RdbValue.Pending> pending() {
        int count = in.count();
        List<RdbValue.Pending> pending = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            in.element();
            RdbValue.Id id = in.rawId();
            RdbFormat.require(i == 0 || id.compareTo(pending.get(i - 1).id()) > 0);
            long deliveryMillis = in.millis();
            long deliveryCount = in.number(); // Any: XCLAIM sets it, and then it counts on beyond what is positive.
            pending.add(new RdbValue.Pending(id, deliveryMillis, deliveryCount, 0));
        }
        return pending;
    }

    private List<RdbValue.Consumer> consumers(Map<RdbValue.Id, Integer> owners) {
        int count = in.count();
        List<RdbValue.Consumer> consumers = new ArrayList<>();
        Set<Bytes> names = new HashSet<>();
        for (int i = 0; i < count; i++) {
            in.element();
            byte[] name = in.string();
            RdbFormat.require(names.add(Bytes.of(name)));
            long seenMillis = in.millis();
            long activeMillis = hasActiveTime ? in.millisOrNever() : seenMillis;
            int owned = in.count();
            for (int n = 0; n < owned; n++) {
                in.element();
                RdbFormat.require(owners.put(in.rawId(), i) == null);
            }
            consumers.add(new RdbValue.Consumer(name, seenMillis, activeMillis));
        }
        return consumers;
    }
}
