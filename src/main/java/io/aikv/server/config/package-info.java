/**
 * What an operator sets: the configuration file with its overrides ({@link io.aikv.server.config.Config}), read once at
 * start, and the parameters of CONFIG GET and SET ({@link io.aikv.server.config.Settings}), which change while the
 * server runs.
 *
 * <p>Threading: {@code Config} is immutable; {@code Settings} may be read from any thread and is changed under its own
 * lock. May depend on {@code base}, {@code topology} and Jackson. Lower layers never read either: the composition root
 * passes them records of options.
 */
@NullMarked
package io.aikv.server.config;

import org.jspecify.annotations.NullMarked;
