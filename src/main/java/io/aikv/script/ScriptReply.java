package io.aikv.script;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns what a script has returned into a reply, as Redis does: a number loses its fraction, an array ends at its first nil,
 * and a table with a field {@code err}, {@code ok}, {@code double}, {@code big_number}, {@code verbatim_string}, {@code map}
 * or {@code set} stands for that type.
 */
final class ScriptReply {
    static final int DEPTH_MAX = 128;
    private static final int VALUES_MAX = 4 << 20;
    private static final long BYTES_MAX = 512L << 20;
    private static final Reply TOO_DEEP = Reply.error("ERR reached lua stack limit");
    private static final Reply TOO_LARGE = Reply.error("ERR the reply of the script is too large");

    private final LuaStack stack;
    private final boolean resp3;
    private int values;
    private long bytes;

    private ScriptReply(LuaStack stack, boolean resp3) {
        this.stack = stack;
        this.resp3 = resp3;
    }

    /** Thrown when the whole reply is replaced by an error. */
    private static final class Replaced extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Reply reply;

        Replaced(Reply reply) {
            super("", null, false, false);
            this.reply = reply;
        }
    }

    /**
     * Reads the top of the stack.
     *
     * @param resp3 what the script chose by redis.setresp: decides what booleans are
     * @return the reply; an error in its place if it is nested deeper than {@value #DEPTH_MAX}, or too large
     */
    static Reply read(LuaStack stack, boolean resp3) {
        try {
            return new ScriptReply(stack, resp3).value(stack.absolute(-1), 0);
        } catch (Replaced e) {
            return e.reply;
        }
    }

    /**
     * Reads the error on the top of the stack, as the error handler has left it.
     *
     * @param label the script's sha, or the function's name
     */
    static Reply error(LuaStack stack, String label) {
        int index = stack.absolute(-1);
        if (stack.type(index) != LuaStack.TABLE) {
            String text = stack.isText(index) ? stack.text(index) : "execution failure";
            return Reply.error("ERR Error running script " + label + ", " + text);
        }
        String line = field(stack, index, "err");
        String source = field(stack, index, "source");
        String number = field(stack, index, "line");
        if (line.isEmpty()) {
            line = "ERR unknown error";
        }
        return source.isEmpty() || number.isEmpty()
                ? Reply.error(line)
                : Reply.error(line + " script: " + label + ", on " + source + ":" + number + ".");
    }

    private static String field(LuaStack stack, int table, String name) {
        stack.require(2);
        stack.pushAscii(name);
        stack.getField(table);
        String text = stack.isText(-1) ? line(stack.bytes(-1)) : "";
        stack.pop(1);
        return text;
    }

    /** One line up to the first zero byte: what C prints of it. */
    private static String line(byte[] text) {
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        return new String(text, 0, end, StandardCharsets.UTF_8)
                .replace('\r', ' ')
                .replace('\n', ' ');
    }

    private Reply value(int index, int depth) {
        if (++values > VALUES_MAX) {
            throw new Replaced(TOO_LARGE);
        }
        return switch (stack.type(index)) {
            case LuaStack.STRING -> Reply.bulk(bytes(index));
            case LuaStack.NUMBER -> Reply.integer(integer(stack.number(index)));
            case LuaStack.BOOLEAN -> bool(stack.truth(index));
            case LuaStack.TABLE -> table(index, depth);
            default -> Reply.NULL;
        };
    }

    private byte[] bytes(int index) {
        bytes += stack.length(index);
        if (bytes > BYTES_MAX) {
            throw new Replaced(TOO_LARGE);
        }
        return stack.bytes(index);
    }

    /** As C on x86 converts a double to a long. */
    static long integer(double value) {
        boolean fits = value >= -0x1p63 && value < 0x1p63;
        return fits ? (long) value : Long.MIN_VALUE;
    }

    private Reply bool(boolean value) {
        if (resp3) {
            return new Reply.Bool(value);
        }
        return value ? Reply.ONE : Reply.NULL;
    }

    private Reply table(int index, int depth) {
        if (depth == DEPTH_MAX) {
            throw new Replaced(TOO_DEEP);
        }
        stack.state().pushShape(index);
        int first = stack.absolute(-3);
        Reply reply = switch ((int) stack.number(first)) {
            case 1 -> Reply.error(line(bytes(first + 1)));
            case 2 -> Reply.simple(line(bytes(first + 1)));
            case 3 -> new Reply.Double(stack.number(first + 1));
            case 4 -> new Reply.BigNumber(line(bytes(first + 1)));
            case 5 -> new Reply.Verbatim(format(stack.bytes(first + 2)), bytes(first + 1));
            case 6 -> new Reply.Map(fields(first + 1, depth, true));
            case 7 -> new Reply.Set(fields(first + 1, depth, false));
            default -> array(index, depth);
        };
        stack.setTop(first - 1);
        return reply;
    }

    /** Three letters, as Redis cuts or fills it. */
    private static String format(byte[] given) {
        return (Bytes.text(given) + "   ").substring(0, 3);
    }

    private Reply array(int index, int depth) {
        List<Reply> items = new ArrayList<>();
        for (int i = 1; ; i++) {
            stack.getElement(index, i);
            if (stack.type(-1) == LuaStack.NIL) {
                stack.pop(1);
                return Reply.array(items);
            }
            items.add(value(stack.absolute(-1), depth + 1));
            stack.pop(1);
        }
    }

    private List<Reply> fields(int index, int depth, boolean withValues) {
        int count;
        try {
            count = stack.state().pushKeys(stack, index);
        } catch (LuaError e) {
            throw new Replaced(Reply.error("ERR " + e.text()));
        }
        int keys = stack.absolute(-1);
        List<Reply> items = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            stack.getElement(keys, i);
            items.add(value(stack.absolute(-1), depth + 1));
            if (withValues) {
                stack.getField(index);
                items.add(value(stack.absolute(-1), depth + 1));
            }
            stack.pop(1);
        }
        stack.pop(1);
        return items;
    }
}
