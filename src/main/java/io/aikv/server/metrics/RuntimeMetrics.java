package io.aikv.server.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.lang.management.OperatingSystemMXBean;
import java.util.function.Supplier;

/** Figures of the Java VM and the process, from the VM's own beans. Stateless. */
final class RuntimeMetrics {
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final double NANOS_PER_SECOND = 1e9;

    private RuntimeMetrics() {}

    static void watch(NodeMetrics metrics) {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        watchMemory(metrics, "heap", memory::getHeapMemoryUsage);
        watchMemory(metrics, "nonheap", memory::getNonHeapMemoryUsage);
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            metrics.watch(NodeMetric.JVM_BUFFERS, pool::getMemoryUsed, pool.getName());
        }
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            metrics.watch(NodeMetric.JVM_GC_COUNT, collector::getCollectionCount, collector.getName());
            metrics.watch(
                    NodeMetric.JVM_GC_TIME,
                    () -> collector.getCollectionTime() / MILLIS_PER_SECOND,
                    collector.getName());
        }
        metrics.watch(NodeMetric.JVM_THREADS, ManagementFactory.getThreadMXBean()::getThreadCount);
        metrics.watch(
                NodeMetric.PROCESS_UPTIME,
                () -> ManagementFactory.getRuntimeMXBean().getUptime() / MILLIS_PER_SECOND);
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        if (system instanceof UnixOperatingSystemMXBean unix) {
            metrics.watch(NodeMetric.PROCESS_CPU, () -> unix.getProcessCpuTime() / NANOS_PER_SECOND);
            metrics.watch(NodeMetric.PROCESS_FILES, unix::getOpenFileDescriptorCount);
            metrics.watch(NodeMetric.PROCESS_FILES_MAX, unix::getMaxFileDescriptorCount);
        }
    }

    private static void watchMemory(NodeMetrics metrics, String area, Supplier<MemoryUsage> usage) {
        metrics.watch(usage, area)
                .show(NodeMetric.JVM_MEMORY, MemoryUsage::getUsed)
                .show(NodeMetric.JVM_MEMORY_MAX, MemoryUsage::getMax);
    }
}
