package io.aikv.server.tracking;

import io.aikv.base.Bytes;
import io.aikv.base.Slots;
import io.aikv.command.Command;
import io.aikv.resp.Reply;
import io.aikv.server.config.Settings;
import io.aikv.server.pubsub.PubSub;
import io.aikv.server.session.ClientState;
import io.aikv.server.session.Clients;
import io.aikv.server.session.Session;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The keys that clients of this node have read with CLIENT TRACKING on, and the prefixes that others are told about. As in
 * Redis, a key is one key in all databases, and a client that is told of a key is forgotten for it until it reads it again.
 * Any thread.
 */
/*
 * Why no change is missed: a read enters its keys before it looks at the store, an entry looks up its keys after it is
 * committed; so of a read that has seen the state before the entry, the entry sees the key. Entries are seen on every
 * replica, whoever leads: a node goes on invalidating after it has lost the lead. It may then learn of entries late, or by a
 * snapshot only; so whoever tracks keys of a group is told to forget everything when its leader changes (doubt).
 */
public final class Tracking {
    /** Keys that one read throws out, at most, when there are too many. */
    private static final int TRIM_PER_READ = 100;

    private static final int TRIM_PER_LOOK = 20_000;

    private final Clients clients;
    private final PubSub pubsub;
    private final Map<Bytes, KeyReaders> table = new ConcurrentHashMap<>();
    private final Map<Bytes, Set<Session>> prefixes = new ConcurrentHashMap<>();
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private final AtomicInteger active = new AtomicInteger();
    private final LongAdder items = new LongAdder();
    private final LongAdder invalidations = new LongAdder();
    private volatile long keysMax;

    /** Guards {@link #trimmed}. */
    private final ReentrantLock trimLock = new ReentrantLock();

    private Iterator<Bytes> trimmed = List.<Bytes>of().iterator();

    public Tracking(Clients clients, PubSub pubsub, Settings settings) {
        this.clients = clients;
        this.pubsub = pubsub;
        keysMax = settings.number("tracking-table-max-keys");
        settings.onChange("tracking-table-max-keys", (name, value) -> {
            keysMax = settings.number("tracking-table-max-keys");
            return null;
        });
    }

    // ---- clients: on their loops ----

    /** CLIENT TRACKING ON, also of one that has it on. The options fit each other and those before. */
    public void enable(Session session, TrackingOptions options, Collection<byte[]> newPrefixes) {
        ClientState state = session.state();
        TrackingClient client = state.tracking;
        if (client == null) {
            client = new TrackingClient(options);
            active.incrementAndGet();
            sessions.add(session);
            state.tracking = client;
        } else {
            client.options(options);
        }
        if (options.broadcast()) {
            for (byte[] prefix : newPrefixes.isEmpty() ? List.of(Bytes.EMPTY) : newPrefixes) {
                Bytes key = Bytes.of(prefix);
                if (client.addPrefix(key)) {
                    prefixes.compute(key, (k, known) -> {
                        Set<Session> all = known == null ? ConcurrentHashMap.newKeySet() : known;
                        all.add(session);
                        return all;
                    });
                }
            }
        }
    }

    /** CLIENT TRACKING OFF, or the end of the session. What it has read is forgotten as it changes. */
    public void leave(Session session) {
        TrackingClient client = session.state().tracking;
        if (client == null) {
            return;
        }
        session.state().tracking = null;
        sessions.remove(session);
        active.decrementAndGet();
        for (byte[] prefix : client.prefixes()) {
            prefixes.computeIfPresent(Bytes.of(prefix), (k, all) -> {
                all.remove(session);
                return all.isEmpty() ? null : all;
            });
        }
    }

    /** A command was answered: CLIENT CACHING holds no longer, unless it was that one. */
    public void answered(Session session, Command command) {
        TrackingClient client = session.state().tracking;
        if (client != null && client.isCachingGiven()) {
            Command container = command.container();
            if (container == null || !container.name().equals("client")) {
                client.cachingGiven(false);
            }
        }
    }

    // ---- reads ----

    /** A read is about to look at its keys: remembers them if the client tracks what it reads. Any thread. */
    public void remember(Session session, Command command, byte[][] argv) {
        TrackingClient client = session.state().tracking;
        if (client == null || !client.remembersReads()) {
            return;
        }
        long id = session.id();
        command.forEachKey(
                argv,
                index -> table.compute(Bytes.of(argv[index]), (key, known) -> {
                    KeyReaders readers = known == null ? new KeyReaders() : known;
                    if (readers.add(id)) {
                        items.increment();
                    }
                    return readers;
                }));
        if (keysMax > 0 && table.size() > keysMax) {
            trim(TRIM_PER_READ);
        }
    }

    /** Throws keys out if there are too many, as if they had changed. A few times per second, in the background. */
    public void look() {
        if (keysMax > 0 && table.size() > keysMax) {
            trim(TRIM_PER_LOOK);
        }
    }

    private void trim(int countMax) {
        if (!trimLock.tryLock()) {
            return;
        }
        try {
            for (int i = 0; i < countMax && table.size() > keysMax; i++) {
                if (!trimmed.hasNext()) {
                    trimmed = table.keySet().iterator();
                }
                if (trimmed.hasNext()) {
                    changed(trimmed.next(), 0);
                }
            }
        } finally {
            trimLock.unlock();
        }
    }

    // ---- changes: apply threads ----

    /** Whether any client tracks anything. Cost: a volatile read. */
    boolean isActive() {
        return active.get() > 0;
    }

    /** An entry that is committed now has changed these keys. */
    void changed(Collection<ChangedKey> keys) {
        for (ChangedKey each : keys) {
            changed(Bytes.of(each.key()), each.clientId());
        }
        if (!prefixes.isEmpty()) {
            broadcast(keys);
        }
    }

    private void changed(Bytes key, long clientId) {
        KeyReaders readers = forget(key);
        if (readers == null) {
            return;
        }
        Reply keys = Reply.array(Reply.bulk(key.array()));
        readers.forEach(id -> {
            Session session = clients.find(id);
            TrackingClient client = session == null ? null : session.state().tracking;
            if (session != null && client != null && !client.options().broadcast()) {
                boolean own = id == clientId;
                if (!(own && client.options().noLoop())) {
                    tell(session, client, keys, own);
                }
            }
        });
    }

    /** Nobody has read the key any more. @return who had */
    private @Nullable KeyReaders forget(Bytes key) {
        KeyReaders readers = table.remove(key);
        if (readers != null) {
            items.add(-readers.count());
        }
        return readers;
    }

    private void broadcast(Collection<ChangedKey> keys) {
        TreeMap<Bytes, Long> changers = new TreeMap<>();
        keys.forEach(each -> changers.put(Bytes.of(each.key()), each.clientId()));
        prefixes.forEach((prefix, listeners) -> {
            byte @Nullable [] end = Bytes.prefixEnd(prefix.array());
            Map<Bytes, Long> matching = end == null ? changers.tailMap(prefix) : changers.subMap(prefix, Bytes.of(end));
            if (matching.isEmpty()) {
                return;
            }
            Reply all = Reply.array(matching.keySet().stream()
                    .map(key -> Reply.bulk(key.array()))
                    .toList());
            for (Session session : listeners) {
                broadcast(session, matching, all);
            }
        });
    }

    private void broadcast(Session session, Map<Bytes, Long> matching, Reply all) {
        TrackingClient client = session.state().tracking;
        if (client == null) {
            return;
        }
        boolean own = matching.containsValue(session.id());
        if (!own || !client.options().noLoop()) {
            tell(session, client, all, own);
            return;
        }
        List<Reply> others = matching.entrySet().stream()
                .filter(each -> each.getValue() != session.id())
                .map(each -> Reply.bulk(each.getKey().array()))
                .toList();
        if (!others.isEmpty()) {
            tell(session, client, Reply.array(others), false);
        }
    }

    /** Any key may have changed: FLUSHALL and its like. @param clientId whose command that was, or 0 */
    void flushed(long clientId) {
        table.keySet().forEach(this::forget);
        for (Session session : sessions) {
            forgetAll(session, session.id() == clientId);
        }
    }

    /**
     * Keys of some slots may have changed without an entry that was seen here: tells those who have read any of them, and those
     * who listen to prefixes, to forget everything. Cost: a look at every key that is tracked.
     */
    public void doubt(IntPredicate slots) {
        if (!isActive()) {
            return;
        }
        Set<Long> told = new HashSet<>();
        for (Bytes key : table.keySet()) {
            if (slots.test(Slots.of(key.array()))) {
                KeyReaders readers = forget(key);
                if (readers != null) {
                    readers.forEach(told::add);
                }
            }
        }
        for (Session session : sessions) {
            TrackingClient client = session.state().tracking;
            if (told.contains(session.id())
                    || (client != null && client.options().broadcast())) {
                forgetAll(session, false);
            }
        }
    }

    private void forgetAll(Session session, boolean own) {
        TrackingClient client = session.state().tracking;
        if (client != null) {
            tell(session, client, Reply.NULL, own);
        }
    }

    /** @param keys an array of them, or null for all */
    private void tell(Session session, TrackingClient client, Reply keys, boolean own) {
        invalidations.increment();
        long redirect = client.options().redirect();
        if (redirect == 0) {
            post(session, new Invalidation(session, keys, false, own));
            return;
        }
        Session target = clients.find(redirect);
        if (target != null) {
            post(target, new Invalidation(target, keys, true, false));
            return;
        }
        client.breakRedirection();
        if (session.protocol() > 2) {
            session.push(new Reply.Push(List.of(Reply.text("tracking-redir-broken"), Reply.integer(redirect))));
        }
    }

    /** What cannot be told must not be believed any more: a client that is closed forgets what it has cached. */
    private void post(Session target, Invalidation invalidation) {
        if (!pubsub.queueOf(target).offer(invalidation)) {
            target.kill();
        }
    }

    // ---- figures ----

    /** Clients with CLIENT TRACKING on. */
    public int clients() {
        return active.get();
    }

    /** Keys that some client has read. */
    public long keys() {
        return table.size();
    }

    /** Keys times their readers. */
    public long items() {
        return items.sum();
    }

    /** Prefixes that somebody is told about. */
    public long prefixes() {
        return prefixes.size();
    }

    /** Messages to clients, each about one key or more. */
    public long invalidationsCount() {
        return invalidations.sum();
    }
}
