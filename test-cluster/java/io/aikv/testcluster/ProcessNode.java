package io.aikv.testcluster;

import io.aikv.resp.Reply;
import io.aikv.topology.Layout;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node in a JVM of its own, started from the class path of this one; its output goes to {@code log} in its directory.
 * It ends when this JVM ends, however that happens: it watches its standard input (see {@link ChildMain}).
 */
final class ProcessNode extends TestNode {

    private static final String INFO_GROUP = "group_";
    private static final Duration ANSWER = Duration.ofSeconds(2);
    private static final int STOP_SECONDS_MAX = 20;
    private static final int LOG_LINES_SHOWN = 60;

    private final List<String> serverOptions;
    private final String heap;
    private final EventLoopGroup loops;
    private @Nullable Process process;

    ProcessNode(
            Layout.Node place,
            Path directory,
            List<String> settings,
            List<String> serverOptions,
            String heap,
            EventLoopGroup loops) {
        super(place, directory, settings);
        this.loops = loops;
        this.serverOptions = List.copyOf(serverOptions);
        this.heap = heap;
    }

    @Override
    public long pid() {
        return process != null && process.isAlive() ? process.pid() : -1;
    }

    @Override
    public boolean isRunning() {
        return pid() > 0;
    }

    /** From the lines {@code group_g1:role=leader,leader=n1,term=3,applied=42} of {@code INFO raft}. */
    @Override
    public List<GroupStatus> groups() {
        String info = isRunning() ? ask("INFO", "raft") : null;
        if (info == null) {
            return List.of();
        }
        return info.lines()
                .filter(line -> line.startsWith(INFO_GROUP))
                .map(ProcessNode::status)
                .toList();
    }

    private static GroupStatus status(String line) {
        String name = line.substring(INFO_GROUP.length(), line.indexOf(':'));
        Map<String, String> fields = new HashMap<>();
        for (String field : line.substring(line.indexOf(':') + 1).split(",")) {
            int equals = field.indexOf('=');
            fields.put(field.substring(0, equals), field.substring(equals + 1));
        }
        String leader = fields.getOrDefault("leader", "");
        return new GroupStatus(
                name,
                "leader".equals(fields.get("role")),
                leader.isEmpty() ? null : leader,
                Long.parseLong(fields.getOrDefault("term", "0")),
                Long.parseLong(fields.getOrDefault("applied", "-1")),
                Long.parseLong(fields.getOrDefault("installs", "0")));
    }

    @Override
    @Nullable
    String digest(String group) {
        return ask("DEBUG", "DIGEST", "GROUP", group);
    }

    private @Nullable String ask(String... question) {
        try (TestClient client = new TestClient(loops, List.of(address())).replyTimeout(ANSWER)) {
            return client.askNode(this, question) instanceof Outcome.Ok ok && !(ok.reply() instanceof Reply.Error)
                    ? TestClient.text(ok.reply())
                    : null;
        }
    }

    @Override
    void start() {
        if (isRunning()) {
            throw new IllegalStateException(this + " runs already");
        }
        try {
            Files.createDirectories(directory());
            Path arguments = directory().resolve("java.args");
            Files.write(arguments, javaArguments(), StandardCharsets.UTF_8);
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("@" + arguments);
            command.add(ChildMain.class.getName());
            command.addAll(serverOptions);
            for (String setting : settings()) {
                command.add("--set");
                command.add(setting);
            }
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@code bin/aikv-server} has them. */
    private List<String> javaArguments() {
        return List.of(
                "-Xms" + heap,
                "-Xmx" + heap,
                "-XX:MaxDirectMemorySize=512m",
                "-XX:+UseParallelGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+PerfDisableSharedMem",
                "-Dfile.encoding=UTF-8",
                "-Djava.awt.headless=true",
                quoted("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir")),
                "-cp",
                quoted(System.getProperty("java.class.path")));
    }

    private static String quoted(String argument) {
        return '"' + argument.replace("\\", "\\\\") + '"';
    }

    @Override
    void stop() {
        if (process != null) {
            process.destroy();
            awaitEnd(STOP_SECONDS_MAX);
        }
    }

    @Override
    void kill() {
        if (process != null) {
            process.destroyForcibly();
            awaitEnd(STOP_SECONDS_MAX);
        }
    }

    @Override
    void stopWithOthers() {
        stop();
    }

    private void awaitEnd(int seconds) {
        Process ending = process;
        if (ending == null) {
            return;
        }
        try {
            if (!ending.waitFor(seconds, TimeUnit.SECONDS)) {
                ending.destroyForcibly();
                throw new AssertionError(this + " does not end within " + seconds + " s\n" + logTail());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ending.destroyForcibly();
        }
    }

    @Override
    void pause() {
        signal("STOP");
    }

    @Override
    void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new AssertionError("kill -" + name + " of " + this + ": status " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    void skewClock(long millis) {
        throw new UnsupportedOperationException("the clock of another process; use a cluster in this JVM");
    }

    private Path log() {
        return directory().resolve("log");
    }

    @Override
    String logTail() {
        try (Stream<String> lines = Files.lines(log(), StandardCharsets.ISO_8859_1)) {
            List<String> all = lines.toList();
            return String.join("\n", all.subList(Math.max(0, all.size() - LOG_LINES_SHOWN), all.size()));
        } catch (IOException none) {
            return "(no log: " + none + ")";
        }
    }
}
