package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aikv.testcluster.Await;
import io.aikv.testcluster.ClusterExtension;
import io.aikv.testcluster.FreePorts;
import io.aikv.testcluster.Load;
import io.aikv.testcluster.TestClient;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestClusterBuilder;
import io.aikv.testcluster.TestNode;
import io.aikv.transport.TestCertificates;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;

/** A cluster whose nodes, and clients, talk by TLS and know a secret: it does what any cluster does, and for no stranger. */
final class TlsIT {
    private static final String SECRET = "a secret that every node knows";
    private static final int KEYS = 60;
    private static final int ROUNDS_OF_STRANGERS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @RegisterExtension
    final ClusterExtension clusters = new ClusterExtension();

    @TempDir
    private Path directory;

    private final Map<String, Integer> tlsPorts = new TreeMap<>();
    private final Map<String, TestCertificates.Pair> certificates = new TreeMap<>();
    private TestCertificates authority;
    private TestCertificates.Pair client;

    @BeforeEach
    void makeCertificates() throws Exception {
        authority = TestCertificates.authority(directory);
        client = authority.issue("client");
        for (String node : List.of("n1", "n2", "n3")) {
            tlsPorts.put(node, FreePorts.next());
            certificates.put(node, authority.issue(node));
        }
    }

    private TestClusterBuilder builder() {
        return builder("netty");
    }

    /** By gRPC certificates alone keep strangers out: it cannot present the secret. */
    private TestClusterBuilder builder(String rpc) {
        TestClusterBuilder builder = TestCluster.builder().nodes(3).set("raft.rpc", rpc);
        if (rpc.equals("netty")) {
            builder.set("security.peer-secret", SECRET);
        }
        return builder.set("security.tls-cluster", "true")
                .set("security.tls-reload", "100ms")
                .setEach(node -> {
                    List<String> settings = authority.settings(certificates.get(node.name()));
                    settings.add("security.tls-port=" + tlsPorts.get(node.name()));
                    return settings;
                });
    }

    private String uri(String node) {
        return "127.0.0.1:" + tlsPorts.get(node);
    }

    // ---- nodes ----

    @ParameterizedTest
    @ValueSource(strings = {"netty", "grpc"})
    void leadersAreElectedAndFailOver(String rpc) throws Exception {
        TestCluster cluster = clusters.start(builder(rpc));
        awaitAllJoined(cluster);
        Load load = cluster.load(5, ClusterExtension.seed()).awaitProgress(100);

        for (String group : cluster.groups()) {
            TestNode leader = cluster.leader(group);
            cluster.kill(leader);
            cluster.awaitOtherLeader(group, leader);
            load.awaitProgress(100);
            authority.issue(leader.name()); // Another certificate in the same files.
            cluster.start(leader);
            cluster.awaitReady();
            cluster.awaitCaughtUp(leader, group);
        }

        load.stopAndCheck();
        cluster.awaitEqualDigests();
    }

    @ParameterizedTest
    @ValueSource(strings = {"netty", "grpc"})
    void aNodeThatIsAwayForLongIsSentTheDataByTls(String rpc) {
        TestCluster cluster =
                clusters.start(builder(rpc).set("raft.snapshot-entries", "100").set("raft.log-preserve-entries", "0"));
        awaitAllJoined(cluster);
        TestNode away = cluster.follower(cluster.groups().get(0));
        cluster.kill(away);
        cluster.wipe(away);
        TestClient plain = cluster.client();
        for (int i = 0; i < 500; i++) {
            plain.set("key" + i, "value".repeat(1000) + i);
        }

        cluster.start(away);

        cluster.awaitReady();
        cluster.groups().forEach(group -> cluster.awaitCaughtUp(away, group));
        cluster.awaitEqualDigests();
    }

    @ParameterizedTest
    @ValueSource(strings = {"netty", "grpc"})
    void aChangeOfEveryCertificateDoesNotDisturbAnybody(String rpc) throws Exception {
        TestCluster cluster = clusters.start(builder(rpc));
        Load load = cluster.load(5, ClusterExtension.seed()).awaitProgress(100);

        for (TestNode node : cluster.nodes()) {
            authority.issue(node.name());
            load.awaitProgress(50);
            cluster.restart(node);
            cluster.awaitReady();
            load.awaitProgress(50);
        }

        load.stopAndCheck();
    }

    @Test
    void whileASecretIsNotRequiredNodesWithoutOneTakePart() {
        TestCluster cluster = clusters.start(TestCluster.builder()
                .nodes(3)
                .set("security.peer-secret-required", "false")
                .setEach(node -> node.name().equals("n1") ? List.of() : List.of("security.peer-secret=" + SECRET)));

        cluster.client().set("a", "1");
        cluster.kill(cluster.node("n2"));
        cluster.awaitReady();
        assertEquals("1", cluster.client().get("a"));
    }

    @Test
    void aNewSecretIsBroughtInOneNodeAfterTheOther() throws IOException {
        String next = "another secret that every node knows";
        for (String node : tlsPorts.keySet()) {
            Files.writeString(directory.resolve(node), SECRET);
        }
        TestCluster cluster = clusters.start(TestCluster.builder()
                .nodes(3)
                .setEach(node -> List.of("security.peer-secret-file=" + directory.resolve(node.name()))));
        Load load = cluster.load(3, ClusterExtension.seed()).awaitProgress(50);

        for (String lines : List.of(SECRET + "\n" + next, next + "\n" + SECRET, next + "\n")) {
            for (TestNode node : cluster.nodes()) {
                Files.writeString(directory.resolve(node.name()), lines);
                cluster.restart(node);
                cluster.awaitReady();
                load.awaitProgress(20);
            }
        }

        load.stopAndCheck();
    }

    /** A cluster serves as soon as two of three replicas of each group have found each other. */
    private static void awaitAllJoined(TestCluster cluster) {
        for (String group : cluster.groups()) {
            for (TestNode node : cluster.replicas(group)) {
                cluster.awaitCaughtUp(node, group);
            }
        }
    }

    // ---- strangers ----

    @ParameterizedTest
    @ValueSource(strings = {"netty", "grpc"})
    void strangersAtThePortsOfNodesChangeNothing(String rpc) throws Exception {
        TestCluster cluster = clusters.start(builder(rpc));
        Load load = cluster.load(5, ClusterExtension.seed()).awaitProgress(50);
        SplittableRandom random = new SplittableRandom(ClusterExtension.seed());
        SSLContext foreign = foreignContext();
        for (int i = 0; i < ROUNDS_OF_STRANGERS; i++) {
            for (var node : cluster.layout().nodes()) {
                int port = random.nextBoolean() ? node.raftPort() : node.peerPort();
                byte[] garbage = new byte[random.nextInt(2000)];
                random.nextBytes(garbage);
                try (Socket socket = new Socket("127.0.0.1", port)) {
                    socket.getOutputStream().write(garbage);
                }
                try (Socket socket = foreign.getSocketFactory().createSocket("127.0.0.1", port)) {
                    OutputStream out = socket.getOutputStream();
                    out.write("*1\r\n$8\r\nPEER.MAP\r\n".getBytes(StandardCharsets.UTF_8));
                    out.flush();
                    socket.setSoTimeout(20_000);
                    assertEquals(-1, socket.getInputStream().read());
                } catch (IOException refused) {
                    assertFalse(String.valueOf(refused.getMessage()).contains("timed out"), refused.toString());
                }
            }
        }

        load.awaitProgress(50).stopAndCheck();
    }

    private SSLContext foreignContext() throws Exception {
        TestCertificates other = TestCertificates.authority(directory);
        TestCertificates.Pair foreign = other.issue("foreign");
        return context(foreign.bundle().toKeyManagerFactory().getKeyManagers());
    }

    private SSLContext context(KeyManager[] keys) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, client.bundle().toTrustManagerFactory().getTrustManagers(), null);
        return context;
    }

    // ---- clients ----

    @Test
    void clientsAreToldThePortsThatFitTheirConnection() {
        TestCluster cluster = clusters.start(builder());
        int port = cluster.node("n1").port();
        String tls = "" + tlsPorts.get("n1");
        awaitTlsPorts(cluster);

        for (String command : List.of("nodes", "slots")) {
            String clear = cli(List.of("-p", "" + port), "cluster", command);
            String hidden = cli(secure(tls), "cluster", command);
            for (TestNode node : cluster.nodes()) {
                String own = "" + tlsPorts.get(node.name());
                assertTrue(clear.contains("" + node.port()) && !clear.contains(own), clear);
                assertTrue(hidden.contains(own) && !hidden.contains("" + node.port()), hidden);
            }
        }
        String shards = cli(secure(tls), "cluster", "shards");
        for (TestNode node : cluster.nodes()) {
            assertTrue(
                    shards.contains("port\n" + node.port() + "\ntls-port\n" + tlsPorts.get(node.name()) + "\n"),
                    shards);
        }
    }

    @Test
    void redisCliFollowsRedirectsByTls() {
        TestCluster cluster = clusters.start(builder());
        cluster.spreadLeaders();
        awaitTlsPorts(cluster);
        for (TestNode node : cluster.nodes()) {
            for (String group : cluster.groups()) {
                List<String> options = new ArrayList<>(secure("" + tlsPorts.get(node.name())));
                options.add("-c");
                String key = cluster.keyOf(group, node.name());
                assertEquals("OK", cli(options, "set", key, "hello"));
                assertEquals("hello", cli(options, "get", key));
            }
        }
    }

    /** Nodes say themselves where they speak TLS, once they are linked; the map follows. */
    private void awaitTlsPorts(TestCluster cluster) {
        for (TestNode node : cluster.nodes()) {
            List<String> options = secure("" + tlsPorts.get(node.name()));
            Await.until(
                    () -> {
                        String shards = cli(options, "cluster", "shards");
                        return tlsPorts.values().stream().allMatch(port -> shards.contains("tls-port\n" + port + "\n"));
                    },
                    PATIENCE,
                    () -> node + " knows where all others speak TLS");
        }
    }

    private List<String> secure(String port) {
        return List.of(
                "-p",
                port,
                "--tls",
                "--cacert",
                authority.authorityFile().toString(),
                "--cert",
                client.certificate().toString(),
                "--key",
                client.key().toString());
    }

    private static String cli(List<String> options, String... words) {
        List<String> command = new ArrayList<>(List.of("redis-cli"));
        command.addAll(options);
        command.addAll(List.of(words));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(1, TimeUnit.MINUTES), "ends: " + command);
            return output.strip();
        } catch (IOException e) {
            assumeTrue(false, "redis-cli is not installed");
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Test
    void jedisFollowsRedirectsByTlsAndSurvivesAFailover() throws Exception {
        TestCluster cluster = clusters.start(builder());
        awaitTlsPorts(cluster);
        SSLContext context = context(client.bundle().toKeyManagerFactory().getKeyManagers());
        try (var jedis = redis.clients.jedis.RedisClusterClient.builder()
                .nodes(Stream.of("n1", "n2", "n3")
                        .map(node -> HostAndPort.from(uri(node)))
                        .collect(Collectors.toSet()))
                .clientConfig(DefaultJedisClientConfig.builder()
                        .ssl(true)
                        .sslSocketFactory(context.getSocketFactory())
                        .build())
                .build()) {
            for (int i = 0; i < KEYS; i++) {
                assertEquals("OK", jedis.set("jedis" + i, "value" + i));
            }
            killOneLeader(cluster);
            for (int i = 0; i < KEYS; i++) {
                String key = "jedis" + i;
                String value = "value" + i;
                Await.until(() -> value.equals(jedis.get(key)), PATIENCE, () -> "Jedis reads " + key);
            }
        }
    }

    @Test
    void lettuceFollowsRedirectsByTlsAndSurvivesAFailover() {
        TestCluster cluster = clusters.start(builder());
        awaitTlsPorts(cluster);
        RedisClusterClient lettuce = RedisClusterClient.create(tlsPorts.values().stream()
                .map(port -> RedisURI.builder()
                        .withHost("127.0.0.1")
                        .withPort(port)
                        .withSsl(true)
                        .withVerifyPeer(SslVerifyMode.FULL)
                        .build())
                .toList());
        lettuce.setOptions(ClusterClientOptions.builder()
                .sslOptions(SslOptions.builder()
                        .jdkSslProvider()
                        .trustManager(authority.authorityFile().toFile())
                        .keyManager(client.certificate().toFile(), client.key().toFile(), new char[0])
                        .build())
                .build());
        try (StatefulRedisClusterConnection<String, String> connection = lettuce.connect()) {
            var redis = connection.sync();
            redis.setTimeout(Duration.ofSeconds(5));
            for (int i = 0; i < KEYS; i++) {
                assertEquals("OK", redis.set("lettuce" + i, "value" + i));
            }
            killOneLeader(cluster);
            lettuce.refreshPartitions();
            for (int i = 0; i < KEYS; i++) {
                String key = "lettuce" + i;
                String value = "value" + i;
                Await.until(() -> value.equals(redis.get(key)), PATIENCE, () -> "Lettuce reads " + key);
            }
        } finally {
            lettuce.shutdown(0, 2, TimeUnit.SECONDS);
        }
    }

    private static void killOneLeader(TestCluster cluster) {
        String group = cluster.groups().get(0);
        TestNode leader = cluster.leader(group);
        cluster.kill(leader);
        cluster.awaitOtherLeader(group, leader);
    }
}
