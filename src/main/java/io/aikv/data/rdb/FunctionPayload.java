package io.aikv.data.rdb;

import io.aikv.base.CommandError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What FUNCTION DUMP answers: the code of libraries in the form that Redis 7 writes and reads. */
public final class FunctionPayload {
    private static final int FUNCTION = 245;
    private static final int FUNCTION_BEFORE_RELEASE = 246;

    /** Redis 7.0. */
    private static final int VERSION = 10;

    private static final int LENGTH_14 = 0x40;
    private static final int LENGTH_32 = 0x80;
    private static final String TOO_LARGE = "ERR the libraries are too large to be dumped";

    private FunctionPayload() {}

    /** The payload of these libraries; strings are not compressed. */
    public static byte[] encode(Collection<byte[]> codes) {
        ByteWriter out = new ByteWriter(Integer.MAX_VALUE - 64, TOO_LARGE);
        for (byte[] code : codes) {
            out.put(FUNCTION);
            if (code.length < 1 << 6) {
                out.put(code.length);
            } else if (code.length < 1 << 14) {
                out.put(LENGTH_14 | code.length >> 8);
                out.put(code.length);
            } else {
                out.put(LENGTH_32);
                out.putBig(code.length, 4);
            }
            out.put(code);
        }
        out.putLittle(VERSION, 2);
        out.putLittle(out.checksum(), 8);
        return out.toBytes();
    }

    /**
     * The code of the libraries in a payload.
     *
     * @param bytesMax how long all of it may be
     * @throws CommandError {@code ERR DUMP payload version or checksum are wrong}, {@code ERR given type is not a function} or
     *     another of FUNCTION RESTORE
     */
    public static List<byte[]> decode(byte[] payload, int bytesMax) {
        RdbReader in = new RdbReader(payload, bytesMax, bytesMax);
        List<byte[]> codes = new ArrayList<>();
        while (in.hasNext()) {
            int type = in.type();
            if (type == FUNCTION_BEFORE_RELEASE) {
                throw new CommandError("ERR Pre-GA function format not supported");
            } else if (type != FUNCTION) {
                throw new CommandError("ERR given type is not a function");
            }
            codes.add(code(in));
        }
        return codes;
    }

    private static byte[] code(RdbReader in) {
        try {
            return in.string();
        } catch (CommandError e) {
            throw new CommandError("ERR Failed loading library payload");
        }
    }
}
