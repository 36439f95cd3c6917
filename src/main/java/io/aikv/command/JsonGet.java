package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.data.ReadContext;
import io.aikv.data.json.JsonDocument;
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

/** JSON.GET and JSON.MGET. */
final class JsonGet {
    /** No option is longer: what is, is a path. */
    private static final int OPTION_LENGTH_MAX = 8;

    private static final String NO_FORMAT_IN_RESP2 = "ERR FORMAT argument is not supported on RESP2";
    private static final byte[] OPEN = Bytes.utf8("[");
    private static final byte[] CLOSE = Bytes.utf8("]");

    private JsonGet() {}

    /** How RESP3 gets values that it was asked to get in its own types. */
    enum Expansion {
        /** As JSON text, all values of a path in one. */
        STRING,
        /** Scalars in RESP3's types, everything else as JSON text. */
        EXPAND1,
        /** Everything in RESP3's types. */
        EXPAND
    }

    /** {@code JSON.GET key [INDENT s] [NEWLINE s] [SPACE s] [FORMAT STRING|EXPAND1|EXPAND] [path ...]} */
    static Reply get(ReadContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.get", args, work);
        byte[] key = arguments.takeKey();
        List<JsonPath> paths = new ArrayList<>(1);
        byte[] indent = Bytes.EMPTY;
        byte[] newline = Bytes.EMPTY;
        byte[] space = Bytes.EMPTY;
        Expansion expansion = Expansion.STRING;
        boolean hasFormat = false;
        while (arguments.hasNext()) {
            byte[] next = arguments.takeUtf8();
            if (next.length > OPTION_LENGTH_MAX) {
                paths.add(JsonPath.of(Bytes.text(next)));
            } else if (Bytes.equalsIgnoreCase(next, "FORMAT")) {
                expansion = expansion(arguments.takeText());
                hasFormat = true;
            } else if (Bytes.equalsIgnoreCase(next, "INDENT")) {
                indent = arguments.takeUtf8();
            } else if (Bytes.equalsIgnoreCase(next, "NEWLINE")) {
                newline = arguments.takeUtf8();
            } else if (Bytes.equalsIgnoreCase(next, "SPACE")) {
                space = arguments.takeUtf8();
            } else if (!Bytes.equalsIgnoreCase(next, "NOESCAPE")) {
                paths.add(JsonPath.of(Bytes.text(next)));
            }
        }
        if (paths.isEmpty()) {
            paths.add(JsonPath.of(JsonPath.LEGACY_ROOT));
        }
        JsonDocument document = JsonDocument.find(work, key);
        Reply reply = document == null
                ? Reply.NULL
                : expansion == Expansion.STRING
                        ? text(document, paths, new JsonFormat(indent, newline, space))
                        : expand(document, paths, expansion);
        return hasFormat ? new Reply.ByProtocol(Reply.error(NO_FORMAT_IN_RESP2), reply) : reply;
    }

    private static Expansion expansion(String name) {
        return switch (name) {
            case "STRING" -> Expansion.STRING;
            case "EXPAND1" -> Expansion.EXPAND1;
            case "EXPAND" -> Expansion.EXPAND;
            default -> throw new CommandError("ERR wrong reply format");
        };
    }

    private static Reply expand(JsonDocument document, List<JsonPath> paths, Expansion expansion) {
        List<Reply> replies = new ArrayList<>(paths.size());
        boolean deeply = expansion == Expansion.EXPAND;
        for (JsonPath path : paths) {
            replies.add(JsonReplies.forEach(
                    document.places(path), value -> JsonReplies.expanded(value, deeply, document.work())));
        }
        return Reply.array(replies);
    }

    private static Reply text(JsonDocument document, List<JsonPath> paths, JsonFormat format) {
        boolean legacy = paths.stream().allMatch(JsonPath::isLegacy);
        JsonPath first = paths.get(0);
        if (paths.size() > 1) {
            return several(document, paths, format, legacy);
        }
        if (first.isRoot() && format.isCompact()) {
            byte[] text = document.text();
            return Reply.bulk(legacy ? text : Bytes.concat(OPEN, Bytes.concat(text, CLOSE)));
        }
        List<JsonPlace> places = document.places(first);
        JsonPrinter printer = new JsonPrinter(format, document.work());
        if (legacy) {
            printer.value(JsonReplies.first(first, places));
        } else {
            printer.list(JsonReplies.values(places));
        }
        return Reply.bulk(printer.bytes());
    }

    private static Reply several(JsonDocument document, List<JsonPath> paths, JsonFormat format, boolean legacy) {
        Map<String, List<JsonPlace>> byPath = new LinkedHashMap<>();
        for (JsonPath path : paths) {
            List<JsonPlace> places = document.places(path);
            if (legacy && places.isEmpty()) {
                throw JsonReplies.noSuchPath(path.original());
            }
            byPath.put(path.original(), places);
        }
        JsonPrinter printer = new JsonPrinter(format, document.work());
        printer.begin('{');
        boolean isFirst = true;
        for (Map.Entry<String, List<JsonPlace>> entry : byPath.entrySet()) {
            printer.name(entry.getKey(), isFirst);
            if (legacy) {
                printer.value(entry.getValue().get(0).value());
            } else {
                printer.list(JsonReplies.values(entry.getValue()));
            }
            isFirst = false;
        }
        printer.end('}', isFirst);
        return Reply.bulk(printer.bytes());
    }

    /** {@code JSON.MGET key [key ...] path}: null for what is no document, or where there is no such path. */
    static Reply mget(ReadContext context, Args args) {
        JsonWork work = new JsonWork(context);
        byte[][] argv = args.argv();
        Args last = new Args(argv, argv.length - 1);
        JsonPath path = new JsonArguments("json.mget", last, work).takePath();
        List<Reply> replies = new ArrayList<>(args.remaining() - 1);
        while (args.remaining() > 1) {
            JsonDocument document = JsonDocument.findIfJson(work, args.take());
            replies.add(document == null ? Reply.NULL : textOrNull(document, path));
        }
        return Reply.array(replies);
    }

    private static Reply textOrNull(JsonDocument document, JsonPath path) {
        if (!path.isValid()) {
            return Reply.NULL;
        }
        if (path.isLegacy() && !path.isRoot()) {
            JsonValue first = document.first(path);
            return first == null ? Reply.NULL : JsonReplies.json(first, document.work());
        }
        document.work().chargeReply(document.size());
        return text(document, List.of(path), JsonFormat.COMPACT);
    }
}
