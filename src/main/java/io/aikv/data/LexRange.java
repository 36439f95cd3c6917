package io.aikv.data;

import io.aikv.base.Bytes;
import java.util.Arrays;

/** Members from one to another in the order of their bytes; meant for sorted sets whose scores are all equal. */
public record LexRange(Bound min, Bound max) {
    /** Where a range ends. */
    public enum Kind {
        /** Before every member. */
        LOWEST,
        /** At a member that is in the range. */
        INCLUSIVE,
        /** At a member that is not in the range. */
        EXCLUSIVE,
        /** Behind every member. */
        HIGHEST
    }

    /**
     * One end of a range.
     *
     * @param member not copied; empty for {@link Kind#LOWEST} and {@link Kind#HIGHEST}
     */
    public record Bound(Kind kind, byte[] member) {
        public static final Bound LOWEST = new Bound(Kind.LOWEST, Bytes.EMPTY);
        public static final Bound HIGHEST = new Bound(Kind.HIGHEST, Bytes.EMPTY);
    }

    /** Whether no member can be in the range. */
    boolean isEmpty() {
        if (min.kind == Kind.HIGHEST || max.kind == Kind.LOWEST) {
            return true;
        }
        if (min.kind == Kind.LOWEST || max.kind == Kind.HIGHEST) {
            return false;
        }
        int order = Bytes.compare(min.member, max.member);
        return order > 0 || (order == 0 && (min.kind == Kind.EXCLUSIVE || max.kind == Kind.EXCLUSIVE));
    }

    boolean reaches(byte[] member) {
        return switch (min.kind) {
            case LOWEST -> true;
            case INCLUSIVE -> Bytes.compare(member, min.member) >= 0;
            case EXCLUSIVE -> Bytes.compare(member, min.member) > 0;
            case HIGHEST -> false;
        };
    }

    boolean staysBelow(byte[] member) {
        return switch (max.kind) {
            case LOWEST -> false;
            case INCLUSIVE -> Bytes.compare(member, max.member) <= 0;
            case EXCLUSIVE -> Bytes.compare(member, max.member) < 0;
            case HIGHEST -> true;
        };
    }

    /** The range among the rows of one score, given as its eight bytes. */
    Span span(byte[] score) {
        byte[] low = Bytes.concat(score, min.member);
        byte[] high = Bytes.concat(score, max.member);
        return new Span(
                min.kind == Kind.EXCLUSIVE ? after(low) : low,
                switch (max.kind) {
                    case LOWEST, EXCLUSIVE -> high;
                    case INCLUSIVE -> after(high);
                    case HIGHEST -> Bytes.prefixEnd(score);
                });
    }

    /** The first byte string behind {@code sub}. */
    static byte[] after(byte[] sub) {
        return Arrays.copyOf(sub, sub.length + 1);
    }
}
