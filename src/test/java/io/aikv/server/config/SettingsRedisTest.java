package io.aikv.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aikv.base.CommandError;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CONFIG SET and GET against a real redis-server, where one is installed: the same words for the same mistakes. */
final class SettingsRedisTest {
    /** What depends on the machine, the build, or would cut the connection; or is different here on purpose. */
    private static final Set<String> DIFFERENT = Set.of(
            "port",
            "bind",
            "bind-source-addr",
            "tls-port",
            "dir",
            "save",
            "io-threads",
            "logfile",
            "requirepass",
            "maxclients",
            "stream-node-max-entries",
            "activedefrag",
            "aclfile",
            "cluster-announce-ip",
            "cluster-announce-port",
            "cluster-announce-bus-port",
            "cluster-announce-tls-port",
            "cluster-announce-hostname",
            "dbfilename",
            "appendonly",
            "maxmemory",
            "timeout",
            "watchdog-period",
            "crash-log-enabled",
            "enable-debug-command");

    private static final List<String> VALUES = List.of(
            "",
            "0",
            "1",
            "-1",
            "2",
            "3",
            "007",
            "+1",
            " 1",
            "1 ",
            "1.5",
            "abc",
            "yes",
            "no",
            "YES",
            "No",
            "10",
            "99",
            "100",
            "101",
            "1000",
            "65535",
            "65536",
            "2147483647",
            "2147483648",
            "4294967295",
            "4294967296",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "-2147483649",
            "1k",
            "1kb",
            "5MB",
            "1Gb",
            "2tb",
            "1mb2",
            "10%",
            "0%",
            "101%",
            "%",
            "-5%",
            "everysec",
            "always",
            "ALLKEYS-lru",
            "local",
            "normal 1 2 3",
            "slave 1mb 2kb 3 PUBSUB 4 5 6",
            "normal 1 2",
            "replica 7 8 9",
            "master 1 2 3",
            "normal a b c",
            "AKE",
            "KEA",
            "g$lshzxetd",
            "Kng",
            "Kd",
            "?",
            "1 2 3",
            "0 200 9999",
            "a b c",
            "50 99.9",
            "100.1",
            "33.3333333 0.5",
            "nosave now",
            "default",
            "save nosave",
            "force",
            "{title} {port}",
            "{foo}",
            "ip",
            "hostname",
            "swapdb",
            "relative",
            "absolute",
            "clients",
            "debug",
            "warning");

    @Test
    void sameAnswersAsRedis(@TempDir Path dir) throws Exception {
        try (Redis redis = Redis.start(dir)) {
            Settings settings = Settings.defaults();
            Map<String, String> theirs = redis.configGet("*");
            List<String> names = new ArrayList<>(theirs.keySet());
            names.removeAll(DIFFERENT);
            for (String name : names) {
                assertTrue(settings.exists(name), "Redis has " + name);
                assertEquals(theirs.get(name), settings.text(name), "default of " + name);
            }
            // Redis tries to put the others into force, and cannot without certificates.
            names.removeIf(name -> name.startsWith("tls-"));
            assertTrue(names.size() > 140, "only " + names.size());
            for (String name : names) {
                for (String value : VALUES) {
                    same(redis, settings, List.of(name, value));
                }
            }
        }
    }

    @Test
    void sameAnswersForSeveralParameters(@TempDir Path dir) throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<String> names = List.of(
                "hz",
                "HZ",
                "nosuch",
                "databases",
                "slave-priority",
                "replica-priority",
                "Replica-Priority",
                "maxmemory-policy",
                "notify-keyspace-events",
                "client-output-buffer-limit",
                "dbfilename",
                "maxmemory-samples");
        List<String> values = List.of("5", "7", "x", "-1", "KA", "allkeys-lru", "normal 1 1 1", "");
        try (Redis redis = Redis.start(dir)) {
            Settings settings = Settings.defaults();
            for (int i = 0; i < 3000; i++) {
                List<String> args = new ArrayList<>();
                int pairs = 1 + random.nextInt(4);
                for (int pair = 0; pair < pairs; pair++) {
                    args.add(names.get(random.nextInt(names.size())));
                    args.add(values.get(random.nextInt(values.size())));
                }
                same(redis, settings, args);
            }
        }
    }

    private static void same(Redis redis, Settings settings, List<String> args) throws IOException {
        List<String> command = new ArrayList<>(List.of("CONFIG", "SET"));
        command.addAll(args);
        String theirs = redis.call(command).get(0);
        String ours = "OK";
        try {
            settings.set(args);
        } catch (CommandError e) {
            ours = e.line();
        }
        assertEquals(theirs, ours, () -> "CONFIG SET " + args);
        for (int i = 0; i < args.size(); i += 2) {
            String name = args.get(i);
            if (settings.exists(name)) {
                assertEquals(
                        redis.configGet(name),
                        settings.get(List.of(name)),
                        () -> "CONFIG GET " + name + " after CONFIG SET " + args);
            }
        }
    }

    /** A redis-server on a free port and one connection to it. */
    private record Redis(Process process, Socket socket, InputStream in) implements AutoCloseable {
        static Redis start(Path dir) throws Exception {
            assumeTrue(isInstalled(), "redis-server is not installed");
            int port;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            Process process = new ProcessBuilder(
                            "redis-server", "--port", Integer.toString(port), "--bind", "127.0.0.1", "--dir", "" + dir)
                    .redirectErrorStream(true)
                    .start();
            BufferedReader log = process.inputReader(StandardCharsets.UTF_8);
            for (String line = log.readLine(); line != null; line = log.readLine()) {
                if (line.contains("Ready to accept connections")) {
                    break;
                }
            }
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            return new Redis(process, socket, new BufferedInputStream(socket.getInputStream()));
        }

        private static boolean isInstalled() {
            return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
                    .anyMatch(each -> Path.of(each, "redis-server").toFile().canExecute());
        }

        Map<String, String> configGet(String pattern) throws IOException {
            List<String> flat = call(List.of("CONFIG", "GET", pattern));
            Map<String, String> map = new TreeMap<>();
            for (int i = 0; i < flat.size(); i += 2) {
                map.put(flat.get(i), flat.get(i + 1));
            }
            return map;
        }

        /** The reply's strings; an error without its dash. */
        List<String> call(List<String> args) throws IOException {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(("*" + args.size() + "\r\n").getBytes(StandardCharsets.UTF_8));
            for (String arg : args) {
                byte[] bytes = arg.getBytes(StandardCharsets.UTF_8);
                out.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.UTF_8));
                out.writeBytes(bytes);
                out.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
            }
            socket.getOutputStream().write(out.toByteArray());
            String head = line();
            if (!head.startsWith("*")) {
                return List.of(head.substring(1));
            }
            List<String> items = new ArrayList<>();
            for (int i = Integer.parseInt(head.substring(1)); i > 0; i--) {
                int length = Integer.parseInt(line().substring(1));
                items.add(new String(in.readNBytes(length), StandardCharsets.UTF_8));
                in.skipNBytes(2);
            }
            return items;
        }

        private String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new IOException("redis-server closed the connection");
                }
                line.write(b);
            }
            return line.toString(StandardCharsets.UTF_8).stripTrailing();
        }

        @Override
        public void close() throws Exception {
            socket.close();
            process.destroy();
            process.waitFor(10, TimeUnit.SECONDS);
        }
    }
}
