package io.aikv.script;

import io.aikv.base.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The scripts and libraries that were loaded into the cluster, as of a version. Immutable: a snapshot of what the meta group
 * holds.
 *
 * <pre>
 * version(8) flushes(8) scripts(4) (size(4) body)... libraries(4) (size(4) name size(4) code)...
 * </pre>
 *
 * @param version grows with every change
 * @param flushes how often SCRIPT FLUSH was called: scripts that a node has only seen go with it
 * @param scripts bodies by their digests, in the order in which they were loaded
 * @param libraries code by name, in the order in which they were loaded
 */
public record ScriptCatalog(long version, long flushes, Map<String, byte[]> scripts, Map<String, byte[]> libraries) {
    public static final ScriptCatalog EMPTY = new ScriptCatalog(0, 0, Map.of(), Map.of());

    /** How much may be loaded in all, in bytes: it is one value in the meta group, and travels to every node. */
    public static final int BYTES_MAX = 16 << 20;

    /** The catalog as bytes. */
    public byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(size());
        out.putLong(version).putLong(flushes).putInt(scripts.size());
        scripts.values().forEach(body -> put(out, body));
        out.putInt(libraries.size());
        libraries.forEach((name, code) -> {
            put(out, Bytes.utf8(name));
            put(out, code);
        });
        return out.array();
    }

    /** Its size in bytes. */
    public int size() {
        long size = 24;
        for (byte[] body : scripts.values()) {
            size += 4 + body.length;
        }
        for (Map.Entry<String, byte[]> library : libraries.entrySet()) {
            size += 8L + Bytes.utf8(library.getKey()).length + library.getValue().length;
        }
        return Math.toIntExact(size);
    }

    /** The version of what {@link #encode} wrote, without reading the rest. */
    public static long versionOf(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong();
    }

    /** Reads what {@link #encode} wrote. */
    public static ScriptCatalog decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        long version = in.getLong();
        long flushes = in.getLong();
        Map<String, byte[]> scripts = new LinkedHashMap<>();
        for (int i = in.getInt(); i > 0; i--) {
            byte[] body = take(in);
            scripts.put(Sha1.hex(body), body);
        }
        Map<String, byte[]> libraries = new LinkedHashMap<>();
        for (int i = in.getInt(); i > 0; i--) {
            String name = Bytes.text(take(in));
            libraries.put(name, take(in));
        }
        return new ScriptCatalog(version, flushes, scripts, libraries);
    }

    private static void put(ByteBuffer out, byte[] bytes) {
        out.putInt(bytes.length).put(bytes);
    }

    private static byte[] take(ByteBuffer in) {
        byte[] bytes = new byte[in.getInt()];
        in.get(bytes);
        return bytes;
    }

    // ---- the next one ----

    /** With one more script. */
    public ScriptCatalog withScript(byte[] body) {
        Map<String, byte[]> next = new LinkedHashMap<>(scripts);
        next.put(Sha1.hex(body), body);
        return new ScriptCatalog(version + 1, flushes, next, libraries);
    }

    /** Without any script. */
    public ScriptCatalog withoutScripts() {
        return new ScriptCatalog(version + 1, flushes + 1, Map.of(), libraries);
    }

    /** With other libraries. */
    public ScriptCatalog withLibraries(Map<String, byte[]> next) {
        return new ScriptCatalog(version + 1, flushes, scripts, new LinkedHashMap<>(next));
    }

    /** The body of a script by its digest in lower case, or null. */
    byte @Nullable [] script(String sha) {
        return scripts.get(sha);
    }

    List<String> libraryNames() {
        return new ArrayList<>(libraries.keySet());
    }
}
