package io.aikv.server.pubsub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import io.aikv.server.session.Session;
import io.aikv.testcluster.Await;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages on one node: their order, their subscribers' limits, and what is known about subscribers. */
final class PubSubTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void everySubscriberGetsEveryMessageOfAPublisherInOrder() throws IOException {
        int subscribers = 20;
        int messages = 2_000;
        try (TestServer server = TestServer.start();
                WireClient publisher = server.connect()) {
            List<WireClient> all = new ArrayList<>();
            for (int i = 0; i < subscribers; i++) {
                WireClient client = server.connect();
                all.add(client);
                if (i % 2 == 0) {
                    assertTrue(client.call("HELLO 3").startsWith("%"));
                }
                String reply = client.call(i % 4 < 2 ? "SUBSCRIBE c" : "PSUBSCRIBE c*");
                assertTrue(reply.endsWith(":1]"), reply);
            }
            StringBuilder stream = new StringBuilder();
            for (int i = 0; i < messages; i++) {
                stream.append(WireClient.request("PUBLISH", "c", "m" + i));
            }
            publisher.raw(stream.toString());

            for (int i = 0; i < messages; i++) {
                assertEquals(":" + subscribers, publisher.receive());
            }
            for (int s = 0; s < subscribers; s++) {
                String head = (s % 2 == 0 ? ">" : "") + (s % 4 < 2 ? "[$message, $c, $m" : "[$pmessage, $c*, $c, $m");
                for (int i = 0; i < messages; i++) {
                    assertEquals(head + i + "]", all.get(s).receive());
                }
                all.get(s).close();
            }
            Await.until(() -> publisher.call("PUBLISH c x").equals(":0"), PATIENCE, () -> "all have left");
        }
    }

    @Test
    void aLongMessageComesAsItIs() throws IOException {
        String text = "x".repeat(3_000_000);
        try (TestServer server = TestServer.start();
                WireClient one = server.connect();
                WireClient other = server.connect()) {
            one.call("SUBSCRIBE c");
            other.call("SUBSCRIBE c");

            assertEquals(":2", publish(server, "c", text));

            assertEquals("[$message, $c, $" + text + "]", one.receive());
            assertEquals("[$message, $c, $" + text + "]", other.receive());
        }
    }

    private static String publish(TestServer server, String channel, String text) throws IOException {
        try (WireClient client = server.connect()) {
            return client.callWords("PUBLISH", channel, text);
        }
    }

    @Test
    void aSubscriberThatDoesNotReadIsCutOffAtItsOwnLimitAndOthersAreNot() throws IOException {
        try (TestServer server = TestServer.start("limits.client-output-buffer-limit=\"normal 0 0 0 pubsub 1mb 0 0\"");
                WireClient slow = new WireClient(server.port(), 4096);
                WireClient quick = server.connect();
                WireClient publisher = server.connect()) {
            slow.call("SUBSCRIBE c");
            quick.call("PSUBSCRIBE c");
            String text = "x".repeat(100_000);

            Await.until(
                    () -> {
                        String receivers = publisher.callWords("PUBLISH", "c", text);
                        assertEquals("[$pmessage, $c, $c, $" + text + "]", quick.receive());
                        return receivers.equals(":1");
                    },
                    PATIENCE,
                    () -> "the slow subscriber is gone");

            assertEquals(1, server.node().server().counters().outputLimitDisconnectionsCount());
            assertTrue(slow.isClosedByServer());
        }
    }

    @Test
    void aSubscriberBeyondTheSoftLimitIsCutOffAfterItsTime() throws IOException {
        try (TestServer server = TestServer.start("limits.client-output-buffer-limit=\"pubsub 0 100kb 1\"");
                WireClient slow = new WireClient(server.port(), 4096);
                WireClient publisher = server.connect()) {
            slow.call("SUBSCRIBE c");
            Session session = server.node().server().clients().all().get(0);
            String text = "x".repeat(100_000);
            Await.until(
                    () -> {
                        publisher.callWords("PUBLISH", "c", text);
                        return session.outputBytes() > 200_000 || session.isClosed();
                    },
                    PATIENCE,
                    () -> "messages gather");

            Await.until(() -> publisher.call("PUBSUB NUMSUB c").equals("[$c, :0]"), PATIENCE, () -> "it is gone");
        }
    }

    @Test
    void subscribersAreAClassOfTheirOwn() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient subscriber = server.connect();
                WireClient client = server.connect()) {
            client.call("HELLO 3");
            subscriber.call("SUBSCRIBE a b");
            subscriber.receive();
            subscriber.call("PSUBSCRIBE p");
            subscriber.call("SSUBSCRIBE s");

            String list = client.call("CLIENT LIST TYPE pubsub");
            assertTrue(list.contains(" flags=P ") && list.contains(" sub=2 psub=1 ssub=1 multi=-1 "), list);
            assertEquals(1, list.lines().count());
            String info = client.call("INFO stats") + client.call("INFO clients");
            for (String field :
                    List.of("pubsub_channels:2", "pubsub_patterns:1", "pubsubshard_channels:1", "pubsub_clients:1")) {
                assertTrue(info.contains(field + "\r\n"), () -> field + " in " + info);
            }
            assertEquals("[]", client.call("PUBSUB CHANNELS nothing*"));
            assertEquals("[$s]", client.call("PUBSUB SHARDCHANNELS"));
            assertEquals(":1", client.call("PUBSUB NUMPAT"));
            assertEquals(":1", client.call("CLIENT KILL TYPE pubsub"));
            assertTrue(subscriber.isClosedByServer());
            assertEquals("[]", client.call("PUBSUB CHANNELS"));
            assertEquals(":0", client.call("PUBSUB NUMPAT"));
        }
    }

    /** As redis-server 7.0 does. */
    @Test
    void messagesAndRepliesOfSubscriptionsAreNotSilencedByClientReply() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            client.send("CLIENT", "REPLY", "OFF");
            assertEquals("[$subscribe, $quiet, :1]", client.call("SUBSCRIBE quiet"));
            client.send("PING");
            assertEquals(":1", publish(server, "quiet", "m"));
            assertEquals("[$message, $quiet, $m]", client.receive());
            assertEquals("[$unsubscribe, $quiet, :0]", client.call("UNSUBSCRIBE quiet"));
            assertEquals("+OK", client.call("CLIENT REPLY ON"));
            client.send("CLIENT", "REPLY", "SKIP");
            assertEquals("[$subscribe, $skipped, :1]", client.call("SUBSCRIBE skipped"));
            assertEquals("[$pong, $]", client.call("PING"));
        }
    }

    @Test
    void anIdleSubscriberStays() throws IOException {
        try (TestServer server = TestServer.start("limits.timeout=1");
                WireClient subscriber = server.connect();
                WireClient idle = server.connect()) {
            subscriber.call("SUBSCRIBE a");
            assertEquals("+PONG", idle.call("PING"));

            assertTrue(idle.isClosedByServer());

            assertEquals(":1", publish(server, "a", "m"));
            assertEquals("[$message, $a, $m]", subscriber.receive());
        }
    }

    @Test
    void whoComesAndGoesWhileMessagesFlowDisturbsNobody() throws IOException {
        try (TestServer server = TestServer.start();
                WireClient steady = server.connect();
                WireClient publisher = server.connect()) {
            steady.call("SUBSCRIBE c");
            int messages = 3_000;
            StringBuilder stream = new StringBuilder();
            for (int i = 0; i < messages; i++) {
                stream.append(WireClient.request("PUBLISH", "c", "" + i));
            }
            publisher.raw(stream.toString());
            for (int i = 0; i < 200; i++) {
                try (WireClient passing = server.connect()) {
                    passing.raw(WireClient.request("SUBSCRIBE", "c") + WireClient.request("PSUBSCRIBE", "*"));
                    if (i % 2 == 0) {
                        passing.raw(WireClient.request("UNSUBSCRIBE") + WireClient.request("PUNSUBSCRIBE"));
                        passing.receive();
                    }
                } catch (SocketException closed) {
                    throw new AssertionError(closed);
                }
            }

            for (int i = 0; i < messages; i++) {
                assertEquals("[$message, $c, $" + i + "]", steady.receive());
            }
            Await.until(() -> server.node().server().pubsub().clients() == 1, PATIENCE, () -> "the others have left");
            assertEquals(0, server.node().server().pubsub().count(SubscriptionKind.PATTERN));
            assertEquals(1, server.node().server().pubsub().subscribers(SubscriptionKind.CHANNEL, new byte[] {'c'}));
        }
    }
}
