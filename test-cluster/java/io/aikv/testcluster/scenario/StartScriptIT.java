package io.aikv.testcluster.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code test-cluster/start} as a stranger uses it, from another directory. */
@Timeout(300)
final class StartScriptIT {

    private static final Path SCRIPT = Path.of("test-cluster/start").toAbsolutePath();
    private static final Pattern PID = Pattern.compile("node (\\w+)\\s+pid (\\d+) .*");
    private static final int STOP_SECONDS_MAX = 20;

    @TempDir
    private Path directory;

    private final List<String> lines = new ArrayList<>();

    @Test
    void theDefaultServesInOneProcessAndKeepsItsDataAcrossARestart() throws Exception {
        String port = freePort();

        Process first = start("--port", port, "--dir", directory.toString());
        assertEquals("+OK", ask(port, "MSET {a}1 v {a}2 v"));
        stop(first);

        Process second = start("--port", port, "--dir", directory.toString());
        assertEquals(":2", ask(port, "EXISTS {a}1 {a}2"));
        stop(second);
    }

    @Test
    void aProcessCanBeKilledAndTheOthersAreStoppedInTheEnd() throws Exception {
        String port = freePort();

        Process cluster =
                start("--port", port, "--dir", directory.toString(), "--processes", "--", "--set", "raft.rpc=grpc");
        List<Long> pids = lines.stream()
                .map(PID::matcher)
                .filter(Matcher::matches)
                .map(match -> Long.parseLong(match.group(2)))
                .toList();
        assertEquals(3, pids.stream().distinct().count(), () -> String.join("\n", lines));
        assertFalse(pids.contains(cluster.pid()));

        ProcessHandle victim = ProcessHandle.of(pids.get(2)).orElseThrow();
        assertTrue(victim.destroyForcibly());
        readUntil(cluster.inputReader(), line -> line.contains("n3 has ended"));
        stop(cluster);

        for (long pid : pids) {
            assertFalse(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false), () -> pid + " still runs");
        }
    }

    private Process start(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        readUntil(process.inputReader(), "ready"::equals);
        return process;
    }

    private void readUntil(BufferedReader reader, Predicate<String> last) throws IOException {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            lines.add(line);
            if (last.test(line)) {
                return;
            }
        }
        throw new AssertionError("the output ended:\n" + String.join("\n", lines));
    }

    private void stop(Process process) throws InterruptedException {
        process.destroy();
        assertTrue(process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS), "stops within " + STOP_SECONDS_MAX + " s");
        assertNotEquals(137, process.exitValue());
    }

    /** The reply to an inline command on a key of slot 15495, wherever it is served. */
    private static String ask(String firstPort, String command) throws IOException {
        int port = Integer.parseInt(firstPort);
        for (int attempt = 0; attempt < 5; attempt++) {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                OutputStream out = socket.getOutputStream();
                out.write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
                byte[] reply = new byte[200];
                String text =
                        new String(reply, 0, socket.getInputStream().read(reply), StandardCharsets.US_ASCII).strip();
                if (!text.startsWith("-MOVED")) {
                    return text;
                }
                port = Integer.parseInt(text.substring(text.lastIndexOf(':') + 1));
            }
        }
        throw new AssertionError("redirected again and again");
    }

    /** The first of three ports; they and those 10000 and 20000 above lie below the range of outgoing connections. */
    private static String freePort() {
        return Integer.toString(10_000 + ThreadLocalRandom.current().nextInt(600) * 3);
    }
}
