package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.INSERT;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Numbers;
import io.aikv.data.EventClass;
import io.aikv.data.WriteContext;
import io.aikv.data.json.JsonDocument;
import io.aikv.data.json.JsonEdits;
import io.aikv.data.json.JsonPath;
import io.aikv.data.json.JsonPlace;
import io.aikv.data.json.JsonValue;
import io.aikv.data.json.JsonWork;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Commands of RedisJSON that change arrays. A legacy path that leads to several arrays changes all of them and answers for the last;
 * an error means that none was changed.
 */
final class JsonArrayCommands {
    private static final String NO_ARRAY = "not an array";
    private static final String STRINGS = "STRINGS";

    private JsonArrayCommands() {}

    static void register(CommandTable table) {
        table.group(Group.MODULE)
                .write("JSON.ARRAPPEND", -4, key(1, RW, INSERT), JsonArrayCommands::arrappend, DENYOOM)
                .write("JSON.ARRINSERT", -5, key(1, RW, INSERT), JsonArrayCommands::arrinsert, DENYOOM)
                .write("JSON.ARRPOP", -2, key(1, RW, ACCESS, DELETE), JsonArrayCommands::arrpop, DENYOOM)
                .write("JSON.ARRTRIM", 5, key(1, RW, DELETE), JsonArrayCommands::arrtrim, DENYOOM);
    }

    /** The arrays a command changes, among whatever its path leads to. */
    private record Target(JsonDocument document, JsonPath path, List<JsonPlace> places) {
        static Target of(JsonWork work, byte[] key, JsonPath path) {
            JsonDocument document = JsonDocument.find(work, key);
            if (document == null) {
                throw JsonReplies.noSuchKey();
            }
            return new Target(document, path, document.places(path));
        }

        boolean hasArray() {
            return places.stream().anyMatch(place -> place.value() instanceof JsonValue.Array);
        }

        /** {@code ERR Path '...' does not exist or not an array} for a legacy path that leads to none. */
        void requireArray(String shownPath) {
            if (path.isLegacy() && !hasArray()) {
                throw JsonReplies.noSuchPathOr(shownPath, NO_ARRAY);
            }
        }

        /**
         * Changes every array, an inner one before the one around it; the replies are in the order of the places, null for what is
         * no array.
         */
        List<Reply> change(Function<JsonValue.Array, Reply> change) {
            Reply[] replies = new Reply[places.size()];
            Arrays.fill(replies, Reply.NULL);
            for (int i = places.size() - 1; i >= 0; i--) {
                if (places.get(i).value() instanceof JsonValue.Array array) {
                    replies[i] = change.apply(array);
                }
            }
            return Arrays.asList(replies);
        }

        /** All replies, or for a legacy path the one for the last array. */
        Reply reply(List<Reply> replies) {
            if (!path.isLegacy()) {
                return Reply.array(replies);
            }
            for (int i = places.size() - 1; i >= 0; i--) {
                if (places.get(i).value() instanceof JsonValue.Array) {
                    return replies.get(i);
                }
            }
            return Reply.NULL;
        }

        /** Writes the document if there was an array, and answers. */
        Reply finish(WriteContext context, String event, List<Reply> replies) {
            if (hasArray()) {
                document.save(context, event);
            }
            return reply(replies);
        }
    }

    /** {@code JSON.ARRAPPEND key path value [value ...]} */
    private static Reply arrappend(WriteContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.arrappend", args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = arguments.takePath();
        List<JsonValue> values = arguments.takeJsons();
        Target target = Target.of(work, key, path);
        target.requireArray(path.original());
        List<Reply> replies = target.change(array -> {
            JsonEdits.insert(array, array.items().size(), values, work);
            return Reply.integer(array.items().size());
        });
        return target.finish(context, "json.arrappend", replies);
    }

    /** {@code JSON.ARRINSERT key path index value [value ...]} */
    private static Reply arrinsert(WriteContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.arrinsert", args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = arguments.takePath();
        long index = arguments.takeLong();
        List<JsonValue> values = arguments.takeJsons();
        Target target = Target.of(work, key, path);
        target.requireArray(path.fixed());
        List<Reply> replies = target.change(array -> {
            int size = array.items().size();
            long position = index < 0 ? size + index : index;
            if (position < 0 || position > size) {
                throw new CommandError("ERR index out of bounds");
            }
            JsonEdits.insert(array, (int) position, values, work);
            return Reply.integer(array.items().size());
        });
        return target.finish(context, "json.arrinsert", replies);
    }

    /** {@code JSON.ARRTRIM key path start stop} */
    private static Reply arrtrim(WriteContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.arrtrim", args, work);
        byte[] key = arguments.takeKey();
        JsonPath path = arguments.takePath();
        long start = arguments.takeLong();
        long stop = arguments.takeLong();
        Target target = Target.of(work, key, path);
        target.requireArray(path.fixed());
        List<Reply> replies = target.change(array -> {
            JsonEdits.trim(array, start, stop);
            return Reply.integer(array.items().size());
        });
        return target.finish(context, "json.arrtrim", replies);
    }

    // ---- JSON.ARRPOP ----

    /** {@code JSON.ARRPOP key [FORMAT STRINGS|EXPAND1|EXPAND] [path [index]]} */
    private static Reply arrpop(WriteContext context, Args args) {
        JsonWork work = new JsonWork(context);
        JsonArguments arguments = new JsonArguments("json.arrpop", args, work);
        byte[] key = arguments.takeKey();
        String format = STRINGS;
        if (args.remaining() > 1 && Bytes.equalsIgnoreCase(args.peek(), "FORMAT")) {
            args.take();
            format = arguments.takeText();
            if (!format.equals(STRINGS) && !format.equals("EXPAND1") && !format.equals("EXPAND")) {
                throw new CommandError("ERR wrong reply format");
            }
        }
        boolean hasPath = arguments.hasNext();
        JsonPath path = arguments.takePathOrRoot();
        long index = hasPath ? -1 : Long.MAX_VALUE;
        if (arguments.hasNext()) {
            byte[] digits = arguments.takeKey();
            index = Numbers.isLong(digits) ? Numbers.parseLong(digits) : -1;
        }
        if (path.isLegacy() && !format.equals(STRINGS)) {
            throw new CommandError("Legacy paths are supported only with FORMAT STRINGS");
        }
        return pop(context, Target.of(work, key, path), index, format);
    }

    /** An entry cannot know the client's protocol: RESP2 gets strings whatever the format is, RESP3 what it asked for. */
    private static Reply pop(WriteContext context, Target target, long index, String format) {
        target.requireArray(target.path().fixed());
        JsonWork work = target.document().work();
        List<JsonValue> popped = new ArrayList<>();
        List<Reply> replies = target.change(array -> {
            JsonValue element = JsonEdits.pop(array, index);
            if (element == null) {
                return Reply.NULL;
            }
            popped.add(element);
            Reply text = JsonReplies.json(element, work);
            return format.equals(STRINGS)
                    ? text
                    : new Reply.ByProtocol(text, JsonReplies.expanded(element, format.equals("EXPAND"), work));
        });
        if (!popped.isEmpty()) {
            target.document().save(context, "json.arrpop");
        } else if (target.path().isLegacy()) {
            // RedisJSON tells of it although the array was empty.
            context.changed(EventClass.MODULE, "json.arrpop", target.document().key());
        }
        return target.reply(replies);
    }
}
