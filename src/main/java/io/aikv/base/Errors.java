package io.aikv.base;

/**
 * Error lines that more than one place needs, in Redis' exact words. A text used by one command only stands with that
 * command.
 */
public final class Errors {
    public static final String SYNTAX = "ERR syntax error";
    public static final String NOT_AN_INTEGER = "ERR value is not an integer or out of range";
    public static final String NOT_A_FLOAT = "ERR value is not a valid float";
    public static final String WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
    public static final String NO_SUCH_KEY = "ERR no such key";
    public static final String INDEX_OUT_OF_RANGE = "ERR index out of range";
    public static final String CROSS_SLOT = "CROSSSLOT Keys in request don't hash to the same slot";
    public static final String STRING_TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

    /** A write whose fate is unknown: it may or may not be applied, now or later. Clients must not retry it blindly. */
    public static final String INDETERMINATE =
            "INDETERMINATE the outcome of this command is unknown: it may have been applied or may yet be";

    private Errors() {}

    public static CommandError syntax() {
        return new CommandError(SYNTAX);
    }

    public static CommandError notAnInteger() {
        return new CommandError(NOT_AN_INTEGER);
    }

    public static CommandError notAFloat() {
        return new CommandError(NOT_A_FLOAT);
    }

    public static CommandError wrongType() {
        return new CommandError(WRONG_TYPE);
    }

    public static CommandError noSuchKey() {
        return new CommandError(NO_SUCH_KEY);
    }

    /** {@code ERR wrong number of arguments for 'get' command}; {@code name} in lower case. */
    public static CommandError wrongArity(String name) {
        return new CommandError("ERR wrong number of arguments for '" + name + "' command");
    }

    /** {@code ERR invalid expire time in 'set' command}; {@code name} in lower case. */
    public static CommandError invalidExpireTime(String name) {
        return new CommandError("ERR invalid expire time in '" + name + "' command");
    }
}
