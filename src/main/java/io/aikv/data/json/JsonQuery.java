package io.aikv.data.json;

import java.util.ArrayList;
import java.util.List;

/*
 * Why not a library: com.jayway.jsonpath 3.0.0 was tried. It ignores the step of a slice, answers [1:-1] and [-9:2] wrongly, makes null
 * of an index that is missing and one object of a union of names, applies a filter to an object where RedisJSON applies it to its members,
 * refuses one on a scalar, and its regular expressions are Java's, which can take exponential time. What would be left to it are names,
 * wildcards and recursion; there JsonPathTest asks it for its opinion.
 */

/**
 * Walks a compiled path over a document. Recursive: at most as deep as the document nests, plus the steps of the path. Every
 * value looked at is charged, every value found too.
 */
final class JsonQuery {
    private final List<JsonStep> steps;
    private final JsonValue root;
    private final JsonWork work;
    private final List<JsonPlace> found = new ArrayList<>();

    private JsonQuery(List<JsonStep> steps, JsonValue root, JsonWork work) {
        this.steps = steps;
        this.root = root;
        this.work = work;
    }

    /** The places a path leads to, in the order in which they are met; one may be met more than once. */
    static List<JsonPlace> places(List<JsonStep> steps, JsonValue root, JsonWork work) {
        JsonQuery query = new JsonQuery(steps, root, work);
        query.walk(0, JsonPlace.root(root));
        return query.found;
    }

    private void walk(int at, JsonPlace place) {
        work.charge(1);
        if (at == steps.size()) {
            // What is done at the place later begins at the root.
            work.charge(1 + place.depth() / 4);
            found.add(place);
            return;
        }
        JsonStep step = steps.get(at);
        if (step instanceof JsonStep.Names names) {
            members(names, at + 1, place);
        } else if (step instanceof JsonStep.Indexes indexes) {
            elements(indexes, at + 1, place);
        } else if (step instanceof JsonStep.Slice slice) {
            slice(slice, at + 1, place);
        } else if (step instanceof JsonStep.All) {
            place.forEachChild(child -> walk(at + 1, child));
        } else if (step instanceof JsonStep.Descend) {
            walk(at + 1, place);
            descend(at + 1, place);
        } else if (step instanceof JsonStep.Filter filter) {
            filter(filter.condition(), at + 1, place);
        }
    }

    private void members(JsonStep.Names step, int next, JsonPlace place) {
        if (place.value() instanceof JsonValue.Members members) {
            for (String name : step.names()) {
                JsonValue member = members.byName().get(name);
                if (member != null) {
                    walk(next, place.member(name, member));
                }
            }
        }
    }

    private void elements(JsonStep.Indexes step, int next, JsonPlace place) {
        if (place.value() instanceof JsonValue.Array array) {
            int size = array.items().size();
            for (long index : step.indexes()) {
                int position = JsonStep.position(index, size);
                if (position < size) {
                    walk(next, place.element(position, array.items().get(position)));
                }
            }
        }
    }

    private void slice(JsonStep.Slice step, int next, JsonPlace place) {
        if (place.value() instanceof JsonValue.Array array) {
            int size = array.items().size();
            int end = JsonStep.position(step.end(), size);
            for (long i = JsonStep.position(step.start(), size); i < end; i += Math.min(step.step(), size)) {
                walk(next, place.element((int) i, array.items().get((int) i)));
            }
        }
    }

    private void descend(int next, JsonPlace place) {
        place.forEachChild(child -> {
            walk(next, child);
            work.charge(1);
            descend(next, child);
        });
    }

    private void filter(JsonFilter condition, int next, JsonPlace place) {
        if (JsonValue.isContainer(place.value())) {
            place.forEachChild(child -> {
                if (JsonFilter.holds(condition, child.value(), root, work)) {
                    walk(next, child);
                }
            });
        } else if (JsonFilter.holds(condition, place.value(), root, work)) {
            walk(next, place);
        }
    }
}
