package io.aikv.server.session;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All connections of this node. Any thread. */
public final class Clients {
    private final AtomicLong ids = new AtomicLong();
    private final AtomicInteger count = new AtomicInteger();
    private final ConcurrentHashMap<Long, Session> sessions = new ConcurrentHashMap<>();

    long nextId() {
        return ids.incrementAndGet();
    }

    /** Takes a place unless {@code max} are taken; {@link #leave} gives it back. */
    boolean enter(long max) {
        if (count.incrementAndGet() > max) {
            count.decrementAndGet();
            return false;
        }
        return true;
    }

    void leave() {
        count.decrementAndGet();
    }

    void add(Session session) {
        sessions.put(session.id(), session);
    }

    void remove(Session session) {
        sessions.remove(session.id());
    }

    /** Connections that are open. */
    public int count() {
        return sessions.size();
    }

    public @Nullable Session find(long id) {
        return sessions.get(id);
    }

    /** All, oldest first. */
    public List<Session> all() {
        List<Session> all = new ArrayList<>(sessions.values());
        all.sort(Comparator.comparingLong(Session::id));
        return all;
    }

    /** Of how many connections {@code what} is true. */
    public int count(Predicate<Session> what) {
        int count = 0;
        for (Session session : sessions.values()) {
            count += what.test(session) ? 1 : 0;
        }
        return count;
    }
}
