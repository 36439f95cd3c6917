package io.aikv.transport;

import java.io.IOException;

/** Why TLS cannot be made of what is configured. The message names the file. */
public final class TlsProblem extends IOException {
    private static final long serialVersionUID = 1L;

    private final String parameter;

    TlsProblem(String parameter, String message, Throwable cause) {
        super(message, cause);
        this.parameter = parameter;
    }

    TlsProblem(String parameter, String message) {
        super(message);
        this.parameter = parameter;
    }

    /** The parameter at fault, by its name in Redis: {@code tls-cert-file}. */
    public String parameter() {
        return parameter;
    }
}
