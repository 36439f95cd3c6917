package io.aikv.script;

import io.aikv.resp.Reply;
import java.util.Map;
import java.util.function.Consumer;

/** A catalog of one process, changed at once. */
public final class LocalCatalogs implements Catalogs {
    private ScriptCatalog current = ScriptCatalog.EMPTY;

    @Override
    public synchronized ScriptCatalog current() {
        return current;
    }

    @Override
    public synchronized void loadScript(byte[] body, Consumer<Reply> reply) {
        current = current.withScript(body);
        reply.accept(Reply.OK);
    }

    @Override
    public synchronized void flushScripts(Consumer<Reply> reply) {
        current = current.withoutScripts();
        reply.accept(Reply.OK);
    }

    @Override
    public synchronized void replaceLibraries(long version, Map<String, byte[]> libraries, Consumer<Reply> reply) {
        if (version != current.version()) {
            reply.accept(Reply.error("CHANGED the libraries have changed meanwhile"));
            return;
        }
        current = current.withLibraries(libraries);
        reply.accept(Reply.OK);
    }
}
