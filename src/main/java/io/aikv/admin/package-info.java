/**
 * The admin command line: asks a node over its client port, as any client would, and prints what an operator reads.
 *
 * <p>Threading: one thread and the event loop of one connection at a time. May depend on {@code resp}, {@code topology}
 * and picocli.
 */
@NullMarked
package io.aikv.admin;

import org.jspecify.annotations.NullMarked;
