package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.base.Slots;
import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages, notifications and client-side caching over three nodes, also while leaders change. */
final class PubSubIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    private final List<WireClient> clients = new ArrayList<>();
    private TestCluster cluster;
    private List<TestNode> nodes;

    @BeforeEach
    void start() {
        cluster = clusters.start(TestCluster.builder().nodes(3).groups(2));
        nodes = List.copyOf(cluster.nodes());
    }

    @AfterEach
    void close() throws IOException {
        for (WireClient client : clients) {
            client.close();
        }
    }

    private WireClient connect(TestNode node) throws IOException {
        WireClient client = new WireClient(node.port());
        clients.add(client);
        return client;
    }

    private String moved(String key, TestNode to) {
        return "-MOVED " + Slots.of(Bytes.utf8(key)) + " " + to.address();
    }

    // ---- channels ----

    @Test
    void messagesReachTheSubscribersOfEveryNodeInTheOrderOfTheirPublisher() throws Exception {
        int messages = 2_000;
        List<WireClient> subscribers = new ArrayList<>();
        List<WireClient> publishers = new ArrayList<>();
        for (TestNode node : nodes) {
            subscribers.add(subscribed(node, "SUBSCRIBE news"));
            subscribers.add(subscribed(node, "PSUBSCRIBE n*"));
            publishers.add(connect(node));
        }
        awaitLinks(publishers, subscribers);

        StringBuilder stream = new StringBuilder();
        for (int p = 0; p < publishers.size(); p++) {
            stream.setLength(0);
            for (int i = 0; i < messages; i++) {
                stream.append(WireClient.request("PUBLISH", "news", p + "-" + i));
            }
            publishers.get(p).raw(stream.toString());
        }

        for (WireClient publisher : publishers) {
            for (int i = 0; i < messages; i++) {
                assertEquals(":2", publisher.receive());
            }
        }
        for (WireClient subscriber : subscribers) {
            int[] next = new int[publishers.size()];
            for (int i = 0; i < messages * publishers.size(); i++) {
                String message = subscriber.receive();
                String text = message.substring(message.lastIndexOf('$') + 1, message.length() - 1);
                int publisher = Integer.parseInt(text.substring(0, 1));
                assertEquals(publisher + "-" + next[publisher]++, text);
            }
        }
    }

    private WireClient subscribed(TestNode node, String line) throws IOException {
        WireClient client = connect(node);
        assertTrue(client.call(line).endsWith(", :1]"));
        return client;
    }

    /** Publishes until every subscriber has received something of every publisher: the nodes are linked. */
    private static void awaitLinks(List<WireClient> publishers, List<WireClient> subscribers) throws IOException {
        for (int p = 0; p < publishers.size(); p++) {
            WireClient publisher = publishers.get(p);
            String mark = "[$link" + p + "]";
            List<WireClient> waiting = new ArrayList<>(subscribers);
            Await.until(
                    () -> {
                        publisher.call("PUBLISH news " + mark);
                        waiting.removeIf(client -> hasReceived(client, mark));
                        return waiting.isEmpty();
                    },
                    PATIENCE,
                    () -> "the nodes are linked");
        }
        for (WireClient publisher : publishers) {
            publisher.call("PUBLISH news [last]");
        }
        for (WireClient subscriber : subscribers) {
            for (int last = 0; last < publishers.size(); ) {
                last += subscriber.receive().contains("[last]") ? 1 : 0;
            }
        }
    }

    /** Whether a message arrived before the answer to a PING. */
    private static boolean hasReceived(WireClient client, String message) {
        try {
            client.send("PING");
            boolean found = false;
            for (String reply = client.receive(); !reply.startsWith("[$pong"); reply = client.receive()) {
                found |= reply.contains(message);
            }
            return found;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    // ---- shard channels ----

    @Test
    void aShardChannelLivesOnTheLeaderOfItsSlotAndOnReplicasAfterReadonly() throws Exception {
        String group = cluster.groups().get(1);
        String channel = cluster.keyOf(group, "channel");
        TestNode leader = cluster.leader(group);
        TestNode follower = cluster.follower(group);
        WireClient subscriber = connect(leader);
        WireClient replica = connect(follower);
        WireClient publisher = connect(leader);

        assertEquals("[$ssubscribe, $" + channel + ", :1]", subscriber.call("SSUBSCRIBE " + channel));
        assertEquals(moved(channel, leader), replica.call("SSUBSCRIBE " + channel));
        assertEquals(moved(channel, leader), replica.call("SPUBLISH " + channel + " x"));
        assertEquals(
                "-CROSSSLOT Keys in request don't hash to the same slot", replica.call("SSUBSCRIBE " + channel + " x"));
        assertEquals("+OK", replica.call("READONLY"));
        assertEquals("[$ssubscribe, $" + channel + ", :1]", replica.call("SSUBSCRIBE " + channel));

        Await.until(
                () -> {
                    assertEquals(":1", publisher.call("SPUBLISH " + channel + " hello"));
                    return hasReceived(replica, "[$smessage, $" + channel + ", $hello]");
                },
                PATIENCE,
                () -> "the replica gets the message");
        assertEquals("[$smessage, $" + channel + ", $hello]", subscriber.receive());
        assertEquals("[$" + channel + ", :1]", publisher.call("PUBSUB SHARDNUMSUB " + channel));
        assertEquals(":0", publisher.call("PUBLISH " + channel + " x"));
    }

    @Test
    void whoIsSubscribedToASlotThatMovesAwayIsToldAndFindsItAgain() throws Exception {
        String group = cluster.groups().get(0);
        String channel = cluster.keyOf(group, "channel");
        TestNode old = cluster.leader(group);
        TestNode next = cluster.follower(group);
        WireClient subscriber = connect(old);
        WireClient reading = connect(old);
        subscriber.call("SSUBSCRIBE " + channel);
        reading.call("READONLY");
        reading.call("SSUBSCRIBE " + channel);

        cluster.transferLeadership(group, next);

        assertEquals("[$sunsubscribe, $" + channel + ", :0]", subscriber.receive());
        assertEquals(moved(channel, next), subscriber.call("SSUBSCRIBE " + channel));
        WireClient again = connect(next);
        assertEquals("[$ssubscribe, $" + channel + ", :1]", again.call("SSUBSCRIBE " + channel));
        WireClient publisher = connect(next);
        Await.until(
                () -> {
                    publisher.call("SPUBLISH " + channel + " hello");
                    return hasReceived(reading, "[$smessage, $" + channel + ", $hello]");
                },
                PATIENCE,
                () -> "who said READONLY stays subscribed");
        assertEquals("[$smessage, $" + channel + ", $hello]", again.receive());
    }

    @Test
    void lettuceFindsAShardChannelAndFindsItAgain() throws Exception {
        String group = cluster.groups().get(0);
        String channel = cluster.keyOf(group, "channel");
        Queue<String> received = new ConcurrentLinkedQueue<>();
        RedisClusterClient client = RedisClusterClient.create(cluster.addresses().stream()
                .map(address -> RedisURI.create("redis://" + address))
                .toList());
        client.setOptions(ClusterClientOptions.builder()
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enableAllAdaptiveRefreshTriggers()
                        .enablePeriodicRefresh(Duration.ofSeconds(1))
                        .build())
                .build());
        try (var subscriber = client.connectPubSub();
                var connection = client.connect()) {
            subscriber.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void smessage(String from, String message) {
                    received.add(from + "=" + message);
                }
            });
            subscriber.sync().ssubscribe(channel);
            Await.until(
                    () -> {
                        connection.sync().spublish(channel, "before");
                        return received.contains(channel + "=before");
                    },
                    PATIENCE,
                    () -> "a message");

            cluster.transferLeadership(group, cluster.follower(group));

            Await.until(
                    () -> {
                        subscriber.sync().ssubscribe(channel); // Lettuce tries again by itself, at the old node only.
                        connection.sync().spublish(channel, "after");
                        return received.contains(channel + "=after");
                    },
                    PATIENCE,
                    () -> "a message from the new leader");
        } finally {
            client.shutdown(0, 2, TimeUnit.SECONDS);
        }
    }

    // ---- notifications ----

    @Test
    void eventsReachTheLeadersNodeAndOnDemandEveryNodeOnce() throws Exception {
        String group = cluster.groups().get(0);
        String key = cluster.keyOf(group, "key");
        TestNode leader = cluster.leader(group);
        List<WireClient> subscribers = new ArrayList<>();
        List<WireClient> publishers = new ArrayList<>();
        for (TestNode node : nodes) {
            WireClient client = connect(node);
            assertEquals("+OK", client.call("CONFIG SET notify-keyspace-events KEA"));
            publishers.add(client);
            subscribers.add(subscribed(node, "PSUBSCRIBE *"));
        }
        awaitLinks(publishers, subscribers);
        TestClient writer = cluster.client();

        writer.set(key, "1");
        awaitMark("first", publishers.get(nodes.indexOf(leader)));
        for (int i = 0; i < nodes.size(); i++) {
            assertEquals(
                    nodes.get(i) == leader ? 1 : 0,
                    events(subscribers.get(i), key, "first"),
                    nodes.get(i).name());
        }
        for (WireClient client : publishers) {
            assertEquals("+OK", client.call("CONFIG SET notify-cluster yes"));
        }
        writer.set(key, "2");
        awaitMark("second", publishers.get(nodes.indexOf(leader)));
        for (int i = 0; i < nodes.size(); i++) {
            assertEquals(
                    1, events(subscribers.get(i), key, "second"), nodes.get(i).name());
        }
    }

    private static void awaitMark(String mark, WireClient publisher) throws IOException {
        assertEquals(":1", publisher.call("PUBLISH mark " + mark));
    }

    /** How many {@code set} events of the key came before the mark. */
    private static int events(WireClient subscriber, String key, String mark) throws IOException {
        int count = 0;
        for (String message = subscriber.receive(); !message.contains("$" + mark); message = subscriber.receive()) {
            count += message.contains("__:set, $" + key + "]") ? 1 : 0;
        }
        return count;
    }

    // ---- client-side caching ----

    @Test
    void whoTracksKeysIsToldToForgetThemWhenTheirLeaderChanges() throws Exception {
        String group = cluster.groups().get(0);
        String key = cluster.keyOf(group, "key");
        TestNode old = cluster.leader(group);
        TestNode next = cluster.follower(group);
        TestClient writer = cluster.client();
        writer.set(key, "old");
        WireClient client = tracking(old);
        assertEquals("$old", client.call("GET " + key));

        cluster.transferLeadership(group, next);

        assertEquals(">[$invalidate, _]", client.receive());
        // The node is a replica now, and learns of the change from the new leader.
        assertEquals("+OK", client.call("READONLY"));
        Await.until(() -> readSkippingMessages(client, key).equals("$old"), PATIENCE, () -> "the replica serves it");
        writer.set(key, "new");
        assertEquals(">[$invalidate, [$" + key + "]]", client.receive());
        assertEquals("$new", client.call("GET " + key));
    }

    private WireClient tracking(TestNode node) throws IOException {
        WireClient client = connect(node);
        client.call("HELLO 3");
        assertEquals("+OK", client.call("CLIENT TRACKING ON"));
        return client;
    }

    private static String readSkippingMessages(WireClient client, String key) throws IOException {
        client.send("GET", key);
        String reply = client.receive();
        while (reply.startsWith(">")) {
            reply = client.receive();
        }
        return reply;
    }

    /** Whatever happens to leaders, a cache that heeds its messages comes to hold what is there. */
    @Test
    void noCacheStaysStaleWhileLeadersChange() throws Exception {
        String group = cluster.groups().get(0);
        List<String> keys = IntStream.range(0, 10)
                .mapToObj(i -> cluster.keyOf(group, "key" + i))
                .toList();
        TestClient writer = cluster.client();
        List<CachingReader> readers = new ArrayList<>();
        for (TestNode node : nodes) {
            WireClient client = tracking(node);
            client.call("READONLY");
            readers.add(new CachingReader(client, keys));
        }
        for (int round = 0; round < 6; round++) {
            for (int i = 0; i < 30; i++) {
                String key = keys.get(i % keys.size());
                for (CachingReader reader : readers) {
                    reader.read(key);
                }
                writer.set(key, round + "-" + i);
                if (i == 15) {
                    cluster.transferLeadership(group, cluster.follower(group));
                }
            }
            for (CachingReader reader : readers) {
                Await.until(() -> reader.isFresh(writer), PATIENCE, () -> "nothing stale in " + reader);
            }
        }
    }

    /** A cache of some keys at one node. */
    private static final class CachingReader {
        private final WireClient client;
        private final List<String> keys;
        private final String[] values;

        CachingReader(WireClient client, List<String> keys) {
            this.client = client;
            this.keys = keys;
            this.values = new String[keys.size()];
        }

        void read(String key) throws IOException {
            int index = keys.indexOf(key);
            if (values[index] == null) {
                client.send("GET", key);
                String reply = receive();
                values[index] = reply.startsWith("$") || reply.equals("_") ? reply : null;
            }
        }

        private String receive() throws IOException {
            String reply = client.receive();
            while (reply.startsWith(">")) {
                for (int i = 0; i < values.length; i++) {
                    if (reply.endsWith(", _]") || reply.contains("[$" + keys.get(i) + "]")) {
                        values[i] = null;
                    }
                }
                reply = client.receive();
            }
            return reply;
        }

        boolean isFresh(TestClient direct) throws IOException {
            client.send("PING");
            receive();
            for (int i = 0; i < values.length; i++) {
                String now = direct.get(keys.get(i));
                if (values[i] != null && !values[i].equals(now == null ? "_" : "$" + now)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public String toString() {
            return java.util.Arrays.toString(values);
        }
    }
}
