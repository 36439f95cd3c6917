package io.aikv.server.metrics;

import com.codahale.metrics.Counting;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metric;
import com.codahale.metrics.Sampling;
import com.codahale.metrics.Snapshot;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a node's registry as Prometheus text, version 0.0.4, with names and help texts of {@link NodeMetric}. Metrics of
 * Ratis keep their own names behind {@code ratis_}. Any thread, one at a time.
 */
final class Exposition {
    static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private static final Logger LOG = LoggerFactory.getLogger(Exposition.class);
    private static final double NANOS_PER_SECOND = 1e9;

    /** Ratis' metrics: {@code ratis.component.member.name}, where no part but the member holds a dot. */
    private static final String RATIS = "ratis.";

    private final NodeMetrics metrics;
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    private final Map<String, Optional<Row>> rows = new HashMap<>();

    /** Where a name of the registry belongs. */
    private record Row(MetricMetadata metadata, NodeMetric.Type type, double scale, Labels labels) {}

    Exposition(NodeMetrics metrics) {
        this.metrics = metrics;
    }

    synchronized void write(OutputStream out) throws IOException {
        writer.write(out, read(), EscapingScheme.UNDERSCORE_ESCAPING);
    }

    private MetricSnapshots read() {
        Map<String, Metric> current = metrics.current();
        rows.keySet().retainAll(current.keySet());
        Map<String, Family> families = new TreeMap<>();
        current.forEach((name, metric) -> {
            Row row = rows.computeIfAbsent(name, Exposition::rowOf).orElse(null);
            if (row != null) {
                families.computeIfAbsent(row.metadata().getName(), n -> new Family(row.metadata(), row.type()))
                        .add(row, metric);
            }
        });
        List<MetricSnapshot> snapshots = new ArrayList<>();
        families.values().forEach(family -> family.addTo(snapshots));
        return new MetricSnapshots(snapshots);
    }

    private static Optional<Row> rowOf(String name) {
        if (name.startsWith(RATIS)) {
            return ratisRow(name);
        }
        NodeMetric metric = NodeMetric.find(name);
        if (metric == null) {
            LOG.debug("metric={} is not in the table and is not shown", name);
            return Optional.empty();
        }
        List<String> values = metric.match(name);
        double scale = metric.type() == NodeMetric.Type.HISTOGRAM && metric.unit() == NodeMetric.Unit.SECONDS
                ? NANOS_PER_SECOND
                : 1;
        return Optional.of(new Row(
                new MetricMetadata(metric.baseName(), metric.help()),
                metric.type(),
                scale,
                Labels.of(metric.labels(), values == null ? List.of() : values)));
    }

    private static Optional<Row> ratisRow(String name) {
        int component = name.indexOf('.', RATIS.length());
        int figure = name.lastIndexOf('.');
        if (component < 0 || figure <= component) {
            return Optional.empty();
        }
        String family = (RATIS + name.substring(RATIS.length(), component) + name.substring(figure))
                .replaceAll("[^a-zA-Z0-9]+", "_");
        MetricMetadata metadata = new MetricMetadata(family, "A metric of Apache Ratis; its documentation says more.");
        String member = name.substring(component + 1, figure);
        return Optional.of(new Row(metadata, NodeMetric.Type.GAUGE, 1, Labels.of("member", member)));
    }

    /** All samples of one name. */
    private static final class Family {
        private final MetricMetadata metadata;
        private final NodeMetric.Type type;
        private final Map<Labels, Metric> metrics = new TreeMap<>();
        private double scale = 1;

        Family(MetricMetadata metadata, NodeMetric.Type type) {
            this.metadata = metadata;
            this.type = type;
        }

        void add(Row row, Metric metric) {
            metrics.putIfAbsent(row.labels(), metric);
            scale = row.scale();
        }

        void addTo(List<MetricSnapshot> snapshots) {
            switch (type) {
                case COUNTER -> {
                    List<CounterSnapshot.CounterDataPointSnapshot> points = new ArrayList<>();
                    each((value, labels) -> points.add(
                            new CounterSnapshot.CounterDataPointSnapshot(Math.max(value, 0), labels, null, 0)));
                    addUnlessEmpty(snapshots, points.isEmpty() ? null : new CounterSnapshot(metadata, points));
                }
                case GAUGE -> {
                    List<GaugeSnapshot.GaugeDataPointSnapshot> points = new ArrayList<>();
                    each((value, labels) -> points.add(new GaugeSnapshot.GaugeDataPointSnapshot(value, labels, null)));
                    addUnlessEmpty(snapshots, points.isEmpty() ? null : new GaugeSnapshot(metadata, points));
                }
                case HISTOGRAM -> {
                    List<HistogramSnapshot.HistogramDataPointSnapshot> points = new ArrayList<>();
                    metrics.forEach((labels, metric) -> {
                        if (metric instanceof Sampling sampling) {
                            points.add(point(sampling.getSnapshot(), labels));
                        }
                    });
                    addUnlessEmpty(snapshots, points.isEmpty() ? null : new HistogramSnapshot(metadata, points));
                }
            }
        }

        private static void addUnlessEmpty(List<MetricSnapshot> snapshots, @Nullable MetricSnapshot snapshot) {
            if (snapshot != null) {
                snapshots.add(snapshot);
            }
        }

        private interface Points {
            void add(double value, Labels labels);
        }

        private void each(Points points) {
            metrics.forEach((labels, metric) -> {
                double value = valueOf(metric, metadata.getName());
                if (!Double.isNaN(value)) {
                    points.add(value, labels);
                }
            });
        }

        private HistogramSnapshot.HistogramDataPointSnapshot point(Snapshot snapshot, Labels labels) {
            List<Double> bounds = new ArrayList<>();
            List<Long> counts = new ArrayList<>();
            double sum = Double.NaN;
            if (snapshot instanceof Buckets.Contents contents) {
                sum = contents.sum() / scale;
                for (int i = 0; i < contents.counts().length; i++) {
                    bounds.add(i < contents.bounds().length ? contents.bounds()[i] / scale : Double.POSITIVE_INFINITY);
                    counts.add(contents.counts()[i]);
                }
            } else {
                bounds.add(Double.POSITIVE_INFINITY);
                counts.add((long) snapshot.size());
            }
            ClassicHistogramBuckets buckets = ClassicHistogramBuckets.of(bounds, counts);
            return HistogramSnapshot.HistogramDataPointSnapshot.builder()
                    .classicHistogramBuckets(buckets)
                    .sum(sum)
                    .labels(labels)
                    .build();
        }
    }

    /** NaN where there is nothing to show: the source is closed, or gives no number. */
    private static double valueOf(Metric metric, String name) {
        if (metric instanceof Counting counting) {
            return counting.getCount();
        }
        if (metric instanceof Gauge<?> gauge) {
            try {
                Object value = gauge.getValue();
                return value instanceof Number number
                        ? number.doubleValue()
                        : value instanceof Boolean flag ? (flag ? 1 : 0) : Double.NaN;
            } catch (RuntimeException e) {
                LOG.debug("metric={} has no value", name, e);
            }
        }
        return Double.NaN;
    }
}
