package io.aikv.cluster;

import io.aikv.topology.Leaders;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Who leads each group, as far as this node knows. The replicas hosted here say it at first hand; for other groups, and
 * until they do, peers pass on what theirs say. A hint of a later term wins. Any thread.
 */
final class LeaderTable {
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    /**
     * By group: what others say of leaders up to this term is ignored, because the replica here has lost its leader of
     * that term. Only that leader itself is still believed: then it is this replica that is cut off.
     */
    private final Map<String, Long> goneTerms = new ConcurrentHashMap<>();
    /** Guards changes; readers do not take it. */
    private final Object lock = new Object();

    private volatile Leaders leaders = Leaders.none();

    Leaders get() {
        return leaders;
    }

    @Nullable
    String of(String group) {
        return leaders.of(group);
    }

    /** Called after each change on the thread that caused it: only hand over. */
    void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** The replica here says who leads; null if nobody. */
    void observed(String group, @Nullable String leader, long term) {
        boolean changed;
        synchronized (lock) {
            Leaders before = leaders;
            if (leader == null) {
                goneTerms.merge(group, term, Math::max);
                leaders = before.without(group, term);
            } else {
                goneTerms.remove(group);
                leaders = before.with(group, leader, term);
            }
            changed = leaders != before;
        }
        if (changed) {
            changed();
        }
    }

    /** The node {@code source} says who leads. */
    void told(String source, String group, String leader, long term) {
        boolean changed;
        synchronized (lock) {
            Leaders before = leaders;
            Long gone = goneTerms.get(group);
            if (gone == null || term > gone || (term == gone && source.equals(leader))) {
                leaders = before.with(group, leader, term);
            }
            changed = leaders != before;
        }
        if (changed) {
            changed();
        }
    }

    /** Tells the listeners without a change of the table: a leader that was known may have become ready. */
    void changed() {
        listeners.forEach(Runnable::run);
    }
}
