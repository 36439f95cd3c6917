package io.aikv.data;

import io.aikv.base.CommandError;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An estimate of how many different elements a set has, in 12 KiB at most: a string in Redis' own format, byte for byte,
 * so that values travel.
 *
 * <pre>
 * magic "HYLL"  encoding(1): 0 dense, 1 sparse   unused(3)
 * cached cardinality(8), little-endian; its highest bit says that it is out of date
 * dense    {@value #REGISTERS} registers of six bits, from the lowest bit of the first byte on
 * sparse   {@link SparseRegisters}
 * </pre>
 *
 * <p>An element's hash names a register by its low 14 bits; the register keeps the longest run of zeros seen in the rest,
 * plus one. The estimate follows from how many registers have which value (Ertl, arXiv:1702.01284), as in Redis since 5.
 *
 * <p>A copy of the value: nothing is stored before the caller does so.
 */
public final class HyperLogLog {
    /** How many registers there are. */
    public static final int REGISTERS = 1 << 14;

    /**
     * The longest sparse value in bytes, Redis' default of {@code hll-sparse-max-bytes}. A constant: every replica must
     * come to the same bytes whatever its configuration says.
     */
    public static final int SPARSE_SIZE_MAX = 3000;

    static final int HEADER_SIZE = 16;
    static final int DENSE_SIZE = HEADER_SIZE + REGISTERS * 6 / 8;

    /** No sparse value that is sound can be longer: two bytes for each register. */
    private static final int SOUND_SIZE_MAX = HEADER_SIZE + 2 * REGISTERS;

    private static final int INDEX_BITS = 14;
    private static final int RUN_BITS = 64 - INDEX_BITS;
    private static final int REGISTER_BITS = 6;
    private static final int REGISTER_MAX = 63;
    private static final int ENCODING_AT = 4;
    private static final int CARDINALITY_AT = 8;
    private static final byte DENSE = 0;
    private static final byte SPARSE = 1;
    private static final byte OUT_OF_DATE = (byte) 0x80;
    private static final double HALF_BY_LN_2 = 0.721347520444481703680;

    /** From how many elements on it pays to unpack the registers of a sparse value first. */
    private static final int ELEMENTS_FEW = 16;

    private static final VarHandle LITTLE_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long HASH_FACTOR = 0xc6a4a7935bd1e995L;
    private static final long HASH_SEED = 0xadc83b19L;
    private static final int HASH_SHIFT = 47;

    /** The value of a dense one, the header of a sparse one. */
    private byte[] bytes;

    private @Nullable SparseRegisters sparse;

    private HyperLogLog(byte[] bytes, @Nullable SparseRegisters sparse) {
        this.bytes = bytes;
        this.sparse = sparse;
    }

    /** One without elements. */
    public static HyperLogLog create() {
        byte[] header = new byte[HEADER_SIZE];
        header[0] = 'H';
        header[1] = 'Y';
        header[2] = 'L';
        header[3] = 'L';
        header[ENCODING_AT] = SPARSE;
        return new HyperLogLog(header, SparseRegisters.empty());
    }

    /**
     * The value of a string's record. Does not look at sparse registers yet.
     *
     * @throws CommandError {@code WRONGTYPE Key is not a valid HyperLogLog string value.}; {@code INVALIDOBJ Corrupted HLL
     *     object detected} if it is so long that it cannot be sound
     */
    public static HyperLogLog of(ReadContext context, byte[] key, KeyRecord record) {
        int length = Strings.length(record);
        byte[] header = Strings.read(context, key, record, 0, Math.min(length, HEADER_SIZE));
        boolean isDense = length == DENSE_SIZE && header[ENCODING_AT] == DENSE;
        boolean isSparse = length >= HEADER_SIZE && header[ENCODING_AT] == SPARSE;
        if (!(isDense || isSparse) || header[0] != 'H' || header[1] != 'Y' || header[2] != 'L' || header[3] != 'L') {
            throw new CommandError("WRONGTYPE Key is not a valid HyperLogLog string value.");
        }
        if (length > SOUND_SIZE_MAX) {
            throw corrupted();
        }
        byte[] value = Strings.value(context, key, record);
        return isDense ? new HyperLogLog(value, null) : new HyperLogLog(header, SparseRegisters.of(value));
    }

    static CommandError corrupted() {
        return new CommandError("INVALIDOBJ Corrupted HLL object detected");
    }

    public boolean isDense() {
        return sparse == null;
    }

    /** All bytes of the value; not to be changed. */
    public byte[] value() {
        return sparse == null ? bytes : sparse.value(bytes);
    }

    /** Says that the cached cardinality is out of date. */
    public void invalidate() {
        bytes[CARDINALITY_AT + 7] |= OUT_OF_DATE;
    }

    // ---- registers ----

    /**
     * Adds elements.
     *
     * @param elements added from index {@code from} on
     * @return whether any register has changed
     * @throws CommandError {@code INVALIDOBJ Corrupted HLL object detected}
     */
    public boolean add(byte[][] elements, int from) {
        // Most elements of many change nothing: then the sparse registers need not be walked for each.
        byte[] known = null;
        if (sparse != null && elements.length - from > ELEMENTS_FEW) {
            known = new byte[REGISTERS];
            sparse.mergeInto(known);
        }
        boolean changed = false;
        for (int i = from; i < elements.length; i++) {
            long hash = hash(elements[i]);
            int index = (int) hash & (REGISTERS - 1);
            int run = 1 + Long.numberOfTrailingZeros((hash >>> INDEX_BITS) | (1L << RUN_BITS));
            if (known == null) {
                changed |= raise(index, run);
            } else if (known[index] < run) {
                known[index] = (byte) run;
                changed |= raise(index, run);
            }
        }
        return changed;
    }

    /** Brings a register to {@code run} if it is lower; whether it was. As {@link #add} otherwise. */
    boolean raise(int index, int run) {
        if (sparse != null) {
            if (run <= SparseRegisters.VALUE_MAX) {
                int room = SPARSE_SIZE_MAX - HEADER_SIZE;
                SparseRegisters.Outcome outcome = sparse.raise(index, run, room);
                if (outcome != SparseRegisters.Outcome.NO_ROOM) {
                    return outcome == SparseRegisters.Outcome.RAISED;
                }
            }
            toDense();
        }
        if (denseRegister(index) >= run) {
            return false;
        }
        setDenseRegister(index, run);
        return true;
    }

    /** Brings each of {@code registers} to at least what it is here. As {@link #add} for errors. */
    public void mergeInto(byte[] registers) {
        if (sparse != null) {
            sparse.mergeInto(registers);
            return;
        }
        for (int i = 0; i < REGISTERS; i++) {
            registers[i] = (byte) Math.max(registers[i], denseRegister(i));
        }
    }

    /** Brings each register to at least what it is in {@code registers}. As {@link #add} for errors. */
    public void raiseAll(byte[] registers) {
        for (int i = 0; i < REGISTERS; i++) {
            if (registers[i] != 0) {
                raise(i, registers[i]);
            }
        }
    }

    /**
     * Changes to the dense encoding, if it is not dense yet; the cached cardinality stays.
     *
     * @throws CommandError {@code INVALIDOBJ Corrupted HLL object detected}
     */
    public void toDense() {
        if (sparse == null) {
            return;
        }
        byte[] registers = new byte[REGISTERS];
        sparse.mergeInto(registers);
        bytes = Arrays.copyOf(bytes, DENSE_SIZE);
        bytes[ENCODING_AT] = DENSE;
        sparse = null;
        for (int i = 0; i < REGISTERS; i++) {
            setDenseRegister(i, registers[i]);
        }
    }

    /** What PFDEBUG DECODE answers for a sparse value; null for a dense one. */
    public @Nullable String decode() {
        return sparse == null ? null : sparse.decode();
    }

    private int denseRegister(int index) {
        int at = HEADER_SIZE + index * REGISTER_BITS / 8;
        int shift = index * REGISTER_BITS % 8;
        int low = (bytes[at] & 0xff) >>> shift;
        // Two registers in four end with a byte; the last one does, so nothing is read behind the end.
        int high = shift > 8 - REGISTER_BITS ? bytes[at + 1] << (8 - shift) : 0;
        return (low | high) & REGISTER_MAX;
    }

    private void setDenseRegister(int index, int value) {
        int at = HEADER_SIZE + index * REGISTER_BITS / 8;
        int shift = index * REGISTER_BITS % 8;
        bytes[at] = (byte) ((bytes[at] & ~(REGISTER_MAX << shift)) | (value << shift));
        if (shift > 8 - REGISTER_BITS) {
            int rest = 8 - shift;
            bytes[at + 1] = (byte) ((bytes[at + 1] & ~(REGISTER_MAX >>> rest)) | (value >>> rest));
        }
    }

    // ---- the estimate ----

    /**
     * The estimated number of elements: the cached one if it is up to date, as in Redis, which stores a new one where it
     * was not. A read here does not write, so the cache stays as it is.
     *
     * @throws CommandError {@code INVALIDOBJ Corrupted HLL object detected}
     */
    public long cardinality() {
        if ((bytes[CARDINALITY_AT + 7] & OUT_OF_DATE) == 0) {
            return (long) LITTLE_ENDIAN.get(bytes, CARDINALITY_AT);
        }
        byte[] registers = new byte[REGISTERS];
        mergeInto(registers);
        return estimate(registers);
    }

    /** The estimated number of elements of a set with these registers. */
    public static long estimate(byte[] registers) {
        int[] counts = new int[REGISTER_MAX + 1];
        for (byte register : registers) {
            counts[register]++;
        }
        double m = REGISTERS;
        double z = m * tau((m - counts[RUN_BITS + 1]) / m);
        for (int run = RUN_BITS; run >= 1; run--) {
            z += counts[run];
            z *= 0.5;
        }
        z += m * sigma(counts[0] / m);
        return round(HALF_BY_LN_2 * m * m / z);
    }

    private static double sigma(double share) {
        if (share == 1) {
            return Double.POSITIVE_INFINITY;
        }
        double x = share;
        double y = 1;
        double z = x;
        double before;
        do {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        } while (before != z);
        return z;
    }

    private static double tau(double share) {
        if (share == 0 || share == 1) {
            return 0;
        }
        double x = share;
        double y = 1;
        double z = 1 - x;
        double before;
        do {
            x = Math.sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        } while (before != z);
        return z / 3;
    }

    /** C's llroundl on this platform: halves go up, what no long can hold becomes the smallest one. */
    private static long round(double value) {
        if (value >= 0x1p63) {
            return Long.MIN_VALUE;
        }
        double floor = Math.floor(value);
        return (long) (value - floor >= 0.5 ? floor + 1 : floor);
    }

    // ---- hashing ----

    /** MurmurHash64A with Redis' seed. */
    private static long hash(byte[] element) {
        long h = HASH_SEED ^ (element.length * HASH_FACTOR);
        int whole = element.length & ~7;
        for (int at = 0; at < whole; at += Long.BYTES) {
            long k = (long) LITTLE_ENDIAN.get(element, at) * HASH_FACTOR;
            k = (k ^ (k >>> HASH_SHIFT)) * HASH_FACTOR;
            h = (h ^ k) * HASH_FACTOR;
        }
        if (whole < element.length) {
            for (int at = whole; at < element.length; at++) {
                h ^= (element[at] & 0xffL) << (8 * (at - whole));
            }
            h *= HASH_FACTOR;
        }
        h = (h ^ (h >>> HASH_SHIFT)) * HASH_FACTOR;
        return h ^ (h >>> HASH_SHIFT);
    }
}
