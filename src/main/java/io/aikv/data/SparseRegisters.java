package io.aikv.data;

import java.util.Arrays;

/**
 * Registers of a {@link HyperLogLog} of which most are zero, in Redis' sparse encoding: opcodes that cover all registers in
 * their order.
 *
 * <pre>
 * 00xxxxxx            ZERO   x + 1 registers are 0
 * 01xxxxxx yyyyyyyy   XZERO  xy + 1 registers are 0
 * 1vvvvvxx            VAL    x + 1 registers are v + 1
 * </pre>
 *
 * <p>Opcodes are changed exactly as Redis does it, so that equal commands lead to equal bytes. The opcodes may be unsound:
 * whoever set the key chose them. A method that has to go by them throws {@code INVALIDOBJ Corrupted HLL object detected}.
 */
final class SparseRegisters {
    /** The greatest value of a register here. */
    static final int VALUE_MAX = 32;

    private static final int VALUE_RUN_MAX = 4;
    private static final int ZERO_RUN_MAX = 64;
    private static final int KIND_MASK = 0xc0;
    private static final int XZERO = 0x40;
    private static final int VAL = 0x80;
    private static final int RUN_MASK = 0x3f;

    /** A register within a run of XZERO becomes XZERO VAL XZERO. */
    private static final int SEQUENCE_SIZE_MAX = 5;

    private static final int OPCODES_SCANNED = 5;
    private static final int NONE = -1;

    /** What became of a register. */
    enum Outcome {
        RAISED,
        /** It was as high already. */
        KEPT,
        /** The opcodes would need more bytes than they may have; they are as they were. */
        NO_ROOM
    }

    private byte[] opcodes;
    private int size;

    private SparseRegisters(byte[] opcodes, int size) {
        this.opcodes = opcodes;
        this.size = size;
    }

    /** All registers are zero. */
    static SparseRegisters empty() {
        int run = HyperLogLog.REGISTERS - 1;
        return new SparseRegisters(new byte[] {(byte) (XZERO | (run >>> 8)), (byte) run}, 2);
    }

    /** The registers of a value with a header; copied. */
    static SparseRegisters of(byte[] value) {
        byte[] opcodes = Arrays.copyOfRange(value, HyperLogLog.HEADER_SIZE, value.length);
        return new SparseRegisters(opcodes, opcodes.length);
    }

    /** The value with this header. */
    byte[] value(byte[] header) {
        byte[] value = Arrays.copyOf(header, HyperLogLog.HEADER_SIZE + size);
        System.arraycopy(opcodes, 0, value, HyperLogLog.HEADER_SIZE, size);
        return value;
    }

    // ---- opcodes ----

    /** Unsigned; 0 behind the end, as the byte that ends a string in C. */
    private int at(int position) {
        return position < size ? opcodes[position] & 0xff : 0;
    }

    private boolean isValue(int position) {
        return (at(position) & VAL) != 0;
    }

    private boolean isLongZero(int position) {
        return (at(position) & KIND_MASK) == XZERO;
    }

    /** How many registers an opcode covers. */
    private int run(int position) {
        int opcode = at(position);
        if (isValue(position)) {
            return (opcode & (VALUE_RUN_MAX - 1)) + 1;
        }
        return isLongZero(position) ? (((opcode & RUN_MASK) << 8) | at(position + 1)) + 1 : opcode + 1;
    }

    /** The registers' value by a VAL opcode. */
    private int value(int position) {
        return ((at(position) >>> 2) & (VALUE_MAX - 1)) + 1;
    }

    private int next(int position) {
        return position + (isLongZero(position) ? 2 : 1);
    }

    private static byte valueOpcode(int value, int run) {
        return (byte) (VAL | ((value - 1) << 2) | (run - 1));
    }

    // ---- reading ----

    /** Brings each of {@code registers} to at least what it is here. */
    void mergeInto(byte[] registers) {
        int index = 0;
        for (int position = 0; position < size; position = next(position)) {
            int end = index + run(position);
            if (end > HyperLogLog.REGISTERS) {
                throw HyperLogLog.corrupted();
            }
            if (isValue(position)) {
                int value = value(position);
                for (int i = index; i < end; i++) {
                    registers[i] = (byte) Math.max(registers[i], value);
                }
            }
            index = end;
        }
        if (index != HyperLogLog.REGISTERS) {
            throw HyperLogLog.corrupted();
        }
    }

    /** The opcodes as words: {@code z:run}, {@code Z:run} and {@code v:value,run}. */
    String decode() {
        StringBuilder text = new StringBuilder();
        for (int position = 0; position < size; position = next(position)) {
            if (isValue(position)) {
                text.append("v:").append(value(position)).append(',');
            } else {
                text.append(isLongZero(position) ? "Z:" : "z:");
            }
            text.append(run(position)).append(' ');
        }
        return text.toString().strip();
    }

    // ---- changing ----

    /**
     * Brings a register to {@code value}, at most {@link #VALUE_MAX}, if it is lower.
     *
     * @param room how many bytes all opcodes may have
     */
    Outcome raise(int index, int value, int room) {
        int previous = NONE;
        int position = 0;
        int first = 0;
        int run = 0;
        while (position < size) {
            run = run(position);
            if (index < first + run) {
                break;
            }
            previous = position;
            position = next(position);
            first += run;
        }
        if (run == 0 || position >= size) {
            throw HyperLogLog.corrupted();
        }
        boolean isValue = isValue(position);
        if (isValue && value(position) >= value) {
            return Outcome.KEPT;
        }
        if (run == 1 && !isLongZero(position)) {
            opcodes[position] = valueOpcode(value, 1);
        } else if (!split(position, index - first, first + run - 1 - index, value, room)) {
            return Outcome.NO_ROOM;
        }
        join(previous == NONE ? 0 : previous);
        return Outcome.RAISED;
    }

    /** Replaces an opcode by up to three: so many registers stay before and behind the one that gets a value. */
    private boolean split(int position, int before, int behind, int value, int room) {
        byte[] sequence = new byte[SEQUENCE_SIZE_MAX];
        int count = putRun(sequence, 0, position, before);
        sequence[count++] = valueOpcode(value, 1);
        count = putRun(sequence, count, position, behind);

        int next = next(position);
        int growth = count - (next - position);
        if (growth > 0 && size + growth > room) {
            return false;
        }
        int newSize = size + growth;
        if (newSize > opcodes.length) {
            opcodes = Arrays.copyOf(opcodes, newSize + ZERO_RUN_MAX);
        }
        if (growth != 0 && next < size) {
            System.arraycopy(opcodes, next, opcodes, next + growth, size - next);
        }
        // Less than the sequence only where a value ends in the middle of an opcode.
        System.arraycopy(sequence, 0, opcodes, position, Math.min(count, newSize - position));
        size = newSize;
        return true;
    }

    /** Puts what is left of an opcode's run. Returns where the sequence goes on. */
    private int putRun(byte[] sequence, int from, int position, int run) {
        int count = from;
        if (run == 0) {
            return count;
        }
        if (isValue(position)) {
            sequence[count++] = valueOpcode(value(position), run);
        } else if (run > ZERO_RUN_MAX) {
            sequence[count++] = (byte) (XZERO | ((run - 1) >>> 8));
            sequence[count++] = (byte) (run - 1);
        } else {
            sequence[count++] = (byte) (run - 1);
        }
        return count;
    }

    /** Joins VAL opcodes of one value that stand side by side, near a change. */
    private void join(int from) {
        int position = from;
        for (int left = OPCODES_SCANNED; left > 0 && position < size; left--) {
            if (!isValue(position)) {
                position = next(position);
                continue;
            }
            int other = position + 1;
            if (other < size && isValue(other) && value(position) == value(other)) {
                int run = run(position) + run(other);
                if (run <= VALUE_RUN_MAX) {
                    opcodes[other] = valueOpcode(value(position), run);
                    System.arraycopy(opcodes, other, opcodes, position, size - other);
                    size--;
                    continue; // It may go on with what follows.
                }
            }
            position++;
        }
    }
}
