package io.aikv.server.command;

import java.util.Locale;

/** Collects the sections of INFO: {@code # Name}, lines {@code field:value}, a blank line between sections. */
final class InfoText {
    private static final String UNITS = "KMGTPE";

    private final StringBuilder out = new StringBuilder();

    InfoText section(String name) {
        if (out.length() > 0) {
            out.append("\r\n");
        }
        out.append("# ").append(name).append("\r\n");
        return this;
    }

    InfoText field(String name, String value) {
        out.append(name).append(':').append(value).append("\r\n");
        return this;
    }

    InfoText field(String name, long value) {
        return field(name, Long.toString(value));
    }

    /** With two decimals. */
    InfoText ratio(String name, double value) {
        return field(name, String.format(Locale.ROOT, "%.2f", value));
    }

    /** Bytes, and in a second line the same for people. */
    InfoText bytes(String name, long bytes) {
        return field(name, bytes).field(name + "_human", human(bytes));
    }

    /** Several fields of the same value. */
    InfoText fields(long value, String... names) {
        for (String name : names) {
            field(name, value);
        }
        return this;
    }

    /** {@code 1.50K}, as Redis writes sizes. */
    static String human(long bytes) {
        if (bytes < 1024) {
            return bytes + "B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit < UNITS.length() - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.2f%c", value, UNITS.charAt(unit));
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
