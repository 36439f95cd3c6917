package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.Flag.FAST;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.OW;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.Access.VARIABLE_FLAGS;
import static io.aikv.command.KeySpec.key;
import static io.aikv.command.KeySpec.keys;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.BitCombination;
import io.aikv.data.BitOperation;
import io.aikv.data.Bitmaps;
import io.aikv.data.EventClass;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.StringEditor;
import io.aikv.data.Strings;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.Arrays;
import java.util.List;

/** Commands on the bits of strings: all of Redis 7.2, and BITOP's DIFF, DIFF1, ANDOR and ONE of Redis 8.2. */
public final class BitmapCommands {
    static final String BAD_OFFSET = "ERR bit offset is not an integer or out of range";

    private static final String BAD_BIT = "ERR bit is not an integer or out of range";
    private static final int BYTE_BITS = 8;

    private BitmapCommands() {}

    public static void register(CommandTable table) {
        table.group(Group.BITMAP)
                .read("GETBIT", 3, key(1, RO, ACCESS), BitmapCommands::getbit, FAST)
                .read("BITCOUNT", -2, key(1, RO, ACCESS), BitmapCommands::bitcount)
                .read("BITPOS", -3, key(1, RO, ACCESS), BitmapCommands::bitpos)
                .read("BITFIELD_RO", -2, key(1, RO, ACCESS), BitfieldCommands::bitfieldRo, FAST)
                .write("SETBIT", 4, key(1, RW, ACCESS, UPDATE), BitmapCommands::setbit, DENYOOM)
                .write("BITFIELD", -2, key(1, RW, ACCESS, UPDATE, VARIABLE_FLAGS), BitfieldCommands::bitfield, DENYOOM)
                .write(
                        "BITOP",
                        -4,
                        List.of(key(2, OW, UPDATE), keys(3, -1, RO, ACCESS)),
                        BitmapCommands::bitop,
                        DENYOOM);
    }

    // ---- single bits ----

    private static Reply getbit(ReadContext context, Args args) {
        byte[] key = args.take();
        long offset = offset(args.take(), 0, 1);
        KeyRecord record = context.find(key, Type.STRING);
        int at = (int) (offset / BYTE_BITS);
        if (record == null || at >= Strings.length(record)) {
            return Reply.ZERO;
        }
        byte bits = Strings.read(context, key, record, at, at + 1)[0];
        return Reply.integer((bits >> (BYTE_BITS - 1 - offset % BYTE_BITS)) & 1);
    }

    private static Reply setbit(WriteContext context, Args args) {
        byte[] key = args.take();
        long offset = offset(args.take(), 0, 1);
        long bit = args.takeLong(0, 1, BAD_BIT);
        KeyRecord record = context.find(key, Type.STRING);
        int oldLength = record == null ? 0 : Strings.length(record);
        int length = Math.max(oldLength, lengthFor(offset, 1));
        StringEditor string = StringEditor.writing(context, key, record, length);
        long old = string.bits(offset, 1);
        if (old != bit) {
            string.setBits(offset, 1, bit);
        }
        string.finish(context, old != bit);
        if (old != bit || length > oldLength) {
            context.changed(EventClass.STRING, "setbit", key);
        }
        return Reply.integer(old);
    }

    /**
     * The position of a bit.
     *
     * @param from where the digits begin in {@code digits}
     * @param unit what they count, in bits
     * @throws CommandError {@value #BAD_OFFSET}, also beyond the size of a string
     */
    static long offset(byte[] digits, int from, int unit) {
        byte[] number = from == 0 ? digits : Arrays.copyOfRange(digits, from, digits.length);
        long offset = Numbers.parseLong(number, BAD_OFFSET) * unit;
        if (offset < 0 || offset / BYTE_BITS >= Strings.SIZE_MAX) {
            throw new CommandError(BAD_OFFSET);
        }
        return offset;
    }

    /** How long a string is, in bytes, that just holds {@code count} bits from {@code offset} on. */
    static int lengthFor(long offset, int count) {
        return (int) ((offset + count - 1) / BYTE_BITS) + 1;
    }

    // ---- ranges ----

    /** Bits from {@code first} to {@code last}; none if {@code first} is the greater one. */
    private record BitRange(long first, long last) {
        static final BitRange NONE = new BitRange(0, -1);

        boolean isEmpty() {
            return first > last;
        }

        static BitRange all(long length) {
            return new BitRange(0, length * BYTE_BITS - 1);
        }

        /** By a START and an END that may count from the end, in bytes or in bits. */
        static BitRange of(long start, long end, boolean inBits, long length) {
            long total = inBits ? length * BYTE_BITS : length;
            long from = Math.max(start < 0 ? total + start : start, 0);
            long to = Math.min(Math.max(end < 0 ? total + end : end, 0), total - 1);
            if (from > to) {
                return NONE;
            }
            return inBits ? new BitRange(from, to) : new BitRange(from * BYTE_BITS, (to + 1) * BYTE_BITS - 1);
        }
    }

    /** Takes {@code BYTE} or {@code BIT}, which must be the last argument; true for bits. */
    private static boolean takeUnit(Args args) {
        if (args.remaining() == 1) {
            if (args.takeIf("BIT")) {
                return true;
            }
            if (args.takeIf("BYTE")) {
                return false;
            }
        }
        throw Errors.syntax();
    }

    private static Reply bitcount(ReadContext context, Args args) {
        byte[] key = args.take();
        // As in Redis 7, an absent key hides mistakes in what follows.
        KeyRecord record = context.find(key, Type.STRING);
        if (record == null) {
            return Reply.ZERO;
        }
        int length = Strings.length(record);
        BitRange range = BitRange.all(length);
        if (args.hasNext()) {
            if (args.remaining() != 2 && args.remaining() != 3) {
                throw Errors.syntax();
            }
            long start = args.takeLong();
            long end = args.takeLong();
            if (start < 0 && end < 0 && start > end) {
                return Reply.ZERO; // As in Redis 7, whatever the unit.
            }
            range = BitRange.of(start, end, args.hasNext() && takeUnit(args), length);
        }
        return Reply.integer(range.isEmpty() ? 0 : Bitmaps.count(context, key, record, range.first(), range.last()));
    }

    private static Reply bitpos(ReadContext context, Args args) {
        byte[] key = args.take();
        long bit = args.takeLong();
        if (bit != 0 && bit != 1) {
            throw new CommandError("ERR The bit argument must be 1 or 0.");
        }
        // As in Redis 7, an absent key hides mistakes in what follows: it is zeros without an end.
        KeyRecord record = context.find(key, Type.STRING);
        if (record == null) {
            return Reply.integer(bit == 1 ? -1 : 0);
        }
        int length = Strings.length(record);
        BitRange range = BitRange.all(length);
        boolean hasEnd = args.remaining() > 1;
        if (args.hasNext()) {
            if (args.remaining() > 3) {
                throw Errors.syntax();
            }
            range = takeRange(args, length);
        }
        if (range.isEmpty()) {
            return Reply.integer(-1);
        }
        long found = Bitmaps.find(context, key, record, bit == 1, range.first(), range.last());
        if (found < 0 && bit == 0 && !hasEnd) {
            found = range.last() + 1; // Zeros go on behind the value.
        }
        return Reply.integer(found);
    }

    /** Of BITPOS, which looks at the unit before it looks at the end. */
    private static BitRange takeRange(Args args, int length) {
        long start = args.takeLong();
        if (!args.hasNext()) {
            return BitRange.of(start, length - 1L, false, length);
        }
        byte[] end = args.take();
        boolean inBits = args.hasNext() && takeUnit(args);
        return BitRange.of(start, Numbers.parseLong(end), inBits, length);
    }

    // ---- several strings ----

    private static Reply bitop(WriteContext context, Args args) {
        byte[] name = args.take();
        BitOperation operation = operation(name);
        byte[] destination = args.take();
        if (operation == BitOperation.NOT && args.remaining() != 1) {
            throw new CommandError("ERR BITOP NOT must be called with a single source key.");
        }
        if (operation.needsOthers() && args.remaining() < 2) {
            throw new CommandError("ERR BITOP " + operation + " must be called with at least two source keys.");
        }
        return Reply.integer(BitCombination.store(context, operation, Arrays.asList(args.takeRest()), destination));
    }

    private static BitOperation operation(byte[] name) {
        for (BitOperation operation : BitOperation.values()) {
            if (Bytes.equalsIgnoreCase(name, operation.name())) {
                return operation;
            }
        }
        throw Errors.syntax();
    }
}
