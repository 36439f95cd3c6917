package io.aikv.data.rdb;

/**
 * How RedisJSON saves a document: as a value of the module type {@code ReJSON-RL}, which is a sequence of parts with their
 * kinds. One part is the JSON text.
 */
/*
 * A module type is known by a number of nine characters of six bits and ten bits of its version. Version 3 of RedisJSON's is
 * the text; version 2 has a number behind it and, unless that is 0, two strings of an index that no longer is.
 */
final class JsonModule {
    /** Kinds of parts, as in Redis' rdb.h. */
    static final int END = 0;

    static final int STRING = 5;
    private static final int UNSIGNED = 2;

    private static final String NAME = "ReJSON-RL";
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final int VERSION = 3;
    private static final int VERSION_WITH_INDEX = 2;
    private static final int VERSION_BITS = 10;
    private static final long NAME_ID = nameId();

    /** What stands for the type and its version. */
    static final long ID = NAME_ID << VERSION_BITS | VERSION;

    private JsonModule() {}

    private static long nameId() {
        long id = 0;
        for (int i = 0; i < NAME.length(); i++) {
            id = id << 6 | ALPHABET.indexOf(NAME.charAt(i));
        }
        return id;
    }

    /** The text of the document that follows. @throws io.aikv.base.CommandError {@code ERR Bad data format} */
    static byte[] read(RdbReader in) {
        long id = in.number();
        long version = id & (1 << VERSION_BITS) - 1;
        RdbFormat.require(id >>> VERSION_BITS == NAME_ID && (version == VERSION || version == VERSION_WITH_INDEX));
        byte[] text = string(in);
        if (version == VERSION_WITH_INDEX) {
            RdbFormat.require(in.number() == UNSIGNED);
            if (in.number() != 0) {
                string(in);
                string(in);
            }
        }
        RdbFormat.require(in.number() == END);
        return text;
    }

    private static byte[] string(RdbReader in) {
        RdbFormat.require(in.number() == STRING);
        return in.string();
    }
}
