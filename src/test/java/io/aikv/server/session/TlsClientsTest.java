package io.aikv.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import io.aikv.resp.RespClient;
import io.aikv.server.TestServer;
import io.aikv.testcluster.Await;
import io.aikv.testcluster.FreePorts;
import io.aikv.transport.TestCertificates;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that speak TLS to a standalone server: who is let in, what is answered, what a reload does. */
final class TlsClientsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<RespClient> clients = new ArrayList<>();
    private TestCertificates authority;
    private TestCertificates.Pair node;
    private @Nullable TestServer server;
    private int tlsPort;

    @BeforeEach
    void makeCertificates() throws Exception {
        authority = TestCertificates.authority(directory);
        node = authority.issue("node");
    }

    @AfterEach
    void close() throws Exception {
        clients.forEach(RespClient::close);
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        if (server != null) {
            server.close();
        }
    }

    private TestServer start(String... settings) {
        tlsPort = FreePorts.next();
        List<String> all = authority.settings(node);
        all.add("security.tls-port=" + tlsPort);
        all.addAll(List.of(settings));
        TestServer started = TestServer.start(all.toArray(new String[0]));
        server = started;
        return started;
    }

    private RespClient connect(int port, @Nullable SslContext tls) throws Exception {
        RespClient.Options options = RespClient.Options.of("127.0.0.1", port).withTimeout(10_000);
        RespClient client = RespClient.connect(loops, tls == null ? options : options.withTls(tls))
                .get(20, TimeUnit.SECONDS);
        clients.add(client);
        return client;
    }

    private void refused(@Nullable SslContext tls) {
        assertThrows(ExecutionException.class, () -> connect(tlsPort, tls));
    }

    private static Reply ask(RespClient client, String... words) throws Exception {
        return client.send(words).get(60, TimeUnit.SECONDS);
    }

    private static String text(Reply reply) {
        return Bytes.text(reply instanceof Reply.Verbatim verbatim ? verbatim.value() : ((Reply.Bulk) reply).value());
    }

    // ---- who is let in ----

    @Test
    void clientsWithAGoodCertificateAreServedAndOthersAreNot() throws Exception {
        start();
        TestCertificates other = TestCertificates.authority(directory);
        TestCertificates.Pair foreign = other.issue("foreign");
        TestCertificates.Pair ended =
                authority.issue("ended", Algorithm.ecp256, Instant.now().minus(1, ChronoUnit.DAYS));

        RespClient good = connect(tlsPort, authority.client(authority.issue("client")));
        assertEquals(Reply.OK, ask(good, "SET", "a", "1"));
        assertTrue(text(ask(good, "CLIENT", "LIST")).contains("cmd=client|list"));
        refused(authority.client(null));
        refused(authority.client(ended));
        refused(other.client(authority.issue("client"))); // trusts somebody else than the server's authority
        SslContext stranger = io.netty.handler.ssl.SslContextBuilder.forClient()
                .endpointIdentificationAlgorithm(null)
                .trustManager(authority.authorityFile().toFile())
                .keyManager(foreign.certificate().toFile(), foreign.key().toFile())
                .build();
        refused(stranger);
        refused(null); // RESP in clear

        assertEquals("1", text(ask(good, "GET", "a")));
    }

    @Test
    void certificatesOfClientsMayBeOptionalOrUnwanted() throws Exception {
        TestServer started = start("security.tls-auth-clients=optional");
        SslContext without = authority.client(null);
        assertEquals("PONG", ((Reply.Simple) ask(connect(tlsPort, without), "PING")).text());
        SslContext bad = authority.client(
                authority.issue("ended", Algorithm.ecp256, Instant.now().minus(1, ChronoUnit.DAYS)));
        refused(bad);

        RespClient plain = connect(started.port(), null);
        assertEquals(Reply.OK, ask(plain, "CONFIG", "SET", "tls-auth-clients", "yes"));
        refused(without);
        assertEquals(Reply.OK, ask(plain, "CONFIG", "SET", "tls-auth-clients", "no"));
        assertEquals("PONG", ((Reply.Simple) ask(connect(tlsPort, bad), "PING")).text());
    }

    @Test
    void garbageAndSilenceHarmNobody() throws Exception {
        TestServer started = start("security.tls-auth-clients=no");
        for (int i = 0; i < 20; i++) {
            try (Socket socket = new Socket("127.0.0.1", tlsPort)) {
                socket.setSoTimeout(20_000);
                socket.getOutputStream()
                        .write(("*1\r\n$4\r\nPING\r\n" + "x".repeat(i * 100)).getBytes(StandardCharsets.UTF_8));
                readToTheEnd(socket);
            }
        }
        try (Socket silent = new Socket("127.0.0.1", tlsPort)) {
            assertEquals("PONG", ((Reply.Simple) ask(connect(tlsPort, authority.client(null)), "PING")).text());
            assertFalse(silent.isClosed());
        }
        RespClient plain = connect(started.port(), null);
        Await.until(
                () -> text(ask(plain, "INFO", "clients")).contains("connected_clients:2\r\n"),
                PATIENCE,
                () -> "the connections are gone");
    }

    private static void readToTheEnd(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        try {
            while (in.read() >= 0) {
                // An alert, perhaps.
            }
        } catch (IOException reset) {
            assertNotEquals("Read timed out", reset.getMessage());
        }
    }

    @Test
    void thePlainPortMayBeLeftOut() throws Exception {
        TestServer started = start("security.tls-only=true", "security.tls-auth-clients=no");

        assertEquals(tlsPort, started.port());
        assertEquals(1, started.node().addresses().size());
        RespClient client = connect(tlsPort, authority.client(null));
        String info = text(ask(client, "INFO", "server"));
        assertTrue(info.contains("tcp_port:" + tlsPort + "\r\n"), info);
        assertTrue(info.contains("listener0:name=tls,bind=127.0.0.1,port=" + tlsPort + "\r\n"), info);
        Reply config = ask(client, "CONFIG", "GET", "*port");
        assertTrue(config.toString().length() > 0);
        assertEquals(
                "" + tlsPort,
                text(((Reply.Map) ask(client, "CONFIG", "GET", "tls-port"))
                        .pairs()
                        .get(1)));
        assertEquals(
                "0",
                text(((Reply.Map) ask(client, "CONFIG", "GET", "port")).pairs().get(1)));
    }

    // ---- what is answered ----

    @Test
    void largeRequestsAndRepliesPassAsTheyDoInClear() throws Exception {
        start("security.tls-auth-clients=no");
        RespClient client = connect(tlsPort, authority.client(null));
        byte[] large = new byte[20 << 20];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31 >> 3);
        }
        assertEquals(
                Reply.OK,
                client.send(Bytes.utf8("SET"), Bytes.utf8("large"), large).get(60, TimeUnit.SECONDS));
        List<CompletableFuture<Reply>> written = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            written.add(client.send("HSET", "hash", "field" + i, "value".repeat(20) + i));
        }
        for (CompletableFuture<Reply> reply : written) {
            assertEquals(Reply.ONE, reply.get(60, TimeUnit.SECONDS));
        }

        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            replies.add(client.send("GET", "large"));
            replies.add(client.send("HGETALL", "hash"));
            replies.add(client.send("ECHO", "between"));
        }
        for (int i = 0; i < replies.size(); i += 3) {
            Reply.Bulk got = (Reply.Bulk) replies.get(i).get(60, TimeUnit.SECONDS);
            assertTrue(java.util.Arrays.equals(large, got.value()));
            Reply.Map all = (Reply.Map) replies.get(i + 1).get(60, TimeUnit.SECONDS);
            assertEquals(40_000, all.pairs().size());
            assertEquals("between", text(replies.get(i + 2).get(60, TimeUnit.SECONDS)));
        }
    }

    // ---- reloading ----

    @Test
    void aNewCertificateIsUsedByNewConnectionsWhileOldOnesLive() throws Exception {
        TestServer started = start("security.tls-auth-clients=no", "security.tls-reload=50ms");
        RespClient before = connect(tlsPort, authority.client(null));
        assertEquals(Reply.OK, ask(before, "SET", "a", "1"));
        String first = certificateAtPort();
        assertEquals(node.bundle().getCertificate().getSerialNumber().toString(), first);

        node = authority.issue("node"); // in the same files

        Await.until(() -> !certificateAtPort().equals(first), PATIENCE, () -> "the new certificate is shown");
        assertEquals("1", text(ask(before, "GET", "a")));
        String second = certificateAtPort();
        Files.writeString(node.certificate(), "broken");
        Await.pass(Duration.ofMillis(300));
        assertEquals(second, certificateAtPort());

        RespClient plain = connect(started.port(), null);
        TestCertificates.Pair other = authority.issue("other");
        assertEquals(
                Reply.error(
                        "ERR CONFIG SET failed (possibly related to argument 'tls-cert-file') - Unable to update TLS"
                                + " configuration. Check server logs."),
                ask(plain, "CONFIG", "SET", "tls-cert-file", other.certificate().toString()));
        assertEquals(second, certificateAtPort());
        assertEquals(
                Reply.OK,
                ask(
                        plain,
                        "CONFIG",
                        "SET",
                        "tls-cert-file",
                        other.certificate().toString(),
                        "tls-key-file",
                        other.key().toString()));
        assertEquals(other.bundle().getCertificate().getSerialNumber().toString(), certificateAtPort());
        assertEquals("1", text(ask(before, "GET", "a")));
    }

    private String certificateAtPort() throws Exception {
        javax.net.ssl.SSLContext context = javax.net.ssl.SSLContext.getInstance("TLS");
        context.init(null, new javax.net.ssl.TrustManager[] {node.bundle().toTrustManager()}, null);
        try (javax.net.ssl.SSLSocket socket =
                (javax.net.ssl.SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", tlsPort)) {
            socket.startHandshake();
            return ((java.security.cert.X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSerialNumber()
                    .toString();
        }
    }

    // ---- Redis' own client ----

    @Test
    void redisCliSpeaksTls() throws Exception {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(java.io.File.pathSeparator))
                        .anyMatch(each -> Path.of(each, "redis-cli").toFile().canExecute()),
                "redis-cli is not installed");
        start();
        TestCertificates.Pair client = authority.issue("client");
        List<String> command = new ArrayList<>(List.of("redis-cli", "-p", "" + tlsPort, "--tls", "--cacert"));
        command.add(authority.authorityFile().toString());

        String without = run(command, "ping");
        assertFalse(without.contains("PONG"), without);
        command.addAll(List.of(
                "--cert", client.certificate().toString(), "--key", client.key().toString()));

        assertEquals("PONG", run(command, "ping"));
        assertEquals("OK", run(command, "set", "a", "b".repeat(100_000)));
        assertEquals("b".repeat(100_000), run(command, "get", "a"));
        command.addAll(List.of("-3"));
        assertTrue(run(command, "hello").contains("server"));
    }

    private static String run(List<String> command, String... more) throws Exception {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of(more));
        Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return output.strip();
    }
}
