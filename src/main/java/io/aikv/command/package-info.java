/**
 * Commands: one row in a family's table plus one static method each, and what dispatch, routing and COMMAND need to know
 * about them.
 *
 * <p>Threading: the table is immutable once built; handlers are stateless. No clock, randomness, thread or lock. May
 * depend on {@code data} and {@code resp}.
 */
@NullMarked
package io.aikv.command;

import org.jspecify.annotations.NullMarked;
