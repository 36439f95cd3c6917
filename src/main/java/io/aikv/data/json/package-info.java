/**
 * JSON documents: their text, their values in memory, JSONPath, and what commands change in them. A document is kept as a
 * string is; {@link io.aikv.data.json.JsonDocument} reads and writes it. Every visit, copy and byte printed is charged to
 * {@link io.aikv.data.json.JsonWork}, so that no document and no path blocks a thread for long. Threading: every object belongs
 * to one thread.
 *
 * @see <a href="https://redis.io/docs/latest/develop/data-types/json/">JSON in Redis</a>
 */
@NullMarked
package io.aikv.data.json;

import org.jspecify.annotations.NullMarked;
