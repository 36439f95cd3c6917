package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;

/** The arguments of XREAD and XREADGROUP but for the ids, checked in the order in which Redis checks them. */
final class StreamReadOptions {
    private static final String BAD_TIMEOUT = "ERR timeout is not an integer or out of range";

    private final byte[][] argv;
    private final boolean ofGroup;
    private final long nowMillis;

    private int at = 1;
    private int keysAt;
    private int count;
    private long entriesMax;
    private long blockMillis = Waiting.NEVER;
    private boolean acknowledged;
    private byte[] group = Bytes.EMPTY;
    private byte[] consumer = Bytes.EMPTY;
    private boolean groupGiven;

    private StreamReadOptions(byte[][] argv, boolean ofGroup, long nowMillis) {
        this.argv = argv;
        this.ofGroup = ofGroup;
        this.nowMillis = nowMillis;
        while (keysAt == 0) {
            if (at >= argv.length) {
                throw Errors.syntax();
            }
            takeOption();
        }
        if (ofGroup && !groupGiven) {
            throw new CommandError("ERR Missing GROUP option for XREADGROUP");
        }
    }

    static StreamReadOptions ofXread(byte[][] argv, long nowMillis) {
        return new StreamReadOptions(argv, false, nowMillis);
    }

    static StreamReadOptions ofXreadgroup(byte[][] argv, long nowMillis) {
        return new StreamReadOptions(argv, true, nowMillis);
    }

    /** How many streams are asked for. */
    int count() {
        return count;
    }

    byte[] key(int index) {
        return argv[keysAt + index];
    }

    byte[] id(int index) {
        return argv[keysAt + count + index];
    }

    /** How many entries of a stream at most, 0 for all. */
    long entriesMax() {
        return entriesMax;
    }

    /** NOACK: what is delivered counts as acknowledged. */
    boolean isAcknowledged() {
        return acknowledged;
    }

    byte[] group() {
        return group;
    }

    byte[] consumer() {
        return consumer;
    }

    /** How long a command waits: {@link Waiting#NEVER} without BLOCK. Checks all options. */
    static long blockMillis(byte[][] argv, boolean ofGroup) {
        return new StreamReadOptions(argv, ofGroup, 0).blockMillis;
    }

    /** The group of an XREADGROUP. */
    static byte[] group(byte[][] argv) {
        return new StreamReadOptions(argv, true, 0).group;
    }

    private void takeOption() {
        byte[] option = argv[at];
        int more = argv.length - at - 1;
        if (more > 0 && Bytes.equalsIgnoreCase(option, "BLOCK")) {
            blockMillis = takeTimeout(argv[at + 1]);
            at += 2;
        } else if (more > 0 && Bytes.equalsIgnoreCase(option, "COUNT")) {
            entriesMax = Math.max(Numbers.parseLong(argv[at + 1]), 0);
            at += 2;
        } else if (more > 0 && Bytes.equalsIgnoreCase(option, "STREAMS")) {
            takeStreams(more);
        } else if (more > 1 && Bytes.equalsIgnoreCase(option, "GROUP")) {
            requireGroupCommand("GROUP");
            group = argv[at + 1];
            consumer = argv[at + 2];
            groupGiven = true;
            at += 3;
        } else if (Bytes.equalsIgnoreCase(option, "NOACK")) {
            requireGroupCommand("NOACK");
            acknowledged = true;
            at++;
        } else {
            throw Errors.syntax();
        }
    }

    private void requireGroupCommand(String option) {
        if (!ofGroup) {
            throw new CommandError(
                    "ERR The " + option + " option is only supported by XREADGROUP. You called XREAD instead.");
        }
    }

    private long takeTimeout(byte[] text) {
        long millis = Numbers.parseLong(text, BAD_TIMEOUT);
        if (millis < 0) {
            throw new CommandError("ERR timeout is negative");
        }
        if (millis > Long.MAX_VALUE - nowMillis) {
            throw new CommandError("ERR timeout is out of range");
        }
        return millis;
    }

    private void takeStreams(int arguments) {
        if (arguments % 2 != 0) {
            throw new CommandError("ERR Unbalanced '" + (ofGroup ? "xreadgroup" : "xread")
                    + "' list of streams: for each stream key an ID or '" + (ofGroup ? '>' : '$')
                    + "' must be specified.");
        }
        keysAt = at + 1;
        count = arguments / 2;
    }
}
