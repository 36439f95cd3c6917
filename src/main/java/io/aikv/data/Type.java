package io.aikv.data;

import io.aikv.base.Bytes;
import org.jspecify.annotations.Nullable;

/** The type of a key's value. The code is part of the storage format; the name is what TYPE answers. */
public enum Type {
    STRING(1, "string"),
    HASH(2, "hash"),
    LIST(3, "list"),
    SET(4, "set"),
    SORTED_SET(5, "zset"),
    STREAM(6, "stream"),
    JSON(7, "ReJSON-RL");

    private static final Type[] BY_CODE = new Type[16];

    static {
        for (Type type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final String redisName;

    Type(int code, String redisName) {
        this.code = code;
        this.redisName = redisName;
    }

    /** 1 to 15: the low four bits of a header. */
    public int code() {
        return code;
    }

    public String redisName() {
        return redisName;
    }

    /** The type that TYPE answers a name for, in any case; null if there is none. */
    public static @Nullable Type named(byte[] name) {
        for (Type type : values()) {
            if (Bytes.equalsIgnoreCase(name, type.redisName)) {
                return type;
            }
        }
        return null;
    }

    static Type ofCode(int code) {
        return BY_CODE[code];
    }
}
