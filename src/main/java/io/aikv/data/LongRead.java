package io.aikv.data;

/**
 * Ends a read that turns out to be longer than its thread may take; it has done nothing and is run again on one that has
 * the time. Only where {@link ReadContext#limitBytes} or {@link ReadContext#allow} was called: in a script, it ends that. No stack trace: it is not an error.
 */
public final class LongRead extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LongRead() {
        super("a long read on a thread for short ones", null, false, false);
    }
}
