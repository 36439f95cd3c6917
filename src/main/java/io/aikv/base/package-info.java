/**
 * Bytes, slots, numbers, patterns, clocks and errors: the vocabulary of every other package.
 *
 * <p>Threading: everything here is immutable or stateless. Depends on the JDK only.
 */
@NullMarked
package io.aikv.base;

import org.jspecify.annotations.NullMarked;
