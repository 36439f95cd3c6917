package io.aikv.server.pubsub;

import io.aikv.resp.Reply;
import io.aikv.server.session.Session;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is to be delivered to the sessions of one event loop: any thread offers, the loop delivers in the order of offers, some
 * hundred at a time, and flushes each session once. Bounded by {@link #BYTES_MAX}.
 */
public final class LoopQueue {
    /** More than this is refused: the loop does not keep up with those who publish. */
    static final long BYTES_MAX = 64L << 20;

    /** What a delivery counts beside its bytes. */
    private static final long OVERHEAD_BYTES = 64;

    /** Deliveries before the loop looks at its sockets again. */
    private static final int BATCH_MAX = 256;

    private final EventLoop loop;
    private final Queue<Delivery> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicBoolean awake = new AtomicBoolean();
    private final List<Session> written = new ArrayList<>();
    private final Runnable drain = this::drain;

    LoopQueue(EventLoop loop) {
        this.loop = loop;
    }

    /** Takes a delivery unless there is no room. Any thread. */
    public boolean offer(Delivery delivery) {
        long size = delivery.bytes() + OVERHEAD_BYTES;
        long before = bytes.getAndAdd(size);
        if (before > 0 && before + size > BYTES_MAX) {
            bytes.addAndGet(-size);
            return false;
        }
        queue.add(delivery);
        wake();
        return true;
    }

    private void wake() {
        if (!awake.get() && awake.compareAndSet(false, true)) {
            try {
                loop.execute(drain);
            } catch (RejectedExecutionException e) {
                queue.clear(); // The loop has ended, and with it every connection it served.
            }
        }
    }

    private void drain() {
        awake.set(false);
        for (int i = 0; i < BATCH_MAX; i++) {
            Delivery delivery = queue.poll();
            if (delivery == null) {
                break;
            }
            bytes.addAndGet(-delivery.bytes() - OVERHEAD_BYTES);
            delivery.deliver(this);
        }
        for (int i = 0; i < written.size(); i++) {
            written.get(i).flush();
        }
        written.clear();
        if (!queue.isEmpty()) {
            wake();
        }
    }

    /** Writes a message to a session, to be flushed with the batch. On the loop, by a delivery. */
    public void write(Session session, Reply message) {
        if (session.deliver(message)) {
            written.add(session);
        }
    }

    /** As {@link #write(Session, Reply)}, with {@link Session#deliverInvalidation}. */
    public void writeInvalidation(Session session, Reply message, boolean own) {
        if (session.deliverInvalidation(message, own)) {
            written.add(session);
        }
    }

    /** As {@link #write(Session, Reply)}, in the form in which it is sent. */
    void write(Session session, byte[] encoded) {
        if (session.deliver(encoded)) {
            written.add(session);
        }
    }
}
