package io.aikv.testcluster.clients;

import io.aikv.testcluster.Await;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client for Java at work in this JVM: what {@code test-cluster/clients/harness.mjs} does for those for Node.js. Each
 * loop has a thread; a call that fails is counted, and the loop goes on.
 */
public final class ClientLoops implements RunningClient {

    private static final int LOOPS = 10;
    private static final long PAUSE_MILLIS = 50;
    private static final Duration PAUSE_AFTER_ERROR = Duration.ofMillis(100);
    private static final Duration TIMEOUT = Duration.ofMillis(500);
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration LEASE_MARGIN = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int DRAIN_ATTEMPTS_MAX = 100;
    private static final String GROUP = "workers";
    private static final String COUNT =
            "local n = redis.call('INCR', KEYS[1]) redis.call('HSET', KEYS[2], ARGV[1], n) return n";

    /** One round of a loop. */
    @FunctionalInterface
    private interface Step {
        void run(int round) throws Exception;
    }

    /** Who holds the lock, and when it asked for it, which is before its lease began. */
    private record Holder(String token, long askedNanos) {

        boolean surelyHolds() {
            return System.nanoTime() - askedNanos < LEASE.minus(LEASE_MARGIN).toNanos();
        }
    }

    private final AcknowledgedWork work;
    private final String tag;
    private final ClientCalls calls;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(LOOPS);
    private final AtomicReference<@Nullable Holder> holder = new AtomicReference<>();

    /** Whether entries may have been delivered whose reply was lost. Confined to the loop that reads. */
    private boolean pending = true;

    private ClientLoops(String client, String tag, Supplier<ClientCalls> connect) {
        this.tag = tag;
        calls = Await.value(connect::get, PATIENCE, () -> client + " connects");
        work = new AcknowledgedWork(client, tag);
        Await.until(this::createGroup, PATIENCE, () -> client + " creates a group");
        Await.until(
                () -> {
                    calls.subscribe(key("news"), message -> work.accept("got message " + message));
                    return true;
                },
                PATIENCE,
                () -> client + " subscribes");
        every("counter", i -> work.accept("ack counter " + calls.increment(key("counter"))));
        every("transaction", i -> {
            calls.transaction(key("transactions"), key("log"), "t" + i);
            work.accept("ack transaction t" + i);
        });
        every("script", i -> {
            calls.script(COUNT, List.of(key("scripts"), key("hash")), "s" + i);
            work.accept("ack script s" + i);
        });
        every("list", i -> {
            calls.push(key("queue"), "l" + i);
            work.accept("ack list l" + i);
        });
        every("list", i -> {
            String item = calls.move(key("queue"), key("taken"), TIMEOUT);
            if (item != null) {
                work.accept("got list " + item);
            }
        });
        every("stream", i -> {
            calls.add(key("stream"), "x" + i);
            work.accept("ack stream x" + i);
        });
        every("stream", i -> consume());
        every("message", i -> {
            calls.publish(key("news"), "m" + i);
            work.accept("ack message m" + i);
        });
        every("lock", i -> lock("a" + i));
        every("lock", i -> lock("b" + i));
    }

    /** Jedis at work on keys {@code {tag}...}, connected and subscribed. */
    public static RunningClient jedis(String tag, List<String> addresses) {
        return new ClientLoops("Jedis", tag, () -> new JedisCalls(addresses));
    }

    /** Lettuce at work on keys {@code {tag}...}, connected and subscribed. */
    public static RunningClient lettuce(String tag, List<String> addresses) {
        return new ClientLoops("Lettuce", tag, () -> new LettuceCalls(addresses));
    }

    /** Redisson at work on keys {@code {tag}...}, connected and subscribed. */
    public static RunningClient redisson(String tag, List<String> addresses) {
        return new ClientLoops("Redisson", tag, () -> new RedissonCalls(addresses));
    }

    private boolean createGroup() throws Exception {
        try {
            calls.createGroup(key("stream"), GROUP);
            return true;
        } catch (Exception e) {
            if (String.valueOf(e.getMessage()).contains("BUSYGROUP")) {
                return true; // Of a call that seemed to have failed.
            }
            throw e;
        }
    }

    private String key(String name) {
        return "{" + tag + "}" + name;
    }

    private void every(String kind, Step step) {
        int[] round = {0};
        threads.scheduleWithFixedDelay(
                () -> {
                    try {
                        step.run(++round[0]);
                    } catch (Exception e) {
                        work.accept("error " + kind + " " + e);
                        Await.pass(PAUSE_AFTER_ERROR);
                    }
                },
                0,
                PAUSE_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    private void consume() throws Exception {
        boolean again = pending;
        pending = true;
        pending = handle(again) > 0 && again;
    }

    private int handle(boolean again) throws Exception {
        Map<String, String> entries = calls.read(key("stream"), GROUP, again);
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            work.accept("got stream " + entry.getValue());
            calls.acknowledge(key("stream"), GROUP, entry.getKey());
        }
        return entries.size();
    }

    private void lock(String token) throws Exception {
        Holder mine = new Holder(token, System.nanoTime());
        try {
            if (!calls.lock(key("lock"), token, LEASE)) {
                return;
            }
            Holder other = holder.getAndSet(mine);
            if (other != null && other.surelyHolds()) {
                work.accept("violation " + token + " got the lock that " + other.token() + " holds");
            }
            calls.increment(key("locked"));
            work.accept("ack lock " + token);
        } finally {
            holder.compareAndSet(mine, null);
            unlock(mine);
        }
    }

    /** Gives back a lock that may be held, as the answer may have been lost; for as long as it may be. */
    private void unlock(Holder mine) {
        while (System.nanoTime() - mine.askedNanos() < LEASE.toNanos()) {
            try {
                calls.unlock(key("lock"), mine.token());
                return;
            } catch (Exception e) {
                Await.pass(Duration.ofMillis(PAUSE_MILLIS));
            }
        }
    }

    private void drain() {
        for (int attempt = 0; ; attempt++) {
            try {
                while (handle(true) + handle(false) > 0) {
                    // There is more.
                }
                return;
            } catch (Exception e) {
                work.accept("error stream " + e);
                if (attempt == DRAIN_ATTEMPTS_MAX) {
                    throw new AssertionError("the stream cannot be read: " + work, e);
                }
                Await.pass(Duration.ofMillis(PAUSE_MILLIS));
            }
        }
    }

    @Override
    public AcknowledgedWork work() {
        return work;
    }

    @Override
    public void stop() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("does not stop: " + work);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        drain();
        close();
    }

    @Override
    public void close() {
        threads.shutdownNow();
        calls.close();
    }
}
