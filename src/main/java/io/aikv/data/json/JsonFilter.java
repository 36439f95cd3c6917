package io.aikv.data.json;

import com.google.re2j.Pattern;
import io.aikv.base.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A condition of a path ({@code ?(@.a > 1 && @.b == "x")}). Values of different kinds are neither equal nor in any order;
 * integers and doubles are compared as numbers. Regular expressions are RE2's, which take time linear in the text: no pattern
 * can run away.
 */
sealed interface JsonFilter {
    /** Signs of comparison; one that begins another stands behind it. */
    enum Operator {
        GREATER_OR_EQUAL(">="),
        GREATER(">"),
        LESS_OR_EQUAL("<="),
        LESS("<"),
        EQUAL("=="),
        NOT_EQUAL("!="),
        MATCHES("=~");

        private final String sign;

        Operator(String sign) {
            this.sign = sign;
        }

        String sign() {
            return sign;
        }
    }

    record And(List<JsonFilter> all) implements JsonFilter {}

    record Or(List<JsonFilter> any) implements JsonFilter {}

    record Not(JsonFilter condition) implements JsonFilter {}

    /** Whether a term has a value, whatever it is. */
    record Exists(Term term) implements JsonFilter {}

    /** @param pattern compiled already, where the right side is a constant of {@code =~}; null for a bad pattern too */
    record Comparison(
            Term left,
            Operator operator,
            Term right,
            @Nullable Pattern pattern) implements JsonFilter {}

    /** A side of a comparison. */
    sealed interface Term permits Constant, Query {}

    record Constant(JsonValue value) implements Term {}

    /** A path from the value in question, or from the root; stands for its value if it finds exactly one. */
    record Query(boolean fromRoot, List<JsonStep> steps) implements Term {}

    static JsonFilter comparison(Term left, Operator operator, Term right) {
        boolean compiles = operator == Operator.MATCHES
                && right instanceof Constant constant
                && constant.value() instanceof JsonValue.Text;
        Pattern pattern = compiles ? Patterns.compile(((JsonValue.Text) ((Constant) right).value()).value()) : null;
        return new Comparison(left, operator, right, pattern);
    }

    /** Whether the condition holds for {@code item} of a document. */
    static boolean holds(JsonFilter filter, JsonValue item, JsonValue root, JsonWork work) {
        work.charge(1);
        if (filter instanceof And and) {
            for (JsonFilter part : and.all()) {
                if (!holds(part, item, root, work)) {
                    return false;
                }
            }
            return true;
        } else if (filter instanceof Or or) {
            for (JsonFilter part : or.any()) {
                if (holds(part, item, root, work)) {
                    return true;
                }
            }
            return false;
        } else if (filter instanceof Not not) {
            return !holds(not.condition(), item, root, work);
        } else if (filter instanceof Exists exists) {
            return valueOf(exists.term(), item, root, work) != null;
        }
        return compares((Comparison) filter, item, root, work);
    }

    private static boolean compares(Comparison comparison, JsonValue item, JsonValue root, JsonWork work) {
        JsonValue left = valueOf(comparison.left(), item, root, work);
        JsonValue right = valueOf(comparison.right(), item, root, work);
        return switch (comparison.operator()) {
            case EQUAL -> isEqual(left, right, work);
            case NOT_EQUAL -> !isEqual(left, right, work);
            case GREATER -> order(left, right) == Order.GREATER;
            case LESS -> order(left, right) == Order.LESS;
            case GREATER_OR_EQUAL -> order(left, right) == Order.GREATER || order(left, right) == Order.EQUAL;
            case LESS_OR_EQUAL -> order(left, right) == Order.LESS || order(left, right) == Order.EQUAL;
            case MATCHES -> Patterns.matches(comparison, left, right, work);
        };
    }

    private static @Nullable JsonValue valueOf(Term term, JsonValue item, JsonValue root, JsonWork work) {
        if (term instanceof Constant constant) {
            return constant.value();
        }
        Query query = (Query) term;
        JsonValue start = query.fromRoot() ? root : item;
        if (query.steps().isEmpty()) {
            return start;
        }
        List<JsonPlace> found = JsonQuery.places(query.steps(), start, work);
        return found.size() == 1 ? found.get(0).value() : null;
    }

    // ---- comparing ----

    /** How two values stand to each other. */
    enum Order {
        LESS,
        EQUAL,
        GREATER,
        NONE;

        static Order of(int comparison) {
            return comparison < 0 ? LESS : comparison > 0 ? GREATER : EQUAL;
        }
    }

    private static boolean isEqual(@Nullable JsonValue left, @Nullable JsonValue right, JsonWork work) {
        if (left != null && right != null && JsonValue.isContainer(left) && JsonValue.isContainer(right)) {
            return JsonValue.isEqual(left, right, work);
        }
        return order(left, right) == Order.EQUAL;
    }

    private static Order order(@Nullable JsonValue left, @Nullable JsonValue right) {
        if (left instanceof JsonValue.Whole a && right instanceof JsonValue.Whole b) {
            return Order.of(Long.compare(a.value(), b.value()));
        } else if (left instanceof JsonValue.Text a && right instanceof JsonValue.Text b) {
            return Order.of(Bytes.compare(Bytes.utf8(a.value()), Bytes.utf8(b.value())));
        } else if (left == null || right == null) {
            return Order.NONE;
        } else if (JsonValue.isNumber(left) && JsonValue.isNumber(right)) {
            double a = JsonValue.toDouble(left);
            double b = JsonValue.toDouble(right);
            return a > b ? Order.GREATER : a < b ? Order.LESS : Order.EQUAL;
        } else if (left instanceof JsonValue.Literal a && right instanceof JsonValue.Literal b) {
            boolean oneIsNull = a == JsonValue.Literal.NULL || b == JsonValue.Literal.NULL;
            // The constants TRUE and FALSE stand in this order, false is the lesser.
            return oneIsNull && a != b ? Order.NONE : Order.of(b.compareTo(a));
        }
        return Order.NONE;
    }

    /** Regular expressions: what RE2 makes of them, and what they cost. */
    final class Patterns {
        private static final int LENGTH_MAX = 1_000;
        private static final int SIZE_MAX = 20_000;

        private Patterns() {}

        /** The compiled pattern, or null for one that is malformed or too large: it matches nothing. */
        static @Nullable Pattern compile(String pattern) {
            if (pattern.length() > LENGTH_MAX || size(pattern) > SIZE_MAX) {
                return null;
            }
            try {
                return Pattern.compile(pattern);
            } catch (RuntimeException e) {
                // PatternSyntaxException, and whatever else the compiler may stumble over: a client chose the pattern.
                return null;
            }
        }

        /** At least how many states a pattern has: counted repetitions are written out, nested ones multiply. */
        private static long size(String pattern) {
            long size = pattern.length();
            List<Long> counts = new ArrayList<>();
            for (int i = 0; i < pattern.length(); i++) {
                if (pattern.charAt(i) == '{') {
                    long count = 0;
                    long largest = 0;
                    for (i++; i < pattern.length() && pattern.charAt(i) != '}'; i++) {
                        char c = pattern.charAt(i);
                        count = c >= '0' && c <= '9' && count < SIZE_MAX ? count * 10 + c - '0' : 0;
                        largest = Math.max(largest, count);
                    }
                    counts.add(Math.max(largest, 1));
                }
            }
            for (long count : counts) {
                size = Math.min(size * count, SIZE_MAX + 1L);
            }
            return size;
        }

        static boolean matches(
                Comparison comparison, @Nullable JsonValue left, @Nullable JsonValue right, JsonWork work) {
            if (!(left instanceof JsonValue.Text text) || !(right instanceof JsonValue.Text source)) {
                return false;
            }
            if (comparison.left() instanceof Constant) {
                return false;
            }
            Pattern pattern = comparison.pattern();
            if (comparison.right() instanceof Query) {
                work.charge(source.value().length());
                pattern = compile(source.value());
            }
            if (pattern == null) {
                return false;
            }
            long states = 1 + size(source.value()) / 16;
            work.charge(states + text.value().length() * states / 4);
            return pattern.matcher(text.value()).find();
        }
    }
}
