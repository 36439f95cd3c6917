package io.aikv.command;

import io.aikv.base.Errors;
import io.aikv.base.Glob;
import io.aikv.data.Type;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The options of SCAN, HSCAN, SSCAN and ZSCAN.
 *
 * @param count how many elements a step is to look at, 1 to {@value #COUNT_MAX}
 * @param pattern null: all
 * @param typed whether {@code type} counts
 * @param type null for one that no value has
 * @param values false: HSCAN is to leave them out
 */
record ScanOptions(
        long count,
        byte @Nullable [] pattern,
        boolean typed,
        @Nullable Type type,
        boolean values) {
    private static final int COUNT = 10;

    /** A step looks at no more, whatever is asked for: no promise of SCAN is broken, and no step takes all memory. */
    private static final int COUNT_MAX = 1 << 16;

    /** Which options there are besides COUNT and MATCH. */
    enum Extra {
        NONE,
        TYPE,
        NOVALUES
    }

    /** @throws io.aikv.base.CommandError {@code ERR syntax error}; {@code ERR value is not an integer or out of range} */
    static ScanOptions take(Args args, Extra extra) {
        long count = COUNT;
        byte[] pattern = null;
        boolean typed = false;
        Type type = null;
        boolean values = true;
        while (args.hasNext()) {
            if (args.takeIf("COUNT", 1)) {
                count = args.takeLong();
                if (count < 1) {
                    throw Errors.syntax();
                }
            } else if (args.takeIf("MATCH", 1)) {
                pattern = args.take();
            } else if (extra == Extra.TYPE && args.takeIf("TYPE", 1)) {
                typed = true;
                type = Type.named(args.take());
            } else if (extra == Extra.NOVALUES && args.takeIf("NOVALUES")) {
                values = false;
            } else {
                throw Errors.syntax();
            }
        }
        boolean all = pattern == null || (pattern.length == 1 && pattern[0] == '*');
        return new ScanOptions(Math.min(count, COUNT_MAX), all ? null : pattern, typed, type, values);
    }

    /** Whether a name or member fits the pattern. */
    Predicate<byte[]> filter() {
        byte[] wanted = pattern;
        return wanted == null ? name -> true : name -> Glob.matches(wanted, name);
    }
}
