package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.key;
import static io.aikv.command.KeySpec.keys;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.data.EventClass;
import io.aikv.data.WriteContext;
import io.aikv.data.json.JsonDocument;
import io.aikv.data.json.JsonEdits;
import io.aikv.data.json.JsonFormat;
import io.aikv.data.json.JsonPath;
import io.aikv.data.json.JsonPlace;
import io.aikv.data.json.JsonPrinter;
import io.aikv.data.json.JsonValue;
import io.aikv.data.json.JsonWork;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Commands of RedisJSON that set, merge, delete and change scalars. A command changes the document in memory and writes it once,
 * at the end: an error means that nothing was changed at any of its places.
 */
final class JsonWriteCommands {
    private static final String NEW_AT_ROOT = "ERR new objects must be created at the root";

    private JsonWriteCommands() {}

    static void register(CommandTable table) {
        table.group(Group.MODULE)
                .write("JSON.SET", -4, key(1, RW, UPDATE), JsonWriteCommands::set, DENYOOM)
                .write("JSON.MSET", -4, keys(1, -1, 3, RW, UPDATE), JsonWriteCommands::mset, DENYOOM)
                .write("JSON.MERGE", 4, key(1, RW, UPDATE), JsonWriteCommands::merge, DENYOOM)
                .write("JSON.DEL", -2, key(1, RW, DELETE), (context, args) -> del(context, args, "json.del"))
                .write("JSON.FORGET", -2, key(1, RW, DELETE), (context, args) -> del(context, args, "json.forget"))
                .write(
                        "JSON.NUMINCRBY",
                        4,
                        key(1, RW, ACCESS, UPDATE),
                        (context, args) -> calculate(context, args, "json.numincrby", false),
                        DENYOOM)
                .write(
                        "JSON.NUMMULTBY",
                        4,
                        key(1, RW, ACCESS, UPDATE),
                        (context, args) -> calculate(context, args, "json.nummultby", true),
                        DENYOOM)
                .write("JSON.TOGGLE", 3, key(1, RW, ACCESS, UPDATE), JsonWriteCommands::toggle, DENYOOM)
                .write("JSON.STRAPPEND", -3, key(1, RW, UPDATE), JsonWriteCommands::strappend, DENYOOM)
                .write("JSON.CLEAR", -2, key(1, RW, UPDATE), JsonWriteCommands::clear, DENYOOM);
    }

    // ---- setting ----

    /** {@code JSON.SET key path value [NX | XX] [FORMAT STRING|JSON]} */
    private static Reply set(WriteContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.set", args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = arguments.takePath();
        byte[] json = arguments.takeUtf8();
        JsonEdits.Condition condition = JsonEdits.Condition.ALWAYS;
        while (arguments.hasNext()) {
            byte[] option = arguments.takeUtf8();
            if (Bytes.equalsIgnoreCase(option, "FORMAT")) {
                takeFormat(arguments);
            } else if (condition != JsonEdits.Condition.ALWAYS) {
                throw Errors.syntax();
            } else if (Bytes.equalsIgnoreCase(option, "NX")) {
                condition = JsonEdits.Condition.IF_ABSENT;
            } else if (Bytes.equalsIgnoreCase(option, "XX")) {
                condition = JsonEdits.Condition.IF_PRESENT;
            } else {
                throw Errors.syntax();
            }
        }
        JsonDocument document = JsonDocument.find(work, key);
        JsonValue value = JsonDocument.parse(json, work);
        if (document == null) {
            return condition == JsonEdits.Condition.IF_PRESENT
                    ? Reply.NULL
                    : create(context, JsonDocument.create(work, key, value), path, "json.set");
        }
        if (path.isRoot()) {
            if (condition == JsonEdits.Condition.IF_ABSENT) {
                return Reply.NULL;
            }
            document.setRoot(value);
        } else if (!JsonEdits.set(document, JsonEdits.plan(document, path, condition), value)) {
            return Reply.NULL;
        }
        document.save(context, "json.set");
        return Reply.OK;
    }

    private static Reply create(WriteContext context, JsonDocument document, JsonPath path, String event) {
        if (!path.isRoot()) {
            throw new CommandError(NEW_AT_ROOT);
        }
        document.save(context, event);
        return Reply.OK;
    }

    private static void takeFormat(JsonArguments arguments) {
        String format = arguments.takeText();
        if (!format.equals("STRING") && !format.equals("JSON")) {
            throw new CommandError("ERR wrong format");
        }
    }

    /** {@code JSON.MERGE key path value} */
    private static Reply merge(WriteContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.merge", args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = arguments.takePath();
        byte[] json = arguments.takeUtf8();
        while (arguments.hasNext()) {
            if (!Bytes.equalsIgnoreCase(arguments.takeUtf8(), "FORMAT")) {
                throw Errors.syntax();
            }
            takeFormat(arguments);
        }
        JsonDocument document = JsonDocument.find(work, key);
        JsonValue patch = JsonDocument.parse(json, work);
        if (document == null) {
            return create(context, JsonDocument.create(work, key, patch), path, "json.merge");
        }
        JsonEdits.Plan plan = JsonEdits.plan(document, path, JsonEdits.Condition.ALWAYS);
        if (!JsonEdits.merge(document, plan, patch)) {
            return Reply.NULL;
        }
        document.save(context, "json.merge");
        return Reply.OK;
    }

    /** One of JSON.MSET's writes. A plan is null for the whole document. */
    private record Assignment(byte[] key, JsonEdits.@Nullable Plan plan, JsonValue value) {}

    /** {@code JSON.MSET key path value [key path value ...]}: every path is looked up before anything is changed. */
    private static Reply mset(WriteContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.mset", args, work);
        if (args.remaining() % 3 != 0) {
            throw arguments.wrongArity();
        }
        Map<Bytes, JsonDocument> documents = new LinkedHashMap<>();
        List<Assignment> assignments = new ArrayList<>();
        while (arguments.hasNext()) {
            byte[] key = arguments.takeKey();
            JsonDocument document = documents.get(Bytes.of(key));
            if (document == null) {
                document = JsonDocument.find(work, key);
            }
            JsonPath path = arguments.takePath();
            JsonEdits.Plan plan = null;
            if (!path.isRoot()) {
                if (document == null) {
                    throw new CommandError(NEW_AT_ROOT);
                }
                plan = JsonEdits.plan(document, path, JsonEdits.Condition.ALWAYS);
            }
            if (document != null) {
                documents.put(Bytes.of(key), document);
            }
            assignments.add(new Assignment(key, plan, arguments.takeJson()));
        }
        List<byte[]> changed = new ArrayList<>();
        for (Assignment assignment : assignments) {
            if (assign(documents, work, assignment)) {
                changed.add(assignment.key());
            }
        }
        save(context, documents, changed);
        return Reply.OK;
    }

    private static boolean assign(Map<Bytes, JsonDocument> documents, JsonWork work, Assignment assignment) {
        Bytes key = Bytes.of(assignment.key());
        JsonDocument document = documents.get(key);
        if (assignment.plan() != null && document != null) {
            return JsonEdits.set(document, assignment.plan(), assignment.value());
        }
        if (document == null) {
            documents.put(key, JsonDocument.create(work, assignment.key(), assignment.value()));
        } else {
            document.setRoot(assignment.value());
        }
        return true;
    }

    /** Writes each changed document once, then tells of every change. Nothing is written before all are printed. */
    private static void save(WriteContext context, Map<Bytes, JsonDocument> documents, List<byte[]> changed) {
        Map<Bytes, byte[]> texts = new LinkedHashMap<>();
        for (byte[] key : changed) {
            JsonDocument document = documents.get(Bytes.of(key));
            if (document != null && !texts.containsKey(Bytes.of(key))) {
                texts.put(Bytes.of(key), document.print());
            }
        }
        texts.forEach((key, text) -> {
            JsonDocument document = documents.get(key);
            if (document != null) {
                document.write(context, text);
            }
        });
        for (byte[] key : changed) {
            context.changed(EventClass.MODULE, "json.mset", key);
        }
    }

    // ---- deleting ----

    private static Reply del(WriteContext context, Args args, String command) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments(command, args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = arguments.takePathOrRoot();
        JsonDocument document = JsonDocument.find(work, key);
        if (document == null) {
            return Reply.ZERO;
        }
        if (path.isRoot()) {
            context.remove(key);
            context.changed(EventClass.MODULE, "json.del", key);
            return Reply.ONE;
        }
        long count = JsonEdits.delete(document.places(path));
        if (count > 0) {
            document.save(context, "json.del");
        }
        return Reply.integer(count);
    }

    private static Reply clear(WriteContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.clear", args, work);
        byte[] key = arguments.takeKey();
        JsonDocument document = requireDocument(work, key);
        long count = 0;
        for (JsonPlace place : document.places(arguments.takePathOrRoot())) {
            if (JsonEdits.isClearable(place.value()) && JsonEdits.clear(document, place)) {
                count++;
            }
        }
        if (count > 0) {
            document.save(context, "json.clear");
        }
        return Reply.integer(count);
    }

    private static JsonDocument requireDocument(JsonWork work, byte[] key) {
        JsonDocument document = JsonDocument.find(work, key);
        if (document == null) {
            throw JsonReplies.noSuchKey();
        }
        return document;
    }

    // ---- scalars ----

    /**
     * JSON.NUMINCRBY and JSON.NUMMULTBY. RESP3 gets an array of numbers; RESP2 the same as JSON text, or for a legacy path the last
     * number, or an error if there is none.
     */
    private static Reply calculate(WriteContext context, Args args, String command, boolean multiply) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments(command, args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = arguments.takePath();
        byte[] operand = arguments.takeUtf8();
        JsonDocument document = requireDocument(work, key);
        List<JsonValue> results = new ArrayList<>();
        List<Reply> numbers = new ArrayList<>();
        JsonValue last = null;
        for (JsonPlace place : document.places(path)) {
            if (JsonValue.isNumber(place.value())) {
                last = JsonEdits.calculate(document, place, operand, multiply);
                results.add(last);
                numbers.add(JsonReplies.number(last));
            } else {
                results.add(JsonValue.Literal.NULL);
                numbers.add(Reply.NULL);
            }
        }
        if (last != null) {
            document.save(context, command);
        }
        Reply resp2 = !path.isLegacy()
                ? Reply.bulk(
                        new JsonPrinter(JsonFormat.COMPACT, work).list(results).bytes())
                : last != null
                        ? JsonReplies.json(last, work)
                        : Reply.error(JsonReplies.noSuchPathOr(path.fixed(), "does not contains a number"));
        return new Reply.ByProtocol(resp2, Reply.array(numbers));
    }

    private static Reply toggle(WriteContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.toggle", args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = arguments.takePath();
        JsonDocument document = requireDocument(work, key);
        List<Reply> replies = new ArrayList<>();
        JsonValue last = null;
        for (JsonPlace place : document.places(path)) {
            boolean isTrue = place.value() == JsonValue.Literal.TRUE;
            if (isTrue || place.value() == JsonValue.Literal.FALSE) {
                // A place that is met twice is toggled twice.
                boolean wasTrue = document.valueAt(place) == JsonValue.Literal.TRUE;
                last = JsonValue.of(!wasTrue);
                document.replace(place, last);
                replies.add(wasTrue ? Reply.ZERO : Reply.ONE);
            } else {
                replies.add(Reply.NULL);
            }
        }
        if (last != null) {
            document.save(context, "json.toggle");
        }
        if (!path.isLegacy()) {
            return Reply.array(replies);
        }
        if (last == null) {
            throw JsonReplies.noSuchPathOr(path.fixed(), "not a bool");
        }
        return JsonReplies.json(last, work);
    }

    /** {@code JSON.STRAPPEND key [path] json-string} */
    private static Reply strappend(WriteContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.strappend", args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = args.remaining() > 1 ? arguments.takePath() : JsonPath.of(JsonPath.LEGACY_ROOT);
        byte[] json = arguments.takeUtf8();
        JsonDocument document = requireDocument(work, key);
        List<Reply> replies = new ArrayList<>();
        Reply last = null;
        for (JsonPlace place : document.places(path)) {
            if (document.valueAt(place) instanceof JsonValue.Text old) {
                JsonValue suffix = JsonDocument.parse(json, work);
                if (!(suffix instanceof JsonValue.Text appended)) {
                    throw JsonReplies.unexpected("string", Bytes.text(json));
                }
                work.chargeReply(old.value().length() + appended.value().length());
                JsonValue.Text joined = new JsonValue.Text(old.value() + appended.value());
                document.replace(place, joined);
                last = JsonReplies.length(joined, work);
                replies.add(last);
            } else {
                replies.add(Reply.NULL);
            }
        }
        if (last != null) {
            document.save(context, "json.strappend");
        }
        if (!path.isLegacy()) {
            return Reply.array(replies);
        }
        if (last == null) {
            throw JsonReplies.noSuchPathOr(path.fixed(), "not a string");
        }
        return last;
    }
}
