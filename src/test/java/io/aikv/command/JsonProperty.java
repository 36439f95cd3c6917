package io.aikv.command;

import static io.aikv.command.CommandFixture.encode;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.aikv.resp.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random JSON commands against a tree of Jackson's that plain recursive code changes. Paths are names, indexes, wildcards and
 * recursions. {@code -Daikv.seed=N} repeats a run.
 */
final class JsonProperty {
    private static final int STEPS = 1_500;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(DeserializationFeature.USE_LONG_FOR_INTS);
    private static final String[] NAMES = {"a", "b", "c", "d"};

    @TempDir
    private Path directory;

    private SplittableRandom random = new SplittableRandom();
    private JsonNode root = NullNode.getInstance();

    /** A command and what it must answer: a {@link Reply} or the JSON of a bulk string. */
    private record Step(List<String> argv, Object expected) {}

    /** A step of a path: a name, an index, {@code *}, or a name anywhere below. */
    private record Hop(String text, Object key, boolean isRecursive) {}

    @RepeatedTest(10)
    void repliesAndDocumentsAgreeWithTheModel() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("JsonProperty seed " + seed);
        random = new SplittableRandom(seed);
        try (CommandFixture redis = new CommandFixture(directory)) {
            root = value(4);
            run(redis, List.of("JSON.SET", "k", "$", root.toString()));
            for (int i = 0; i < STEPS; i++) {
                Step step = step();
                Reply reply = run(redis, step.argv());
                String what = step.argv() + " with seed " + seed;
                if (step.expected() instanceof JsonNode json) {
                    assertEquals(canonical(json), canonicalBulk(reply), what);
                } else {
                    Reply comparable = step.argv().get(0).equals("JSON.ARRPOP") ? popped(reply) : reply;
                    assertEquals(
                            new String(encode((Reply) step.expected(), 2), UTF_8),
                            new String(encode(comparable, 2), UTF_8),
                            what);
                }
                assertEquals(canonical(root), canonicalBulk(run(redis, List.of("JSON.GET", "k"))), what);
                if (canonical(root).length() > 3_000) {
                    root = value(3);
                    run(redis, List.of("JSON.SET", "k", ".", root.toString()));
                }
            }
        }
    }

    private static Reply run(CommandFixture redis, List<String> argv) {
        return redis.run(argv.stream().map(word -> word.getBytes(UTF_8)).toArray(byte[][]::new));
    }

    private static String canonicalBulk(Reply reply) {
        Reply bulk = reply instanceof Reply.ByProtocol choice ? choice.resp2() : reply;
        try {
            return canonical(MAPPER.readTree(((Reply.Bulk) bulk).value()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Elements as JSON text may be laid out in more than one way. */
    private static Reply popped(Reply reply) {
        return Reply.array(((Reply.Array) reply)
                .items().stream()
                        .map(item -> item instanceof Reply.Bulk ? Reply.text(canonicalBulk(item)) : item)
                        .toList());
    }

    /** Members in their order and numbers by value and kind: what two texts of a document have in common. */
    private static String canonical(JsonNode node) {
        if (node instanceof ObjectNode object) {
            StringBuilder text = new StringBuilder("{");
            for (Map.Entry<String, JsonNode> member : object.properties()) {
                text.append(member.getKey())
                        .append(':')
                        .append(canonical(member.getValue()))
                        .append(',');
            }
            return text.append('}').toString();
        } else if (node instanceof ArrayNode array) {
            StringBuilder text = new StringBuilder("[");
            array.forEach(item -> text.append(canonical(item)).append(','));
            return text.append(']').toString();
        } else if (node.isDouble()) {
            return "double " + new BigDecimal(node.doubleValue());
        }
        return node.toString();
    }

    // ---- random values and paths ----

    private JsonNode value(int depth) {
        int kind = random.nextInt(depth > 0 ? 12 : 7);
        if (kind >= 10) {
            ArrayNode array = NODES.arrayNode();
            for (int i = random.nextInt(4); i > 0; i--) {
                array.add(value(depth - 1));
            }
            return array;
        } else if (kind >= 7) {
            ObjectNode object = NODES.objectNode();
            for (int i = random.nextInt(5); i > 0; i--) {
                object.set(NAMES[random.nextInt(NAMES.length)], value(depth - 1));
            }
            return object;
        }
        return switch (kind) {
            case 0 -> NullNode.getInstance();
            case 1 -> BooleanNode.valueOf(random.nextBoolean());
            case 2, 3 -> LongNode.valueOf(random.nextInt(20) - 5);
            case 4 -> DoubleNode.valueOf((random.nextInt(40) - 10) / 4.0 + 0.125);
            default -> TextNode.valueOf(random.nextInt(4) == 0 ? "" : "s\u00e9\"\n".substring(0, random.nextInt(5)));
        };
    }

    private List<Hop> path() {
        List<Hop> hops = new ArrayList<>();
        int length = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(3);
        for (int i = 0; i < length; i++) {
            String name = NAMES[random.nextInt(NAMES.length)];
            int index = random.nextInt(5) - 2;
            hops.add(
                    switch (random.nextInt(9)) {
                        case 0 -> new Hop("*", "*", false);
                        case 1 -> new Hop(".." + name, name, true);
                        case 2, 3, 4 -> new Hop("[" + index + "]", index, false);
                        case 5 -> new Hop("['" + name + "']", name, false);
                        default -> new Hop("." + name, name, false);
                    });
        }
        return hops;
    }

    private static String text(List<Hop> hops) {
        StringBuilder text = new StringBuilder("$");
        for (Hop hop : hops) {
            text.append(hop.text().equals("*") ? "[*]" : hop.text());
        }
        return text.toString();
    }

    /** Every way to the values of a path, in the order of the walk. */
    private List<List<Object>> ways(List<Hop> hops) {
        List<List<Object>> found = new ArrayList<>();
        walk(root, hops, new ArrayList<>(), found);
        return found;
    }

    private static void walk(JsonNode node, List<Hop> hops, List<Object> way, List<List<Object>> found) {
        if (hops.isEmpty()) {
            found.add(List.copyOf(way));
            return;
        }
        Hop hop = hops.get(0);
        List<Hop> rest = hops.subList(1, hops.size());
        for (Object key : keys(node)) {
            if (matches(hop, key, node)) {
                way.add(key);
                walk(requireNonNull(child(node, key)), rest, way, found);
                way.remove(way.size() - 1);
            }
        }
        if (hop.isRecursive()) {
            for (Object key : keys(node)) {
                way.add(key);
                walk(requireNonNull(child(node, key)), hops, way, found);
                way.remove(way.size() - 1);
            }
        }
    }

    private static boolean matches(Hop hop, Object key, JsonNode node) {
        if (hop.key() instanceof Integer index && key instanceof Integer position) {
            return position == (index >= 0 ? index : Math.max(0, index + node.size()));
        }
        return hop.key().equals("*") ? hop.text().equals("*") : hop.key().equals(key);
    }

    private static List<Object> keys(JsonNode node) {
        List<Object> keys = new ArrayList<>();
        if (node instanceof ObjectNode object) {
            object.fieldNames().forEachRemaining(keys::add);
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                keys.add(i);
            }
        }
        return keys;
    }

    private static @Nullable JsonNode child(@Nullable JsonNode node, Object key) {
        if (node == null) {
            return null;
        }
        return key instanceof Integer index ? node.get(index) : node.get((String) key);
    }

    private @Nullable JsonNode at(List<Object> way) {
        JsonNode node = root;
        for (Object key : way) {
            node = child(node, key);
        }
        return node;
    }

    private boolean put(List<Object> way, JsonNode value) {
        if (way.isEmpty()) {
            root = value;
            return true;
        }
        if (at(way) == null) {
            return false;
        }
        JsonNode parent = at(way.subList(0, way.size() - 1));
        Object last = way.get(way.size() - 1);
        if (parent instanceof ObjectNode object) {
            object.set((String) last, value);
        } else if (parent instanceof ArrayNode array) {
            array.set((int) last, value);
        }
        return true;
    }

    // ---- commands ----

    private Step step() {
        List<Hop> hops = path();
        List<List<Object>> ways = ways(hops);
        String path = text(hops);
        return switch (random.nextInt(17)) {
            case 0, 1, 2 -> set(hops, path, ways);
            case 3 -> hops.isEmpty() ? get(path, ways) : delete(path, ways);
            case 4 -> calculate(path, ways);
            case 5 -> append(path, ways);
            case 6 ->
                arrays(List.of("JSON.ARRAPPEND", "k", path, "7", "[]"), ways, array -> {
                    array.add(7L);
                    array.addArray();
                    return Reply.integer(array.size());
                });
            case 7 -> {
                int index = random.nextInt(8) - 4;
                yield arrays(
                        List.of("JSON.ARRPOP", "k", path, Integer.toString(index)), ways, array -> pop(array, index));
            }
            case 8 -> {
                int start = random.nextInt(7) - 3;
                int stop = random.nextInt(7) - 3;
                yield arrays(
                        List.of("JSON.ARRTRIM", "k", path, Integer.toString(start), Integer.toString(stop)),
                        ways,
                        array -> trim(array, start, stop));
            }
            case 9 ->
                arrays(List.of("JSON.ARRINSERT", "k", path, "0", "\"x\"", "1"), ways, array -> {
                    array.insert(0, 1L);
                    array.insert(0, "x");
                    return Reply.integer(array.size());
                });
            case 10 -> toggle(path, ways);
            case 11 -> clear(path, ways);
            case 12 -> merge(hops, path, ways);
            case 13 -> each(List.of("JSON.TYPE", "k", path), ways, node -> Reply.text(typeName(node)));
            case 14 ->
                each(
                        List.of("JSON.OBJKEYS", "k", path),
                        ways,
                        node -> node instanceof ObjectNode
                                ? Reply.array(keys(node).stream()
                                        .map(key -> Reply.text((String) key))
                                        .toList())
                                : Reply.NULL);
            case 15 ->
                each(
                        List.of("JSON.STRLEN", "k", path),
                        ways,
                        node -> node.isTextual()
                                ? Reply.integer(node.textValue().getBytes(UTF_8).length)
                                : Reply.NULL);
            default -> get(path, ways);
        };
    }

    private static String typeName(JsonNode node) {
        return node.isNull()
                ? "null"
                : node.isBoolean()
                        ? "boolean"
                        : node.isTextual()
                                ? "string"
                                : node.isDouble()
                                        ? "number"
                                        : node.isNumber() ? "integer" : node.isArray() ? "array" : "object";
    }

    private Step get(String path, List<List<Object>> ways) {
        ArrayNode values = NODES.arrayNode();
        ways.forEach(way -> values.add(at(way)));
        return new Step(List.of("JSON.GET", "k", path), values.deepCopy());
    }

    private Step each(List<String> argv, List<List<Object>> ways, Function<JsonNode, Reply> reply) {
        List<Reply> replies = new ArrayList<>();
        for (List<Object> way : ways) {
            JsonNode node = at(way);
            replies.add(node == null ? Reply.NULL : reply.apply(node));
        }
        return new Step(argv, Reply.array(replies));
    }

    private Step set(List<Hop> hops, String path, List<List<Object>> ways) {
        JsonNode value = value(2);
        int condition = random.nextInt(4);
        List<String> argv = new ArrayList<>(List.of("JSON.SET", "k", path, value.toString()));
        if (condition < 2) {
            argv.add(condition == 0 ? "NX" : "XX");
        }
        if (hops.isEmpty()) {
            if (condition != 0) {
                root = value.deepCopy();
            }
            return new Step(argv, condition == 0 ? Reply.NULL : Reply.OK);
        }
        if (condition != 0 && !ways.isEmpty()) {
            boolean changed = false;
            for (List<Object> way : ways) {
                changed |= put(way, value.deepCopy());
            }
            return new Step(argv, changed ? Reply.OK : Reply.NULL);
        }
        return new Step(argv, condition == 1 ? Reply.NULL : create(hops, ways, value));
    }

    private Reply create(List<Hop> hops, List<List<Object>> ways, JsonNode value) {
        Hop last = hops.get(hops.size() - 1);
        if (hops.stream().anyMatch(hop -> hop.isRecursive() || hop.key().equals("*"))) {
            return Reply.error("Err wrong static path");
        }
        if (last.key() instanceof Integer) {
            return ways.isEmpty() ? Reply.error("ERR array index out of range") : Reply.NULL;
        }
        boolean changed = false;
        for (List<Object> way : ways(hops.subList(0, hops.size() - 1))) {
            if (at(way) instanceof ObjectNode object && !object.has((String) last.key())) {
                object.set((String) last.key(), value.deepCopy());
                changed = true;
            }
        }
        return changed ? Reply.OK : Reply.NULL;
    }

    private Step merge(List<Hop> hops, String path, List<List<Object>> ways) {
        JsonNode patch = value(2);
        List<String> argv = List.of("JSON.MERGE", "k", path, patch.toString());
        if (ways.isEmpty()) {
            return new Step(argv, create(hops, ways, patch));
        }
        boolean changed = false;
        for (List<Object> way : ways) {
            JsonNode node = at(way);
            if (node != null) {
                changed |= put(way, merged(node, patch));
            }
        }
        return new Step(argv, changed ? Reply.OK : Reply.NULL);
    }

    /** RFC 7396, section 2, word for word. */
    private static JsonNode merged(JsonNode target, JsonNode patch) {
        if (!(patch instanceof ObjectNode changes)) {
            return patch.deepCopy();
        }
        ObjectNode result = target instanceof ObjectNode object ? object : NODES.objectNode();
        for (Map.Entry<String, JsonNode> change : changes.properties()) {
            if (change.getValue().isNull()) {
                result.remove(change.getKey());
            } else {
                JsonNode old = result.get(change.getKey());
                result.set(change.getKey(), merged(old == null ? NullNode.getInstance() : old, change.getValue()));
            }
        }
        return result;
    }

    private Step delete(String path, List<List<Object>> ways) {
        List<List<Object>> outermost = new ArrayList<>();
        for (List<Object> way : ways) {
            boolean within = ways.stream()
                    .anyMatch(other -> other.size() < way.size()
                            && way.subList(0, other.size()).equals(other));
            if (!within && !outermost.contains(way)) {
                outermost.add(way);
            }
        }
        Collections.reverse(outermost);
        for (List<Object> way : outermost) {
            JsonNode parent = at(way.subList(0, way.size() - 1));
            Object last = way.get(way.size() - 1);
            if (parent instanceof ObjectNode object) {
                object.remove((String) last);
            } else if (parent instanceof ArrayNode array) {
                array.remove((int) last);
            }
        }
        return new Step(List.of("JSON.DEL", "k", path), Reply.integer(outermost.size()));
    }

    private Step calculate(String path, List<List<Object>> ways) {
        boolean multiply = random.nextInt(4) == 0;
        boolean whole = random.nextBoolean();
        long operand = random.nextInt(4) - 1;
        String text = whole ? Long.toString(operand) : operand + ".5";
        double real = Double.parseDouble(text);
        ArrayNode results = NODES.arrayNode();
        for (List<Object> way : ways) {
            JsonNode node = at(way);
            if (node == null || !node.isNumber()) {
                results.addNull();
                continue;
            }
            JsonNode result = whole && !node.isDouble()
                    ? LongNode.valueOf(multiply ? node.longValue() * operand : node.longValue() + operand)
                    : DoubleNode.valueOf(multiply ? node.doubleValue() * real : node.doubleValue() + real);
            put(way, result);
            results.add(result);
        }
        return new Step(List.of(multiply ? "JSON.NUMMULTBY" : "JSON.NUMINCRBY", "k", path, text), results);
    }

    private Step append(String path, List<List<Object>> ways) {
        return replaced(
                List.of("JSON.STRAPPEND", "k", path, "\"+\""),
                ways,
                node -> node.isTextual() ? TextNode.valueOf(node.textValue() + "+") : null,
                node -> Reply.integer(node.textValue().getBytes(UTF_8).length));
    }

    private Step toggle(String path, List<List<Object>> ways) {
        return replaced(
                List.of("JSON.TOGGLE", "k", path),
                ways,
                node -> node.isBoolean() ? BooleanNode.valueOf(!node.booleanValue()) : null,
                node -> node.booleanValue() ? Reply.ONE : Reply.ZERO);
    }

    private Step replaced(
            List<String> argv,
            List<List<Object>> ways,
            Function<JsonNode, @Nullable JsonNode> change,
            Function<JsonNode, Reply> reply) {
        List<Reply> replies = new ArrayList<>();
        for (List<Object> way : ways) {
            JsonNode node = at(way);
            JsonNode next = node == null ? null : change.apply(node);
            if (next != null) {
                put(way, next);
            }
            replies.add(next == null ? Reply.NULL : reply.apply(next));
        }
        return new Step(argv, Reply.array(replies));
    }

    private Step clear(String path, List<List<Object>> ways) {
        List<List<Object>> clearable = new ArrayList<>();
        for (List<Object> way : ways) {
            JsonNode node = at(way);
            if (node != null
                    && (node.isContainerNode() ? !node.isEmpty() : node.isNumber() && node.doubleValue() != 0)) {
                clearable.add(way);
            }
        }
        long count = 0;
        for (List<Object> way : clearable) {
            JsonNode node = at(way);
            if (node instanceof ObjectNode object) {
                object.removeAll();
            } else if (node instanceof ArrayNode array) {
                array.removeAll();
            } else if (node != null) {
                put(way, LongNode.valueOf(0));
            }
            count += node == null ? 0 : 1;
        }
        return new Step(List.of("JSON.CLEAR", "k", path), Reply.integer(count));
    }

    // ---- arrays ----

    private Step arrays(List<String> argv, List<List<Object>> ways, Function<ArrayNode, Reply> change) {
        List<Reply> replies = new ArrayList<>();
        // From the last and innermost to the first and outermost: none moves one that is still to come.
        for (int i = ways.size() - 1; i >= 0; i--) {
            replies.add(at(ways.get(i)) instanceof ArrayNode array ? change.apply(array) : Reply.NULL);
        }
        Collections.reverse(replies);
        return new Step(argv, Reply.array(replies));
    }

    private static Reply pop(ArrayNode array, int index) {
        if (array.isEmpty()) {
            return Reply.NULL;
        }
        int position = index < 0 ? Math.max(0, array.size() + index) : Math.min(index, array.size() - 1);
        return Reply.text(canonical(array.remove(position)));
    }

    private static Reply trim(ArrayNode array, int start, int stop) {
        int size = array.size();
        int last = stop < 0 ? Math.max(0, size + stop) : Math.min(stop, size - 1);
        int first = start < 0 ? Math.max(0, size + start) : start;
        List<JsonNode> kept = new ArrayList<>();
        for (int i = first; i <= last && i < size; i++) {
            kept.add(array.get(i));
        }
        array.removeAll();
        array.addAll(kept);
        return Reply.integer(kept.size());
    }
}
