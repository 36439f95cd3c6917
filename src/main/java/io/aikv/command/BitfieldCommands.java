package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.BitField;
import io.aikv.data.BitField.Overflow;
import io.aikv.data.EventClass;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.StringEditor;
import io.aikv.data.Strings;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** BITFIELD and BITFIELD_RO: arrays of integers in the bits of a string. Rows of {@link BitmapCommands}' table. */
final class BitfieldCommands {
    private static final String BAD_TYPE =
            "ERR Invalid bitfield type. Use something like i16 u8. " + "Note that u64 is not supported but i64 is.";
    private static final int SIGNED_BITS_MAX = 64;
    private static final int UNSIGNED_BITS_MAX = 63;

    private BitfieldCommands() {}

    private enum Kind {
        GET,
        SET,
        INCRBY
    }

    /** One operation; {@code operand} is what SET sets and INCRBY adds. */
    private record Step(Kind kind, BitField type, long offset, long operand, Overflow overflow) {}

    static Reply bitfieldRo(ReadContext context, Args args) {
        byte[] key = args.take();
        List<Step> steps = takeSteps(args);
        if (length(steps) > 0) {
            throw new CommandError("ERR BITFIELD_RO only supports the GET subcommand");
        }
        return read(context, key, steps);
    }

    static Reply bitfield(WriteContext context, Args args) {
        byte[] key = args.take();
        List<Step> steps = takeSteps(args);
        int needed = length(steps);
        if (needed == 0) {
            return read(context, key, steps);
        }
        KeyRecord record = context.find(key, Type.STRING);
        int oldLength = record == null ? 0 : Strings.length(record);
        int length = Math.max(oldLength, needed);
        StringEditor string = StringEditor.writing(context, key, record, length);
        List<Reply> replies = new ArrayList<>(steps.size());
        boolean isWritten = false;
        boolean isChanged = false;
        for (Step step : steps) {
            BitField type = step.type();
            long old = type.decode(string.bits(step.offset(), type.bits()));
            Long next = next(step, old);
            if (step.kind() == Kind.GET || next == null) {
                replies.add(next == null ? Reply.NULL : Reply.integer(old));
                continue;
            }
            if (next != old) {
                string.setBits(step.offset(), type.bits(), next);
            }
            isWritten = true;
            isChanged |= next != old;
            replies.add(Reply.integer(step.kind() == Kind.SET ? old : next));
        }
        // The string grows even where every operation has failed; as in Redis, nobody is told of that.
        string.finish(context, isChanged);
        if (isChanged || (isWritten && length > oldLength)) {
            context.changed(EventClass.STRING, "setbit", key);
        }
        return Reply.array(replies);
    }

    /** The value after a step; null if it overflows and must not. */
    private static @Nullable Long next(Step step, long old) {
        return switch (step.kind()) {
            case GET -> old;
            case SET -> step.type().fit(step.operand(), step.overflow());
            case INCRBY -> step.type().plus(old, step.operand(), step.overflow());
        };
    }

    private static Reply read(ReadContext context, byte[] key, List<Step> steps) {
        StringEditor string = StringEditor.reading(context, key, context.find(key, Type.STRING));
        List<Reply> replies = new ArrayList<>(steps.size());
        for (Step step : steps) {
            BitField type = step.type();
            replies.add(Reply.integer(type.decode(string.bits(step.offset(), type.bits()))));
        }
        return Reply.array(replies);
    }

    /** How long the value must be for all that may be written, in bytes; 0 if the steps only read. */
    private static int length(List<Step> steps) {
        int length = 0;
        for (Step step : steps) {
            if (step.kind() != Kind.GET) {
                length = Math.max(
                        length,
                        BitmapCommands.lengthFor(step.offset(), step.type().bits()));
            }
        }
        return length;
    }

    // ---- arguments ----

    private static List<Step> takeSteps(Args args) {
        List<Step> steps = new ArrayList<>();
        Overflow overflow = Overflow.WRAP;
        while (args.hasNext()) {
            if (args.takeIf("OVERFLOW", 1)) {
                overflow = takeOverflow(args);
            } else if (args.takeIf("GET", 2)) {
                steps.add(takeStep(Kind.GET, args, overflow));
            } else if (args.takeIf("SET", 3)) {
                steps.add(takeStep(Kind.SET, args, overflow));
            } else if (args.takeIf("INCRBY", 3)) {
                steps.add(takeStep(Kind.INCRBY, args, overflow));
            } else {
                throw Errors.syntax();
            }
        }
        return steps;
    }

    private static Overflow takeOverflow(Args args) {
        byte[] name = args.take();
        for (Overflow overflow : Overflow.values()) {
            if (Bytes.equalsIgnoreCase(name, overflow.name())) {
                return overflow;
            }
        }
        throw new CommandError("ERR Invalid OVERFLOW type specified");
    }

    private static Step takeStep(Kind kind, Args args, Overflow overflow) {
        BitField type = type(args.take());
        byte[] position = args.take();
        boolean counts = position.length > 0 && position[0] == '#';
        long offset = BitmapCommands.offset(position, counts ? 1 : 0, counts ? type.bits() : 1);
        return new Step(kind, type, offset, kind == Kind.GET ? 0 : args.takeLong(), overflow);
    }

    /** As in Redis, a zero byte ends the name. */
    private static BitField type(byte[] name) {
        boolean isSigned = name.length > 0 && name[0] == 'i';
        if (!isSigned && (name.length == 0 || name[0] != 'u')) {
            throw new CommandError(BAD_TYPE);
        }
        int end = 1;
        while (end < name.length && name[end] != 0) {
            end++;
        }
        long bits = Numbers.parseLong(Arrays.copyOfRange(name, 1, end), BAD_TYPE);
        if (bits < 1 || bits > (isSigned ? SIGNED_BITS_MAX : UNSIGNED_BITS_MAX)) {
            throw new CommandError(BAD_TYPE);
        }
        return new BitField(isSigned, (int) bits);
    }
}
