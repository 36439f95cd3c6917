package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Elements;
import io.aikv.data.StreamCursor;
import io.aikv.data.StreamEntry;
import io.aikv.data.StreamId;
import io.aikv.data.StreamView;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Streams as replies, and the errors that several stream commands share. */
final class StreamReplies {
    private StreamReplies() {}

    static Reply id(StreamId id) {
        return Reply.bulk(StreamIds.text(id));
    }

    static Reply ids(List<StreamId> ids) {
        return Reply.array(ids.stream().map(StreamReplies::id).toList());
    }

    /** An id and its fields and values. */
    static Reply entry(StreamEntry entry) {
        List<Reply> fields = new ArrayList<>(entry.fields().length);
        for (byte[] field : entry.fields()) {
            fields.add(Reply.bulk(field));
        }
        return Reply.array(id(entry.id()), Reply.array(fields));
    }

    /** Up to {@code count} entries of a stream (0: all) from {@code from} to {@code to}, both inclusive. */
    static List<Reply> entries(StreamView stream, StreamId from, StreamId to, long count, boolean reverse) {
        List<Reply> entries = new ArrayList<>();
        try (StreamCursor rows = stream.entries(from, to, reverse)) {
            while ((count == 0 || entries.size() < count) && rows.next()) {
                entries.add(entry(rows.entry()));
            }
        }
        return entries;
    }

    /**
     * As {@link #entries} from {@code from} on, but at least one and no more than fit into what is left of a reply. Who reads
     * a stream goes on behind the last entry that it got, however many these were.
     */
    static List<Reply> entriesThatFit(StreamView stream, StreamId from, long count, Room room) {
        List<Reply> entries = new ArrayList<>();
        try (StreamCursor rows = stream.entries(from, StreamId.MAX, false)) {
            while ((count == 0 || entries.size() < count) && room.hasMore() && rows.next()) {
                entries.add(room.take(entry(rows.entry())));
            }
        }
        return entries;
    }

    /** What XREAD and XREADGROUP may still put into their reply: some megabytes of heap over all streams. */
    static final class Room {
        private static final long BYTES_MAX = 16 << 20;

        private long bytesLeft = BYTES_MAX;

        boolean hasMore() {
            return bytesLeft > 0;
        }

        Reply take(Reply entry) {
            bytesLeft -= Listing.heapBytes(entry);
            return entry;
        }
    }

    /** As {@link #entries}, one after the other; to be closed. */
    static Elements<Reply> openEntries(StreamView stream, StreamId from, StreamId to, long count, boolean reverse) {
        StreamCursor rows = stream.entries(from, to, reverse);
        return new Elements<>() {
            private long left = count == 0 ? Long.MAX_VALUE : count;

            @Override
            public @Nullable Reply next() {
                return left-- > 0 && rows.next() ? entry(rows.entry()) : null;
            }

            @Override
            public void close() {
                rows.close();
            }
        };
    }

    static Reply integerOrNull(long value, long absent) {
        return value == absent ? Reply.NULL : Reply.integer(value);
    }

    // ---- errors ----

    /** {@code NOGROUP No such key 's' or consumer group 'g'} and what follows. */
    static CommandError noSuchGroup(byte[] key, byte[] group, String behind) {
        return new CommandError(
                "NOGROUP No such key '" + text(key) + "' or consumer group '" + text(group) + "'" + behind);
    }

    /** {@code NOGROUP No such consumer group 'g' for key name 's'}. */
    static CommandError noSuchGroup(byte[] key, byte[] group) {
        return new CommandError(
                "NOGROUP No such consumer group '" + text(group) + "' for key name '" + text(key) + "'");
    }

    /** What a container answers to arguments that its subcommand does not know. */
    static CommandError unknownSubcommand(byte[][] argv) {
        return new CommandError("ERR unknown subcommand or wrong number of arguments for '" + text(argv[1]) + "'. Try "
                + text(argv[0]).toUpperCase(Locale.ROOT) + " HELP.");
    }

    /** As C prints a string: up to the first NUL. */
    static String text(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return Bytes.text(Arrays.copyOf(bytes, end));
    }

    /** What HELP of a container answers. */
    static Reply help(String container, String... lines) {
        List<Reply> replies = new ArrayList<>(lines.length + 3);
        replies.add(Reply.simple(container + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
        for (String line : lines) {
            replies.add(Reply.simple(line));
        }
        replies.add(Reply.simple("HELP"));
        replies.add(Reply.simple("    Print this help."));
        return Reply.array(replies);
    }
}
