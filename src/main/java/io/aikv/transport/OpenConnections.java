package io.aikv.transport;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections of a listener, which end with it. Any thread. */
/*
 * Closing must not be left to the event loops: one of Netty 4.2 that is told to end while it runs tasks may end without closing
 * what is open on it (SingleThreadIoEventLoop.run looks whether it is to end before the tasks only), and the other side would
 * wait for answers on a connection that nobody reads.
 */
public final class OpenConnections implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenConnections.class);

    private final ChannelGroup all = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);
    private final long patienceMillis;

    /** @param patienceMillis how long a connection may take to close in order */
    public OpenConnections(long patienceMillis) {
        this.patienceMillis = patienceMillis;
    }

    /** Remembers a connection until it closes; closes it at once if {@link #close} has been called. */
    public void add(Channel channel) {
        all.add(channel);
    }

    /** How many are open. */
    public int count() {
        return all.size();
    }

    /**
     * Closes all, and those that are still added. Waits; not on an event loop. TLS may want to say something before, to one who
     * does not read: after a while such connections are cut.
     */
    @Override
    public void close() {
        if (all.close().awaitUninterruptibly(patienceMillis, TimeUnit.MILLISECONDS)) {
            return;
        }
        for (Channel stubborn : all) {
            LOG.debug("{} does not close in order", stubborn);
            try {
                stubborn.eventLoop()
                        .submit(() -> stubborn.unsafe().closeForcibly())
                        .awaitUninterruptibly(patienceMillis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("the loop of {} has ended", stubborn);
            }
        }
    }
}
