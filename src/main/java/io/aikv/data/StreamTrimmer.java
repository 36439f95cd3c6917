package io.aikv.data;

import io.aikv.base.Check;
import io.aikv.data.StreamTrim.References;
import io.aikv.data.StreamTrim.Strategy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream at its old end.
 *
 * <p>Redis keeps entries in nodes of {@value StreamTrim#BLOCK_ENTRIES}, and {@code ~} removes whole nodes. Here every
 * entry has its own row; a block is what would be a node: entries are counted from when the stream was last empty, and
 * blocks end where that number is a multiple of the block's size. Entries deleted out of the middle shift that a little.
 *
 * <p>An exact trim to a length walks to the first entry that stays, from the nearer end. How many entries a bound by id
 * removes is not known beforehand, so there are two walks, from both ends, until one of them is through. Then a range of
 * rows goes at once.
 */
final class StreamTrimmer {
    /** So few entries are removed one by one as they are found; and found fastest by one walk. */
    private static final int FEW = 64;

    private final StreamEditor stream;
    private final StreamTrim trim;

    /** The entries that go: how many there are, the first that stays (null if none does), and if they are few their ids. */
    private record Head(long count, @Nullable StreamId end, List<StreamId> ids) {}

    private StreamTrimmer(StreamEditor stream, StreamTrim trim) {
        this.stream = stream;
        this.trim = trim;
    }

    static long trim(StreamEditor stream, StreamTrim trim) {
        StreamTrimmer trimmer = new StreamTrimmer(stream, trim);
        if (stream.length == 0 || trimmer.stays(stream.firstId, 0)) {
            return 0;
        }
        if (trim.references() == References.ACKED) {
            return trim.approximate() ? trimmer.dropBlocks() : trimmer.dropAcknowledged();
        }
        Head head = trim.approximate() ? trimmer.blocks() : trimmer.exact();
        if (head.count > 0) {
            if (trim.references() == References.DELETE) {
                stream.dropReferencesBefore(head.end);
            }
            stream.dropHead(head.count, head.end, head.ids);
        }
        return head.count;
    }

    /** Whether the bound lets an entry stay when {@code removed} others have gone. */
    private boolean stays(StreamId id, long removed) {
        return trim.strategy() == Strategy.MAXLEN
                ? stream.length - removed <= trim.maxLength()
                : !id.isBefore(trim.minId());
    }

    // ---- exactly ----

    private Head exact() {
        return trim.strategy() == Strategy.MAXLEN ? toLength(trim.maxLength()) : toId();
    }

    private Head toLength(long kept) {
        long gone = stream.length - kept;
        if (kept == 0) {
            return new Head(gone, null, List.of());
        }
        boolean fromOldEnd = gone <= kept;
        List<StreamId> ids = new ArrayList<>();
        StreamId end = StreamId.MIN;
        try (StreamCursor rows = stream.entries(StreamId.MIN, StreamId.MAX, !fromOldEnd)) {
            for (long steps = fromOldEnd ? gone + 1 : kept; steps > 0; steps--) {
                Check.invariant(rows.next(), "fewer than %s entries", stream.length);
                end = rows.id();
                if (fromOldEnd && gone <= FEW && steps > 1) {
                    ids.add(end);
                }
            }
        }
        return new Head(gone, end, ids);
    }

    private Head toId() {
        long gone = 0;
        long kept = 0;
        StreamId lastKept = null;
        List<StreamId> ids = new ArrayList<>();
        try (StreamCursor up = stream.entries(StreamId.MIN, StreamId.MAX, false)) {
            while (gone < FEW && up.next()) {
                if (stays(up.id(), gone)) {
                    return new Head(gone, up.id(), ids);
                }
                ids.add(up.id());
                gone++;
            }
            try (StreamCursor down = stream.entries(StreamId.MIN, StreamId.MAX, true)) {
                while (up.next()) {
                    if (stays(up.id(), gone)) {
                        return new Head(gone, up.id(), List.of());
                    }
                    gone++;
                    if (!down.next() || !stays(down.id(), 0)) {
                        return new Head(stream.length - kept, lastKept, List.of());
                    }
                    kept++;
                    lastKept = down.id();
                }
            }
        }
        return new Head(gone, null, List.of());
    }

    /** Entries that a group still refers to are passed over; behind what some group has yet to read all are. */
    private long dropAcknowledged() {
        StreamId readByAll = stream.leastGroupLastId();
        long before = stream.length;
        try (StreamCursor rows = stream.entries(StreamId.MIN, readByAll, false)) {
            while (rows.next() && !stays(rows.id(), 0)) {
                if (!stream.isPending(rows.id())) {
                    stream.drop(rows.id());
                }
            }
        }
        return before - stream.length;
    }

    // ---- by blocks ----

    private int firstBlock() {
        long removed = stream.entriesAdded - stream.blockOrigin - stream.length;
        return StreamTrim.BLOCK_ENTRIES - (int) Math.floorMod(removed, (long) StreamTrim.BLOCK_ENTRIES);
    }

    private static List<StreamId> block(StreamCursor rows, int size) {
        List<StreamId> ids = new ArrayList<>(size);
        while (ids.size() < size && rows.next()) {
            ids.add(rows.id());
        }
        return ids;
    }

    /** Whether a block may go when {@code removed} entries have gone, of a stream of {@code length}. */
    private boolean goes(List<StreamId> block, long length, long removed) {
        if (trim.limit() != 0 && removed + block.size() > trim.limit()) {
            return false;
        }
        return trim.strategy() == Strategy.MAXLEN
                ? length > trim.maxLength() && length - block.size() >= trim.maxLength()
                : block.get(block.size() - 1).isBefore(trim.minId());
    }

    private Head blocks() {
        long gone = 0;
        try (StreamCursor rows = stream.entries(StreamId.MIN, StreamId.MAX, false)) {
            List<StreamId> block = block(rows, firstBlock());
            while (!block.isEmpty()) {
                if (!goes(block, stream.length - gone, gone)) {
                    return new Head(gone, block.get(0), List.of());
                }
                gone += block.size();
                block = block(rows, StreamTrim.BLOCK_ENTRIES);
            }
        }
        return new Head(gone, null, List.of());
    }

    private long dropBlocks() {
        StreamId readByAll = stream.leastGroupLastId();
        long before = stream.length;
        try (StreamCursor rows = stream.entries(StreamId.MIN, readByAll, false)) {
            List<StreamId> block = block(rows, firstBlock());
            while (!block.isEmpty() && goes(block, stream.length, before - stream.length)) {
                for (StreamId id : block) {
                    if (!stream.isPending(id)) {
                        stream.drop(id);
                    }
                }
                block = block(rows, StreamTrim.BLOCK_ENTRIES);
            }
        }
        return before - stream.length;
    }
}
