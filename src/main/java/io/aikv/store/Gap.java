package io.aikv.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Two neighbouring rows of one tag of a collection: between them there is no other. Arrays are not copied.
 *
 * @param row the key of the first one; where nothing is before the second, the prefix of the tag's rows
 * @param value of the first row; null if there is none
 * @param next the key of the second one; null if no row of the tag follows
 */
public record Gap(byte[] row, byte @Nullable [] value, byte @Nullable [] next) {
    /** Whether a position behind the first row is not behind the second. */
    boolean reaches(byte[] position) {
        return next == null || Arrays.compareUnsigned(position, next) <= 0;
    }
}
