package io.aikv.data.rdb;

import io.aikv.base.Bytes;
import io.aikv.base.Numbers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Reads payloads of Redis 2.4 to 8.0 in every encoding; of modules, documents of RedisJSON 2. */
public final class RdbDecoder {
    /** Redis keeps deadlines of fields in 48 bits. */
    private static final long DEADLINE_MAX = 0x0000_ffff_ffff_fffeL;

    private final RdbReader in;

    private RdbDecoder(RdbReader in) {
        this.in = in;
    }

    /**
     * The value of a payload. Takes memory for its elements, and for finding those that are there twice; bytes behind the
     * value are passed over, as in Redis.
     *
     * @param decompressedBytesMax of all compressed strings together; 0 to 2^31 - 1
     * @param elementsMax how many elements a value may have
     * @throws io.aikv.base.CommandError {@code ERR DUMP payload version or checksum are wrong}; {@code ERR Bad data format},
     *     also for an empty collection; {@code ERR the DUMP payload holds too many elements}
     */
    public static RdbValue decode(byte[] payload, int decompressedBytesMax, int elementsMax) {
        RdbReader in = new RdbReader(payload, decompressedBytesMax, elementsMax);
        return new RdbDecoder(in).value(in.type());
    }

    private RdbValue value(int type) {
        return switch (type) {
            case RdbType.STRING -> new RdbValue.Text(in.string());
            case RdbType.LIST -> new RdbValue.Elements(strings());
            case RdbType.LIST_ZIPLIST -> new RdbValue.Elements(notEmpty(ziplist(in.string())));
            case RdbType.LIST_QUICKLIST -> new RdbValue.Elements(quicklist(false));
            case RdbType.LIST_QUICKLIST_2 -> new RdbValue.Elements(quicklist(true));
            case RdbType.SET -> members(strings());
            case RdbType.SET_INTSET -> members(intset(in.string()));
            case RdbType.SET_LISTPACK -> members(listpack(in.string()));
            case RdbType.ZSET -> new RdbValue.Scores(scores(false));
            case RdbType.ZSET_2 -> new RdbValue.Scores(scores(true));
            case RdbType.ZSET_ZIPLIST -> new RdbValue.Scores(scores(ziplist(in.string())));
            case RdbType.ZSET_LISTPACK -> new RdbValue.Scores(scores(listpack(in.string())));
            case RdbType.HASH -> new RdbValue.Fields(fields(in.countOfElements()));
            case RdbType.MODULE_2 -> new RdbValue.Json(JsonModule.read(in));
            case RdbType.HASH_ZIPMAP -> new RdbValue.Fields(fields(zipmap(in.string()), false));
            case RdbType.HASH_ZIPLIST -> new RdbValue.Fields(fields(ziplist(in.string()), false));
            case RdbType.HASH_LISTPACK -> new RdbValue.Fields(fields(listpack(in.string()), false));
            case RdbType.HASH_METADATA -> new RdbValue.Fields(fieldsWithDeadlines(in.millis()));
            case RdbType.HASH_METADATA_PRE_GA -> new RdbValue.Fields(fieldsWithDeadlines(1));
            case RdbType.HASH_LISTPACK_EX -> {
                in.millis();
                yield new RdbValue.Fields(fields(listpack(in.string()), true));
            }
            case RdbType.HASH_LISTPACK_EX_PRE_GA -> new RdbValue.Fields(fields(listpack(in.string()), true));
            case RdbType.STREAM_LISTPACKS, RdbType.STREAM_LISTPACKS_2, RdbType.STREAM_LISTPACKS_3 ->
                new StreamDecoder(in, type).value();
            default -> throw RdbFormat.bad();
        };
    }

    // ---- strings one after the other, and packed ----

    private List<byte[]> strings() {
        int count = in.countOfElements();
        List<byte[]> strings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            in.element();
            strings.add(in.string());
        }
        return strings;
    }

    private List<byte[]> quicklist(boolean typedNodes) {
        int nodes = in.countOfElements();
        List<byte[]> elements = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            long container = typedNodes ? in.number() : RdbType.PACKED_NODE;
            RdbFormat.require(container == RdbType.PACKED_NODE || container == RdbType.PLAIN_NODE);
            byte[] node = in.string();
            RdbFormat.require(node.length > 0);
            if (container == RdbType.PLAIN_NODE) {
                counted(elements).accept(node);
            } else if (typedNodes) {
                Listpack.forEach(node, counted(elements));
            } else {
                OldEncodings.forEachOfZiplist(node, counted(elements));
            }
        }
        return notEmpty(elements);
    }

    private List<byte[]> listpack(byte[] listpack) {
        List<byte[]> elements = new ArrayList<>();
        Listpack.forEach(listpack, counted(elements));
        return elements;
    }

    private List<byte[]> ziplist(byte[] ziplist) {
        List<byte[]> elements = new ArrayList<>();
        OldEncodings.forEachOfZiplist(ziplist, counted(elements));
        return elements;
    }

    private List<byte[]> zipmap(byte[] zipmap) {
        List<byte[]> elements = new ArrayList<>();
        OldEncodings.forEachOfZipmap(zipmap, counted(elements));
        return elements;
    }

    private List<byte[]> intset(byte[] intset) {
        List<byte[]> elements = new ArrayList<>();
        OldEncodings.forEachOfIntset(intset, counted(elements));
        return elements;
    }

    private Consumer<byte[]> counted(List<byte[]> elements) {
        return element -> {
            in.element();
            elements.add(element);
        };
    }

    private static List<byte[]> notEmpty(List<byte[]> elements) {
        RdbFormat.require(!elements.isEmpty());
        return elements;
    }

    // ---- sets ----

    private static RdbValue members(List<byte[]> members) {
        Set<Bytes> seen = new HashSet<>();
        for (byte[] member : notEmpty(members)) {
            RdbFormat.require(seen.add(Bytes.of(member)));
        }
        return new RdbValue.Members(members);
    }

    // ---- sorted sets ----

    private List<RdbValue.Scored> scores(boolean binary) {
        int count = in.countOfElements();
        List<RdbValue.Scored> members = new ArrayList<>();
        Set<Bytes> seen = new HashSet<>();
        for (int i = 0; i < count; i++) {
            in.element();
            byte[] member = in.string();
            RdbFormat.require(seen.add(Bytes.of(member)));
            members.add(new RdbValue.Scored(member, binary ? in.binaryScore() : in.textScore()));
        }
        return members;
    }

    private static List<RdbValue.Scored> scores(List<byte[]> pairs) {
        RdbFormat.require(pairs.size() % 2 == 0);
        List<RdbValue.Scored> members = new ArrayList<>(pairs.size() / 2);
        Set<Bytes> seen = new HashSet<>();
        for (int i = 0; i < notEmpty(pairs).size(); i += 2) {
            RdbFormat.require(seen.add(Bytes.of(pairs.get(i))));
            members.add(new RdbValue.Scored(pairs.get(i), RdbReader.score(pairs.get(i + 1))));
        }
        return members;
    }

    // ---- hashes ----

    private List<RdbValue.Field> fields(int count) {
        List<RdbValue.Field> fields = new ArrayList<>();
        Set<Bytes> seen = new HashSet<>();
        for (int i = 0; i < count; i++) {
            in.element();
            byte[] name = in.string();
            RdbFormat.require(seen.add(Bytes.of(name)));
            fields.add(new RdbValue.Field(name, in.string(), RdbValue.Field.NEVER));
        }
        return fields;
    }

    /** @param withDeadlines each field is three elements: name, value, deadline or 0; otherwise two */
    private static List<RdbValue.Field> fields(List<byte[]> packed, boolean withDeadlines) {
        int width = withDeadlines ? 3 : 2;
        RdbFormat.require(packed.size() % width == 0);
        List<RdbValue.Field> fields = new ArrayList<>(packed.size() / width);
        Set<Bytes> seen = new HashSet<>();
        for (int i = 0; i < notEmpty(packed).size(); i += width) {
            RdbFormat.require(seen.add(Bytes.of(packed.get(i))));
            long deadline = 0;
            if (withDeadlines) {
                RdbFormat.require(Numbers.isLong(packed.get(i + 2)));
                deadline = Numbers.parseLong(packed.get(i + 2));
            }
            fields.add(new RdbValue.Field(packed.get(i), packed.get(i + 1), deadline(deadline)));
        }
        return fields;
    }

    /** @param earliest deadlines are relative to it, and by one greater; 1: absolute */
    private List<RdbValue.Field> fieldsWithDeadlines(long earliest) {
        RdbFormat.require(earliest <= DEADLINE_MAX + 1);
        int count = in.countOfElements();
        List<RdbValue.Field> fields = new ArrayList<>();
        Set<Bytes> seen = new HashSet<>();
        for (int i = 0; i < count; i++) {
            in.element();
            long relative = in.number();
            RdbFormat.require(relative >= 0 && relative <= DEADLINE_MAX);
            byte[] name = in.string();
            RdbFormat.require(seen.add(Bytes.of(name)));
            long deadline = relative == 0 ? 0 : relative + earliest - 1;
            fields.add(new RdbValue.Field(name, in.string(), deadline(deadline)));
        }
        return fields;
    }

    private static long deadline(long millis) {
        RdbFormat.require(millis >= 0 && millis <= DEADLINE_MAX);
        return millis == 0 ? RdbValue.Field.NEVER : millis;
    }
}
