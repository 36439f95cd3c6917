/**
 * Scripts and functions: real Lua 5.1 with the libraries, the sandbox and the errors of Redis, run inside an entry on every
 * replica, or as a long read. See scripts.md.
 *
 * <p>Threading: a Lua state is used by one thread at a time and taken from a pool; catalogs are immutable snapshots. No
 * clock, chance, thread or lock. May depend on {@code command}, {@code data} and {@code resp}.
 */
@NullMarked
package io.aikv.script;

import org.jspecify.annotations.NullMarked;
