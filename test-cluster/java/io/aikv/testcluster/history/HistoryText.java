package io.aikv.testcluster.history;

import java.util.ArrayList;
import java.util.List;

/**
 * The text form of a history: one line per operation,
 * {@code id process invokeNanos returnNanos status "key" OPERATION ["argument"...] => result}, where the return is
 * {@code -} if there was none and the result is {@code ?}, {@code nil} or quoted. Empty lines and lines that begin with
 * {@code #} are ignored. Stateless.
 */
final class HistoryText {

    private static final String HEADER = "# aikv-history 1: id process invoke return status key operation => result";

    private HistoryText() {}

    static List<String> format(List<Entry> entries) {
        List<String> lines = new ArrayList<>(entries.size() + 1);
        lines.add(HEADER);
        for (Entry entry : entries) {
            lines.add(format(entry));
        }
        return lines;
    }

    static String format(Entry entry) {
        String end = entry.returnNanos() == Entry.NEVER ? "-" : Long.toString(entry.returnNanos());
        return entry.id() + " " + entry.process() + " " + entry.invokeNanos() + " " + end + " " + entry.status() + " "
                + quote(entry.key()) + " " + entry.operation() + " => " + entry.result();
    }

    static List<Entry> parse(List<String> lines) {
        List<Entry> entries = new ArrayList<>();
        for (int number = 1; number <= lines.size(); number++) {
            String line = lines.get(number - 1);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                entries.add(parse(line));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + number + ": " + e.getMessage() + ": " + line, e);
            }
        }
        return entries;
    }

    private static Entry parse(String line) {
        Cursor cursor = new Cursor(line);
        int id = Integer.parseInt(cursor.word());
        int process = Integer.parseInt(cursor.word());
        long invokeNanos = Long.parseLong(cursor.word());
        String end = cursor.word();
        long returnNanos = end.equals("-") ? Entry.NEVER : Long.parseLong(end);
        Entry.Status status = Entry.Status.valueOf(cursor.word());
        String key = cursor.quoted();
        Operation operation = operation(cursor);
        cursor.expect("=>");
        Result result = result(cursor);
        cursor.expectEnd();
        return new Entry(id, process, key, operation, invokeNanos, returnNanos, status, result);
    }

    private static Operation operation(Cursor cursor) {
        Operation.Kind kind = Operation.Kind.valueOf(cursor.word());
        return switch (kind) {
            case GET, DEL, INCR -> new Operation(kind, "", "");
            case SET, APPEND, SETNX -> new Operation(kind, cursor.quoted(), "");
            case CAS -> {
                String expected = cursor.quoted();
                yield Operation.cas(expected, cursor.quoted());
            }
        };
    }

    private static Result result(Cursor cursor) {
        if (cursor.peek() == '"') {
            return Result.of(cursor.quoted());
        }
        String word = cursor.word();
        return switch (word) {
            case "nil" -> Result.NIL;
            case "?" -> Result.UNKNOWN;
            default -> throw new IllegalArgumentException("no result: " + word);
        };
    }

    /** {@code text} in double quotes; quote, backslash and everything outside printable ASCII as an escape. */
    static String quote(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7f) {
                out.append(c);
            } else {
                out.append(String.format("\\u%04x", (int) c));
            }
        }
        return out.append('"').toString();
    }

    /** Reads a line from left to right; confined to the parse. */
    private static final class Cursor {

        private final String line;
        private int at;

        Cursor(String line) {
            this.line = line;
        }

        /** The next character that is not a space, or NUL at the end. */
        char peek() {
            while (at < line.length() && line.charAt(at) == ' ') {
                at++;
            }
            return at < line.length() ? line.charAt(at) : 0;
        }

        String word() {
            peek();
            int start = at;
            while (at < line.length() && line.charAt(at) != ' ') {
                at++;
            }
            if (start == at) {
                throw new IllegalArgumentException("too short");
            }
            return line.substring(start, at);
        }

        String quoted() {
            if (peek() != '"') {
                throw new IllegalArgumentException("quoted text expected at column " + (at + 1));
            }
            at++;
            StringBuilder out = new StringBuilder();
            while (true) {
                char c = next();
                if (c == '"') {
                    return out.toString();
                }
                out.append(c == '\\' ? escaped() : c);
            }
        }

        private char escaped() {
            char c = next();
            if (c != 'u') {
                return c;
            }
            if (at + 4 > line.length()) {
                throw new IllegalArgumentException("quoted text does not end");
            }
            char unicode = (char) Integer.parseInt(line.substring(at, at + 4), 16);
            at += 4;
            return unicode;
        }

        private char next() {
            if (at == line.length()) {
                throw new IllegalArgumentException("quoted text does not end");
            }
            return line.charAt(at++);
        }

        void expect(String word) {
            if (!word().equals(word)) {
                throw new IllegalArgumentException(word + " expected");
            }
        }

        void expectEnd() {
            if (peek() != 0) {
                throw new IllegalArgumentException("unexpected text at column " + (at + 1));
            }
        }
    }
}
