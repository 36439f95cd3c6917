/**
 * What clients did and saw, and the proof that one sequential order explains it: a recorder of operations, a
 * linearizability checker, models of Redis' string commands, and seeded workloads.
 *
 * <p>Threading: {@link io.aikv.testcluster.history.History} may be called by any thread; everything else is immutable or
 * confined to one thread. Depends on the JDK only, so that an outsider can use it without the rest of the harness.
 */
@NullMarked
package io.aikv.testcluster.history;

import org.jspecify.annotations.NullMarked;
