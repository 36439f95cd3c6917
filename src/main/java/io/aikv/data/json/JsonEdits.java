package io.aikv.data.json;

import io.aikv.base.CommandError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Changes of a document in memory, at the places a path leads to. */
public final class JsonEdits {
    /** When JSON.SET may write. */
    public enum Condition {
        ALWAYS,
        IF_ABSENT,
        IF_PRESENT
    }

    /**
     * What a path means for a write: values to be replaced, or a member to be added.
     *
     * @param replaced places whose values are replaced
     * @param parents places of objects that get the member; empty if {@code replaced} is not
     * @param name of that member
     */
    public record Plan(List<JsonPlace> replaced, List<JsonPlace> parents, String name) {
        private static final Plan NOTHING = new Plan(List.of(), List.of(), "");

        /** Whether nothing is to be written. */
        public boolean isEmpty() {
            return replaced.isEmpty() && parents.isEmpty();
        }
    }

    private JsonEdits() {}

    // ---- setting and merging ----

    /**
     * Decides what is written where.
     *
     * @throws CommandError {@code Err wrong static path}, {@code Err path must end with object key to set} for what cannot be
     *     created, {@code ERR array index out of range}, and what is wrong with the path
     */
    public static Plan plan(JsonDocument document, JsonPath path, Condition condition) {
        if (condition != Condition.IF_ABSENT) {
            List<JsonPlace> places = document.places(path);
            if (!places.isEmpty()) {
                return new Plan(places, List.of(), "");
            }
        }
        return condition == Condition.IF_PRESENT ? Plan.NOTHING : planAddition(document, path);
    }

    private static Plan planAddition(JsonDocument document, JsonPath path) {
        List<JsonStep> steps = path.steps();
        if (!steps.stream().allMatch(JsonStep::isStatic)) {
            throw new CommandError("Err wrong static path");
        }
        if (steps.isEmpty()) {
            throw new CommandError("Err path must end with object key to set");
        }
        JsonStep last = steps.get(steps.size() - 1);
        if (last instanceof JsonStep.Names names) {
            List<JsonPlace> parents =
                    JsonQuery.places(steps.subList(0, steps.size() - 1), document.root(), document.work());
            return new Plan(List.of(), parents, names.names().get(0));
        }
        if (document.places(path).isEmpty()) {
            throw new CommandError("ERR array index out of range");
        }
        return Plan.NOTHING;
    }

    /** Carries out a plan of JSON.SET. Returns whether anything was changed: a member is only added where there is none. */
    public static boolean set(JsonDocument document, Plan plan, JsonValue value) {
        boolean changed = false;
        boolean isOnce = plan.replaced().size() == 1;
        for (JsonPlace place : plan.replaced()) {
            // A place may be within what was put at an earlier one, so none of several gets the value itself.
            changed |= document.replace(place, isOnce ? value : JsonValue.copy(value, document.work()));
        }
        return changed | add(document, plan, value);
    }

    /** Carries out a plan of JSON.MERGE. Returns whether anything was written. */
    public static boolean merge(JsonDocument document, Plan plan, JsonValue patch) {
        boolean changed = false;
        for (JsonPlace place : plan.replaced()) {
            JsonValue current = place.resolve(document.root());
            if (current != null) {
                changed |= document.replace(place, JsonValue.merge(current, patch, document.work()));
            }
        }
        return changed | add(document, plan, patch);
    }

    private static boolean add(JsonDocument document, Plan plan, JsonValue value) {
        boolean changed = false;
        for (JsonPlace parent : plan.parents()) {
            JsonValue container = parent.resolve(document.root());
            if (container instanceof JsonValue.Members members
                    && !members.byName().containsKey(plan.name())) {
                members.byName().put(plan.name(), changed ? JsonValue.copy(value, document.work()) : value);
                changed = true;
            }
        }
        return changed;
    }

    // ---- deleting ----

    /** Removes the values at these places; one within another counts with it. Returns how many were removed. */
    public static long delete(List<JsonPlace> places) {
        IdentityHashMap<JsonValue, Set<Object>> byContainer = new IdentityHashMap<>();
        for (JsonPlace place : places) {
            JsonPlace parent = place.parent();
            if (parent != null) {
                byContainer
                        .computeIfAbsent(parent.value(), container -> new HashSet<>())
                        .add(place.step());
            }
        }
        IdentityHashMap<JsonValue, Set<Object>> outermost = new IdentityHashMap<>();
        long count = 0;
        for (JsonPlace place : places) {
            JsonPlace parent = place.parent();
            if (parent != null && !isWithin(parent, byContainer)) {
                boolean isNew = outermost
                        .computeIfAbsent(parent.value(), container -> new HashSet<>())
                        .add(place.step());
                count += isNew ? 1 : 0;
            }
        }
        outermost.forEach(JsonEdits::remove);
        return count;
    }

    private static boolean isWithin(JsonPlace place, IdentityHashMap<JsonValue, Set<Object>> selected) {
        JsonPlace inner = place;
        for (JsonPlace outer = inner.parent(); outer != null; outer = outer.parent()) {
            Set<Object> steps = selected.get(outer.value());
            if (steps != null && steps.contains(inner.step())) {
                return true;
            }
            inner = outer;
        }
        return false;
    }

    private static void remove(JsonValue container, Set<Object> steps) {
        if (container instanceof JsonValue.Members members) {
            members.byName().keySet().removeAll(steps);
        } else if (container instanceof JsonValue.Array array) {
            List<JsonValue> kept = new ArrayList<>(array.items().size() - steps.size());
            for (int i = 0; i < array.items().size(); i++) {
                if (!steps.contains(i)) {
                    kept.add(array.items().get(i));
                }
            }
            array.items().clear();
            array.items().addAll(kept);
        }
    }

    // ---- scalars ----

    /**
     * Adds to, or multiplies, the number at a place.
     *
     * @param operand JSON text of a number
     * @return the new number
     * @throws CommandError {@code bad input number}, {@code ERR numeric overflow}, {@code result is not a number}, or that
     *     {@code operand} is no JSON
     */
    public static JsonValue calculate(JsonDocument document, JsonPlace place, byte[] operand, boolean multiply) {
        JsonValue right = JsonText.parse(operand, document.work());
        if (!JsonValue.isNumber(right)) {
            throw new CommandError("bad input number");
        }
        JsonValue left = place.resolve(document.root());
        if (left == null) {
            throw new CommandError("ERR Path does not exist");
        }
        JsonValue result = multiply ? JsonNumbers.multiply(left, right) : JsonNumbers.add(left, right);
        document.replace(place, result);
        return result;
    }

    /**
     * Empties the container, or sets the number to 0, that stands at a place now. Returns whether there was one; what went with
     * a container around it is there no more.
     */
    public static boolean clear(JsonDocument document, JsonPlace place) {
        JsonValue value = place.resolve(document.root());
        if (value instanceof JsonValue.Array array) {
            array.items().clear();
            return true;
        } else if (value instanceof JsonValue.Members members) {
            members.byName().clear();
            return true;
        }
        return value != null && JsonValue.isNumber(value) && document.replace(place, new JsonValue.Whole(0));
    }

    /** Whether JSON.CLEAR has something to do. */
    public static boolean isClearable(JsonValue value) {
        return JsonValue.isContainer(value)
                ? JsonValue.size(value) > 0
                : JsonValue.isNumber(value) && JsonValue.toDouble(value) != 0;
    }

    // ---- arrays ----

    /** Inserts copies of {@code values} so that the first stands at {@code position}, 0 to the size. */
    public static void insert(JsonValue.Array array, int position, List<JsonValue> values, JsonWork work) {
        List<JsonValue> copies = new ArrayList<>(values.size());
        for (JsonValue value : values) {
            copies.add(JsonValue.copy(value, work));
        }
        array.items().addAll(position, copies);
    }

    /** Takes an element out; an index beyond an end means the element there. Null if the array is empty. */
    public static @Nullable JsonValue pop(JsonValue.Array array, long index) {
        int size = array.items().size();
        if (size == 0) {
            return null;
        }
        long position = index < 0 ? Math.max(0, size + index) : Math.min(index, size - 1);
        return array.items().remove((int) position);
    }

    /** Keeps the elements from {@code start} to {@code stop} (inclusive), which count from the end if negative. */
    public static void trim(JsonValue.Array array, long start, long stop) {
        int size = array.items().size();
        long last = normalize(stop, size);
        long first = start < size ? normalize(start, size) : last + 1;
        if (size == 0 || first > last) {
            array.items().clear();
            return;
        }
        array.items().subList((int) last + 1, size).clear();
        array.items().subList(0, (int) first).clear();
    }

    private static long normalize(long index, int size) {
        return index < 0 ? Math.max(0, size + index) : Math.min(index, Math.max(0, size - 1));
    }

    /**
     * The index of the first element equal to {@code wanted} from {@code start} (inclusive) to {@code stop} (exclusive), or -1.
     * Both count from the end if negative, and 0 as {@code stop} is the end.
     */
    public static long indexOf(JsonValue.Array array, JsonValue wanted, long start, long stop, JsonWork work) {
        int size = array.items().size();
        long first = start < 0 ? Math.max(0, size + start) : Math.min(start, size - 1);
        long end = stop == 0 ? size : stop < 0 ? Math.max(0, size + stop) : Math.min(stop, size);
        for (long i = Math.max(0, first); i < end; i++) {
            if (JsonValue.isEqual(array.items().get((int) i), wanted, work)) {
                return i;
            }
        }
        return -1;
    }

    // ---- sizes ----

    /**
     * About what RedisJSON's tree of this value takes in bytes: 8 for a small scalar or an empty container.
     */
    public static long memory(JsonValue value, JsonWork work) {
        work.charge(1);
        long bytes = 8;
        if (value instanceof JsonValue.Real || value instanceof JsonValue.Unsigned) {
            bytes += 8;
        } else if (value instanceof JsonValue.Whole whole) {
            bytes += whole.value() >= -(1 << 23) && whole.value() < 1 << 23 ? 0 : 8;
        } else if (value instanceof JsonValue.Text text && !text.value().isEmpty()) {
            bytes += text.value().length();
        } else if (value instanceof JsonValue.Array array && !array.items().isEmpty()) {
            bytes += 8L * (array.items().size() + 2);
            for (JsonValue item : array.items()) {
                bytes += memory(item, work);
            }
        } else if (value instanceof JsonValue.Members members
                && !members.byName().isEmpty()) {
            bytes += 8L * (3L * members.byName().size() + 2);
            for (Map.Entry<String, JsonValue> member : members.byName().entrySet()) {
                bytes += member.getKey().length() + memory(member.getValue(), work);
            }
        }
        return bytes;
    }
}
