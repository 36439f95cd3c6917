package io.aikv.script;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The scripts that this node can run by their digests: those of the catalog, and the ones that EVAL has shown it lately.
 * Thread-safe.
 */
final class KnownScripts {
    static final int SEEN_MAX = 1000;
    private static final long SEEN_BYTES_MAX = 32L << 20;

    private final Supplier<ScriptCatalog> catalog;
    /** By digest, the one used last at the end. Guarded by itself. */
    private final Map<String, byte[]> seen = new LinkedHashMap<>(16, 0.75f, true);

    private long seenBytes;
    private long flushes;

    KnownScripts(Supplier<ScriptCatalog> catalog) {
        this.catalog = catalog;
    }

    /** The body, or null. */
    byte @Nullable [] find(String sha) {
        byte[] loaded = catalog.get().script(sha);
        if (loaded != null) {
            return loaded;
        }
        synchronized (seen) {
            forgetFlushed();
            return seen.get(sha);
        }
    }

    /** Remembers a script that was run. */
    void saw(String sha, byte[] body) {
        synchronized (seen) {
            forgetFlushed();
            byte[] before = seen.put(sha, body);
            seenBytes += body.length - (before == null ? 0 : before.length);
            while (seen.size() > SEEN_MAX || seenBytes > SEEN_BYTES_MAX && seen.size() > 1) {
                String eldest = seen.keySet().iterator().next();
                byte[] gone = seen.remove(eldest);
                seenBytes -= gone == null ? 0 : gone.length;
            }
        }
    }

    /** SCRIPT FLUSH holds for all nodes: one that hears of it forgets. */
    private void forgetFlushed() {
        long now = catalog.get().flushes();
        if (now != flushes) {
            flushes = now;
            seen.clear();
            seenBytes = 0;
        }
    }

    /** How many there are. */
    int count() {
        synchronized (seen) {
            forgetFlushed();
            ScriptCatalog loaded = catalog.get();
            return loaded.scripts().size()
                    + (int) seen.keySet().stream()
                            .filter(sha -> loaded.script(sha) == null)
                            .count();
        }
    }
}
