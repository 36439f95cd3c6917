package io.aikv.command;

import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.STALE;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.key;
import static io.aikv.command.KeySpec.keys;

import io.aikv.data.ReadContext;
import io.aikv.data.json.JsonDocument;
import io.aikv.data.json.JsonEdits;
import io.aikv.data.json.JsonPath;
import io.aikv.data.json.JsonPlace;
import io.aikv.data.json.JsonValue;
import io.aikv.data.json.JsonWork;
import io.aikv.resp.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands of RedisJSON that read. Those that write are in {@link JsonWriteCommands} and {@link JsonArrayCommands}. */
final class JsonReadCommands {
    private static final String NO_OBJECT = "not an object";
    private static final String NO_ARRAY = "not an array";

    private JsonReadCommands() {}

    static void register(CommandTable table) {
        table.group(Group.MODULE)
                .read("JSON.GET", -2, key(1, RO, ACCESS), JsonGet::get)
                .read("JSON.MGET", -3, keys(1, -2, RO, ACCESS), JsonGet::mget)
                .read("JSON.TYPE", -2, key(1, RO, ACCESS), asking("json.type", JsonReadCommands::type))
                .read("JSON.STRLEN", -2, key(1, RO, ACCESS), asking("json.strlen", JsonReadCommands::strlen))
                .read("JSON.OBJLEN", -2, key(1, RO, ACCESS), asking("json.objlen", JsonReadCommands::objlen))
                .read("JSON.OBJKEYS", -2, key(1, RO, ACCESS), asking("json.objkeys", JsonReadCommands::objkeys))
                .read("JSON.ARRLEN", -2, key(1, RO, ACCESS), asking("json.arrlen", JsonReadCommands::arrlen))
                .read("JSON.ARRINDEX", -4, key(1, RO, ACCESS), JsonReadCommands::arrindex)
                .read("JSON.RESP", -2, key(1, RO, ACCESS), asking("json.resp", JsonReadCommands::resp));
        table.group(Group.MODULE)
                .container("JSON.DEBUG", -2)
                .read("MEMORY", -3, key(2, RO, ACCESS), JsonReadCommands::debugMemory)
                .session("HELP", 2, JsonReadCommands::debugHelp, LOADING, STALE);
    }

    /** A command on a document, or on none, and a path of it. */
    @FunctionalInterface
    private interface Question {
        Reply answer(JsonPath path, @Nullable JsonDocument document);
    }

    /** @param command in lower case, for errors */
    private static Handler.OnRead asking(String command, Question question) {
        return (context, args) -> {
            JsonWork work = new JsonWork(context);
            JsonArguments arguments = new JsonArguments(command, args, work);
            byte[] key = arguments.takeKey();
            JsonPath path = arguments.takePathOrRoot();
            return question.answer(path, JsonDocument.find(work, key));
        };
    }

    // ---- types and sizes ----

    /** The reply in RESP3 is in an array of its own. */
    private static Reply type(JsonPath path, @Nullable JsonDocument document) {
        Reply reply = document == null ? Reply.NULL : type(document, path);
        return new Reply.ByProtocol(reply, Reply.array(reply));
    }

    private static Reply type(JsonDocument document, JsonPath path) {
        if (!path.isLegacy()) {
            return JsonReplies.forEach(document.places(path), value -> Reply.text(JsonValue.typeName(value)));
        }
        JsonValue first = path.isValid() ? document.first(path) : null;
        return first == null ? Reply.NULL : Reply.text(JsonValue.typeName(first));
    }

    private static Reply strlen(JsonPath path, @Nullable JsonDocument document) {
        if (document == null) {
            return nullOrNoSuchKey(path);
        }
        List<JsonPlace> places = document.places(path);
        if (!path.isLegacy()) {
            return JsonReplies.forEach(
                    places,
                    value -> value instanceof JsonValue.Text text
                            ? JsonReplies.length(text, document.work())
                            : Reply.NULL);
        }
        JsonValue first = JsonReplies.first(path, places);
        if (first instanceof JsonValue.Text text) {
            return JsonReplies.length(text, document.work());
        }
        throw JsonReplies.unexpected("string", JsonValue.typeName(first));
    }

    private static Reply objlen(JsonPath path, @Nullable JsonDocument document) {
        if (document == null) {
            if (path.isLegacy()) {
                return Reply.NULL;
            }
            throw JsonReplies.noSuchPathOr(path.fixed(), NO_OBJECT);
        }
        if (!path.isLegacy()) {
            return JsonReplies.forEach(
                    document.places(path),
                    value -> value instanceof JsonValue.Members ? Reply.integer(JsonValue.size(value)) : Reply.NULL);
        }
        JsonValue first = path.isValid() ? document.first(path) : null;
        if (first == null) {
            return Reply.NULL;
        }
        if (first instanceof JsonValue.Members) {
            return Reply.integer(JsonValue.size(first));
        }
        throw JsonReplies.unexpected("object", JsonValue.typeName(first));
    }

    private static Reply objkeys(JsonPath path, @Nullable JsonDocument document) {
        if (document == null) {
            return nullOrNoSuchKey(path);
        }
        if (!path.isLegacy()) {
            return JsonReplies.forEach(
                    document.places(path),
                    value -> value instanceof JsonValue.Members members
                            ? JsonReplies.names(members, document.work())
                            : Reply.NULL);
        }
        JsonValue first = path.isValid() ? document.first(path) : null;
        if (first == null) {
            return Reply.NULL;
        }
        if (first instanceof JsonValue.Members members) {
            return JsonReplies.names(members, document.work());
        }
        throw JsonReplies.noSuchPathOr(path.fixed(), NO_OBJECT);
    }

    private static Reply arrlen(JsonPath path, @Nullable JsonDocument document) {
        if (document == null) {
            return nullOrNoSuchKey(path);
        }
        if (!path.isLegacy()) {
            return JsonReplies.forEach(
                    document.places(path),
                    value -> value instanceof JsonValue.Array ? Reply.integer(JsonValue.size(value)) : Reply.NULL);
        }
        if (document.first(path) instanceof JsonValue.Array array) {
            return Reply.integer(array.items().size());
        }
        throw JsonReplies.noSuchPathOr(path.original(), NO_ARRAY);
    }

    /** What most commands answer when there is no such key. */
    private static Reply nullOrNoSuchKey(JsonPath path) {
        if (path.isLegacy()) {
            return Reply.NULL;
        }
        throw JsonReplies.noSuchKey();
    }

    // ---- values ----

    /** {@code JSON.ARRINDEX key path value [start [stop]]} */
    private static Reply arrindex(ReadContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.arrindex", args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = arguments.takePath();
        byte[] json = arguments.takeUtf8();
        long start = arguments.hasNext() ? arguments.takeLong() : 0;
        long stop = arguments.hasNext() ? arguments.takeLong() : 0;
        if (arguments.hasNext()) {
            throw arguments.wrongArity();
        }
        JsonDocument document = JsonDocument.find(work, key);
        JsonValue wanted = JsonDocument.parse(json, work);
        if (document == null) {
            throw JsonReplies.noSuchPath(path.original());
        }
        List<JsonPlace> places = document.places(path);
        if (!path.isLegacy()) {
            return JsonReplies.forEach(
                    places,
                    value -> value instanceof JsonValue.Array array
                            ? Reply.integer(JsonEdits.indexOf(array, wanted, start, stop, work))
                            : Reply.NULL);
        }
        JsonValue first = JsonReplies.first(path, places);
        if (first instanceof JsonValue.Array array) {
            return Reply.integer(JsonEdits.indexOf(array, wanted, start, stop, work));
        }
        throw JsonReplies.unexpected("array", JsonValue.typeName(first));
    }

    private static Reply resp(JsonPath path, @Nullable JsonDocument document) {
        if (document == null) {
            return Reply.NULL;
        }
        List<JsonPlace> places = document.places(path);
        return path.isLegacy()
                ? JsonReplies.resp(JsonReplies.first(path, places), document.work())
                : JsonReplies.forEach(places, value -> JsonReplies.resp(value, document.work()));
    }

    // ---- JSON.DEBUG ----

    private static Reply debugMemory(ReadContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.debug|memory", args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = arguments.takePathOrRoot();
        JsonDocument document = JsonDocument.find(work, key);
        if (document == null) {
            return path.isLegacy() ? Reply.ZERO : Reply.EMPTY_ARRAY;
        }
        List<JsonPlace> places = document.places(path);
        return path.isLegacy()
                ? Reply.integer(JsonEdits.memory(JsonReplies.first(path, places), work))
                : JsonReplies.forEach(places, value -> Reply.integer(JsonEdits.memory(value, work)));
    }

    private static Reply debugHelp(Caller caller, Args args) {
        return Reply.array(
                Reply.text("MEMORY <key> [path] - reports memory usage"),
                Reply.text("HELP                - this message"));
    }
}
