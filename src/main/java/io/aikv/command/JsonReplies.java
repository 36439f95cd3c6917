package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.data.json.JsonPath;
import io.aikv.data.json.JsonPlace;
import io.aikv.data.json.JsonPrinter;
import io.aikv.data.json.JsonValue;
import io.aikv.data.json.JsonWork;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Replies and errors that several JSON commands have in common. */
final class JsonReplies {
    private static final Reply BRACKET = Reply.simple("[");
    private static final Reply BRACE = Reply.simple("{");
    private static final Reply TRUE = Reply.simple("true");
    private static final Reply FALSE = Reply.simple("false");

    private JsonReplies() {}

    // ---- errors ----

    static CommandError noSuchKey() {
        return new CommandError("ERR could not perform this operation on a key that doesn't exist");
    }

    static CommandError noSuchPath(String path) {
        return new CommandError("ERR Path '" + path + "' does not exist");
    }

    static CommandError noSuchPathOr(String path, String or) {
        return new CommandError("ERR Path '" + path + "' does not exist or " + or);
    }

    static CommandError unexpected(String expected, String found) {
        return new CommandError("WRONGTYPE wrong type of path value - expected " + expected + " but found " + found);
    }

    // ---- replies ----

    /** An array with one reply for each place. */
    static Reply forEach(List<JsonPlace> places, Function<JsonValue, Reply> reply) {
        List<Reply> replies = new ArrayList<>(places.size());
        for (JsonPlace place : places) {
            replies.add(reply.apply(place.value()));
        }
        return Reply.array(replies);
    }

    /** The value a legacy path stands for, out of the places it leads to. */
    static JsonValue first(JsonPath path, List<JsonPlace> places) {
        if (places.isEmpty()) {
            throw noSuchPath(path.fixed());
        }
        return places.get(0).value();
    }

    static List<JsonValue> values(List<JsonPlace> places) {
        List<JsonValue> values = new ArrayList<>(places.size());
        for (JsonPlace place : places) {
            values.add(place.value());
        }
        return values;
    }

    static Reply json(JsonValue value, JsonWork work) {
        return Reply.bulk(JsonPrinter.compact(value, work));
    }

    static Reply string(JsonValue.Text text, JsonWork work) {
        work.chargeReply(text.value().length());
        return Reply.bulk(Bytes.utf8(text.value()));
    }

    /** A value as RESP3 has it: all the way down, or with arrays, objects and strings as JSON text. */
    static Reply expanded(JsonValue value, boolean deeply, JsonWork work) {
        work.charge();
        if (value == JsonValue.Literal.NULL) {
            return Reply.NULL;
        } else if (value instanceof JsonValue.Literal) {
            return new Reply.Bool(value == JsonValue.Literal.TRUE);
        } else if (JsonValue.isNumber(value)) {
            return number(value);
        } else if (!deeply) {
            return json(value, work);
        } else if (value instanceof JsonValue.Array array) {
            List<Reply> items = new ArrayList<>(array.items().size());
            for (JsonValue item : array.items()) {
                items.add(expanded(item, true, work));
            }
            return Reply.array(items);
        } else if (value instanceof JsonValue.Members members) {
            List<Reply> pairs = new ArrayList<>(2 * members.byName().size());
            for (Map.Entry<String, JsonValue> member : members.byName().entrySet()) {
                pairs.add(Reply.text(member.getKey()));
                pairs.add(expanded(member.getValue(), true, work));
            }
            return new Reply.Map(pairs);
        }
        return string((JsonValue.Text) value, work);
    }

    /** A value as JSON.RESP tells it: arrays and objects begin with their bracket. */
    static Reply resp(JsonValue value, JsonWork work) {
        work.charge();
        if (value == JsonValue.Literal.NULL) {
            return Reply.NULL;
        } else if (value instanceof JsonValue.Literal) {
            return value == JsonValue.Literal.TRUE ? TRUE : FALSE;
        } else if (JsonValue.isNumber(value)) {
            return number(value);
        } else if (value instanceof JsonValue.Array array) {
            List<Reply> items = new ArrayList<>(array.items().size() + 1);
            items.add(BRACKET);
            for (JsonValue item : array.items()) {
                items.add(resp(item, work));
            }
            return Reply.array(items);
        } else if (value instanceof JsonValue.Members members) {
            List<Reply> items = new ArrayList<>(2 * members.byName().size() + 1);
            items.add(BRACE);
            for (Map.Entry<String, JsonValue> member : members.byName().entrySet()) {
                items.add(Reply.text(member.getKey()));
                items.add(resp(member.getValue(), work));
            }
            return Reply.array(items);
        }
        return string((JsonValue.Text) value, work);
    }

    static Reply number(JsonValue value) {
        return value instanceof JsonValue.Whole whole
                ? Reply.integer(whole.value())
                : new Reply.Double(JsonValue.toDouble(value));
    }

    /** The names of an object's members. */
    static Reply names(JsonValue.Members members, JsonWork work) {
        List<Reply> names = new ArrayList<>(members.byName().size());
        for (String name : members.byName().keySet()) {
            work.charge();
            names.add(Reply.text(name));
        }
        return Reply.array(names);
    }

    /** The length of a string in bytes of UTF-8. */
    static Reply length(JsonValue.Text text, JsonWork work) {
        work.chargeReply(text.value().length());
        return Reply.integer(Bytes.utf8(text.value()).length);
    }
}
