package io.aikv.script;

/**
 * Ends a function that Java offers to Lua: becomes a Lua error there, or ends the whole script. No stack trace: it is the
 * script's mistake.
 */
final class LuaError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What Lua makes of it. */
    enum Kind {
        /** An error whose message gets the position of the caller. */
        POSITIONED,
        /** No error of the script's: it must end. The message is the reason. */
        STOP,
        /** An error table as redis.call raises it, with the message as {@code err}. */
        TABLE,
        /** A value of Lua's as it is. */
        RAISED
    }

    private final Kind kind;
    private final int reference;

    private LuaError(Kind kind, String message, int reference) {
        super(message, null, false, false);
        this.kind = kind;
        this.reference = reference;
    }

    private LuaError(Kind kind, String message) {
        this(kind, message, 0);
    }

    /** @param reference the value's, in the registry; whoever raises it frees that */
    static LuaError raised(int reference) {
        return new LuaError(Kind.RAISED, "", reference);
    }

    int reference() {
        return reference;
    }

    static LuaError positioned(String message) {
        return new LuaError(Kind.POSITIONED, message);
    }

    /** {@code bad argument #1 to 'pack' (text)}. */
    static LuaError argument(int position, String function, String text) {
        return positioned("bad argument #" + position + " to '" + function + "' (" + text + ")");
    }

    static LuaError table(String line) {
        return new LuaError(Kind.TABLE, line);
    }

    static LuaError stop(Outcome.Stop reason) {
        return new LuaError(Kind.STOP, reason.word());
    }

    Kind kind() {
        return kind;
    }

    /** Never null. */
    String text() {
        return String.valueOf(getMessage());
    }
}
