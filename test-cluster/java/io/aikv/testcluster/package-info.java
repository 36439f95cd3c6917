/**
 * The cluster harness: real nodes on this machine, in this JVM or each in its own, with the verbs that break and mend
 * them, a client that follows redirects, and a load whose history is proved linearizable. A product: other projects use
 * it in their tests through the attached test jar (see {@code test-cluster/README.md}).
 *
 * <p>Threading: {@link io.aikv.testcluster.TestCluster} and its verbs belong to the thread of the test;
 * {@link io.aikv.testcluster.TestClient} to one thread each; {@link io.aikv.testcluster.Load} has threads of its own.
 * Depends on every package of the server, on Netty and, in {@link io.aikv.testcluster.ClusterExtension} only, on JUnit.
 */
@NullMarked
package io.aikv.testcluster;

import org.jspecify.annotations.NullMarked;
