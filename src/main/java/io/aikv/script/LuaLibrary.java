package io.aikv.script;

import io.aikv.base.Bytes;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The functions in Java that the prelude builds its libraries from. */
final class LuaLibrary {
    /** What redis.REDIS_VERSION answers: the version whose scripting this is. */
    static final String REDIS_VERSION = "7.0.15";

    static final int REDIS_VERSION_NUMBER = 0x07000f;

    private static final int LOG_CHARS_MAX = 1024;

    /** What a line of the log costs a script. */
    private static final int LOG_STEPS = 200;

    private static final byte[] NO_MEMORY = Bytes.utf8("not enough memory");
    private static final Logger SCRIPTS = LoggerFactory.getLogger("io.aikv.script");

    private LuaLibrary() {}

    /** Pushes the table of them. */
    static void push(LuaState state, LuaStack stack) {
        stack.newTable(0, 48);
        stack.pushAscii("null");
        stack.pushNull();
        stack.setField(-3);
        add(state, "killed", LuaLibrary::killed);
        add(state, "harden", caller -> harden(state, caller));
        add(state, "stopped", caller -> stopped(state, caller));
        add(state, "error", LuaLibrary::error);
        add(state, "assert", LuaLibrary::check);
        add(state, "call", caller -> state.current().calls().call(caller, true));
        add(state, "pcall", caller -> state.current().calls().call(caller, false));
        add(state, "allowed", caller -> state.current().calls().allowed(caller));
        add(state, "setresp", LuaLibrary::setresp);
        add(state, "sha1hex", LuaLibrary::sha1hex);
        add(state, "log", LuaLibrary::log);
        add(state, "find", StringFunctions::find);
        add(state, "match", StringFunctions::match);
        add(state, "gsub", StringFunctions::gsub);
        add(state, "matches", StringFunctions::matches);
        add(state, "json_encode", JsonEncoder::run);
        add(state, "json_decode", JsonDecoder::run);
        add(state, "pack", MessagePack::pack);
        add(state, "unpack", MessagePack::unpack);
        add(state, "unpack_one", MessagePack::unpackOne);
        add(state, "unpack_limit", MessagePack::unpackLimit);
        add(state, "struct_pack", StructFunctions::pack);
        add(state, "struct_unpack", StructFunctions::unpack);
        add(state, "struct_size", StructFunctions::size);
        addBits(state);
    }

    private static void addBits(LuaState state) {
        add(state, "bit_tobit", BitFunctions::tobit);
        add(state, "bit_bnot", BitFunctions::bnot);
        add(state, "bit_bswap", BitFunctions::bswap);
        add(state, "bit_tohex", BitFunctions::tohex);
        add(state, "bit_band", caller -> BitFunctions.fold(caller, "band", (a, b) -> a & b));
        add(state, "bit_bor", caller -> BitFunctions.fold(caller, "bor", (a, b) -> a | b));
        add(state, "bit_bxor", caller -> BitFunctions.fold(caller, "bxor", (a, b) -> a ^ b));
        add(state, "bit_lshift", caller -> BitFunctions.shift(caller, "lshift", (a, n) -> a << n));
        add(state, "bit_rshift", caller -> BitFunctions.shift(caller, "rshift", (a, n) -> a >>> n));
        add(state, "bit_arshift", caller -> BitFunctions.shift(caller, "arshift", (a, n) -> a >> n));
        add(state, "bit_rol", caller -> BitFunctions.shift(caller, "rol", Integer::rotateLeft));
        add(state, "bit_ror", caller -> BitFunctions.shift(caller, "ror", Integer::rotateRight));
    }

    private static void add(LuaState state, String name, LuaState.Function function) {
        state.stack().pushAscii(name);
        state.pushFunction(function);
        state.stack().setField(-3);
    }

    private static int killed(LuaStack caller) {
        caller.push(caller.state().current().isKilled());
        return 1;
    }

    private static int stopped(LuaState state, LuaStack caller) {
        String reason = state.stopReason();
        if (reason == null) {
            caller.pushNil();
        } else {
            caller.pushAscii(reason);
        }
        return 1;
    }

    /** error: a string gets the position of the function at the level that is given. */
    private static int error(LuaStack caller) {
        int level = caller.type(2) <= LuaStack.NIL ? 1 : (int) (long) caller.requireNumber(2, "error");
        caller.setTop(1);
        if (caller.isText(1)) {
            byte[] text = own(caller.bytes(1));
            if (level > 0) {
                caller.pushPositioned(level, text);
            } else {
                caller.push(text);
            }
        }
        throw caller.state().raised(caller);
    }

    /** No script may raise what Lua itself raises when there is no memory left: that stops the node. */
    private static byte[] own(byte[] message) {
        return Arrays.equals(message, NO_MEMORY) ? Bytes.utf8("not enough memory.") : message;
    }

    /** assert: answers its arguments, or raises the second. */
    private static int check(LuaStack caller) {
        if (caller.top() == 0) {
            throw LuaError.argument(1, "assert", "value expected");
        }
        if (caller.truth(1)) {
            return caller.top();
        }
        if (caller.type(2) <= LuaStack.NIL) {
            throw LuaError.positioned("assertion failed!");
        }
        byte[] message = own(caller.requireBytes(2, "assert"));
        caller.setTop(0);
        caller.pushPositioned(1, message);
        throw caller.state().raised(caller);
    }

    /** A function like a compiled one that may run here; or nil and why there is none. */
    private static int harden(LuaState state, LuaStack caller) {
        String problem = state.harden(caller);
        if (problem == null) {
            return 1;
        }
        caller.pushNil();
        caller.pushAscii(problem);
        return 2;
    }

    private static int setresp(LuaStack caller) {
        caller.state().current().calls().setResp3(caller.number(1) == 3);
        return 0;
    }

    private static int sha1hex(LuaStack caller) {
        byte[] text = caller.isText(1) ? caller.bytes(1) : Bytes.EMPTY;
        caller.state().addCost(text.length / 16);
        caller.pushAscii(Sha1.hex(text));
        return 1;
    }

    /** redis.log: as much of the arguments as Redis logs. */
    private static int log(LuaStack caller) {
        StringBuilder line = new StringBuilder();
        caller.state().addCost(LOG_STEPS);
        for (int i = 2; i <= caller.top() && line.length() < LOG_CHARS_MAX; i++) {
            if (caller.isText(i)) {
                line.append(i > 2 ? " " : "").append(caller.text(i));
            }
        }
        line.setLength(Math.min(line.length(), LOG_CHARS_MAX));
        switch ((int) caller.number(1)) {
            case 0 -> SCRIPTS.trace("{}", line);
            case 1 -> SCRIPTS.debug("{}", line);
            case 2 -> SCRIPTS.info("{}", line);
            default -> SCRIPTS.warn("{}", line);
        }
        return 0;
    }
}
