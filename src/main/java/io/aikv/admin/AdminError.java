package io.aikv.admin;

/** Something an operator has to know: the message is all that is printed. */
final class AdminError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    AdminError(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
