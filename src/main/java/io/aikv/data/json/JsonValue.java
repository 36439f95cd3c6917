package io.aikv.data.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A value of a JSON document in memory. Scalars are immutable and may stand at several places; arrays and objects change in
 * place and stand at one only. Made by {@link JsonText}, used within one command.
 */
public sealed interface JsonValue {
    /** {@code null}, {@code true} and {@code false}. */
    enum Literal implements JsonValue {
        NULL,
        TRUE,
        FALSE
    }

    /** A string: valid UTF-16, so it has UTF-8 bytes. */
    record Text(String value) implements JsonValue {}

    /** An integer that fits 64 bits with a sign. */
    record Whole(long value) implements JsonValue {}

    /** An integer above {@link Long#MAX_VALUE} that fits 64 bits without a sign. Counts as a double, prints as an integer. */
    record Unsigned(long bits) implements JsonValue {
        double toDouble() {
            return (bits >>> 1) * 2.0 + (bits & 1);
        }
    }

    /** Any other number; finite. */
    record Real(double value) implements JsonValue {}

    /** An array. */
    final class Array implements JsonValue {
        private final List<JsonValue> items;

        Array() {
            this(new ArrayList<>(0));
        }

        private Array(List<JsonValue> items) {
            this.items = items;
        }

        /** Its elements, to be read and changed. */
        public List<JsonValue> items() {
            return items;
        }
    }

    /** An object. Members keep the order in which they were added; a new value for a name keeps the place of the old one. */
    final class Members implements JsonValue {
        private final Map<String, JsonValue> byName = new LinkedHashMap<>(2);

        /** Its members, to be read and changed. */
        public Map<String, JsonValue> byName() {
            return byName;
        }
    }

    static JsonValue of(boolean value) {
        return value ? Literal.TRUE : Literal.FALSE;
    }

    /** What JSON.TYPE answers. */
    static String typeName(JsonValue value) {
        if (value instanceof Literal literal) {
            return literal == Literal.NULL ? "null" : "boolean";
        } else if (value instanceof Text) {
            return "string";
        } else if (value instanceof Real) {
            return "number";
        } else if (value instanceof Array) {
            return "array";
        }
        return value instanceof Members ? "object" : "integer";
    }

    static boolean isNumber(JsonValue value) {
        return value instanceof Whole || value instanceof Real || value instanceof Unsigned;
    }

    static boolean isContainer(JsonValue value) {
        return value instanceof Array || value instanceof Members;
    }

    /** How many elements or members it has; 0 for a scalar. */
    static int size(JsonValue value) {
        if (value instanceof Array array) {
            return array.items().size();
        }
        return value instanceof Members members ? members.byName().size() : 0;
    }

    /** A number as a double, rounded if it must be; 0 for what is none. */
    static double toDouble(JsonValue value) {
        if (value instanceof Whole whole) {
            return whole.value();
        } else if (value instanceof Unsigned unsigned) {
            return unsigned.toDouble();
        }
        return value instanceof Real real ? real.value() : 0;
    }

    /** The same value with arrays and objects of its own. Cost: its values, charged to {@code work}. */
    static JsonValue copy(JsonValue value, JsonWork work) {
        work.charge(1);
        if (value instanceof Array array) {
            Array copy = new Array(new ArrayList<>(array.items().size()));
            for (JsonValue item : array.items()) {
                copy.items().add(copy(item, work));
            }
            return copy;
        } else if (value instanceof Members members) {
            Members copy = new Members();
            members.byName().forEach((name, member) -> copy.byName().put(name, copy(member, work)));
            return copy;
        }
        return value;
    }

    /** Whether two values are the same as JSON.ARRINDEX sees it: 1 and 1.0 are not, the order of members does not count. */
    static boolean isEqual(JsonValue a, JsonValue b, JsonWork work) {
        work.charge(1);
        if (a instanceof Array left && b instanceof Array right) {
            boolean equal = left.items().size() == right.items().size();
            for (int i = 0; equal && i < left.items().size(); i++) {
                equal = isEqual(left.items().get(i), right.items().get(i), work);
            }
            return equal;
        } else if (a instanceof Members left && b instanceof Members right) {
            if (left.byName().size() != right.byName().size()) {
                return false;
            }
            for (Map.Entry<String, JsonValue> member : left.byName().entrySet()) {
                JsonValue other = right.byName().get(member.getKey());
                if (other == null || !isEqual(member.getValue(), other, work)) {
                    return false;
                }
            }
            return true;
        } else if (a instanceof Real left && b instanceof Real right) {
            return left.value() == right.value();
        }
        return a.equals(b);
    }

    /**
     * Changes {@code target} as RFC 7396 says and returns what stands in its place: members of an object are merged, those
     * that are null in the patch go, and anything but an object replaces the target.
     */
    static JsonValue merge(JsonValue target, JsonValue patch, JsonWork work) {
        if (!(patch instanceof Members changes)) {
            return copy(patch, work);
        }
        work.charge(1);
        Members merged = target instanceof Members members ? members : new Members();
        changes.byName().forEach((name, change) -> {
            if (change == Literal.NULL) {
                merged.byName().remove(name);
            } else {
                JsonValue old = merged.byName().getOrDefault(name, Literal.NULL);
                merged.byName().put(name, merge(old, change, work));
            }
        });
        return merged;
    }
}
