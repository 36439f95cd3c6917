/**
 * What must hold of a whole cluster while its parts fail, as tests over {@link io.aikv.testcluster.TestCluster}. Each is
 * a short story in the harness' verbs; random ones print their seed.
 */
@NullMarked
package io.aikv.testcluster.scenario;

import org.jspecify.annotations.NullMarked;
