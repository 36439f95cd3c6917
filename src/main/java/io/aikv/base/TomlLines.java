package io.aikv.base;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each key of a TOML text stands, so that a message about a value can name its line (the parser forgets). It only
 * locates; whether the text is valid is for the parser to say.
 *
 * <p>Paths are dotted as in {@code raft.rpc}; the tables of an array are numbered from 0: {@code nodes[1].port}. Quotes
 * around a part of a key are dropped.
 */
public final class TomlLines {
    private final Map<String, Integer> lines = new HashMap<>();
    private final Map<String, Integer> arrayCounts = new HashMap<>();

    private String table = "";
    private String repeated = "";
    private int repeatedLine;
    /** Unclosed brackets of the value that is being read. */
    private int depth;
    /** The quotes that end the multi-line string being read, or empty. */
    private String openQuotes = "";

    private TomlLines() {}

    public static TomlLines of(String text) {
        TomlLines scan = new TomlLines();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            scan.line(line, number);
        }
        return scan;
    }

    /** The 1-based line of {@code path}, of its nearest enclosing table if it has none itself, or 0. */
    public int line(String path) {
        String at = path;
        while (true) {
            Integer line = lines.get(at);
            if (line != null) {
                return line;
            }
            int dot = at.lastIndexOf('.');
            if (dot < 0) {
                return 0;
            }
            at = at.substring(0, dot);
        }
    }

    /** The first key that stands twice, or the empty string. */
    public String repeated() {
        return repeated;
    }

    /** Where {@link #repeated} stands for the second time, or 0. */
    public int repeatedLine() {
        return repeatedLine;
    }

    private void line(String line, int number) {
        if (depth > 0 || !openQuotes.isEmpty()) {
            value(line);
            return;
        }
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("#")) {
            return;
        }
        if (text.startsWith("[[")) {
            int end = text.indexOf("]]");
            if (end > 0) {
                String name = path(text.substring(2, end));
                int index = arrayCounts.merge(name, 1, Integer::sum) - 1;
                table = name + "[" + index + "]";
                lines.put(table, number);
            }
            return;
        }
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            if (end > 0) {
                table = path(text.substring(1, end));
                lines.putIfAbsent(table, number);
            }
            return;
        }
        int equals = equalsSign(text);
        if (equals > 0) {
            String key = path(text.substring(0, equals));
            String path = table.isEmpty() ? key : table + "." + key;
            if (lines.putIfAbsent(path, number) != null && repeated.isEmpty()) {
                repeated = path;
                repeatedLine = number;
            }
            value(text.substring(equals + 1));
        }
    }

    /** Follows brackets and quotes to where the value ends. */
    private void value(String text) {
        int i = 0;
        while (i < text.length()) {
            if (!openQuotes.isEmpty()) {
                int end = text.indexOf(openQuotes, i);
                if (end < 0) {
                    return;
                }
                i = end + openQuotes.length();
                openQuotes = "";
                continue;
            }
            char c = text.charAt(i);
            if (c == '#') {
                return;
            }
            if (c == '[' || c == '{') {
                depth++;
            } else if (c == ']' || c == '}') {
                depth--;
            } else if (c == '"' || c == '\'') {
                String triple = String.valueOf(c).repeat(3);
                if (text.startsWith(triple, i)) {
                    openQuotes = triple;
                    i += 2;
                } else {
                    i = closing(text, i);
                }
            }
            i++;
        }
    }

    private static int closing(String text, int open) {
        char quote = text.charAt(open);
        for (int i = open + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && quote == '"') {
                i++;
            } else if (text.charAt(i) == quote) {
                return i;
            }
        }
        return text.length();
    }

    private static int equalsSign(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\'') {
                i = closing(text, i);
            } else if (c == '=') {
                return i;
            }
        }
        return -1;
    }

    private static String path(String key) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (c == '"' || c == '\'') {
                int end = closing(key, i);
                part.append(key, i + 1, Math.min(end, key.length()));
                i = end;
            } else if (c == '.') {
                parts.add(part.toString());
                part.setLength(0);
            } else if (!Character.isWhitespace(c)) {
                part.append(c);
            }
        }
        parts.add(part.toString());
        return String.join(".", parts);
    }
}
