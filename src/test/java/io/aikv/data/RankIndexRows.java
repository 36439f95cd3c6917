package io.aikv.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.aikv.base.Bytes;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What the index of a sorted set must be, from its other rows and its seed: a count of every row of every level. */
public final class RankIndexRows {
    private static final int LEVELS_MAX = 10;

    private RankIndexRows() {}

    /** All index rows in their order, as {@code sub=value}, each byte of which is one character. */
    public static List<String> expected(ReadContext context, byte[] key) {
        CollectionHeader header = CollectionHeader.find(context, key, Type.SORTED_SET);
        List<String> expected = new ArrayList<>();
        if (header == null || header.count() <= RankIndex.UNCOUNTED) {
            return expected;
        }
        long seed = Edges.decode(header.extra()).seed();
        List<byte[]> subs = new ArrayList<>();
        try (Cursor rows = context.rows(key, header.rows(), SortedSets.SCORES, Bytes.EMPTY, null)) {
            while (rows.next()) {
                subs.add(KeyLayout.sub(rows.key()));
            }
        }
        for (int level = LEVELS_MAX; level > 0; level--) {
            expected.addAll(ofLevel(level, seed, subs));
        }
        return expected;
    }

    private static List<String> ofLevel(int level, long seed, List<byte[]> subs) {
        List<String> rows = new ArrayList<>();
        byte[] boundary = Bytes.EMPTY;
        long count = 0;
        for (byte[] sub : subs) {
            if (RankIndex.height(seed, sub) >= level) {
                rows.add(row(level, boundary, count));
                boundary = sub;
                count = 0;
            }
            count++;
        }
        if (!rows.isEmpty()) {
            rows.add(row(level, boundary, count));
        }
        return rows;
    }

    private static String row(int level, byte[] boundary, long count) {
        byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(count).array();
        return (char) (LEVELS_MAX - level) + new String(boundary, ISO_8859_1) + "=" + new String(value, ISO_8859_1);
    }
}
