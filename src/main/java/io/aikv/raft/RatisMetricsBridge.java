package io.aikv.raft;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricSet;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.apache.ratis.metrics.impl.RatisMetricRegistryImpl;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.thirdparty.com.codahale.metrics.Counting;
import org.apache.ratis.thirdparty.com.codahale.metrics.Timer;
import org.jspecify.annotations.Nullable;

/**
 * Ratis' own metrics of one node as plain gauges. Ratis keeps them in registries of a relocated library, one for each
 * component and member, which come and go with groups and roles and are shared by all nodes of a Java VM.
 *
 * <p>Names are {@code ratis.component.member.metric}; only the member ({@code n1@g1}) may hold dots. A gauge looks at Ratis'
 * metric when it is asked. Timers become {@code _count}, and a median and 99th percentile in seconds. Left out are the
 * figures of watch requests, which are never sent here. Any thread.
 */
public final class RatisMetricsBridge implements MetricSet {
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final String node;
    private final Supplier<Map<UUID, String>> groups;
    private Map<String, Known> known = new HashMap<>();

    /** A gauge, and what it looks at: a registry that comes again has other metrics under the same names. */
    private record Known(Object source, Gauge<?> gauge) {}

    /**
     * @param node whose metrics are taken
     * @param groups names of the groups there are now: Ratis knows them by the last part of their uuid. One that is not in
     *     it is shown as Ratis writes it
     */
    public RatisMetricsBridge(String node, Supplier<Map<UUID, String>> groups) {
        this.node = node;
        this.groups = groups;
    }

    /** The gauges there are now; the same objects as before for the same metrics. Cost: one pass over all names. */
    @Override
    public synchronized Map<String, Metric> getMetrics() {
        Map<String, String> names = new HashMap<>();
        groups.get().forEach((uuid, name) -> names.put(RaftGroupId.valueOf(uuid).toString(), name));
        Map<String, Known> current = new HashMap<>();
        for (RatisMetricRegistry registry : MetricRegistries.global().getMetricRegistries()) {
            String member = memberOf(registry.getMetricRegistryInfo(), names);
            if (member != null && registry instanceof RatisMetricRegistryImpl impl) {
                addAll(current, impl, member);
            }
        }
        known = current;
        Map<String, Metric> gauges = new HashMap<>();
        current.forEach((name, entry) -> gauges.put(name, entry.gauge()));
        return gauges;
    }

    /** {@code n1@g1}, or null if the registry is another node's. */
    private @Nullable String memberOf(MetricRegistryInfo info, Map<String, String> names) {
        String member = info.getPrefix();
        if (member.equals(node)) {
            return member;
        }
        if (!member.startsWith(node + "@")) {
            return null;
        }
        String group = member.substring(node.length() + 1);
        return node + "@" + names.getOrDefault(group, group);
    }

    private void addAll(Map<String, Known> current, RatisMetricRegistryImpl registry, String member) {
        MetricRegistryInfo info = registry.getMetricRegistryInfo();
        String component = info.getMetricsComponentName().replace('.', '_');
        String before = info.getApplicationName() + "." + info.getMetricsComponentName() + "." + info.getPrefix() + ".";
        registry.getDropWizardMetricRegistry().getMetrics().forEach((full, metric) -> {
            String own = full.startsWith(before) ? full.substring(before.length()) : full;
            if (own.contains("Watch")) {
                return;
            }
            String name = "ratis." + component + "." + member + "." + own.replace('.', '_');
            if (metric instanceof Timer timer) {
                add(current, name + "_count", timer, timer::getCount);
                add(current, name + "_seconds_p50", timer, () -> seconds(timer, 0.5));
                add(current, name + "_seconds_p99", timer, () -> seconds(timer, 0.99));
            } else if (metric instanceof Counting counting) {
                add(current, name, counting, counting::getCount);
            } else if (metric instanceof org.apache.ratis.thirdparty.com.codahale.metrics.Gauge<?> gauge) {
                add(current, name, gauge, gauge::getValue);
            }
        });
    }

    private void add(Map<String, Known> current, String name, Object source, Gauge<?> gauge) {
        Known before = known.get(name);
        current.put(name, before != null && before.source() == source ? before : new Known(source, gauge));
    }

    private static double seconds(Timer timer, double quantile) {
        return timer.getSnapshot().getValue(quantile) / NANOS_PER_SECOND;
    }
}
