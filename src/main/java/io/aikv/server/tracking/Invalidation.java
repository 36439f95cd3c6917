package io.aikv.server.tracking;

import io.aikv.resp.Reply;
import io.aikv.server.pubsub.Delivery;
import io.aikv.server.pubsub.LoopQueue;
import io.aikv.server.session.Session;
import java.util.List;

/**
 * A message about keys that have changed, on its way to a client: a push in RESP3; in RESP2 a message of the channel {@code
 * __redis__:invalidate}, to a client that others redirect to and that is subscribed to something; otherwise nothing.
 */
final class Invalidation implements Delivery {
    private static final Reply INVALIDATE = Reply.text("invalidate");
    private static final Reply MESSAGE = Reply.text("message");
    private static final Reply CHANNEL = Reply.text("__redis__:invalidate");

    /** What an array of keys counts for each, about. */
    private static final long KEY_BYTES = 64;

    private final Session target;
    private final Reply keys;
    private final boolean redirected;
    private final boolean own;

    /**
     * @param keys an array of them, or null for all
     * @param redirected whether another client has read them
     * @param own whether the target's own command, which is not answered yet, has changed them
     */
    Invalidation(Session target, Reply keys, boolean redirected, boolean own) {
        this.target = target;
        this.keys = keys;
        this.redirected = redirected;
        this.own = own;
    }

    @Override
    public long bytes() {
        return keys instanceof Reply.Array array ? KEY_BYTES * array.items().size() : 0;
    }

    @Override
    public void deliver(LoopQueue queue) {
        if (target.protocol() > 2) {
            Reply push = new Reply.Push(List.of(INVALIDATE, keys));
            if (redirected) {
                queue.write(target, push);
            } else {
                queue.writeInvalidation(target, push, own);
            }
        } else if (redirected && target.state().isSubscriber()) {
            queue.write(target, new Reply.Push(List.of(MESSAGE, CHANNEL, keys)));
        }
    }
}
