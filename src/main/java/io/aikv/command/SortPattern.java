package io.aikv.command;

import io.aikv.data.HashField;
import io.aikv.data.HashView;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.Strings;
import io.aikv.data.Type;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of SORT's BY and GET: the first {@code *} stands for an element, and what follows an arrow ({@code ->}) behind it
 * is the field of a hash. {@code #} is the element itself. A zero byte ends what is searched for these signs, as in Redis.
 */
final class SortPattern {
    private final byte[] pattern;
    private final int star;
    private final int arrow;

    SortPattern(byte[] pattern) {
        this.pattern = pattern;
        this.star = starOf(pattern);
        this.arrow = star < 0 ? -1 : arrowOf(pattern, star + 1);
    }

    /** Whether it names something else for each element. */
    static boolean isVariable(byte[] pattern) {
        return starOf(pattern) >= 0;
    }

    /** Whether it is the element itself. */
    static boolean isElement(byte[] pattern) {
        return pattern.length > 0 && pattern[0] == '#' && (pattern.length == 1 || pattern[1] == 0);
    }

    private static int starOf(byte[] pattern) {
        for (int i = 0; i < pattern.length && pattern[i] != 0; i++) {
            if (pattern[i] == '*') {
                return i;
            }
        }
        return -1;
    }

    /** The first arrow, unless nothing follows it. */
    private static int arrowOf(byte[] pattern, int from) {
        for (int i = from; i + 1 < pattern.length && pattern[i] != 0; i++) {
            if (pattern[i] == '-' && pattern[i + 1] == '>') {
                return i + 2 < pattern.length && pattern[i + 2] != 0 ? i : -1;
            }
        }
        return -1;
    }

    /** What it names for an element, or null if there is no such string or field. One or two point reads. */
    byte @Nullable [] value(ReadContext context, byte[] element) {
        if (isElement(pattern)) {
            return element;
        }
        if (star < 0) {
            return null;
        }
        int end = arrow < 0 ? pattern.length : arrow;
        byte[] key = new byte[end - 1 + element.length];
        System.arraycopy(pattern, 0, key, 0, star);
        System.arraycopy(element, 0, key, star, element.length);
        System.arraycopy(pattern, star + 1, key, star + element.length, end - star - 1);
        KeyRecord record = context.find(key);
        if (arrow < 0) {
            return record == null || record.type() != Type.STRING ? null : Strings.value(context, key, record);
        }
        HashView hash = record == null || record.type() != Type.HASH ? null : HashView.find(context, key);
        HashField field = hash == null ? null : hash.field(Arrays.copyOfRange(pattern, arrow + 2, pattern.length));
        return field == null ? null : field.value();
    }
}
