package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.base.Clock;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends connections on which a browser speaks. A page on any site may make its visitor's browser POST to a port of the
 * visitor's machine, and the lines of the body would be inline commands: so the first word of a request line or header ends the
 * connection, as in Redis, before the body is looked at. Any thread.
 */
final class WebRequests {
    private static final Logger LOG = LoggerFactory.getLogger(WebRequests.class);

    private static final long WARNING_MILLIS = 60_000;

    private final AtomicLong nextWarningMillis = new AtomicLong();

    /** Whether a command that is none begins with {@code POST} or {@code Host:}, in any case. */
    static boolean isOne(byte[][] argv) {
        return Bytes.equalsIgnoreCase(argv[0], "POST") || Bytes.equalsIgnoreCase(argv[0], "HOST:");
    }

    /** Closes the connection behind the replies that it has, and says so in the log, once a minute. */
    void refuse(Session session, Clock clock) {
        long now = clock.epochMillis();
        long next = nextWarningMillis.get();
        if (now >= next && nextWarningMillis.compareAndSet(next, now + WARNING_MILLIS)) {
            LOG.warn(
                    "client={} closed: it sends POST or Host:, as a web page does that attacks through a browser",
                    session.address());
        }
        session.closeAfterReplies();
    }
}
