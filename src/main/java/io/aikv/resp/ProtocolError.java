package io.aikv.resp;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The byte stream of a connection is not RESP, or breaks a limit: the connection must be closed after the error line, if
 * there is one, has been written behind the replies of the requests before it. Has no stack trace.
 */
public final class ProtocolError extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean answered;

    private ProtocolError(String message, boolean answered) {
        super(message, null, false, false);
        this.answered = answered;
    }

    /** An error the other side is told: {@code ERR Protocol error: } and {@code detail}. */
    static ProtocolError answered(String detail) {
        return new ProtocolError("ERR Protocol error: " + detail, true);
    }

    /** Requests need more memory than there is for them: what Redis says beyond maxmemory, of another limit. */
    public static ProtocolError outOfMemory(long limitBytes) {
        return outOfMemory("", limitBytes);
    }

    /** As {@link #outOfMemory(long)}, of one request: it may take half of what there is for all. */
    static ProtocolError tooLarge(long limitBytes) {
        return outOfMemory("half of ", limitBytes);
    }

    private static ProtocolError outOfMemory(String share, long limitBytes) {
        return new ProtocolError(
                "OOM command not allowed when used memory > " + share + "'limits.request-memory' (" + limitBytes
                        + " bytes).",
                true);
    }

    /** An error after which the connection is closed without a word, as Redis does for its query buffer limit. */
    static ProtocolError silent(String reason) {
        return new ProtocolError(reason, false);
    }

    /**
     * The whole error line without {@code -} and CRLF, or null if nothing is to be answered. Every char is one byte (Latin-1),
     * as the line may quote a byte of the stream; {@link #writeTo} writes it so.
     */
    public @Nullable String line() {
        return answered ? getMessage() : null;
    }

    /** Appends the error reply, or nothing if there is no line. */
    public void writeTo(ByteBuf out) {
        String line = line();
        if (line != null) {
            out.writeByte('-');
            out.writeCharSequence(line.replace('\r', ' ').replace('\n', ' '), StandardCharsets.ISO_8859_1);
            out.writeByte('\r').writeByte('\n');
        }
    }
}
