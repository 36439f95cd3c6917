package io.aikv.testcluster;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Ends the clusters of a test: after a test that passed it compares the replicas of every group first; after one that
 * failed it prints the state and the logs of all nodes and keeps their directories.
 *
 * <pre>{@code
 * @RegisterExtension
 * final ClusterExtension clusters = new ClusterExtension();
 *
 * @Test
 * void aTest() {
 *     TestCluster cluster = clusters.start(TestCluster.builder().nodes(3));
 * }
 * }</pre>
 */
public final class ClusterExtension implements AfterEachCallback {

    private final List<TestCluster> clusters = new ArrayList<>();

    /** Starts a cluster that lives until the end of the test. */
    public TestCluster start(TestClusterBuilder builder) {
        TestCluster cluster = builder.start();
        clusters.add(cluster);
        return cluster;
    }

    /** The seed of this run: that of {@code -Daikv.seed}, or a new one; printed, so that a failure can be repeated. */
    public static long seed() {
        long seed = Long.getLong("aikv.seed", System.nanoTime() & 0xffffff);
        System.out.println("seed " + seed + "; repeat with -Daikv.seed=" + seed);
        return seed;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        boolean failed = context.getExecutionException().isPresent();
        try {
            for (TestCluster cluster : clusters) {
                if (failed) {
                    explain(context, cluster);
                } else {
                    compare(context, cluster);
                }
            }
        } finally {
            clusters.forEach(TestCluster::close);
            clusters.clear();
        }
    }

    private static void compare(ExtensionContext context, TestCluster cluster) {
        try {
            cluster.awaitEqualDigests();
        } catch (AssertionError e) {
            explain(context, cluster);
            throw e;
        }
    }

    private static void explain(ExtensionContext context, TestCluster cluster) {
        cluster.keepDirectory();
        System.out.println(context.getDisplayName() + " failed; everything is kept in " + cluster.directory()
                + cluster.describe() + "\n" + cluster.logs());
    }
}
