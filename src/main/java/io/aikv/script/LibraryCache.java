package io.aikv.script;

import io.aikv.base.CommandError;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Libraries that entries have brought, by the digest of their code: so that each is read once. Thread-safe. */
final class LibraryCache {
    private static final int LIBRARIES_MAX = 256;

    private final Map<String, Library> known = new ConcurrentHashMap<>();

    /** The library of that code; one without functions if it cannot be read, which its execution will say too. */
    Library read(String sha, byte[] code, LuaEngine engine) {
        Library library = known.get(sha);
        if (library == null) {
            try {
                library = FunctionIndex.read(code, engine);
            } catch (CommandError e) {
                library = new Library("", code, sha, List.of());
            }
            if (known.size() >= LIBRARIES_MAX) {
                known.clear();
            }
            known.put(sha, library);
        }
        return library;
    }
}
