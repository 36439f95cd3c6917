package io.aikv.testcluster.history;

import io.aikv.testcluster.history.Operation.Kind;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Models of Redis' string commands on one key. Each knows a subset of the kinds of operation and throws
 * {@code IllegalArgumentException} on others, so that a test checks what it believes to check. Keys start absent.
 */
public final class Models {

    private Models() {}

    /** The state of a string key: its text, or null while it is absent. */
    public record Value(@Nullable String text) {

        static final Value ABSENT = new Value(null);
    }

    /** A register: GET, SET, DEL, and CAS ({@code SET ... IFEQ}). */
    public static Model<Value> register() {
        return new StringModel(EnumSet.of(Kind.GET, Kind.SET, Kind.DEL, Kind.CAS));
    }

    /** A counter: INCR and GET. */
    public static Model<Value> counter() {
        return new StringModel(EnumSet.of(Kind.GET, Kind.INCR));
    }

    /** A string that only grows, a list of unique suffixes: APPEND and GET. Finds a lost, doubled or reordered write. */
    public static Model<Value> appendOnly() {
        return new AppendOnlyModel();
    }

    /** Set if absent, the lock idiom: SETNX, GET and DEL. */
    public static Model<Value> setIfAbsent() {
        return new StringModel(EnumSet.of(Kind.GET, Kind.SETNX, Kind.DEL));
    }

    /** Every kind of operation on the same key, with Redis' errors for INCR of something that is no number. */
    public static Model<Value> string() {
        return new StringModel(EnumSet.allOf(Kind.class));
    }

    /** Redis' semantics of the string commands. */
    private static class StringModel implements Model<Value> {

        private static final String NOT_AN_INTEGER = "ERR value is not an integer or out of range";
        private static final String OVERFLOW = "ERR increment or decrement would overflow";

        /** Kinds whose next value is their argument, or that leave or remove the value. */
        private static final Set<Kind> REPLACING = EnumSet.of(Kind.GET, Kind.SET, Kind.DEL, Kind.CAS, Kind.SETNX);

        private final Set<Kind> kinds;

        StringModel(Set<Kind> kinds) {
            this.kinds = kinds;
        }

        @Override
        public Value initial() {
            return Value.ABSENT;
        }

        @Override
        public @Nullable Value apply(Value state, Operation operation, Result result) {
            if (!kinds.contains(operation.kind())) {
                throw new IllegalArgumentException(operation + " is not of this model: " + kinds);
            }
            String text = state.text();
            boolean present = text != null;
            return switch (operation.kind()) {
                case GET -> result.permits(text) ? state : null;
                case SET -> result.permits("OK") ? new Value(operation.argument()) : null;
                case DEL -> result.permits(present ? "1" : "0") ? Value.ABSENT : null;
                case CAS -> {
                    boolean equal = operation.expected().equals(text);
                    Value next = equal ? new Value(operation.argument()) : state;
                    yield result.permits(equal ? "OK" : null) ? next : null;
                }
                case INCR -> incremented(state, result);
                case APPEND -> {
                    String longer = (present ? text : "") + operation.argument();
                    yield result.permits(String.valueOf(longer.length())) ? new Value(longer) : null;
                }
                case SETNX -> {
                    Value next = present ? state : new Value(operation.argument());
                    yield result.permits(present ? "0" : "1") ? next : null;
                }
            };
        }

        private static @Nullable Value incremented(Value state, Result result) {
            String text = state.text();
            long number;
            try {
                number = text == null ? 0 : Long.parseLong(text);
            } catch (NumberFormatException e) {
                return result.permits(NOT_AN_INTEGER) ? state : null;
            }
            if (text != null && !Long.toString(number).equals(text)) {
                return result.permits(NOT_AN_INTEGER) ? state : null;
            }
            if (number == Long.MAX_VALUE) {
                return result.permits(OVERFLOW) ? state : null;
            }
            String next = Long.toString(number + 1);
            return result.permits(next) ? new Value(next) : null;
        }

        @Override
        public boolean isReadOnly(Operation operation, Result result) {
            return switch (operation.kind()) {
                case GET -> true;
                case SET, APPEND -> false;
                case CAS -> result.is(null);
                case DEL, SETNX -> result.is("0");
                case INCR -> result.is(NOT_AN_INTEGER) || result.is(OVERFLOW);
            };
        }

        @Override
        public Model<Value> focusedOn(List<Entry> entries) {
            return entries.stream()
                            .allMatch(entry ->
                                    REPLACING.contains(entry.operation().kind()))
                    ? new FocusedStringModel(kinds, entries)
                    : this;
        }

        @Override
        public String describe(Value state) {
            return state.text() == null ? "absent" : HistoryText.quote(state.text());
        }
    }

    /**
     * The same for one history without APPEND and INCR: values that no read returned and no CAS expects cannot be told
     * apart by anybody, so they are one, and the many writes of unknown fate that nobody saw become equal.
     */
    private static final class FocusedStringModel extends StringModel {

        private static final String UNSEEN = "\uffff";

        private final Set<String> seen = new HashSet<>();

        FocusedStringModel(Set<Kind> kinds, List<Entry> entries) {
            super(kinds);
            for (Entry entry : entries) {
                String text = entry.result().text();
                if (entry.operation().kind() == Kind.GET && text != null) {
                    seen.add(text);
                } else if (entry.operation().kind() == Kind.CAS) {
                    seen.add(entry.operation().expected());
                }
            }
        }

        @Override
        public @Nullable Value apply(Value state, Operation operation, Result result) {
            return super.apply(state, canonical(operation), result);
        }

        @Override
        public Operation canonical(Operation operation) {
            return seen.contains(operation.argument())
                    ? operation
                    : new Operation(operation.kind(), UNSEEN, operation.expected());
        }

        @Override
        public Model<Value> focusedOn(List<Entry> entries) {
            return this;
        }
    }

    /** A string that only grows. */
    private static final class AppendOnlyModel extends StringModel {

        AppendOnlyModel() {
            super(EnumSet.of(Kind.GET, Kind.APPEND));
        }

        @Override
        public Model<Value> focusedOn(List<Entry> entries) {
            String longest = "";
            for (Entry entry : entries) {
                String text = entry.result().text();
                if (entry.operation().kind() == Kind.GET && text != null && text.length() > longest.length()) {
                    longest = text;
                }
            }
            return new FocusedAppendOnlyModel(longest);
        }
    }

    /**
     * The same for one history. The value must at one time be the longest that was read, so until then it is a prefix of
     * that, which decides the order of the suffixes; from then on nobody reads it and only its length matters. Without
     * that, many appends of unknown fate between two reads would have to be tried in every order.
     */
    private static final class FocusedAppendOnlyModel extends StringModel {

        private final String longestRead;

        FocusedAppendOnlyModel(String longestRead) {
            super(EnumSet.of(Kind.GET, Kind.APPEND));
            this.longestRead = longestRead;
        }

        @Override
        public @Nullable Value apply(Value state, Operation operation, Result result) {
            Value next = super.apply(state, operation, result);
            if (next == null || next.text() == null) {
                return next;
            }
            int before = state.text() == null ? 0 : state.text().length();
            int after = next.text().length();
            if (before >= longestRead.length()) {
                return after == before ? next : new Value(longestRead + "*".repeat(after - longestRead.length()));
            }
            return longestRead.startsWith(next.text()) ? next : null;
        }

        @Override
        public Operation canonical(Operation operation) {
            String suffix = operation.argument();
            return longestRead.contains(suffix) ? operation : Operation.append("*".repeat(suffix.length()));
        }

        @Override
        public Model<Value> focusedOn(List<Entry> entries) {
            return this;
        }
    }
}
