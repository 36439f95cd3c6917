package io.aikv.testcluster.history;

import java.util.List;

/**
 * One operation on one key, as a test client sends it. Text stands for bytes: tests write ASCII values.
 *
 * @param kind what it does
 * @param argument the value written, or the empty string where the kind takes none
 * @param expected the value compared by {@link Kind#CAS}, else the empty string
 */
public record Operation(Kind kind, String argument, String expected) {

    /** The kinds of operation, each a single Redis command. */
    public enum Kind {
        /** {@code GET key} replies the value or nil. */
        GET,
        /** {@code SET key value} replies {@code OK}. */
        SET,
        /** {@code DEL key} replies {@code 1} or {@code 0}. */
        DEL,
        /** {@code SET key value IFEQ expected} replies {@code OK}, or nil when the value differs or is absent. */
        CAS,
        /** {@code INCR key} replies the new number. */
        INCR,
        /** {@code APPEND key suffix} replies the new length. */
        APPEND,
        /** {@code SETNX key value} replies {@code 1} or {@code 0}. */
        SETNX
    }

    public static Operation get() {
        return new Operation(Kind.GET, "", "");
    }

    public static Operation set(String value) {
        return new Operation(Kind.SET, value, "");
    }

    public static Operation del() {
        return new Operation(Kind.DEL, "", "");
    }

    public static Operation cas(String expected, String value) {
        return new Operation(Kind.CAS, value, expected);
    }

    public static Operation incr() {
        return new Operation(Kind.INCR, "", "");
    }

    public static Operation append(String suffix) {
        return new Operation(Kind.APPEND, suffix, "");
    }

    public static Operation setnx(String value) {
        return new Operation(Kind.SETNX, value, "");
    }

    /** The command line that asks a server for this operation on {@code key}. */
    public List<String> command(String key) {
        return switch (kind) {
            case GET, DEL, INCR -> List.of(kind.name(), key);
            case SET, APPEND, SETNX -> List.of(kind.name(), key, argument);
            case CAS -> List.of("SET", key, argument, "IFEQ", expected);
        };
    }

    /** For people: {@code SET "a"}, {@code CAS "old" "new"}. */
    @Override
    public String toString() {
        return switch (kind) {
            case GET, DEL, INCR -> kind.name();
            case SET, APPEND, SETNX -> kind + " " + HistoryText.quote(argument);
            case CAS -> kind + " " + HistoryText.quote(expected) + " " + HistoryText.quote(argument);
        };
    }
}
