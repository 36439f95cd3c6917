package io.aikv.testcluster.scenario;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestNode;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node with the default heap answers with collections of a million elements, to many clients at once. */
final class LargeRepliesIT {
    /** Fields of the hash; the sets are smaller, because two cores have to do all this. */
    private static final int COUNT = 1_000_000;

    private static final int MEMBERS = 200_000;
    private static final int PER_COMMAND = 1_000;
    private static final int CLIENTS = 10;
    private static final String FIELD = "field:";
    private static final String VALUE = "value:";

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    @Test
    void tenClientsReadAMillionElementsEachFromANodeOf256MbOfHeap() throws Exception {
        TestCluster cluster = clusters.start(
                TestCluster.builder().nodes(1).groups(1).processes().heap("256m"));
        TestNode node = cluster.nodes().iterator().next();
        long pid = node.pid();
        try (Client client = new Client(node.port())) {
            fill(client);
        }

        List<String> requests = List.of("HGETALL h", "HVALS h", "HGETALL h", "ZRANGE z 0 -1 WITHSCORES", "SUNION s s");
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<Long>> counts = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                String request = requests.get(i % requests.size());
                counts.add(threads.submit(() -> readAll(node.port(), request)));
            }
            for (int i = 0; i < CLIENTS; i++) {
                String request = requests.get(i % requests.size());
                assertEquals(elements(request), counts.get(i).get(), request);
            }
        } catch (ExecutionException e) {
            throw new AssertionError(cluster.logs(), e);
        } finally {
            threads.shutdownNow();
        }

        assertEquals(pid, node.pid(), "the same process still runs");
        try (Client client = new Client(node.port())) {
            client.send("INFO memory");
            client.flush();
            assertTrue(client.string().contains("used_memory"));
        }
    }

    private static long elements(String request) {
        return switch (request.split(" ")[0]) {
            case "HGETALL" -> 2L * COUNT;
            case "HVALS" -> COUNT;
            case "ZRANGE" -> 2L * MEMBERS;
            default -> MEMBERS;
        };
    }

    private static void fill(Client client) throws IOException {
        for (int from = 0; from < COUNT; from += PER_COMMAND) {
            add(client, "HSET h", from, i -> " field:" + i + " value:" + i);
            if (from < MEMBERS) {
                add(client, "SADD s", from, i -> " member:" + i);
                add(client, "ZADD z", from, i -> " " + i + " member:" + i);
            }
        }
    }

    private static void add(Client client, String command, int from, IntFunction<String> element) throws IOException {
        StringBuilder line = new StringBuilder(command);
        for (int i = from; i < from + PER_COMMAND; i++) {
            line.append(element.apply(i));
        }
        client.send(line.toString());
        client.flush();
        assertEquals(":" + PER_COMMAND, client.line());
    }

    /** The number of strings in an array, every one of which is looked at. */
    private static long readAll(int port, String request) throws IOException {
        try (Client client = new Client(port)) {
            client.send(request);
            client.flush();
            String head = client.line();
            assertEquals('*', head.charAt(0), head);
            long count = Long.parseLong(head.substring(1));
            boolean pairs = request.startsWith("HGETALL");
            for (long i = 0; i < count; i += pairs ? 2 : 1) {
                String text = client.string();
                if (pairs) {
                    assertEquals(VALUE + text.substring(FIELD.length()), client.string());
                }
            }
            client.send("PING");
            client.flush();
            assertEquals("+PONG", client.line());
            return count;
        }
    }

    /** A connection that keeps nothing of what it has read. */
    private static final class Client implements AutoCloseable {
        private static final int TIMEOUT_MILLIS = 120_000;

        private final Socket socket = new Socket();
        private final InputStream in;
        private final OutputStream out;

        Client(int port) throws IOException {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
        }

        void send(String line) throws IOException {
            String[] words = line.split(" ");
            StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
            for (String word : words) {
                request.append('$')
                        .append(word.length())
                        .append("\r\n")
                        .append(word)
                        .append("\r\n");
            }
            out.write(request.toString().getBytes(ISO_8859_1));
        }

        void flush() throws IOException {
            out.flush();
        }

        String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new EOFException("closed by the server");
                }
                line.append((char) next);
            }
            line.setLength(line.length() - 1);
            return line.toString();
        }

        String string() throws IOException {
            int size = Integer.parseInt(line().substring(1));
            byte[] bytes = in.readNBytes(size + 2);
            if (bytes.length < size + 2) {
                throw new EOFException("closed by the server");
            }
            return new String(bytes, 0, size, ISO_8859_1);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
