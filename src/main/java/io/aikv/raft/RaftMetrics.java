package io.aikv.raft;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one group on this node counts. The counters are always kept; histograms and timers live in the node's registry as
 * {@code raft.<group>.<name>}. Any thread.
 */
final class RaftMetrics {
    /** Entries applied here. */
    final LongAdder entries = new LongAdder();
    /** Commands in them. */
    final LongAdder commands = new LongAdder();
    /** Empty entries this node proposed for reads. */
    final LongAdder barriers = new LongAdder();
    /** Changes of leadership this node heard of. */
    final LongAdder elections = new LongAdder();
    /** Snapshots installed from a leader. */
    final LongAdder installs = new LongAdder();
    /** Proposals refused because a queue was full. */
    final LongAdder overloads = new LongAdder();
    /** Writes answered as indeterminate. */
    final LongAdder indeterminate = new LongAdder();

    /** Nanoseconds from submission to applied, of entries this node proposed. */
    final Timer commit;
    /** Nanoseconds in which an entry was applied. */
    final Timer apply;
    /** Commands per entry that this node proposed. */
    final Histogram batchCommands;
    /** Bytes per entry that this node proposed. */
    final Histogram batchBytes;
    /** Entries applied, as a rate. */
    final Meter rate;

    RaftMetrics(MetricRegistry registry, String group) {
        commit = registry.timer(name(group, "commit"));
        apply = registry.timer(name(group, "apply"));
        batchCommands = registry.histogram(name(group, "batch.commands"));
        batchBytes = registry.histogram(name(group, "batch.bytes"));
        rate = registry.meter(name(group, "entries"));
    }

    void applied(int commandCount, long applyNanos) {
        entries.increment();
        commands.add(commandCount);
        rate.mark();
        apply.update(applyNanos, TimeUnit.NANOSECONDS);
    }

    ReplicaStatus.Counters counters() {
        return new ReplicaStatus.Counters(
                entries.sum(),
                commands.sum(),
                barriers.sum(),
                elections.sum(),
                installs.sum(),
                overloads.sum(),
                indeterminate.sum());
    }

    private static String name(String group, String what) {
        return MetricRegistry.name("raft", group, what);
    }
}
