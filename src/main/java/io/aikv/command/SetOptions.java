package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.KeyRecord;
import org.jspecify.annotations.Nullable;

/**
 * The options that SET, GETEX and MSETEX share, in any order.
 *
 * @param condition when to write at all
 * @param operand what the condition compares with; empty for those that do not
 * @param get whether to answer the old value
 * @param lifetime what becomes of the expiry
 * @param number the argument of {@code EX}, {@code PX}, {@code EXAT}, {@code PXAT}; empty for the others. Checked only by
 *     {@link #deadline}, because Redis does so after other errors.
 */
record SetOptions(Condition condition, byte[] operand, boolean get, Lifetime lifetime, byte[] number) {
    static final SetOptions NONE = new SetOptions(Condition.ALWAYS, Bytes.EMPTY, false, Lifetime.CLEAR, Bytes.EMPTY);

    /** When to write. */
    enum Condition {
        ALWAYS,
        NX,
        XX,
        IFEQ,
        IFNE,
        IFDEQ,
        IFDNE;

        boolean compares() {
            return ordinal() >= IFEQ.ordinal();
        }
    }

    /** What becomes of the expiry. */
    enum Lifetime {
        CLEAR,
        KEEPTTL,
        PERSIST,
        EX,
        PX,
        EXAT,
        PXAT;

        boolean takesNumber() {
            return ordinal() >= EX.ordinal();
        }

        /** Whether the number is a point in time, not a span. */
        boolean isAbsolute() {
            return this == EXAT || this == PXAT;
        }

        boolean inSeconds() {
            return this == EX || this == EXAT;
        }
    }

    /** Which command's options: each takes a part of them. */
    enum Dialect {
        SET,
        GETEX,
        MSETEX
    }

    private static final Lifetime[] LIFETIMES = Lifetime.values();
    private static final Condition[] CONDITIONS = Condition.values();

    /** Takes all arguments that are left. Throws {@code ERR syntax error} for what is unknown or does not go together. */
    static SetOptions take(Args args, Dialect dialect) {
        SetOptions options = NONE;
        while (args.hasNext()) {
            options = options.with(args, dialect);
        }
        return options;
    }

    private SetOptions with(Args args, Dialect dialect) {
        if (dialect == Dialect.SET && args.takeIf("GET")) {
            return new SetOptions(condition, operand, true, lifetime, number);
        }
        for (Lifetime wanted : LIFETIMES) {
            boolean allowed = wanted == Lifetime.KEEPTTL
                    ? dialect != Dialect.GETEX
                    : wanted == Lifetime.PERSIST ? dialect == Dialect.GETEX : wanted.takesNumber();
            if (allowed
                    && (lifetime == Lifetime.CLEAR || lifetime == wanted)
                    && args.takeIf(wanted.name(), wanted.takesNumber() ? 1 : 0)) {
                return new SetOptions(
                        condition, operand, get, wanted, wanted.takesNumber() ? args.take() : Bytes.EMPTY);
            }
        }
        for (Condition wanted : CONDITIONS) {
            boolean allowed = wanted != Condition.ALWAYS
                    && (wanted.compares() ? dialect == Dialect.SET : dialect != Dialect.GETEX)
                    && (condition == Condition.ALWAYS || (condition == wanted && !wanted.compares()));
            if (allowed && args.takeIf(wanted.name(), wanted.compares() ? 1 : 0)) {
                return new SetOptions(wanted, wanted.compares() ? args.take() : Bytes.EMPTY, get, lifetime, number);
            }
        }
        throw Errors.syntax();
    }

    /**
     * The instant {@link #number} stands for, in milliseconds since the epoch, or {@link KeyRecord#NO_EXPIRY} if there is
     * none.
     *
     * @param command for the message, in lower case
     * @throws io.aikv.base.CommandError {@code ERR value is not an integer or out of range}, {@code ERR invalid expire
     *     time in 'set' command}
     */
    long deadline(long nowMillis, String command) {
        return lifetime.takesNumber() ? deadline(lifetime, number, nowMillis, command) : KeyRecord.NO_EXPIRY;
    }

    /** As {@link #deadline(long, String)}, for a lifetime and its argument. */
    static long deadline(Lifetime lifetime, byte[] number, long nowMillis, String command) {
        long value = Numbers.parseLong(number);
        if (value <= 0 || (lifetime.inSeconds() && value > Long.MAX_VALUE / 1000)) {
            throw Errors.invalidExpireTime(command);
        }
        long millis = lifetime.inSeconds() ? value * 1000 : value;
        if (lifetime.isAbsolute()) {
            return millis;
        }
        if (millis > Long.MAX_VALUE - nowMillis) {
            throw Errors.invalidExpireTime(command);
        }
        return millis + nowMillis;
    }

    /** What the new value's expiry is, given the old record: the old one's for KEEPTTL, else {@code deadline}. */
    long expiry(@Nullable KeyRecord old, long deadline) {
        return lifetime == Lifetime.KEEPTTL && old != null ? old.expireAtMillis() : deadline;
    }
}
