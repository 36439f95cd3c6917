package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.data.StreamId;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads ids of stream entries out of arguments, in the forms that Redis knows. */
final class StreamIds {
    static final String INVALID = "ERR Invalid stream ID specified as stream command argument";

    private StreamIds() {}

    /** {@code ms}, {@code ms-seq}, {@code -} or {@code +}. */
    static StreamId takeAny(byte[] text, long missingSeq) {
        if (text.length == 1 && text[0] == '-') {
            return StreamId.MIN;
        }
        if (text.length == 1 && text[0] == '+') {
            return StreamId.MAX;
        }
        return take(text, missingSeq);
    }

    /** {@code ms} or {@code ms-seq}; 0 for a sequence that is missing. */
    static StreamId take(byte[] text) {
        return take(text, 0);
    }

    private static StreamId take(byte[] text, long missingSeq) {
        StreamId id = StreamId.parse(text, missingSeq);
        if (id == null) {
            throw new CommandError(INVALID);
        }
        return id;
    }

    /** Every argument from {@code from} to {@code to} (exclusive). */
    static StreamId[] takeAll(byte[][] argv, int from, int to) {
        StreamId[] ids = new StreamId[to - from];
        for (int i = from; i < to; i++) {
            ids[i - from] = take(argv[i]);
        }
        return ids;
    }

    /** Where an interval begins; {@code (id} excludes it. */
    static StreamId takeStart(byte[] text) {
        return isExclusive(text)
                ? inside(take(tail(text), 0).next(), "ERR invalid start ID for the interval")
                : takeAny(text, 0);
    }

    /** Where an interval ends; {@code (id} excludes it, a missing sequence is the greatest. */
    static StreamId takeEnd(byte[] text) {
        return isExclusive(text)
                ? inside(take(tail(text), -1).previous(), "ERR invalid end ID for the interval")
                : takeAny(text, -1);
    }

    private static boolean isExclusive(byte[] text) {
        return text.length > 1 && text[0] == '(';
    }

    private static byte[] tail(byte[] text) {
        return Arrays.copyOfRange(text, 1, text.length);
    }

    private static StreamId inside(@Nullable StreamId id, String error) {
        if (id == null) {
            throw new CommandError(error);
        }
        return id;
    }

    /** The id as replies show it. */
    static byte[] text(StreamId id) {
        return Bytes.utf8(id.toString());
    }
}
