package io.aikv.server.pubsub;

import io.aikv.base.Slots;
import io.aikv.cluster.Route;
import io.aikv.cluster.Router;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees when slots of subscribed shard channels are led elsewhere, and has their subscribers told by a {@code sunsubscribe}: they
 * subscribe again where MOVED sends them. Those who said READONLY stay on a replica. Costs nothing without such channels. Run
 * a few times per second by a thread in the background.
 */
public final class ShardWatch implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(ShardWatch.class);

    private final PubSub pubsub;
    private final Router router;

    public ShardWatch(PubSub pubsub, Router router) {
        this.pubsub = pubsub;
        this.router = router;
    }

    @Override
    public void run() {
        try {
            for (Topic topic : pubsub.topics(SubscriptionKind.SHARD)) {
                int slot = Slots.of(topic.name);
                Route route = router.route(slot, false);
                if (route instanceof Route.Moved || route instanceof Route.Refused) {
                    topic.evict(pubsub, router.route(slot, true) instanceof Route.Replica);
                }
            }
        } catch (RuntimeException e) {
            LOG.error("looking after shard channels failed", e);
        }
    }
}
