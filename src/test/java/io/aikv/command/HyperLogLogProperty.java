package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.resp.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * PFADD and PFMERGE against plain arrays of registers and against the sets themselves: registers are exact, estimates
 * within their error, and the encoding makes no difference. {@code -Daikv.seed=N} repeats a run.
 */
final class HyperLogLogProperty {
    private static final int STEPS = 150;
    private static final int KEYS = 4;
    private static final int REGISTERS = 16_384;

    /** Five times the standard error of 1.04 / sqrt(registers), and some elements for small sets. */
    private static final double ERROR_MAX = 5 * 1.04 / 128;

    private static final int ERROR_ELEMENTS = 6;

    @TempDir
    private Path directory;

    private final List<Set<String>> sets = new ArrayList<>();
    private final byte[][] registers = new byte[KEYS][REGISTERS];

    @RepeatedTest(3)
    void registersAreExactAndEstimatesAreNear() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("HyperLogLogProperty seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < KEYS; i++) {
            sets.add(new HashSet<>());
        }
        try (CommandFixture redis = new CommandFixture(directory)) {
            for (int step = 0; step < STEPS; step++) {
                int key = random.nextInt(KEYS);
                if (random.nextInt(6) == 0) {
                    merge(redis, key, random.nextInt(KEYS), random.nextInt(KEYS));
                } else {
                    add(redis, key, random);
                }
                check(redis, key, "step " + step + " with seed " + seed);
            }
        }
    }

    private void add(CommandFixture redis, int key, SplittableRandom random) {
        int count = random.nextInt(4) == 0 ? random.nextInt(800) : random.nextInt(20);
        byte[][] argv = new byte[2 + count][];
        argv[0] = "PFADD".getBytes(ISO_8859_1);
        argv[1] = name(key).getBytes(ISO_8859_1);
        byte[] before = registers[key].clone();
        for (int i = 0; i < count; i++) {
            String element = "e".repeat(random.nextInt(12)) + random.nextInt(50_000);
            argv[2 + i] = element.getBytes(ISO_8859_1);
            sets.get(key).add(element);
            count(registers[key], argv[2 + i]);
        }
        boolean isNew = redis.run("EXISTS " + name(key)).equals(Reply.ZERO);
        boolean changes = isNew || !Arrays.equals(before, registers[key]);

        assertEquals(changes ? Reply.ONE : Reply.ZERO, redis.run(argv));
    }

    private void merge(CommandFixture redis, int key, int first, int second) {
        assertEquals(Reply.OK, redis.run("PFMERGE " + name(key) + " " + name(first) + " " + name(second)));
        for (int source : new int[] {first, second}) {
            sets.get(key).addAll(sets.get(source));
            for (int i = 0; i < REGISTERS; i++) {
                registers[key][i] = (byte) Math.max(registers[key][i], registers[source][i]);
            }
        }
    }

    private void check(CommandFixture redis, int key, String when) {
        redis.run("COPY " + name(key) + " dense REPLACE");
        Reply.Array found = (Reply.Array) redis.run("PFDEBUG GETREG dense");
        byte[] actual = new byte[REGISTERS];
        for (int i = 0; i < REGISTERS; i++) {
            actual[i] = (byte) ((Reply.Int) found.items().get(i)).value();
        }
        assertArrayEquals(registers[key], actual, when);

        long estimate = ((Reply.Int) redis.run("PFCOUNT " + name(key))).value();
        int size = sets.get(key).size();
        assertTrue(
                Math.abs(estimate - size) <= size * ERROR_MAX + ERROR_ELEMENTS,
                () -> estimate + " of " + size + ", " + when);
        assertEquals(estimate, ((Reply.Int) redis.run("PFCOUNT dense")).value(), when);
        assertEquals(estimate, ((Reply.Int) redis.run("PFCOUNT dense nothing " + name(key))).value(), when);
    }

    private static String name(int key) {
        return "k" + key;
    }

    /** As Redis' documentation has it, bit by bit. */
    private static void count(byte[] registers, byte[] element) {
        long hash = murmurHash64A(element, 0xadc83b19L);
        int run = 1;
        while (run <= 50 && (hash >>> (13 + run) & 1) == 0) {
            run++;
        }
        int index = (int) (hash & (REGISTERS - 1));
        registers[index] = (byte) Math.max(registers[index], run);
    }

    private static long murmurHash64A(byte[] data, long seed) {
        long m = 0xc6a4a7935bd1e995L;
        long h = seed ^ (data.length * m);
        int at = 0;
        for (; at + 8 <= data.length; at += 8) {
            long k = 0;
            for (int i = 7; i >= 0; i--) {
                k = (k << 8) | (data[at + i] & 0xff);
            }
            k *= m;
            k ^= k >>> 47;
            k *= m;
            h ^= k;
            h *= m;
        }
        if (at < data.length) {
            for (int i = data.length - 1; i >= at; i--) {
                h ^= (data[i] & 0xffL) << (8 * (i - at));
            }
            h *= m;
        }
        h ^= h >>> 47;
        h *= m;
        return h ^ (h >>> 47);
    }
}
