package io.aikv.data.json;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a value stands in a document: the root, or a member or an element of another place. Its value is the one found when
 * the path was walked; {@link #resolve} finds what stands there now.
 */
public final class JsonPlace {
    private final @Nullable JsonPlace parent;
    private final @Nullable String name;
    private final int index;
    private final int depth;
    private final JsonValue value;

    private JsonPlace(@Nullable JsonPlace parent, @Nullable String name, int index, JsonValue value) {
        this.parent = parent;
        this.name = name;
        this.index = index;
        this.depth = parent == null ? 0 : parent.depth + 1;
        this.value = value;
    }

    static JsonPlace root(JsonValue value) {
        return new JsonPlace(null, null, -1, value);
    }

    JsonPlace member(String memberName, JsonValue member) {
        return new JsonPlace(this, memberName, -1, member);
    }

    JsonPlace element(int elementIndex, JsonValue element) {
        return new JsonPlace(this, null, elementIndex, element);
    }

    /** The value when the path was walked. */
    public JsonValue value() {
        return value;
    }

    public boolean isRoot() {
        return parent == null;
    }

    /** How many arrays and objects it is within. */
    int depth() {
        return depth;
    }

    /** The place of the array or object this one is in; null for the root. */
    @Nullable
    JsonPlace parent() {
        return parent;
    }

    /** The name of a member, or the index of an element: what tells it from its siblings. */
    Object step() {
        return name != null ? name : (Object) index;
    }

    /** What stands at this place of a document that may have changed meanwhile, or null. */
    @Nullable
    JsonValue resolve(JsonValue root) {
        if (parent == null) {
            return root;
        }
        JsonValue container = parent.resolve(root);
        if (container instanceof JsonValue.Members members) {
            return members.byName().get(name == null ? Integer.toString(index) : name);
        } else if (container instanceof JsonValue.Array array && name == null) {
            return index < array.items().size() ? array.items().get(index) : null;
        }
        return null;
    }

    /** Puts another value where one stands now; returns false, and does nothing, where none does. Not for the root. */
    boolean replace(JsonValue root, JsonValue replacement) {
        JsonValue container = parent == null ? null : parent.resolve(root);
        if (container instanceof JsonValue.Members members) {
            String key = name == null ? Integer.toString(index) : name;
            return members.byName().replace(key, replacement) != null;
        } else if (container instanceof JsonValue.Array array
                && name == null
                && index < array.items().size()) {
            array.items().set(index, replacement);
            return true;
        }
        return false;
    }

    /** Receives the places within one place, in the order of the document. */
    @FunctionalInterface
    interface Visitor {
        void place(JsonPlace child);
    }

    /** Visits the elements or members of the value; none of a scalar. */
    void forEachChild(Visitor visitor) {
        if (value instanceof JsonValue.Array array) {
            for (int i = 0; i < array.items().size(); i++) {
                visitor.place(element(i, array.items().get(i)));
            }
        } else if (value instanceof JsonValue.Members members) {
            for (Map.Entry<String, JsonValue> member : members.byName().entrySet()) {
                visitor.place(member(member.getKey(), member.getValue()));
            }
        }
    }
}
