package io.aikv.command;

import java.util.Set;
import java.util.TreeSet;

/**
 * Where a command's keys stand among its arguments: the only thing that finds keys. Routing, ACL, COMMAND GETKEYS, WATCH
 * and tracking all use it.
 *
 * @see <a href="https://redis.io/docs/latest/develop/reference/key-specs/">Redis key specifications</a>
 */
public sealed interface KeySpec {
    /** What the command does with the key: the flags of Redis' key specifications. */
    enum Access {
        RO,
        RW,
        OW,
        RM,
        ACCESS,
        UPDATE,
        INSERT,
        DELETE,
        NOT_KEY,
        INCOMPLETE,
        VARIABLE_FLAGS
    }

    /** Receives the position of each key in argv. */
    @FunctionalInterface
    interface Visitor {
        void key(int index);
    }

    Set<Access> access();

    /** The rule of positions that clients are told. */
    default KeySpec shown() {
        return this;
    }

    /** Visits the index of each key in {@code argv} (argv[0] is the command). Positions beyond the end are not visited. */
    void forEach(byte[][] argv, Visitor visitor);

    /**
     * Keys at fixed positions.
     *
     * @param first index of the first key
     * @param last index of the last key; negative counts from the end (-1 is the last argument)
     * @param step distance between keys
     * @param limit if {@code last} is -1: 0 or 1 no limit, 2 half of the remaining arguments, ...
     */
    record Range(int first, int last, int step, int limit, Set<Access> access) implements KeySpec {
        @Override
        public void forEach(byte[][] argv, Visitor visitor) {
            int end = last >= 0 ? last : argv.length + last;
            if (last == -1 && limit > 1) {
                end = first + (argv.length - first) / limit - 1;
            }
            for (int i = first; i <= end && i < argv.length; i += step) {
                visitor.key(i);
            }
        }
    }

    /** A count of keys stands at {@code countIndex}, the keys from {@code first} on. */
    record Counted(int countIndex, int first, int step, Set<Access> access) implements KeySpec {
        @Override
        public void forEach(byte[][] argv, Visitor visitor) {
            if (countIndex >= argv.length) {
                return;
            }
            long count = positiveOrZero(argv[countIndex]);
            for (long n = 0, i = first; n < count && i < argv.length; n++, i += step) {
                visitor.key((int) i);
            }
        }
    }

    /** After a keyword (searched from {@code from}), keys as in {@link Range} relative to it: {@code XREAD STREAMS}. */
    record After(String keyword, int from, int last, int step, int limit, Set<Access> access) implements KeySpec {
        @Override
        public void forEach(byte[][] argv, Visitor visitor) {
            int at = indexOf(argv);
            if (at > 0 && at + 1 < argv.length) {
                int first = at + 1;
                new Range(first, last >= 0 ? first + last : last, step, limit, access).forEach(argv, visitor);
            }
        }

        private int indexOf(byte[][] argv) {
            if (from < 0) {
                for (int i = argv.length + from; i > 0; i--) {
                    if (io.aikv.base.Bytes.equalsIgnoreCase(argv[i], keyword)) {
                        return i;
                    }
                }
                return -1;
            }
            for (int i = from; i < argv.length; i++) {
                if (io.aikv.base.Bytes.equalsIgnoreCase(argv[i], keyword)) {
                    return i;
                }
            }
            return -1;
        }
    }

    /** Finds keys by the command's own grammar. */
    @FunctionalInterface
    interface Finder {
        /** Visits the index of each key in {@code argv}. */
        void find(byte[][] argv, Visitor visitor);
    }

    /**
     * Keys that a rule of positions describes only nearly: clients are told the rule, and the finder knows better.
     *
     * @param shown what clients are told
     */
    record Nearly(KeySpec shown, Finder finder) implements KeySpec {
        /** Without {@link Access#INCOMPLETE}, which the rule may be, but not the finder. */
        @Override
        public Set<Access> access() {
            Set<Access> access = new TreeSet<>(shown.access());
            access.remove(Access.INCOMPLETE);
            return access;
        }

        @Override
        public void forEach(byte[][] argv, Visitor visitor) {
            finder.find(argv, visitor);
        }
    }

    /** Keys that no rule of positions describes; clients are told {@code unknown}. */
    record Unknown(Finder finder, Set<Access> access) implements KeySpec {
        @Override
        public void forEach(byte[][] argv, Visitor visitor) {
            finder.find(argv, visitor);
        }
    }

    // ---- how tables write them ----

    static KeySpec key(int index, Access... access) {
        return new Range(index, index, 1, 0, set(access));
    }

    static KeySpec keys(int first, int last, Access... access) {
        return new Range(first, last, 1, 0, set(access));
    }

    static KeySpec keys(int first, int last, int step, Access... access) {
        return new Range(first, last, step, 0, set(access));
    }

    static KeySpec counted(int countIndex, Access... access) {
        return new Counted(countIndex, countIndex + 1, 1, set(access));
    }

    static KeySpec counted(int countIndex, int first, int step, Access... access) {
        return new Counted(countIndex, first, step, set(access));
    }

    static KeySpec after(String keyword, int from, int last, int step, int limit, Access... access) {
        return new After(keyword, from, last, step, limit, set(access));
    }

    static KeySpec nearly(KeySpec shown, Finder finder) {
        return new Nearly(shown, finder);
    }

    static KeySpec unknown(Finder finder, Access... access) {
        return new Unknown(finder, set(access));
    }

    private static Set<Access> set(Access... access) {
        return new TreeSet<>(Set.of(access));
    }

    private static long positiveOrZero(byte[] digits) {
        if (digits.length == 0 || digits.length > 9) {
            return 0;
        }
        long value = 0;
        for (byte digit : digits) {
            if (digit < '0' || digit > '9') {
                return 0;
            }
            value = value * 10 + digit - '0';
        }
        return value;
    }
}
