package io.aikv.data.json;

import io.aikv.base.CommandError;
import java.util.ArrayList;
import java.util.List;

/**
 * Compiles paths. The grammar is RedisJSON's:
 *
 * <pre>
 * path      '$' [ first ] { element }            first: a name or '*' directly behind the '$'
 * element   '.' name | '.' '*' | [ '.' ] '[' bracket ']' | '..' ( name | '*' | '[' bracket ']' )
 * bracket   '*' | index { ',' index } | slice | string { ',' string } | '?' filter
 * slice     [ index ] ':' [ index ] [ ':' [ step ] ]
 * filter    operand { ( '&amp;&amp;' | '||' ) operand }      '&amp;&amp;' binds closer
 * operand   '!' operand | '(' filter ')' | term [ operator term ]
 * operator  '==' | '!=' | '&lt;' | '&lt;=' | '&gt;' | '&gt;=' | '=~'
 * term      '@' [ path ] | '$' [ path ] | number | string | 'true' | 'false' | 'null'
 * </pre>
 *
 * Spaces may stand between tokens. A name without quotes is letters, digits, and any of {@code -_`~+#%$^/:}; characters beyond
 * ASCII are taken too. Length and nesting are bounded.
 */
final class JsonPathParser {
    static final int LENGTH_MAX = 64 << 10;

    private static final int STEPS_MAX = 256;
    private static final int NESTING_MAX = 32;
    private static final String NAME_MARKS = "-_`~+#%$^/:";

    private final String text;
    private int at;
    private int steps;
    private int nesting;

    private JsonPathParser(String text) {
        this.text = text;
    }

    /**
     * The steps of a path that begins with {@code $}.
     *
     * @throws CommandError {@code Error occurred on position N, "... ---->>>> ...", ...}
     */
    static List<JsonStep> parse(String path) {
        if (path.length() > LENGTH_MAX) {
            throw new CommandError("ERR JSON path is too long");
        }
        JsonPathParser parser = new JsonPathParser(path);
        parser.expect('$');
        List<JsonStep> steps = parser.steps();
        if (parser.at < path.length()) {
            throw parser.error("expected a path element");
        }
        return steps;
    }

    // ---- elements ----

    private List<JsonStep> steps() {
        List<JsonStep> found = new ArrayList<>();
        boolean isFirst = true;
        while (element(found, isFirst)) {
            isFirst = false;
            if (++steps > STEPS_MAX) {
                throw error("too many path elements");
            }
        }
        return List.copyOf(found);
    }

    /** Takes one element if there is one. Leaves what is none to the caller. */
    private boolean element(List<JsonStep> found, boolean isFirst) {
        char next = peek();
        if (next == '.' && at + 1 < text.length() && text.charAt(at + 1) == '.') {
            at += 2;
            found.add(new JsonStep.Descend());
            found.add(behindDot());
        } else if (next == '.') {
            at++;
            found.add(behindDot());
        } else if (next == '[') {
            found.add(bracket());
        } else if (isFirst && next == '*') {
            at++;
            found.add(new JsonStep.All());
        } else if (isFirst && isNamePart(next)) {
            found.add(new JsonStep.Names(List.of(name())));
        } else {
            return false;
        }
        return true;
    }

    private JsonStep behindDot() {
        char next = peek();
        if (next == '*') {
            at++;
            return new JsonStep.All();
        } else if (next == '[') {
            return bracket();
        } else if (isNamePart(next)) {
            return new JsonStep.Names(List.of(name()));
        }
        throw error("expected a name, '*' or '['");
    }

    private JsonStep bracket() {
        expect('[');
        JsonStep step = insideBracket();
        expect(']');
        return step;
    }

    private JsonStep insideBracket() {
        char next = peek();
        if (next == '*') {
            at++;
            return new JsonStep.All();
        } else if (next == '?') {
            at++;
            return new JsonStep.Filter(filter());
        } else if (next == '"' || next == '\'') {
            List<String> names = new ArrayList<>();
            do {
                names.add(string());
            } while (takeIf(","));
            return new JsonStep.Names(List.copyOf(names));
        } else if (next == ':') {
            return slice(0);
        }
        long first = integer();
        if (peek() == ':') {
            return slice(first);
        }
        List<Long> indexes = new ArrayList<>();
        indexes.add(first);
        while (takeIf(",")) {
            indexes.add(integer());
        }
        return new JsonStep.Indexes(List.copyOf(indexes));
    }

    private JsonStep slice(long start) {
        expect(':');
        long end = peek() == '-' || isDigit(peek()) ? integer() : Long.MAX_VALUE;
        long step = 1;
        if (takeIf(":") && isDigit(peek())) {
            step = integer();
            if (step == 0) {
                throw error("expected a positive step");
            }
        }
        return new JsonStep.Slice(start, end, step);
    }

    // ---- filters ----

    private JsonFilter filter() {
        if (++nesting > NESTING_MAX) {
            throw error("filters are nested too deeply");
        }
        List<JsonFilter> alternatives = new ArrayList<>();
        do {
            List<JsonFilter> all = new ArrayList<>();
            do {
                all.add(operand());
            } while (takeIf("&&"));
            alternatives.add(all.size() == 1 ? all.get(0) : new JsonFilter.And(all));
        } while (takeIf("||"));
        nesting--;
        return alternatives.size() == 1 ? alternatives.get(0) : new JsonFilter.Or(alternatives);
    }

    private JsonFilter operand() {
        char next = peek();
        if (next == '!') {
            at++;
            if (++nesting > NESTING_MAX) {
                throw error("filters are nested too deeply");
            }
            JsonFilter negated = new JsonFilter.Not(operand());
            nesting--;
            return negated;
        } else if (next == '(') {
            at++;
            JsonFilter inner = filter();
            expect(')');
            return inner;
        }
        JsonFilter.Term left = term();
        for (JsonFilter.Operator operator : JsonFilter.Operator.values()) {
            if (takeIf(operator.sign())) {
                return JsonFilter.comparison(left, operator, term());
            }
        }
        return new JsonFilter.Exists(left);
    }

    private JsonFilter.Term term() {
        char next = peek();
        if (next == '@' || next == '$') {
            at++;
            if (++nesting > NESTING_MAX) {
                throw error("filters are nested too deeply");
            }
            JsonFilter.Term term = new JsonFilter.Query(next == '$', steps());
            nesting--;
            return term;
        } else if (next == '"' || next == '\'') {
            return new JsonFilter.Constant(new JsonValue.Text(string()));
        } else if (next == '-' || isDigit(next)) {
            return new JsonFilter.Constant(decimal());
        } else if (takeIf("true")) {
            return new JsonFilter.Constant(JsonValue.Literal.TRUE);
        } else if (takeIf("false")) {
            return new JsonFilter.Constant(JsonValue.Literal.FALSE);
        } else if (takeIf("null")) {
            return new JsonFilter.Constant(JsonValue.Literal.NULL);
        }
        throw error("expected a path, a number, a string, true, false or null");
    }

    // ---- tokens ----

    private String name() {
        int start = at;
        while (at < text.length() && isNamePart(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    /** A string in quotes of either kind, in which a backslash may stand before the same quote or a backslash only. */
    private String string() {
        char quote = peek();
        if (quote != '"' && quote != '\'') {
            throw error("expected a string");
        }
        at++;
        StringBuilder value = new StringBuilder();
        while (at < text.length()) {
            char next = text.charAt(at);
            if (next == quote) {
                at++;
                return value.toString();
            } else if (next == '\\') {
                at++;
                if (at >= text.length() || (text.charAt(at) != quote && text.charAt(at) != '\\')) {
                    break;
                }
            }
            value.append(text.charAt(at++));
        }
        throw error("expected the end of a string");
    }

    private long integer() {
        String digits = digits();
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw error("expected an index of 64 bits");
        }
    }

    private JsonValue decimal() {
        String digits = digits();
        boolean isWhole = true;
        if (at + 1 < text.length() && text.charAt(at) == '.' && isDigit(text.charAt(at + 1))) {
            int start = at++;
            while (at < text.length() && isDigit(text.charAt(at))) {
                at++;
            }
            digits += text.substring(start, at);
            isWhole = false;
        }
        if (isWhole) {
            try {
                return new JsonValue.Whole(Long.parseLong(digits));
            } catch (NumberFormatException e) {
                return new JsonValue.Real(Double.parseDouble(digits));
            }
        }
        return new JsonValue.Real(Double.parseDouble(digits));
    }

    /** An optional minus sign and digits, of which the first is 0 only if it is the only one. */
    private String digits() {
        skipSpace();
        int start = at;
        if (peek() == '-') {
            at++;
        }
        if (at >= text.length() || !isDigit(text.charAt(at))) {
            throw error("expected a number, a string, '*', ':' or '?'");
        }
        if (text.charAt(at) == '0') {
            at++;
        } else {
            while (at < text.length() && isDigit(text.charAt(at))) {
                at++;
            }
        }
        return text.substring(start, at);
    }

    private boolean takeIf(String token) {
        skipSpace();
        boolean found = text.startsWith(token, at);
        at += found ? token.length() : 0;
        return found;
    }

    private void expect(char token) {
        if (peek() != token) {
            throw error("expected '" + token + "'");
        }
        at++;
    }

    /** The next character behind spaces, or one that belongs to no path at the end. */
    private char peek() {
        skipSpace();
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private void skipSpace() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }

    private static boolean isNamePart(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || isDigit(c)
                || c > 127
                || (c > ' ' && NAME_MARKS.indexOf(c) >= 0);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private CommandError error(String message) {
        String before = text.substring(0, at);
        String shown = at == text.length() ? before + " <<<<----" : before + " ---->>>> " + text.substring(at);
        return new CommandError("Error occurred on position " + at + ", \"" + shown + "\", " + message + ".");
    }
}
