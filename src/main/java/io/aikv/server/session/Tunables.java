package io.aikv.server.session;

import io.aikv.resp.RequestLimits;
import io.aikv.server.config.Config;
import io.aikv.server.config.Settings;
import java.util.Locale;

/** The settings that every command or connection asks for, kept as fields that CONFIG SET replaces. Any thread. */
public final class Tunables {
    /** The output buffer limits of a class of clients, as {@code client-output-buffer-limit} gives them; 0: none. */
    public record OutputLimit(long hardBytes, long softBytes, int softSeconds) {}

    private final int argsMax;
    private final int inlineBytesMax;
    private final long requestBytesMax;
    private volatile RequestLimits requestLimits = RequestLimits.defaults();
    private volatile long aclLogMax;
    private volatile long maxClients;
    private volatile long idleTimeoutMillis;
    private volatile int tcpKeepaliveSeconds;
    private volatile long slowlogNanos;
    private volatile long slowlogMax;
    private volatile OutputLimit outputLimit = new OutputLimit(0, 0, 0);
    private volatile OutputLimit subscriberOutputLimit = new OutputLimit(0, 0, 0);
    private volatile boolean protectedMode;
    private volatile boolean latencyTracking;
    private volatile long latencyThresholdMillis;

    public Tunables(Config config, Settings settings) {
        argsMax = config.limits().multibulkArgsMax();
        inlineBytesMax = config.limits().inlineBytesMax();
        requestBytesMax = config.limits().requestBytesMax();
        follow(settings, "proto-max-bulk-len", () -> limits(settings));
        follow(settings, "client-query-buffer-limit", () -> limits(settings));
        follow(settings, "acllog-max-len", () -> aclLogMax = settings.number("acllog-max-len"));
        follow(settings, "maxclients", () -> maxClients = settings.number("maxclients"));
        follow(settings, "timeout", () -> idleTimeoutMillis = settings.number("timeout") * 1000);
        follow(settings, "tcp-keepalive", () -> tcpKeepaliveSeconds = (int) settings.number("tcp-keepalive"));
        follow(settings, "slowlog-log-slower-than", () -> slowlog(settings.number("slowlog-log-slower-than")));
        follow(settings, "slowlog-max-len", () -> slowlogMax = settings.number("slowlog-max-len"));
        follow(settings, "client-output-buffer-limit", () -> outputLimits(settings.text("client-output-buffer-limit")));
        follow(settings, "protected-mode", () -> protectedMode = settings.flag("protected-mode"));
        follow(settings, "latency-tracking", () -> latencyTracking = settings.flag("latency-tracking"));
        follow(
                settings,
                "latency-monitor-threshold",
                () -> latencyThresholdMillis = settings.number("latency-monitor-threshold"));
    }

    private static void follow(Settings settings, String name, Runnable refresh) {
        refresh.run();
        settings.onChange(name, (changed, value) -> {
            refresh.run();
            return null;
        });
    }

    private void limits(Settings settings) {
        requestLimits = new RequestLimits(
                settings.number("proto-max-bulk-len"),
                argsMax,
                inlineBytesMax,
                settings.number("client-query-buffer-limit"),
                requestBytesMax,
                true);
    }

    private void slowlog(long micros) {
        slowlogNanos = micros < 0 ? Long.MAX_VALUE : micros * 1000;
    }

    private void outputLimits(String text) {
        outputLimit = parse(text, "normal");
        subscriberOutputLimit = parse(text, "pubsub");
    }

    /** Takes the numbers of a class out of {@code normal 0 0 0 slave ...}. */
    private static OutputLimit parse(String text, String name) {
        String[] words = text.trim().split("\\s+");
        for (int i = 0; i + 3 < words.length; i += 4) {
            if (words[i].toLowerCase(Locale.ROOT).equals(name)) {
                return new OutputLimit(
                        Long.parseLong(words[i + 1]), Long.parseLong(words[i + 2]), Integer.parseInt(words[i + 3]));
            }
        }
        return new OutputLimit(0, 0, 0);
    }

    public RequestLimits requestLimits() {
        return requestLimits;
    }

    public long aclLogMax() {
        return aclLogMax;
    }

    public long maxClients() {
        return maxClients;
    }

    /** 0: never. */
    public long idleTimeoutMillis() {
        return idleTimeoutMillis;
    }

    /** 0: no probes. */
    public int tcpKeepaliveSeconds() {
        return tcpKeepaliveSeconds;
    }

    /** {@link Long#MAX_VALUE}: nothing is slow. */
    public long slowlogNanos() {
        return slowlogNanos;
    }

    public long slowlogMax() {
        return slowlogMax;
    }

    /** @param subscriber of the class {@code pubsub}, else {@code normal} */
    public OutputLimit outputLimit(boolean subscriber) {
        return subscriber ? subscriberOutputLimit : outputLimit;
    }

    public boolean protectedMode() {
        return protectedMode;
    }

    public boolean latencyTracking() {
        return latencyTracking;
    }

    /** 0: latency events are not kept. */
    public long latencyThresholdMillis() {
        return latencyThresholdMillis;
    }
}
