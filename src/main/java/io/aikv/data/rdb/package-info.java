/**
 * Redis' serialized form of a value, as DUMP and RESTORE exchange it: the footer with version and checksum, strings with their
 * encodings, and the compact encodings (listpack, ziplist, zipmap, intset) that values are packed in.
 *
 * <p>Works on byte arrays alone: no store, no commands. Whatever comes from outside is checked before memory is taken for it,
 * and the only exception that reading throws is {@link io.aikv.base.CommandError}. Threading: every object belongs to one
 * thread. May depend on {@code base} only.
 *
 * @see <a href="https://rdb.fnordig.de/file_format.html">RDB file format</a>
 */
@NullMarked
package io.aikv.data.rdb;

import org.jspecify.annotations.NullMarked;
