/**
 * Clients of other people at work while a cluster fails: what each has been told, and whether the cluster still has it.
 * Programs in other languages (in {@code test-cluster/clients}) and clients for Java do the same work and report it in
 * the same lines.
 */
@NullMarked
package io.aikv.testcluster.clients;

import org.jspecify.annotations.NullMarked;
