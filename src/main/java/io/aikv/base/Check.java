package io.aikv.base;

import org.jspecify.annotations.Nullable;

/** Assertions that are always on. Cheap conditions only; two per non-trivial method. */
public final class Check {
    private Check() {}

    /** Throws {@link IllegalArgumentException} unless {@code condition}: the caller broke the contract. */
    public static void argument(boolean condition, String message, @Nullable Object... values) {
        if (!condition) {
            throw new IllegalArgumentException(String.format(message, values));
        }
    }

    /** Throws {@link IllegalStateException} unless {@code condition}: called at the wrong moment. */
    public static void state(boolean condition, String message, @Nullable Object... values) {
        if (!condition) {
            throw new IllegalStateException(String.format(message, values));
        }
    }

    /** Throws {@link AssertionError} unless {@code condition}: our own bug; in apply this stops the group. */
    public static void invariant(boolean condition, String message, @Nullable Object... values) {
        if (!condition) {
            throw new AssertionError(String.format(message, values));
        }
    }
}
