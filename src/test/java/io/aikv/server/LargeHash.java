package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A hash whose HGETALL is more than the kernel's buffers take: its reply is streamed, and ends when the client reads. */
public final class LargeHash {
    /** Seven megabytes: the kernel's buffers take four for a connection, at most. */
    public static final int FIELDS = 60_000;

    /** What every value has behind the name of its field. */
    public static final String FILLING = "v".repeat(100);

    /** For a client that is slow from the start. */
    public static final int SMALL_BUFFER = 4096;

    private static final int FIELDS_PER_COMMAND = 1_000;

    private LargeHash() {}

    /** Adds all fields to a key that holds none of them. */
    public static void fill(WireClient client, String key) throws IOException {
        List<String> words = new ArrayList<>();
        for (int from = 0; from < FIELDS; from += FIELDS_PER_COMMAND) {
            words.clear();
            words.add("HSET");
            words.add(key);
            for (int i = from; i < from + FIELDS_PER_COMMAND; i++) {
                words.add("f" + i);
                words.add("f" + i + FILLING);
            }
            assertEquals(":" + FIELDS_PER_COMMAND, client.callWords(words.toArray(String[]::new)));
        }
    }

    /** Fails unless the items of HGETALL, as {@link WireClient} shows them, are all fields with their values. */
    public static void assertWhole(List<String> items) {
        assertEquals(2 * FIELDS, items.size());
        Set<String> names = new HashSet<>();
        for (int i = 0; i < items.size(); i += 2) {
            names.add(items.get(i));
            assertEquals(items.get(i) + FILLING, items.get(i + 1));
        }
        assertEquals(FIELDS, names.size());
    }
}
