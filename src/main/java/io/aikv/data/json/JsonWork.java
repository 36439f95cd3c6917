package io.aikv.data.json;

import io.aikv.base.CommandError;
import io.aikv.data.ReadContext;

/**
 * What one JSON command may still do, in units of about one value visited: parsing, walking a path, copying and printing
 * are charged to it. So the cost of a path that a user makes up ({@code $..*..*}, a filter within a recursion) is bounded,
 * and the same on every replica; and a read that is long leaves the event loop.
 */
public final class JsonWork {
    /** Units of a command: some tenths of a second, and memory for as many values. */
    static final long UNITS_MAX = 8_000_000;

    private static final String TOO_MUCH = "ERR JSON command visits or returns too many values";
    private static final int UNIT_BYTES = 16;
    private static final int ANNOUNCED_UNITS = 1_024;

    private final ReadContext context;
    private long left = UNITS_MAX;
    private long unannounced;

    /** @param context whose command it is; told of long reads */
    public JsonWork(ReadContext context) {
        this.context = context;
    }

    /**
     * Takes units away.
     *
     * @throws CommandError {@code ERR JSON command visits or returns too many values}
     */
    void charge(long units) {
        left -= units;
        if (left < 0) {
            throw new CommandError(TOO_MUCH);
        }
        unannounced += units;
        if (unannounced >= ANNOUNCED_UNITS) {
            context.willRead((int) (unannounced * UNIT_BYTES));
            unannounced = 0;
        }
    }

    /** Takes one unit away. */
    public void charge() {
        charge(1);
    }

    /** As {@link #charge}, for bytes that are about to be put into a reply or a string. */
    public void chargeReply(int bytes) {
        chargeOutput(bytes);
    }

    /** As {@link #charge}, for bytes of text that are read. */
    void chargeText(int bytes) {
        charge(bytes / 64);
    }

    /** As {@link #charge}, for bytes that are printed. */
    void chargeOutput(int bytes) {
        charge(bytes / UNIT_BYTES);
    }

    ReadContext context() {
        return context;
    }
}
