package io.aikv.resp;

import io.aikv.base.Check;

/**
 * What a client may send.
 *
 * @param bulkBytesMax largest argument (Redis: proto-max-bulk-len); more than a Java array holds means as much as it holds
 * @param argsMax most arguments of a request, at least 1
 * @param inlineBytesMax longest inline request, and longest line that announces a length
 * @param queryBufferBytesMax most bytes waiting as an unfinished request (Redis: client-query-buffer-limit)
 * @param requestBytesMax most bytes of memory that one request may take, see {@link Request#heldBytes}
 * @param authenticated false until the client has authenticated where it must: it may then send at most
 *     {@value #UNAUTHENTICATED_ARGS_MAX} arguments of at most {@value #UNAUTHENTICATED_BULK_BYTES_MAX} bytes
 */
public record RequestLimits(
        long bulkBytesMax,
        int argsMax,
        int inlineBytesMax,
        long queryBufferBytesMax,
        long requestBytesMax,
        boolean authenticated) {
    public static final int UNAUTHENTICATED_ARGS_MAX = 10;
    public static final int UNAUTHENTICATED_BULK_BYTES_MAX = 16384;

    public RequestLimits {
        Check.argument(bulkBytesMax >= 1 && argsMax >= 1, "bad limits: %s bulk bytes, %s args", bulkBytesMax, argsMax);
        Check.argument(requestBytesMax >= 1, "bad limits: requests of %s bytes", requestBytesMax);
        Check.argument(
                inlineBytesMax >= 64 && queryBufferBytesMax >= 64,
                "bad limits: %s inline bytes, %s query buffer bytes",
                inlineBytesMax,
                queryBufferBytesMax);
    }

    /** Redis' defaults, authenticated: 512 MB, 2^31-1, 64 KB, 1 GB, a request as large as those allow. */
    public static RequestLimits defaults() {
        return new RequestLimits(512L << 20, Integer.MAX_VALUE, 64 << 10, 1L << 30, Long.MAX_VALUE, true);
    }

    /** The same limits before ({@code false}) or after ({@code true}) authentication. */
    public RequestLimits withAuthenticated(boolean value) {
        return value == authenticated
                ? this
                : new RequestLimits(bulkBytesMax, argsMax, inlineBytesMax, queryBufferBytesMax, requestBytesMax, value);
    }
}
