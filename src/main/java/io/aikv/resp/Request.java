package io.aikv.resp;

import io.aikv.base.Bytes;

/**
 * One request of a client: {@code args[0]} is the command's name as sent. Holds the arrays without copying them; they must
 * not change. Not to be compared (the generated {@code equals} compares identities).
 *
 * @param args at least one
 * @param wireBytes how many bytes of the stream it took, ignored empty requests before it not counted
 */
public record Request(byte[][] args, long wireBytes) {
    /** What an argument costs in memory beside its bytes: object header, array slot. */
    static final int ARG_OVERHEAD_BYTES = 24;

    /** About how much memory the request takes: most for many small arguments, several times their bytes. */
    public long heldBytes() {
        return wireBytes + (long) args.length * ARG_OVERHEAD_BYTES;
    }

    /** The command's name as sent. */
    public byte[] name() {
        return args[0];
    }

    /** The arguments as text, for messages and tests. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Request[");
        for (int i = 0; i < args.length; i++) {
            text.append(i == 0 ? "" : " ").append(Bytes.text(args[i]));
        }
        return text.append(']').toString();
    }
}
