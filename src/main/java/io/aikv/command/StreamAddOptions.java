package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.StreamId;
import io.aikv.data.StreamTrim;
import io.aikv.data.StreamTrim.References;
import io.aikv.data.StreamTrim.Strategy;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The options of XADD and XTRIM, checked in the order in which Redis checks them. */
final class StreamAddOptions {
    private static final String SYNTAX = "ERR syntax error, ";

    private final byte[][] argv;
    private final boolean adds;

    private int at = 2;
    private boolean makesStream = true;
    private StreamId.@Nullable Incomplete id;
    private @Nullable References references;
    private @Nullable Strategy strategy;
    private boolean approximate;
    private long maxLength;
    private StreamId minId = StreamId.MIN;
    private long limit;
    private boolean limitGiven;

    private StreamAddOptions(byte[][] argv, boolean adds) {
        this.argv = argv;
        this.adds = adds;
    }

    /** The options ahead of XADD's fields; {@link #position()} is then that of the first field. */
    static StreamAddOptions ofXadd(byte[][] argv) {
        StreamAddOptions options = new StreamAddOptions(argv, true);
        options.takeAll();
        options.check();
        int fields = argv.length - options.position();
        if (fields < 2 || fields % 2 != 0) {
            throw Errors.wrongArity("xadd");
        }
        if (options.id != null && options.id.ms() == 0 && options.id.seq() != null && options.id.seq() == 0) {
            throw new CommandError("ERR The ID specified in XADD must be greater than 0-0");
        }
        return options;
    }

    /** The options of XTRIM. */
    static StreamTrim ofXtrim(byte[][] argv) {
        StreamAddOptions options = new StreamAddOptions(argv, false);
        options.takeAll();
        options.check();
        return Objects.requireNonNull(options.trim());
    }

    /** Index of the first argument behind the id. */
    int position() {
        return at;
    }

    /** False for NOMKSTREAM. */
    boolean makesStream() {
        return makesStream;
    }

    /** The id that was given, null for {@code *}. */
    StreamId.@Nullable Incomplete id() {
        return id;
    }

    /** What is to be cut, null for nothing. */
    @Nullable
    StreamTrim trim() {
        if (strategy == null) {
            return null;
        }
        long bound = approximate && !limitGiven ? StreamTrim.DEFAULT_LIMIT : limit;
        return new StreamTrim(
                strategy, approximate, maxLength, minId, bound, references == null ? References.KEEP : references);
    }

    private void takeAll() {
        while (at < argv.length) {
            byte[] option = argv[at];
            if (adds && option.length == 1 && option[0] == '*') {
                at++;
                return;
            }
            boolean more = at + 1 < argv.length;
            if (more && Bytes.equalsIgnoreCase(option, "MAXLEN")) {
                takeBound(Strategy.MAXLEN);
            } else if (more && Bytes.equalsIgnoreCase(option, "MINID")) {
                takeBound(Strategy.MINID);
            } else if (more && Bytes.equalsIgnoreCase(option, "LIMIT")) {
                takeLimit();
            } else if (adds && Bytes.equalsIgnoreCase(option, "NOMKSTREAM")) {
                makesStream = false;
                at++;
            } else if (referencesOf(option) != null) {
                if (references != null) {
                    throw Errors.syntax();
                }
                references = referencesOf(option);
                at++;
            } else if (adds) {
                takeId(option);
                return;
            } else {
                throw Errors.syntax();
            }
        }
        at++; // There was no id: what follows is as far away as if it had been the last argument.
    }

    /** The policy of that name, or null. */
    static @Nullable References referencesOf(byte[] option) {
        if (Bytes.equalsIgnoreCase(option, "KEEPREF")) {
            return References.KEEP;
        }
        if (Bytes.equalsIgnoreCase(option, "DELREF")) {
            return References.DELETE;
        }
        return Bytes.equalsIgnoreCase(option, "ACKED") ? References.ACKED : null;
    }

    private void takeBound(Strategy wanted) {
        if (strategy != null) {
            throw new CommandError(SYNTAX + "MAXLEN and MINID options at the same time are not compatible");
        }
        strategy = wanted;
        byte[] sign = argv[++at];
        if (at + 1 < argv.length && sign.length == 1 && (sign[0] == '~' || sign[0] == '=')) {
            approximate = sign[0] == '~';
            at++;
        }
        if (wanted == Strategy.MINID) {
            minId = StreamIds.take(argv[at++]);
            return;
        }
        maxLength = Numbers.parseLong(argv[at++]);
        if (maxLength < 0) {
            throw new CommandError("ERR The MAXLEN argument must be >= 0.");
        }
    }

    private void takeLimit() {
        limit = Numbers.parseLong(argv[at + 1]);
        if (limit < 0) {
            throw new CommandError("ERR The LIMIT argument must be >= 0.");
        }
        limitGiven = true;
        at += 2;
    }

    private void takeId(byte[] text) {
        id = StreamId.parseIncomplete(text);
        if (id == null) {
            throw new CommandError(StreamIds.INVALID);
        }
        at++;
    }

    private void check() {
        if (limit != 0 && strategy == null) {
            throw new CommandError(SYNTAX + "LIMIT cannot be used without specifying a trimming strategy");
        }
        if (!adds && strategy == null) {
            throw new CommandError(SYNTAX + "XTRIM must be called with a trimming strategy");
        }
        if (limitGiven && !approximate) {
            throw new CommandError(SYNTAX + "LIMIT cannot be used without the special ~ option");
        }
    }
}
