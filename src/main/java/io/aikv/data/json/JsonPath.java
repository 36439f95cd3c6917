package io.aikv.data.json;

import io.aikv.base.CommandError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A path as a client gives it: {@code $}, {@code $.a}, {@code $[0]} are JSONPath and stand for any number of values; everything
 * else is a legacy path ({@code .}, {@code .a}, {@code a[0]}), which stands for its first value. Compiled when it is first
 * needed: what a command finds wrong first is part of its behaviour.
 */
public final class JsonPath {
    /** The whole document, for commands that are given no path. */
    public static final String LEGACY_ROOT = ".";

    private final String original;
    private final String fixed;
    private @Nullable List<JsonStep> steps;

    private JsonPath(String original, String fixed) {
        this.original = original;
        this.fixed = fixed;
    }

    public static JsonPath of(String text) {
        boolean modern = text.startsWith("$") && (text.length() < 2 || text.charAt(1) == '.' || text.charAt(1) == '[');
        if (modern) {
            return new JsonPath(text, text);
        }
        String fixed = text.equals(LEGACY_ROOT) ? "$" : text.startsWith(".") ? "$" + text : "$." + text;
        return new JsonPath(text, fixed);
    }

    /** As the client wrote it. */
    public String original() {
        return original;
    }

    /** As a JSONPath. */
    public String fixed() {
        return fixed;
    }

    /** Whether the client wants the first value, and errors where there is none. */
    public boolean isLegacy() {
        return !original.equals(fixed);
    }

    /** Whether it is the whole document, in either way of writing. */
    public boolean isRoot() {
        return fixed.equals("$");
    }

    /**
     * The steps from the root.
     *
     * @throws CommandError {@code Error occurred on position N, ...} for what is no path
     */
    List<JsonStep> steps() {
        List<JsonStep> compiled = steps;
        if (compiled == null) {
            compiled = JsonPathParser.parse(fixed);
            steps = compiled;
        }
        return compiled;
    }

    /** Whether it is a path at all. */
    public boolean isValid() {
        try {
            steps();
            return true;
        } catch (CommandError e) {
            return false;
        }
    }
}
