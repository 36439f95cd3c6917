package io.aikv.server;

import ch.qos.logback.classic.LoggerContext;
import io.aikv.base.Clock;
import io.aikv.base.ConfigError;
import io.aikv.server.config.Config;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aikv-server}: reads the configuration, starts a node, says what it waits for, stops in good order on SIGTERM. */
@Command(
        name = "aikv-server",
        mixinStandardHelpOptions = true,
        version = "AiKv 0.1.0",
        description = "A node of AiKv: a strongly consistent key-value cluster for Redis clients.")
public final class Main implements Callable<Integer> {
    private static final int BAD_CONFIGURATION = 2;
    private static final Duration PROGRESS_PERIOD = Duration.ofSeconds(2);

    /** For closing everything, beyond {@code server.shutdown-timeout}. */
    private static final Duration STOP_GRACE = Duration.ofSeconds(20);

    @Parameters(index = "0", arity = "0..1", paramLabel = "CONFIG-FILE", description = "TOML; see conf/aikv.toml")
    private @Nullable Path file;

    @Option(
            names = "--set",
            paramLabel = "section.key=value",
            description = "overrides a key of the file; may be given more than once")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--layout", paramLabel = "FILE", description = "cluster.layout, and cluster.enabled=true")
    private @Nullable Path layout;

    @Option(names = "--node-id", paramLabel = "NAME", description = "cluster.node-id: this node's name in the layout")
    private @Nullable String nodeId;

    private Main() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public Integer call() throws InterruptedException {
        Node node;
        Duration stopLimit;
        try {
            Config config = config();
            stopLimit = config.server().shutdownTimeout().plus(STOP_GRACE);
            LoggerContext log = LoggerFactory.getILoggerFactory() instanceof LoggerContext logback ? logback : null;
            if (log != null) {
                LogSetup.apply(log, config);
            }
            node = Node.start(config, Clock.SYSTEM, file);
            if (log != null) {
                LogSetup.follow(log, node.server().settings());
            }
        } catch (ConfigError e) {
            System.err.println("aikv-server: " + e.getMessage());
            return BAD_CONFIGURATION;
        } catch (IOException e) {
            System.err.println("aikv-server: cannot start: " + e.getMessage());
            return 1;
        }
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            Runnable halt = () -> Runtime.getRuntime().halt(1);
                            ShutdownWatch.over(Thread.currentThread(), stopLimit, System.err, halt);
                            node.stop();
                            stopped.countDown();
                        },
                        "aikv-shutdown"));
        node.server().onShutdown(() -> System.exit(0));
        System.out.println("aikv-server: node " + node.name() + " listens on " + node.addresses());
        while (!node.awaitReady(PROGRESS_PERIOD)) {
            System.out.println("aikv-server: " + node.waitsFor());
        }
        System.out.println("aikv-server: ready");
        stopped.await();
        return 0;
    }

    private Config config() {
        List<String> all = new ArrayList<>(overrides);
        if (layout != null) {
            all.add("cluster.enabled=true");
            all.add("cluster.layout=\"" + layout + "\"");
        }
        if (nodeId != null) {
            all.add("cluster.node-id=\"" + nodeId + "\"");
        }
        return file == null ? Config.parse("", "defaults", all) : Config.load(file, all);
    }
}
