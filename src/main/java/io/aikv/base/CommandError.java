package io.aikv.base;

/**
 * The user's mistake, or a refusal, as the exact error line Redis would send: thrown by handlers and everything they
 * call, turned into an error reply by whoever runs them. It has no stack trace, so throwing one is cheap, and it always
 * means: nothing was applied.
 */
public final class CommandError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String line;

    /** @param line the whole error line without the leading {@code -}, code first: {@code ERR syntax error} */
    public CommandError(String line) {
        super(line, null, false, false);
        this.line = line;
    }

    /** The whole error line, code first, without {@code -} and CRLF. */
    public String line() {
        return line;
    }

    /** The first word of the line: {@code ERR}, {@code WRONGTYPE}, ... */
    public String code() {
        int space = line.indexOf(' ');
        return space < 0 ? line : line.substring(0, space);
    }
}
