package io.aikv.script;

import io.aikv.base.CommandError;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The functions of all libraries of a catalog. Immutable; made once per catalog, by running each library's code.
 *
 * @param version the catalog's
 * @param libraries by name, in the order in which they were loaded
 */
record FunctionIndex(long version, Map<String, Library> libraries, Map<String, Library> byFunction) {
    private static final Logger LOG = LoggerFactory.getLogger(FunctionIndex.class);

    /** What a library's code may use while it registers its functions. */
    static final Budget LOADING = new Budget(2_000_000, 16 << 20);

    static final FunctionIndex EMPTY = new FunctionIndex(0, Map.of(), Map.of());

    /** The index of {@code catalog}; libraries that {@code before} has are not run again. */
    static FunctionIndex of(ScriptCatalog catalog, FunctionIndex before, LuaEngine engine) {
        Map<String, Library> libraries = new LinkedHashMap<>();
        Map<String, Library> functions = new LinkedHashMap<>();
        catalog.libraries().forEach((name, code) -> {
            Library known = before.libraries().get(name);
            try {
                Library library = known != null && known.sha().equals(Sha1.hex(code)) ? known : read(code, engine);
                libraries.put(name, library);
                library.functions().forEach(function -> functions.put(function.name(), library));
            } catch (CommandError e) {
                LOG.error("library={} of the catalog cannot be loaded: {}", name, e.line());
            }
        });
        return new FunctionIndex(catalog.version(), libraries, functions);
    }

    /**
     * Reads a library: its name and its functions.
     *
     * @throws CommandError with the text that FUNCTION LOAD answers
     */
    static Library read(byte[] code, LuaEngine engine) {
        String name = Library.nameIn(code);
        String sha = Sha1.hex(code);
        ScriptRun listing = engine.list(sha, Library.body(code), LOADING);
        if (listing.functions().isEmpty()) {
            throw new CommandError("ERR No functions registered");
        }
        return new Library(name, code, sha, listing.functions());
    }

    Library.@Nullable Function function(String name) {
        Library library = byFunction.get(name);
        return library == null
                ? null
                : library.functions().stream()
                        .filter(function -> function.name().equals(name))
                        .findFirst()
                        .orElse(null);
    }

    int functionCount() {
        return byFunction.size();
    }
}
