/** Tests of the store over a real RocksDB in a temporary directory. */
@NullMarked
package io.aikv.store;

import org.jspecify.annotations.NullMarked;
