package io.aikv.testcluster.clients;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.RBatch;
import org.redisson.api.RLock;
import org.redisson.api.RScript;
import org.redisson.api.RStream;
import org.redisson.api.RedissonClient;
import org.redisson.api.queue.DequeMoveArgs;
import org.redisson.api.stream.StreamAddArgs;
import org.redisson.api.stream.StreamCreateGroupArgs;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.api.stream.StreamReadGroupArgs;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;

/** Redisson: its objects; locks are its own, and held by a thread. */
final class RedissonCalls implements ClientCalls {

    private static final int CONNECTIONS_MAX = 16;
    private static final int SCAN_MILLIS = 1_000;
    private static final Duration RETRY_DELAY = Duration.ofMillis(500);
    private static final Duration BLOCK = Duration.ofMillis(500);
    private static final int COUNT = 10;

    private final RedissonClient redisson;

    RedissonCalls(List<String> addresses) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.useClusterServers()
                .addNodeAddress(
                        addresses.stream().map(address -> "redis://" + address).toArray(String[]::new))
                .setScanInterval(SCAN_MILLIS)
                .setRetryDelay(new ConstantDelay(RETRY_DELAY))
                .setMasterConnectionMinimumIdleSize(1)
                .setSlaveConnectionMinimumIdleSize(1)
                .setMasterConnectionPoolSize(CONNECTIONS_MAX)
                .setSlaveConnectionPoolSize(CONNECTIONS_MAX)
                .setSubscriptionConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionPoolSize(2);
        redisson = Redisson.create(config);
    }

    @Override
    public long increment(String key) {
        return redisson.getAtomicLong(key).incrementAndGet();
    }

    @Override
    public void transaction(String counter, String log, String item) {
        RBatch batch = redisson.createBatch(
                BatchOptions.defaults().executionMode(BatchOptions.ExecutionMode.IN_MEMORY_ATOMIC));
        var unusedNumber = batch.getAtomicLong(counter).incrementAndGetAsync();
        var unusedAdded = batch.getList(log).addAsync(item);
        batch.execute();
    }

    @Override
    public void script(String source, List<String> keys, String argument) {
        redisson.getScript()
                .eval(
                        keys.get(0),
                        RScript.Mode.READ_WRITE,
                        source,
                        RScript.ReturnType.LONG,
                        List.copyOf(keys),
                        argument);
    }

    @Override
    public void push(String list, String item) {
        redisson.getList(list).add(item);
    }

    @Override
    public @Nullable String move(String from, String to, Duration timeout) {
        return redisson.<String>getBlockingDeque(from)
                .move(timeout, DequeMoveArgs.pollFirst().addLastTo(to));
    }

    @Override
    public void createGroup(String stream, String group) {
        redisson.getStream(stream)
                .createGroup(StreamCreateGroupArgs.name(group)
                        .id(new StreamMessageId(0, 0))
                        .makeStream());
    }

    @Override
    public void add(String stream, String item) {
        redisson.<String, String>getStream(stream).add(StreamAddArgs.entry("item", item));
    }

    @Override
    public Map<String, String> read(String stream, String group, boolean pending) {
        RStream<String, String> entries = redisson.getStream(stream);
        StreamReadGroupArgs from = pending
                ? StreamReadGroupArgs.greaterThan(new StreamMessageId(0, 0))
                : StreamReadGroupArgs.neverDelivered();
        Map<String, String> items = new LinkedHashMap<>();
        entries.readGroup(group, "one", from.count(COUNT).timeout(BLOCK))
                .forEach((id, fields) -> items.put(id.toString(), fields.get("item")));
        return items;
    }

    @Override
    public void acknowledge(String stream, String group, String id) {
        String[] parts = id.split("-", 2);
        redisson.getStream(stream).ack(group, new StreamMessageId(Long.parseLong(parts[0]), Long.parseLong(parts[1])));
    }

    @Override
    public void publish(String channel, String message) {
        redisson.getTopic(channel).publish(message);
    }

    @Override
    public void subscribe(String channel, Consumer<String> listener) {
        redisson.getTopic(channel).addListener(String.class, (name, message) -> listener.accept(message));
    }

    @Override
    public boolean lock(String name, String token, Duration lease) throws InterruptedException {
        return redisson.getLock(name).tryLock(0, lease.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A call that Redisson has repeated may have taken it twice. */
    @Override
    public void unlock(String name, String token) {
        RLock lock = redisson.getLock(name);
        while (lock.isHeldByCurrentThread()) {
            try {
                lock.unlock();
            } catch (IllegalMonitorStateException ended) {
                return; // The lease is over, or a repeated call has given it back before.
            }
        }
    }

    @Override
    public void close() {
        redisson.shutdown(0, 2, TimeUnit.SECONDS);
    }
}
