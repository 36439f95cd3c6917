package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.data.BitOperation;
import io.aikv.resp.Reply;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random bit commands on a few strings, short and in chunks, with holes and with runs of ones, against arrays of bytes and
 * arithmetic on big integers; alone and several in an entry. {@code -Daikv.seed=N} repeats a run.
 */
final class BitmapProperty {
    private static final int STEPS = 250;
    private static final String[] KEYS = {"a", "b", "c", "d"};
    private static final int[] SIZES = {3, 100, 60_000, 70_000, 200_000};

    @TempDir
    private Path directory;

    private final Map<String, byte[]> model = new TreeMap<>();
    private SplittableRandom random = new SplittableRandom();

    /** A command and what it must answer. */
    private record Step(String line, Reply expected) {}

    @RepeatedTest(4)
    void repliesAndContentsAgreeWithTheModel() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("BitmapProperty seed " + seed);
        random = new SplittableRandom(seed);
        try (CommandFixture redis = new CommandFixture(directory)) {
            for (int done = 0; done < STEPS; ) {
                List<Step> steps = new ArrayList<>();
                int size = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : 1;
                for (int i = 0; i < size; i++) {
                    steps.add(step());
                }
                List<Reply> replies = size == 1
                        ? List.of(redis.run(steps.get(0).line()))
                        : redis.entry(steps.stream().map(Step::line).toArray(String[]::new));
                for (int i = 0; i < size; i++) {
                    Step step = steps.get(i);
                    String line =
                            step.line().substring(0, Math.min(200, step.line().length()));
                    assertEquals(step.expected(), replies.get(i), line + " with seed " + seed);
                }
                done += size;
                check(redis, pick(KEYS), seed);
            }
            for (String key : KEYS) {
                check(redis, key, seed);
            }
        }
    }

    private void check(CommandFixture redis, String key, long seed) {
        byte[] expected = model.get(key);
        Reply actual = redis.run("GET " + key);
        if (expected == null) {
            assertEquals(Reply.NULL, actual, key + " with seed " + seed);
        } else {
            assertArrayEquals(expected, ((Reply.Bulk) actual).value(), key + " with seed " + seed);
        }
    }

    private Step step() {
        return switch (random.nextInt(20)) {
            case 0, 1, 2 -> setBit();
            case 3 -> getBit();
            case 4, 5, 6 -> count();
            case 7, 8, 9, 10 -> position();
            case 11, 12, 13, 14 -> operation();
            case 15, 16, 17 -> fields();
            default -> bytes();
        };
    }

    private byte[] value(String key) {
        return model.getOrDefault(key, new byte[0]);
    }

    /** The value, at least so long. */
    private static byte[] grown(byte[] value, int length) {
        return Arrays.copyOf(value, Math.max(value.length, length));
    }

    private static int bit(byte[] value, long at) {
        int index = (int) (at / 8);
        return index < value.length ? value[index] >> (7 - at % 8) & 1 : 0;
    }

    private static void setBit(byte[] value, long at, boolean on) {
        int mask = 1 << (7 - at % 8);
        int index = (int) (at / 8);
        value[index] = (byte) (on ? value[index] | mask : value[index] & ~mask);
    }

    // ---- steps ----

    private Step setBit() {
        String key = pick(KEYS);
        int at = random.nextInt(8 * pickSize());
        boolean on = random.nextInt(3) > 0;
        int old = bit(value(key), at);
        byte[] value = grown(value(key), at / 8 + 1);
        setBit(value, at, on);
        model.put(key, value);
        return new Step("SETBIT " + key + " " + at + " " + (on ? 1 : 0), Reply.integer(old));
    }

    private Step getBit() {
        String key = pick(KEYS);
        int at = random.nextInt(8 * pickSize());
        return new Step("GETBIT " + key + " " + at, Reply.integer(bit(value(key), at)));
    }

    /** START, END and unit of a range, and the bits that it means. */
    private record Range(String words, long first, long last) {}

    private Range range(byte[] value) {
        boolean inBits = random.nextBoolean();
        long total = inBits ? 8L * value.length : value.length;
        long first = random.nextInt((int) total + 10);
        long last = first + random.nextInt((int) (total + 10 - first));
        String from = Long.toString(random.nextBoolean() && first < total ? first - total : first);
        String to = Long.toString(random.nextBoolean() && last < total ? last - total : last);
        last = Math.min(last, total - 1);
        String words = " " + from + " " + to + (inBits ? " BIT" : random.nextBoolean() ? " BYTE" : "");
        return inBits ? new Range(words, first, last) : new Range(words, first * 8, last * 8 + 7);
    }

    private Step count() {
        String key = pick(KEYS);
        byte[] value = value(key);
        Range range = random.nextInt(4) == 0 ? new Range("", 0, 8L * value.length - 1) : range(value);
        long count = 0;
        for (long at = range.first(); at <= range.last(); at++) {
            count += bit(value, at);
        }
        return new Step("BITCOUNT " + key + range.words(), Reply.integer(count));
    }

    private Step position() {
        String key = pick(KEYS);
        int wanted = random.nextInt(2);
        byte[] value = model.get(key);
        String line = "BITPOS " + key + " " + wanted;
        if (value == null) {
            return new Step(line, Reply.integer(wanted == 1 ? -1 : 0));
        }
        boolean whole = random.nextInt(4) == 0;
        Range range = whole ? new Range("", 0, 8L * value.length - 1) : range(value);
        long at = range.first();
        while (at <= range.last() && bit(value, at) != wanted) {
            at++;
        }
        boolean isFound = at <= range.last();
        long zeroBehind = whole && wanted == 0 && value.length > 0 ? 8L * value.length : -1;
        return new Step(line + range.words(), Reply.integer(isFound ? at : zeroBehind));
    }

    private Step operation() {
        BitOperation operation = BitOperation.values()[random.nextInt(BitOperation.values().length)];
        int count = operation == BitOperation.NOT ? 1 : (operation.needsOthers() ? 2 : 1) + random.nextInt(3);
        String destination = pick(KEYS);
        StringBuilder line = new StringBuilder("BITOP " + operation + " " + destination);
        List<byte[]> sources = new ArrayList<>();
        int length = 0;
        for (int i = 0; i < count; i++) {
            String key = random.nextInt(12) == 0 ? "none" : pick(KEYS);
            line.append(' ').append(key);
            sources.add(value(key));
            length = Math.max(length, value(key).length);
        }
        byte[] result = new byte[length];
        for (int i = 0; i < length; i++) {
            result[i] = (byte) combined(operation, sources, i);
        }
        if (length == 0) {
            model.remove(destination);
        } else {
            model.put(destination, result);
        }
        return new Step(line.toString(), Reply.integer(length));
    }

    private static int combined(BitOperation operation, List<byte[]> sources, int index) {
        int first = index < sources.get(0).length ? sources.get(0)[index] : 0;
        int and = -1;
        int or = 0;
        int xor = 0;
        int others = 0;
        int once = 0;
        int twice = 0;
        for (int i = 0; i < sources.size(); i++) {
            int bits = index < sources.get(i).length ? sources.get(i)[index] : 0;
            and &= bits;
            or |= bits;
            xor ^= bits;
            others |= i > 0 ? bits : 0;
            twice |= once & bits;
            once |= bits;
        }
        return switch (operation) {
            case AND -> and;
            case OR -> or;
            case XOR -> xor;
            case NOT -> ~first;
            case DIFF -> first & ~others;
            case DIFF1 -> ~first & others;
            case ANDOR -> first & others;
            case ONE -> once & ~twice;
        };
    }

    private Step fields() {
        String key = pick(KEYS);
        byte[] value = value(key);
        int size = pickSize();
        int length = 0;
        StringBuilder line = new StringBuilder("BITFIELD " + key);
        List<Reply> replies = new ArrayList<>();
        // As long as the farthest write needs, before the first one.
        byte[] work = grown(value, size + 200);
        String overflow = "WRAP";
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            if (random.nextInt(3) == 0) {
                overflow = pick("WRAP", "SAT", "FAIL");
                line.append(" OVERFLOW ").append(overflow);
            }
            boolean signed = random.nextBoolean();
            int bits = 1 + random.nextInt(signed ? 64 : 63);
            boolean counted = random.nextInt(4) == 0;
            int at = counted ? random.nextInt(20) : random.nextInt(8 * size);
            String place = (signed ? " i" : " u") + bits + " " + (counted ? "#" : "") + at;
            int offset = counted ? at * bits : at;
            BigInteger old = field(work, offset, bits, signed);
            String kind = pick("GET", "SET", "INCRBY");
            line.append(' ').append(kind).append(place);
            if (kind.equals("GET")) {
                replies.add(Reply.integer(old.longValueExact()));
                continue;
            }
            length = Math.max(length, (offset + bits - 1) / 8 + 1);
            long operand = random.nextBoolean()
                    ? random.nextInt(200) - 100
                    : random.nextLong() >> random.nextInt(random.nextBoolean() ? 3 : 60);
            line.append(' ').append(operand);
            BigInteger next = fit(next(kind, old, operand, signed), bits, signed, overflow, kind.equals("SET"));
            if (next == null) {
                replies.add(Reply.NULL);
                continue;
            }
            replies.add(Reply.integer((kind.equals("SET") ? old : next).longValueExact()));
            for (int bit = 0; bit < bits; bit++) {
                setBit(work, offset + bit, next.testBit(bits - 1 - bit));
            }
        }
        if (length > 0) {
            model.put(key, Arrays.copyOf(work, Math.max(value.length, length)));
        }
        return new Step(line.toString(), Reply.array(replies));
    }

    /** As Redis, takes a negative number that is set to an unsigned field as a huge one. */
    private static BigInteger next(String kind, BigInteger old, long operand, boolean signed) {
        BigInteger number = BigInteger.valueOf(operand);
        if (kind.equals("INCRBY")) {
            return old.add(number);
        }
        return signed || operand >= 0 ? number : number.add(BigInteger.ONE.shiftLeft(64));
    }

    private static BigInteger field(byte[] value, int offset, int bits, boolean signed) {
        BigInteger number = BigInteger.ZERO;
        for (int i = 0; i < bits; i++) {
            number = number.shiftLeft(1).or(BigInteger.valueOf(bit(value, offset + i)));
        }
        return signed && number.testBit(bits - 1) ? number.subtract(BigInteger.ONE.shiftLeft(bits)) : number;
    }

    private static @Nullable BigInteger fit(
            BigInteger number, int bits, boolean signed, String overflow, boolean sets) {
        BigInteger range = BigInteger.ONE.shiftLeft(bits);
        BigInteger min = signed ? range.shiftRight(1).negate() : BigInteger.ZERO;
        BigInteger max = min.add(range).subtract(BigInteger.ONE);
        if (number.compareTo(min) >= 0 && number.compareTo(max) <= 0) {
            return number;
        }
        // As in Redis: what is below by more than a long can tell counts as above.
        boolean isFarBelow = bits < 64 && max.subtract(number).bitLength() > 63;
        return switch (overflow) {
            case "SAT" -> number.signum() < 0 && !(isFarBelow && sets) ? min : max;
            case "FAIL" -> null;
            default -> number.subtract(min).mod(range).add(min);
        };
    }

    private Step bytes() {
        String key = pick(KEYS);
        byte[] value = value(key);
        switch (random.nextInt(5)) {
            case 0 -> {
                boolean existed = model.remove(key) != null;
                return new Step("DEL " + key, Reply.integer(existed ? 1 : 0));
            }
            case 1 -> {
                int at = pickSize();
                byte[] part = part(1 + random.nextInt(40_000));
                byte[] next = grown(value, at + part.length);
                System.arraycopy(part, 0, next, at, part.length);
                model.put(key, next);
                return new Step("SETRANGE " + key + " " + at + " " + text(part), Reply.integer(next.length));
            }
            case 2 -> {
                byte[] part = part(1 + random.nextInt(5_000));
                byte[] next = Arrays.copyOf(value, value.length + part.length);
                System.arraycopy(part, 0, next, value.length, part.length);
                model.put(key, next);
                return new Step("APPEND " + key + " " + text(part), Reply.integer(next.length));
            }
            case 3 -> {
                String other = pick(KEYS);
                if (other.equals(key) || !model.containsKey(key)) {
                    return new Step("STRLEN " + key, Reply.integer(value.length));
                }
                model.put(other, value);
                return new Step("COPY " + key + " " + other + " REPLACE", Reply.ONE);
            }
            default -> {
                byte[] part = part(pickSize());
                model.put(key, part);
                return new Step("SET " + key + " " + text(part), Reply.OK);
            }
        }
    }

    // ---- values ----

    /** Bytes without a space, which would end a word. */
    private byte[] part(int size) {
        byte[] part = new byte[size];
        switch (random.nextInt(3)) {
            case 0 -> Arrays.fill(part, (byte) 0xff);
            case 1 -> Arrays.fill(part, (byte) 0);
            default -> random.nextBytes(part);
        }
        for (int i = 0; i < size; i++) {
            if (part[i] == ' ') {
                part[i] = 1;
            }
        }
        return part;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    private int pickSize() {
        return 1 + random.nextInt(SIZES[random.nextInt(SIZES.length)]);
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
