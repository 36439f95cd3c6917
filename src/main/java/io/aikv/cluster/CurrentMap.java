package io.aikv.cluster;

import io.aikv.topology.ClusterMap;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The newest cluster map that this node knows: read by everybody, offered by the meta replica and by peers. A map is
 * committed before anybody sees it, so the one with the higher epoch is simply the newer one, wherever it came from.
 */
final class CurrentMap {
    private final List<Consumer<ClusterMap>> listeners = new CopyOnWriteArrayList<>();
    /** Guards the order of publications; readers do not take it. */
    private final Object lock = new Object();

    private volatile @Nullable ClusterMap map;

    @Nullable
    ClusterMap get() {
        return map;
    }

    /** The epoch of the current map, 0 before the first. */
    long epoch() {
        ClusterMap current = map;
        return current == null ? 0 : current.epoch();
    }

    /** Called after each change, in order, on the thread that offered the map: only hand over. */
    void onChange(Consumer<ClusterMap> listener) {
        listeners.add(listener);
    }

    /**
     * Takes {@code offered} if it is newer. Returns whether it was.
     *
     * @throws IllegalStateException if it belongs to another cluster
     */
    boolean offer(ClusterMap offered) {
        synchronized (lock) {
            ClusterMap current = map;
            if (current != null && !current.clusterId().equals(offered.clusterId())) {
                throw new IllegalStateException(
                        "a map of cluster " + offered.clusterId() + " was offered to a node of " + current.clusterId());
            }
            if (current != null && current.epoch() >= offered.epoch()) {
                return false;
            }
            map = offered;
            listeners.forEach(listener -> listener.accept(offered));
            return true;
        }
    }
}
