package io.aikv.command;

import io.aikv.base.Errors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The arguments of LMPOP and ZMPOP from numkeys on: {@code numkeys key [key ...] end [COUNT count]}.
 *
 * @param keys one or more
 * @param first whether elements are popped from the left, or the highest ones
 * @param count how many at most; 1 or more
 */
record MultiPop(List<byte[]> keys, boolean first, long count) {
    /**
     * Takes all arguments that are left.
     *
     * @param takeEnd takes the word that says from which end, and answers whether that is the first of the two; throws if it is
     *     neither
     * @throws io.aikv.base.CommandError {@code ERR numkeys should be greater than 0}, {@code ERR count should be greater than 0} or
     *     {@code ERR syntax error}
     */
    static MultiPop take(Args args, Predicate<Args> takeEnd) {
        long keyCount = args.takeLong(1, Long.MAX_VALUE, "ERR numkeys should be greater than 0");
        if (keyCount >= args.remaining()) {
            throw Errors.syntax();
        }
        List<byte[]> keys = new ArrayList<>((int) keyCount);
        for (long i = 0; i < keyCount; i++) {
            keys.add(args.take());
        }
        boolean first = takeEnd.test(args);
        long count = 1;
        if (args.takeIf("COUNT", 1)) {
            count = args.takeLong(1, Long.MAX_VALUE, "ERR count should be greater than 0");
        }
        args.requireEnd();
        return new MultiPop(keys, first, count);
    }
}
