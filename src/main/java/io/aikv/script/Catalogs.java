package io.aikv.script;

import io.aikv.resp.Reply;
import java.util.Map;
import java.util.function.Consumer;

/** Where the cluster's catalog is changed: above this package, which has no network. Any thread. */
public interface Catalogs {
    /** The newest catalog that this node knows. */
    ScriptCatalog current();

    /**
     * To be asked before something that is not in {@link #current} is said not to be there.
     *
     * @throws io.aikv.base.CommandError {@code LOADING AiKv does not know yet which scripts and functions there are} on a node that
     *     has started and has not heard of them
     */
    default void requireKnown() {}

    /** Adds a script; answers OK, or an error, when every node that can be reached has it. */
    void loadScript(byte[] body, Consumer<Reply> reply);

    /** Forgets all scripts, as {@link #loadScript}. */
    void flushScripts(Consumer<Reply> reply);

    /**
     * Puts other libraries in place of those of the catalog of {@code version}, as {@link #loadScript}; an error that begins
     * with {@code CHANGED} if the catalog is another one by now.
     */
    void replaceLibraries(long version, Map<String, byte[]> libraries, Consumer<Reply> reply);

    /** Nothing is loaded, and nothing can be. */
    Catalogs NONE = new Catalogs() {
        private static final Reply REFUSED = Reply.error("ERR scripts cannot be loaded here");

        @Override
        public ScriptCatalog current() {
            return ScriptCatalog.EMPTY;
        }

        @Override
        public void loadScript(byte[] body, Consumer<Reply> reply) {
            reply.accept(REFUSED);
        }

        @Override
        public void flushScripts(Consumer<Reply> reply) {
            reply.accept(REFUSED);
        }

        @Override
        public void replaceLibraries(long version, Map<String, byte[]> libraries, Consumer<Reply> reply) {
            reply.accept(REFUSED);
        }
    };
}
