package io.aikv.data.json;

import io.aikv.base.CommandError;
import io.aikv.data.EventClass;
import io.aikv.data.KeyRecord;
import io.aikv.data.Strings;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The JSON document of a key while a command works on it. It is stored as compact text, which is what JSON.GET of the whole
 * answers without looking into it; for everything else it is parsed when that is first needed. Short texts stand in the key's
 * own row, long ones in chunks, as strings do.
 */
public final class JsonDocument {
    private static final String WRONG_TYPE = "Existing key has wrong Redis type";

    private final JsonWork work;
    private final byte[] key;
    private final @Nullable KeyRecord record;
    private @Nullable JsonValue root;

    private JsonDocument(JsonWork work, byte[] key, @Nullable KeyRecord record, @Nullable JsonValue root) {
        this.work = work;
        this.key = key;
        this.record = record;
        this.root = root;
    }

    // ---- finding ----

    /**
     * The document of a key, or null if there is no such key. One point read.
     *
     * @throws CommandError {@code Existing key has wrong Redis type}, as RedisJSON says it
     */
    public static @Nullable JsonDocument find(JsonWork work, byte[] key) {
        KeyRecord record = work.context().find(key);
        if (record == null) {
            return null;
        }
        if (record.type() != Type.JSON) {
            throw new CommandError(WRONG_TYPE);
        }
        return new JsonDocument(work, key, record, null);
    }

    /** As {@link #find}, and null for a key of another type too. */
    public static @Nullable JsonDocument findIfJson(JsonWork work, byte[] key) {
        KeyRecord record = work.context().find(key);
        return record == null || record.type() != Type.JSON ? null : new JsonDocument(work, key, record, null);
    }

    /** A new document for a key that is absent. */
    public static JsonDocument create(JsonWork work, byte[] key, JsonValue root) {
        return new JsonDocument(work, key, null, root);
    }

    /** Parses JSON that a client sent. Errors as {@link JsonText#parse}. */
    public static JsonValue parse(byte[] json, JsonWork work) {
        return JsonText.parse(json, work);
    }

    /**
     * What is to be stored for the text of a document that another server has saved.
     *
     * @throws CommandError {@code ERR Bad data format} if it is no JSON; {@code ERR JSON document exceeds the maximum size of
     *     ...}
     */
    public static byte[] stored(byte[] saved, JsonWork work) {
        try {
            if (JsonText.isUtf8(saved)) {
                return JsonPrinter.document(JsonText.parse(saved, work), work);
            }
        } catch (CommandError e) {
            if (e.line().startsWith("ERR ")) {
                throw e;
            }
        }
        throw new CommandError("ERR Bad data format");
    }

    /** Whether bytes are UTF-8, as {@link #parse} expects. */
    public static boolean isUtf8(byte[] bytes) {
        return JsonText.isUtf8(bytes);
    }

    // ---- reading ----

    public byte[] key() {
        return key;
    }

    public JsonWork work() {
        return work;
    }

    /** The document as it is stored: compact JSON. All its rows are read. */
    public byte[] text() {
        return record == null ? JsonPrinter.document(root(), work) : Strings.value(work.context(), key, record);
    }

    /** The length of {@link #text()} in bytes. No read. */
    public int size() {
        return record == null ? 0 : Strings.length(record);
    }

    /** The value of the whole document; parsed at the first call. */
    public JsonValue root() {
        JsonValue value = root;
        if (value == null) {
            value = JsonText.parse(text(), work);
            root = value;
        }
        return value;
    }

    /** Every place the path leads to, in the order of the walk. Throws what is wrong with the path. */
    public List<JsonPlace> places(JsonPath path) {
        return JsonQuery.places(path.steps(), root(), work);
    }

    /** The value a legacy path stands for: the first; null if there is none. */
    public @Nullable JsonValue first(JsonPath path) {
        List<JsonPlace> places = places(path);
        return places.isEmpty() ? null : places.get(0).value();
    }

    /** What stands at a place now, after changes in memory; null if nothing does. */
    public @Nullable JsonValue valueAt(JsonPlace place) {
        return place.resolve(root());
    }

    // ---- writing ----

    /** Puts another value in the place of the whole document, in memory. */
    public void setRoot(JsonValue value) {
        root = value;
    }

    /** Puts another value where one stands now, in memory; false where none does. */
    public boolean replace(JsonPlace place, JsonValue value) {
        if (place.isRoot()) {
            setRoot(value);
            return true;
        }
        return place.replace(root(), value);
    }

    /**
     * The text to be stored. Nothing is written yet.
     *
     * @throws CommandError {@code ERR JSON document exceeds the maximum size of ...}, {@code ERR recursion limit exceeded}
     */
    public byte[] print() {
        return JsonPrinter.document(root(), work);
    }

    /** Writes what {@link #print()} gave; a deadline the key has stays. */
    public void write(WriteContext context, byte[] text) {
        long expireAtMillis = record == null ? KeyRecord.NO_EXPIRY : record.expireAtMillis();
        Strings.put(context, key, Type.JSON, text, expireAtMillis);
    }

    /** Prints and writes the document and tells of {@code event}. */
    public void save(WriteContext context, String event) {
        write(context, print());
        context.changed(EventClass.MODULE, event, key);
    }
}
