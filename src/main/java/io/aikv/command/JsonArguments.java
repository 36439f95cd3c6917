package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.json.JsonDocument;
import io.aikv.data.json.JsonPath;
import io.aikv.data.json.JsonValue;
import io.aikv.data.json.JsonWork;
import java.util.ArrayList;
import java.util.List;

/** The arguments of one JSON command, taken as RedisJSON takes them: with the errors of a Redis module written in Rust. */
final class JsonArguments {
    private final String command;
    private final Args args;
    private final JsonWork work;

    /** @param command in lower case, for the error that arguments are missing */
    JsonArguments(String command, Args args, JsonWork work) {
        this.command = command;
        this.args = args;
        this.work = work;
    }

    boolean hasNext() {
        return args.hasNext();
    }

    /** {@code ERR wrong number of arguments for '...' command} */
    CommandError wrongArity() {
        return Errors.wrongArity(command);
    }

    /** The next argument, any bytes. */
    byte[] takeKey() {
        if (!args.hasNext()) {
            throw wrongArity();
        }
        return args.take();
    }

    /** The next argument; {@code Couldn't parse as UTF-8 string} if it is not that. */
    byte[] takeUtf8() {
        byte[] bytes = takeKey();
        requireUtf8(bytes);
        return bytes;
    }

    String takeText() {
        return Bytes.text(takeUtf8());
    }

    JsonPath takePath() {
        return JsonPath.of(takeText());
    }

    /** The path of commands where it may be missing, which is the whole document. */
    JsonPath takePathOrRoot() {
        return hasNext() ? takePath() : JsonPath.of(JsonPath.LEGACY_ROOT);
    }

    /** {@code Couldn't parse as integer} for what is not a 64-bit integer. */
    long takeLong() {
        return Numbers.parseLong(takeKey(), "Couldn't parse as integer");
    }

    JsonValue takeJson() {
        return JsonDocument.parse(takeUtf8(), work);
    }

    /** All that are left, of which there is at least one. */
    List<JsonValue> takeJsons() {
        List<JsonValue> values = new ArrayList<>(args.remaining());
        do {
            values.add(takeJson());
        } while (hasNext());
        return values;
    }

    private static void requireUtf8(byte[] bytes) {
        if (!JsonDocument.isUtf8(bytes)) {
            throw new CommandError("Couldn't parse as UTF-8 string");
        }
    }
}
