package io.aikv.data;

import java.util.Arrays;

/**
 * A call of a script that the rights of its user forbid: to be noted on the node where the user's client is. The bytes are not
 * to be changed.
 *
 * @param object the command, the key or the channel; of a longer one the first {@value #OBJECT_BYTES_MAX} bytes
 */
public record DeniedCall(Cause cause, byte[] object) {
    /** Of more of them one command tells the first. */
    static final int COUNT_MAX = 64;

    private static final int OBJECT_BYTES_MAX = 64 << 10;

    /** What must not be used. */
    public enum Cause {
        COMMAND,
        KEY,
        CHANNEL
    }

    public DeniedCall {
        object = object.length > OBJECT_BYTES_MAX ? Arrays.copyOf(object, OBJECT_BYTES_MAX) : object;
    }
}
