/**
 * Pure values about the cluster: the map, layouts, and the texts Redis clients parse.
 *
 * <p>Threading: everything is immutable. Depends on {@code base} and Jackson.
 */
@NullMarked
package io.aikv.topology;

import org.jspecify.annotations.NullMarked;
