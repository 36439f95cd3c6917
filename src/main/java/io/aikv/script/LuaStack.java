package io.aikv.script;

import io.aikv.base.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import party.iroiro.luajava.lua51.Lua51Natives;

/**
 * The stack of one Lua thread, in bytes and numbers. Only accesses that cannot raise an error: an error of Lua's must not
 * jump over frames of Java. Whatever may raise one goes through {@link #call}.
 */
final class LuaStack {
    static final int NIL = 0;
    static final int BOOLEAN = 1;
    static final int LIGHT_USERDATA = 2;
    static final int NUMBER = 3;
    static final int STRING = 4;
    static final int TABLE = 5;
    static final int FUNCTION = 6;
    private static final String[] TYPE_NAMES = {
        "nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread"
    };

    private static final byte[] LITERAL_HEAD = Bytes.utf8("return\"");
    private static final byte[] PRELUDE = Bytes.utf8("prelude:");
    private static final int CALLERS_MAX = 4;
    private static final int GC_COUNT = 3;
    private static final int GUARD_PERIOD = 256;

    /** Bytes copied, or allocated, that are one step of a script's. */
    static final int BYTES_PER_STEP = 64;

    private final LuaState state;
    private final Lua51Natives lua;
    private final long thread;
    private int sinceGuard;

    LuaStack(LuaState state, Lua51Natives lua, long thread) {
        this.state = state;
        this.lua = lua;
        this.thread = thread;
    }

    LuaState state() {
        return state;
    }

    int top() {
        return lua.lua_gettop(thread);
    }

    void setTop(int top) {
        lua.lua_settop(thread, top);
    }

    void pop(int count) {
        lua.lua_settop(thread, -count - 1);
    }

    int absolute(int index) {
        return index < 0 ? top() + 1 + index : index;
    }

    /** One of the constants, or -1 where nothing is. */
    int type(int index) {
        return lua.lua_type(thread, index);
    }

    /** As messages of Lua name it: {@code no value} where nothing is. */
    String typeName(int index) {
        int type = type(index);
        return type < 0 ? "no value" : TYPE_NAMES[type];
    }

    boolean isNumeric(int index) {
        return lua.lua_isnumber(thread, index) != 0;
    }

    boolean isText(int index) {
        int type = type(index);
        return type == STRING || type == NUMBER;
    }

    double number(int index) {
        return lua.lua_tonumber(thread, index);
    }

    boolean truth(int index) {
        return lua.lua_toboolean(thread, index) != 0;
    }

    /** The bytes of a string, or of a number, which becomes one. The copy is charged to the script. */
    byte[] bytes(int index) {
        // A number has no length until it is a string, which asking for its buffer makes it.
        ByteBuffer text = (ByteBuffer) lua.luaJ_todirectbuffer(thread, index);
        int size = (int) lua.lua_objlen(thread, index);
        byte[] bytes = new byte[size];
        state.addCost(size / BYTES_PER_STEP);
        if (size > 0 && text != null) {
            text.get(bytes);
        }
        return bytes;
    }

    /** A string for messages. */
    String text(int index) {
        return Bytes.text(bytes(index));
    }

    /** The length of a string, or a border of a table. */
    long length(int index) {
        return lua.lua_objlen(thread, index);
    }

    // ---- pushing ----

    /** Makes room for {@code count} values. */
    void require(int count) {
        if (lua.lua_checkstack(thread, count) == 0) {
            throw LuaError.positioned("stack overflow");
        }
    }

    void push(double value) {
        lua.lua_pushnumber(thread, value);
    }

    void push(boolean value) {
        lua.lua_pushboolean(thread, value ? 1 : 0);
    }

    void pushNil() {
        lua.lua_pushnil(thread);
    }

    void pushNull() {
        lua.lua_pushlightuserdata(thread, 0);
    }

    void pushCopy(int index) {
        lua.lua_pushvalue(thread, index);
    }

    /** Plain ASCII without a zero byte. */
    void pushAscii(String text) {
        lua.luaJ_pushstring(thread, text);
    }

    /** Any bytes. */
    void push(byte[] bytes) {
        state.addPushed(bytes.length);
        if (++sinceGuard >= GUARD_PERIOD || bytes.length > 4096) {
            guardMemory(2L * bytes.length);
        }
        if (isPlain(bytes)) {
            lua.luaJ_pushstring(thread, new String(bytes, StandardCharsets.ISO_8859_1));
        } else {
            pushLiteral(bytes);
        }
    }

    private static boolean isPlain(byte[] bytes) {
        for (byte b : bytes) {
            if (b <= 0) {
                return false;
            }
        }
        return true;
    }

    /** The binding can push text only: other bytes go in as a chunk that returns a literal of them. */
    private void pushLiteral(byte[] bytes) {
        int escapes = 0;
        for (byte b : bytes) {
            if (b == '"' || b == '\\' || b == '\n' || b == '\r' || b == 0) {
                escapes++;
            }
        }
        int size = LITERAL_HEAD.length + bytes.length + 3 * escapes + 1;
        ByteBuffer chunk = state.buffer(size);
        chunk.put(LITERAL_HEAD);
        for (byte b : bytes) {
            if (b == '"' || b == '\\' || b == '\n' || b == '\r' || b == 0) {
                chunk.put((byte) '\\');
                chunk.put((byte) '0');
                chunk.put((byte) ('0' + b / 10));
                chunk.put((byte) ('0' + b % 10));
            } else {
                chunk.put(b);
            }
        }
        chunk.put((byte) '"');
        if (lua.luaJ_loadbuffer(thread, chunk, size, "=prelude") != 0 || call(0, 1) != 0) {
            pop(1);
            throw LuaError.stop(Outcome.Stop.MEMORY);
        }
    }

    /**
     * Ends the script if what it holds, and {@code more} bytes, are far more than it may have: for functions that make many
     * values before Lua's own hook comes to look.
     */
    void guardMemory(long more) {
        sinceGuard = 0;
        if (usedBytes() + more > state.memoryEnd()) {
            throw LuaError.stop(Outcome.Stop.MEMORY);
        }
    }

    long usedBytes() {
        return (long) lua.lua_gc(thread, GC_COUNT, 0) << 10;
    }

    /** The compiled form of the function on the top, or null if it is not one in Lua. */
    @Nullable
    ByteBuffer dump() {
        return (ByteBuffer) lua.luaJ_dumptobuffer(thread);
    }

    /** Pushes the function of a dump that {@link Bytecode} has written. */
    void load(byte[] dump) {
        ByteBuffer in = state.buffer(dump.length);
        in.put(dump);
        if (lua.luaJ_loadbuffer(thread, in, dump.length, "=prelude") != 0) {
            throw new IllegalStateException("Lua does not read what it has compiled: " + text(-1));
        }
    }

    // ---- tables ----

    void newTable(int elements, int fields) {
        lua.lua_createtable(thread, Math.min(elements, 1 << 16), Math.min(fields, 1 << 16));
    }

    /** Pops a value and puts it at {@code position} of the table at {@code table}. */
    void setElement(int table, int position) {
        lua.lua_rawseti(thread, table, position);
    }

    /** Pops a value, then a key, and puts them into the table at {@code table}. The key is neither nil nor NaN. */
    void setField(int table) {
        lua.lua_rawset(thread, table);
    }

    void getElement(int table, int position) {
        lua.lua_rawgeti(thread, table, position);
    }

    /** Replaces the key on the top by its value in the table at {@code table}. */
    void getField(int table) {
        lua.lua_rawget(thread, table);
    }

    /** Pushes an element of the registry. */
    void pushReference(int reference) {
        lua.lua_rawgeti(thread, lua.getRegistryIndex(), reference);
    }

    /** Pops a value into the registry. */
    int takeReference() {
        return lua.luaL_ref(thread, lua.getRegistryIndex());
    }

    /** Pushes {@code text} behind the position that is {@code level} functions up, if Lua knows it. */
    void pushPositioned(int level, byte[] text) {
        require(4);
        lua.luaL_where(thread, level);
        byte[] where = bytes(-1);
        pop(1);
        push(Bytes.concat(where, text));
    }

    /** Pushes {@code text} behind the position of the nearest function that is not of the prelude. */
    void pushPositioned(byte[] text) {
        for (int level = 1; level <= CALLERS_MAX; level++) {
            require(4);
            lua.luaL_where(thread, level);
            byte[] where = bytes(-1);
            pop(1);
            if (where.length > 0 && !Bytes.startsWith(where, PRELUDE)) {
                push(Bytes.concat(where, text));
                return;
            }
        }
        push(text);
    }

    // ---- calls ----

    /** Calls in protected mode: pops the function and its arguments, pushes results, or on an error one value. */
    int call(int arguments, int results) {
        return lua.lua_pcall(thread, arguments, results, 0);
    }

    /** Puts the value on the top below the {@code count} values under it. */
    void insertBelow(int count) {
        lua.lua_insert(thread, -count - 1);
    }

    // ---- arguments of library functions ----

    /** A string or a number. */
    byte[] requireBytes(int index, String function) {
        if (!isText(index)) {
            throw LuaError.argument(index, function, "string expected, got " + typeName(index));
        }
        return bytes(index);
    }

    double requireNumber(int index, String function) {
        if (!isNumeric(index)) {
            throw LuaError.argument(index, function, "number expected, got " + typeName(index));
        }
        return number(index);
    }

    /** As C converts a double to an int: towards zero. */
    int optionalInt(int index, int otherwise, String function) {
        return type(index) <= NIL ? otherwise : (int) (long) requireNumber(index, function);
    }
}
