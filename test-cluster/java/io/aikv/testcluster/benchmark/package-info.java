/**
 * What {@code test-cluster/benchmark} runs: throughput and latency by redis-benchmark beside a real Redis, failover and
 * transfer times, and what an idle node costs.
 *
 * <p>Threading: one thread, and one more for the writer that watches a failover. Depends on the harness, picocli and
 * Jackson, and on {@code redis-benchmark} and {@code redis-server} being installed.
 */
@NullMarked
package io.aikv.testcluster.benchmark;

import org.jspecify.annotations.NullMarked;
