package io.aikv.server.config;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.base.CommandError;
import io.aikv.base.Glob;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of CONFIG GET and CONFIG SET: every one of Redis 7.2, checked as Redis checks it, kept and echoed.
 * Those that mean something here have a {@link Listener}; the others are remembered only.
 *
 * <p>Values begin with the sections of {@link Config} and then its {@code [redis]} table, which is where CONFIG REWRITE
 * puts what CONFIG SET has changed ({@link #changed}), so the table wins over the sections.
 *
 * <p>Threading: reads are lock-free and see whole CONFIG SETs only; changes and their listeners run one at a time under
 * a lock of its own. A listener must not change settings.
 */
public final class Settings {
    /** Told of a change before CONFIG SET is answered. */
    @FunctionalInterface
    public interface Listener {
        /**
         * @param name the parameter's main name
         * @param value in canonical form, as CONFIG GET shows it
         * @return null if the value is in force now, or why not: everything the CONFIG SET changed is then undone
         */
        @Nullable
        String changed(String name, String value);
    }

    /** A value of the configuration file that the parameter does not accept. */
    static final class BadParameter extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String key;
        private final String problem;

        BadParameter(String key, String problem) {
            super(key + ": " + problem, null, false, false);
            this.key = key;
            this.problem = problem;
        }

        String key() {
            return key;
        }

        String problem() {
            return problem;
        }
    }

    /** Parameters whose value has a key of its own and cannot change while the server runs. */
    private static final Map<String, String> HOMES = Map.of(
            "port", "server.port",
            "tls-port", "security.tls-port",
            "bind", "server.bind",
            "io-threads", "server.io-threads",
            "tcp-backlog", "server.tcp-backlog",
            "databases", "storage.databases",
            "cluster-databases", "cluster.databases",
            "dir", "storage.dir",
            "logfile", "logging.file",
            "cluster-enabled", "cluster.enabled");

    private final Map<String, Parameter> parameters = Parameters.all();
    private final Map<String, String> baseline = new TreeMap<>();
    private final Map<String, List<Listener>> listeners = new HashMap<>();
    /** Guards {@code listeners} and every change of {@code values}. */
    private final ReentrantLock lock = new ReentrantLock();

    /** By main name, canonical; replaced as a whole. */
    private volatile Map<String, String> values = Map.of();

    private Settings() {
        for (Parameter parameter : parameters.values()) {
            baseline.put(parameter.name(), parameter.defaultValue());
        }
    }

    /** Redis' defaults with the values of a configuration. @throws BadParameter for a bad one in {@code [redis]} */
    public static Settings from(Config config) {
        Settings settings = new Settings();
        settings.readSections(config);
        Map<String, String> values = new TreeMap<>(settings.baseline);
        for (Map.Entry<String, String> entry : config.redis().entrySet()) {
            settings.readEntry(values, entry.getKey(), entry.getValue());
        }
        settings.values = Collections.unmodifiableMap(values);
        return settings;
    }

    /** Redis' defaults with those of this server's configuration. */
    public static Settings defaults() {
        return from(Config.defaults());
    }

    private void readSections(Config config) {
        Config.Server server = config.server();
        begin("port", "server.port", config.security().tlsOnly() ? "0" : Integer.toString(server.port()));
        begin("bind", "server.bind", String.join(" ", server.bind()));
        int threads = server.ioThreads() > 0
                ? server.ioThreads()
                : Runtime.getRuntime().availableProcessors();
        begin("io-threads", "server.io-threads", Integer.toString(threads));
        begin("tcp-backlog", "server.tcp-backlog", Integer.toString(server.tcpBacklog()));
        begin("databases", "storage.databases", Integer.toString(config.databases()));
        Config.Cluster cluster = config.cluster();
        begin("cluster-enabled", "cluster.enabled", yesNo(cluster.enabled()));
        begin("cluster-databases", "cluster.databases", Integer.toString(cluster.databases()));
        begin("cluster-announce-ip", "cluster.announce-host", cluster.announceHost());
        begin("cluster-announce-port", "cluster.announce-port", Integer.toString(cluster.announcePort()));
        begin("cluster-announce-tls-port", "cluster.announce-tls-port", Integer.toString(cluster.announceTlsPort()));
        begin("cluster-require-full-coverage", "cluster.require-full-coverage", yesNo(cluster.requireFullCoverage()));
        begin("notify-cluster", "cluster.notify-cluster", yesNo(cluster.notifyCluster()));
        begin("dir", "storage.dir", config.storage().dir());
        Config.Limits limits = config.limits();
        begin("proto-max-bulk-len", "limits.proto-max-bulk-len", Long.toString(limits.protoMaxBulkLen()));
        begin(
                "client-query-buffer-limit",
                "limits.client-query-buffer-limit",
                Long.toString(limits.clientQueryBufferLimit()));
        begin("maxclients", "limits.maxclients", Integer.toString(limits.maxclients()));
        begin("client-output-buffer-limit", "limits.client-output-buffer-limit", limits.clientOutputBufferLimit());
        begin("timeout", "limits.timeout", Integer.toString(limits.timeout()));
        begin("tcp-keepalive", "limits.tcp-keepalive", Integer.toString(limits.tcpKeepalive()));
        begin(
                "slowlog-log-slower-than",
                "limits.slowlog-log-slower-than",
                Long.toString(limits.slowlogLogSlowerThan()));
        begin("slowlog-max-len", "limits.slowlog-max-len", Long.toString(limits.slowlogMaxLen()));
        begin("requirepass", "security.requirepass", config.security().requirepass());
        begin(
                "protected-mode",
                "security.protected-mode",
                yesNo(config.security().protectedMode()));
        readTls(config.security());
        begin("logfile", "logging.file", config.logging().file());
        begin("loglevel", "logging.level", redisLevel(config.logging().level()));
    }

    private void readTls(Config.Security security) {
        begin("tls-port", "security.tls-port", Integer.toString(security.tlsPort()));
        begin("tls-cert-file", "security.tls-cert-file", security.tlsCertFile());
        begin("tls-key-file", "security.tls-key-file", security.tlsKeyFile());
        begin("tls-key-file-pass", "security.tls-key-file-pass", security.tlsKeyFilePass());
        begin("tls-ca-cert-file", "security.tls-ca-cert-file", security.tlsCaCertFile());
        begin("tls-auth-clients", "security.tls-auth-clients", security.tlsAuthClients());
        begin("tls-protocols", "security.tls-protocols", security.tlsProtocols());
        begin("tls-ciphers", "security.tls-ciphers", security.tlsCiphers());
        begin("tls-cluster", "security.tls-cluster", yesNo(security.tlsCluster()));
    }

    private void begin(String name, String key, String text) {
        Parameter parameter = require(name);
        try {
            baseline.put(name, parameter.type().canonical(text, parameter.defaultValue()));
        } catch (ParameterType.Invalid e) {
            throw new BadParameter(key, '"' + text + "\" is not allowed: " + e.reason());
        }
    }

    private void readEntry(Map<String, String> into, String name, String text) {
        String key = ConfigReader.REDIS + "." + name;
        Parameter parameter = parameters.get(name.toLowerCase(Locale.ROOT));
        if (parameter == null) {
            String nearest = Words.nearest(name, parameters.keySet());
            throw new BadParameter(
                    key,
                    "Redis has no such parameter" + (nearest == null ? "" : "; did you mean \"" + nearest + "\"?"));
        }
        String home = HOMES.get(parameter.name());
        if (home != null) {
            throw new BadParameter(key, "is set by " + home);
        }
        String current = into.getOrDefault(parameter.name(), parameter.defaultValue());
        try {
            into.put(parameter.name(), parameter.type().canonical(text, current));
        } catch (ParameterType.Invalid e) {
            throw new BadParameter(key, '"' + text + "\" is not allowed: " + e.reason());
        }
    }

    private static String yesNo(boolean value) {
        return value ? "yes" : "no";
    }

    private static String redisLevel(String level) {
        return switch (level) {
            case "trace", "debug" -> "debug";
            case "info" -> "notice";
            default -> "warning";
        };
    }

    // ---- reading ----

    /** The value in canonical form. {@code name} must exist; an alias will do. */
    public String text(String name) {
        Parameter parameter = require(name);
        return values.getOrDefault(parameter.name(), parameter.defaultValue());
    }

    /** The value of a yes-or-no parameter. */
    public boolean flag(String name) {
        return text(name).equals("yes");
    }

    /**
     * The value of a number in its unit (bytes for memory); a percentage is negative, a number beyond 2^63-1 is
     * {@link Long#MAX_VALUE}.
     */
    public long number(String name) {
        String value = text(name);
        if (value.endsWith("%")) {
            return -Long.parseLong(value.substring(0, value.length() - 1));
        }
        long number = value.startsWith("-") ? Long.parseLong(value) : Long.parseUnsignedLong(value);
        return number < 0 && !value.startsWith("-") ? Long.MAX_VALUE : number;
    }

    /**
     * CONFIG GET: names and values that match any of the patterns, each name once, in the order of names within a
     * pattern. A name without {@code *}, {@code ?} and {@code [} is answered as it was typed.
     */
    public Map<String, String> get(List<String> patterns) {
        Map<String, String> now = values;
        Map<String, String> found = new LinkedHashMap<>();
        Set<String> seen = new HashSet<>();
        for (String pattern : patterns) {
            String lower = pattern.toLowerCase(Locale.ROOT);
            if (pattern.chars().noneMatch(c -> c == '*' || c == '?' || c == '[')) {
                Parameter parameter = parameters.get(lower);
                if (parameter != null && seen.add(lower)) {
                    found.put(pattern, parameter.type().shown(now.getOrDefault(parameter.name(), "")));
                }
                continue;
            }
            parameters.forEach((name, parameter) -> {
                if (!parameter.is(Parameter.Flag.HIDDEN)
                        && Glob.matches(Bytes.utf8(lower), Bytes.utf8(name))
                        && seen.add(name)) {
                    found.put(name, parameter.type().shown(now.getOrDefault(parameter.name(), "")));
                }
            });
        }
        return found;
    }

    /** Whether CONFIG GET and SET know {@code name}. */
    public boolean exists(String name) {
        return parameters.containsKey(name.toLowerCase(Locale.ROOT));
    }

    /** What CONFIG REWRITE writes: the values that differ from those of the configuration's own sections, by name. */
    public Map<String, String> changed() {
        Map<String, String> changed = new TreeMap<>(values);
        changed.entrySet().removeIf(e -> e.getValue().equals(baseline.get(e.getKey())));
        return changed;
    }

    // ---- changing ----

    /** Calls {@code listener} after each change of {@code name}, from the thread that runs CONFIG SET. */
    public void onChange(String name, Listener listener) {
        lock.lock();
        try {
            listeners
                    .computeIfAbsent(require(name).name(), n -> new ArrayList<>())
                    .add(listener);
        } finally {
            lock.unlock();
        }
    }

    /**
     * CONFIG SET: all or nothing, in the order given.
     *
     * @param namesAndValues name, value, name, value, ...; an even number
     * @throws CommandError {@code ERR Unknown option or number of arguments for CONFIG SET - 'x'} or
     *     {@code ERR CONFIG SET failed (possibly related to argument 'x') - reason}; nothing has changed
     */
    public void set(List<String> namesAndValues) {
        Check.argument(namesAndValues.size() % 2 == 0, "names and values do not pair up");
        List<Parameter> targets = new ArrayList<>();
        for (int i = 0; i < namesAndValues.size(); i += 2) {
            targets.add(settable(namesAndValues, i));
        }
        lock.lock();
        try {
            Map<String, String> before = values;
            Map<String, String> after = new TreeMap<>(before);
            Map<String, String> typed = new LinkedHashMap<>();
            for (int i = 0; i < targets.size(); i++) {
                Parameter parameter = targets.get(i);
                String asked = namesAndValues.get(2 * i).toLowerCase(Locale.ROOT);
                String current = after.getOrDefault(parameter.name(), "");
                try {
                    after.put(parameter.name(), parameter.type().canonical(namesAndValues.get(2 * i + 1), current));
                } catch (ParameterType.Invalid e) {
                    throw failed(asked, e.reason());
                }
                typed.put(parameter.name(), asked);
            }
            values = Collections.unmodifiableMap(after);
            announce(before, after, typed);
        } finally {
            lock.unlock();
        }
    }

    private Parameter settable(List<String> namesAndValues, int at) {
        String typed = namesAndValues.get(at);
        String name = typed.toLowerCase(Locale.ROOT);
        Parameter parameter = parameters.get(name);
        if (parameter == null) {
            throw new CommandError("ERR Unknown option or number of arguments for CONFIG SET - '" + typed + "'");
        }
        if (parameter.is(Parameter.Flag.IMMUTABLE)) {
            throw failed(typed, "can't set immutable config");
        }
        if (parameter.is(Parameter.Flag.PROTECTED) && !flag("enable-protected-configs")) {
            throw failed(typed, "can't set protected config");
        }
        for (int i = 0; i < at; i += 2) {
            if (namesAndValues.get(i).equalsIgnoreCase(name)) {
                throw failed(typed, "duplicate parameter");
            }
        }
        return parameter;
    }

    /** Tells the listeners; if one refuses, undoes what the earlier ones were told. */
    private void announce(Map<String, String> before, Map<String, String> after, Map<String, String> typed) {
        List<String> told = new ArrayList<>();
        for (String name : typed.keySet()) {
            String value = after.getOrDefault(name, "");
            if (value.equals(before.get(name))) {
                continue;
            }
            told.add(name);
            String refusal = tell(name, value);
            if (refusal != null) {
                values = before;
                for (String back : told) {
                    tell(back, before.getOrDefault(back, ""));
                }
                throw failed(typed.getOrDefault(name, name), refusal);
            }
        }
    }

    private @Nullable String tell(String name, String value) {
        for (Listener listener : listeners.getOrDefault(name, List.of())) {
            String refusal = listener.changed(name, value);
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    private Parameter require(String name) {
        Parameter parameter = parameters.get(name);
        return Objects.requireNonNull(parameter, name);
    }

    private static CommandError failed(String name, String reason) {
        return new CommandError("ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + reason);
    }
}
