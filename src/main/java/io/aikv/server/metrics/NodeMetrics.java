package io.aikv.server.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.MetricSet;
import com.codahale.metrics.Timer;
import io.aikv.base.Check;
import io.aikv.base.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Everything one node counts: its registry, and how figures of its parts come into it. Any thread.
 *
 * <p>Parts that count into it (Raft groups) get {@link #registry()}; its timers and histograms have the buckets
 * of the table. Parts that have figures to be asked for are watched: they are asked when somebody reads, at most every
 * {@value #CACHE_MILLIS} ms for all figures of a source together.
 */
public final class NodeMetrics {
    private static final long CACHE_MILLIS = 100;

    private final MetricRegistry registry = new TableRegistry();
    private final Map<String, MetricSet> foreign = new ConcurrentHashMap<>();
    private final List<Runnable> updates = new CopyOnWriteArrayList<>();
    private final Clock clock;

    public NodeMetrics() {
        this(Clock.SYSTEM);
    }

    NodeMetrics(Clock clock) {
        this.clock = clock;
    }

    /** The node's one registry. Names that are not in {@link NodeMetric} are kept but not shown. */
    public MetricRegistry registry() {
        return registry;
    }

    // ---- watching ----

    /**
     * Shows a figure that is asked for. Replaces what was shown under the same name and labels. A supplier that throws has
     * nothing to show at that moment.
     *
     * @param value in the unit of the table; for a counter it must not fall
     * @param labels in the order of {@link NodeMetric#labels()}
     */
    public void watch(NodeMetric metric, DoubleSupplier value, String... labels) {
        String name = metric.registryName(labels);
        Metric before = registry.getMetrics().get(name);
        Check.state(before == null || before instanceof Gauge, "%s is counted in the registry already", name);
        registry.remove(name);
        registry.registerGauge(name, (Gauge<Double>) value::getAsDouble);
    }

    /** Figures that come together from one source, for one set of labels. */
    public <T> Watch<T> watch(Supplier<T> source, String... labels) {
        return new Watch<>(this, source, labels);
    }

    /** Names the figures of a source; see {@link NodeMetrics#watch(Supplier, String...)}. */
    public static final class Watch<T> {
        private final NodeMetrics owner;
        private final Supplier<T> source;
        private final String[] labels;
        private @Nullable T last;
        private long lastNanos;

        private Watch(NodeMetrics owner, Supplier<T> source, String... labels) {
            this.owner = owner;
            this.source = source;
            this.labels = labels;
        }

        /** @param more values of the metric's labels behind those of the watch */
        public Watch<T> show(NodeMetric metric, ToDoubleFunction<T> figure, String... more) {
            String[] all = new String[labels.length + more.length];
            System.arraycopy(labels, 0, all, 0, labels.length);
            System.arraycopy(more, 0, all, labels.length, more.length);
            owner.watch(metric, () -> figure.applyAsDouble(current()), all);
            return this;
        }

        private synchronized T current() {
            long now = owner.clock.nanos();
            T known = last;
            if (known == null || now - lastNanos > TimeUnit.MILLISECONDS.toNanos(CACHE_MILLIS)) {
                known = source.get();
                last = known;
                lastNanos = now;
            }
            return known;
        }
    }

    /** Shows what commands did: one element for each that was called. Asked with every reading. */
    public void watchCommands(Supplier<List<CommandFigures>> commands) {
        watchForeign("command.", () -> {
            Map<String, Metric> current = new HashMap<>();
            for (CommandFigures figures : commands.get()) {
                String name = figures.command();
                current.put(NodeMetric.COMMAND_LATENCY.registryName(name), figures.latency());
                current.put(NodeMetric.COMMAND_ERRORS.registryName(name), (Gauge<Long>) figures::failed);
                current.put(NodeMetric.COMMAND_REJECTED.registryName(name), (Gauge<Long>) figures::rejected);
            }
            return current;
        });
    }

    /** Shows error replies by their code, which must be bounded in number. Asked with every reading. */
    public void watchErrors(Supplier<Map<String, Long>> errors) {
        watchForeign("errors.", () -> {
            Map<String, Metric> current = new HashMap<>();
            errors.get()
                    .forEach((code, count) ->
                            current.put(NodeMetric.ERRORS.registryName(code), (Gauge<Long>) () -> count));
            return current;
        });
    }

    /**
     * Takes over the metrics of a library that come and go, under their own names. The set is asked again with every
     * reading.
     *
     * @param prefix what all names of the set begin with: {@code ratis.}
     */
    public void watchForeign(String prefix, MetricSet set) {
        foreign.put(prefix, set);
    }

    /** Runs {@code update} before every reading, for sources that come and go; one at a time, in no order. */
    void beforeReading(Runnable update) {
        updates.add(update);
    }

    /** Ends {@link #watchForeign} of the same prefix. */
    public void forgetForeign(String prefix) {
        foreign.remove(prefix);
        registry.removeMatching((name, metric) -> name.startsWith(prefix));
    }

    /** Forgets everything with this value of a label: {@code ("group", "g1")} when the group leaves the node. */
    public void forget(String label, String value) {
        registry.removeMatching((name, metric) -> {
            NodeMetric row = NodeMetric.find(name);
            int at = row == null ? -1 : row.labels().indexOf(label);
            List<String> values = at < 0 || row == null ? null : row.match(name);
            return values != null && values.get(at).equals(value);
        });
    }

    // ---- reading ----

    /** All metrics of the registry, after it has been brought up to date with the foreign ones. */
    Map<String, Metric> current() {
        updates.forEach(Runnable::run);
        foreign.forEach(this::refresh);
        return registry.getMetrics();
    }

    private synchronized void refresh(String prefix, MetricSet set) {
        Map<String, Metric> wanted = set.getMetrics();
        registry.removeMatching((name, metric) -> name.startsWith(prefix) && wanted.get(name) != metric);
        Map<String, Metric> present = registry.getMetrics();
        wanted.forEach((name, metric) -> {
            if (!present.containsKey(name)) {
                registry.register(name, metric);
            }
        });
    }

    /** Gives every timer and histogram the buckets of its row in the table. */
    private static final class TableRegistry extends MetricRegistry {
        @Override
        public Histogram histogram(String name) {
            return histogram(name, () -> new Histogram(bucketsOf(name)));
        }

        @Override
        public Timer timer(String name) {
            return timer(name, () -> new Timer(bucketsOf(name)));
        }

        private static Buckets bucketsOf(String name) {
            NodeMetric metric = NodeMetric.find(name);
            return new Buckets((metric == null ? NodeMetric.COMMAND_LATENCY : metric).bounds());
        }
    }
}
