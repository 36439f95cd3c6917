package io.aikv.base;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits a line into arguments as Redis does for inline commands and configuration lines: words between white space,
 * {@code "..."} with the escapes {@code \n \r \t \a \b \xHH \" \\}, {@code '...'} with the escape {@code \'}. A closing
 * quote must be followed by white space or the end. A NUL byte ends the line.
 *
 * <p>Belongs to the call that made it.
 */
public final class CommandLine {
    private final byte[] line;
    private final ByteArrayOutputStream word = new ByteArrayOutputStream();
    private int at;

    private CommandLine(byte[] line) {
        this.line = line;
    }

    /** The arguments, none for a blank line; null if a quote is not closed or something follows a closing quote. */
    public static byte @Nullable [][] split(byte[] line) {
        return new CommandLine(line).split();
    }

    private byte @Nullable [][] split() {
        List<byte[]> words = new ArrayList<>();
        while (true) {
            while (isSpace(peek(0))) {
                at++;
            }
            if (peek(0) == 0) {
                return words.toArray(new byte[0][]);
            }
            word.reset();
            if (!readWord()) {
                return null;
            }
            words.add(word.toByteArray());
        }
    }

    /** Reads up to the space after the word; false if its quotes are unbalanced. */
    private boolean readWord() {
        while (true) {
            int c = peek(0);
            switch (c) {
                case 0, ' ', '\n', '\r', '\t':
                    return true;
                case '"':
                    at++;
                    return readDoubleQuoted();
                case '\'':
                    at++;
                    return readSingleQuoted();
                default:
                    word.write(c);
                    at++;
            }
        }
    }

    private boolean readDoubleQuoted() {
        while (true) {
            int c = peek(0);
            if (c == 0) {
                return false;
            }
            if (c == '"') {
                at++;
                return isSpace(peek(0)) || peek(0) == 0;
            }
            if (c == '\\' && peek(1) == 'x' && hex(peek(2)) >= 0 && hex(peek(3)) >= 0) {
                word.write(hex(peek(2)) << 4 | hex(peek(3)));
                at += 4;
            } else if (c == '\\' && peek(1) != 0) {
                word.write(unescape(peek(1)));
                at += 2;
            } else {
                word.write(c);
                at++;
            }
        }
    }

    private boolean readSingleQuoted() {
        while (true) {
            int c = peek(0);
            if (c == 0) {
                return false;
            }
            if (c == '\'') {
                at++;
                return isSpace(peek(0)) || peek(0) == 0;
            }
            if (c == '\\' && peek(1) == '\'') {
                at++;
            }
            word.write(peek(0));
            at++;
        }
    }

    private static int unescape(int c) {
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> c;
        };
    }

    private static int hex(int c) {
        return c < 128 ? Character.digit(c, 16) : -1;
    }

    /** The byte {@code ahead} of the position, 0 behind the end of the line. */
    private int peek(int ahead) {
        return at + ahead < line.length ? line[at + ahead] & 0xff : 0;
    }

    private static boolean isSpace(int c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
