package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.OW;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.counted;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.ReadContext;
import io.aikv.data.ScoredMember;
import io.aikv.data.SortedSetAlgebra;
import io.aikv.data.SortedSetAlgebra.Aggregate;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Unions, intersections and differences of sorted sets and sets. */
final class SortedSetAlgebraCommands {
    private SortedSetAlgebraCommands() {}

    private enum Operation {
        UNION,
        INTER,
        DIFF
    }

    static void register(CommandTable table) {
        List<KeySpec> storing = List.of(key(1, OW, UPDATE), counted(2, RO, ACCESS));
        table.group(Group.SORTED_SET)
                .read("ZUNION", -3, counted(1, RO, ACCESS), (c, args) -> read(c, args, Operation.UNION))
                .read("ZINTER", -3, counted(1, RO, ACCESS), (c, args) -> read(c, args, Operation.INTER))
                .read("ZDIFF", -3, counted(1, RO, ACCESS), (c, args) -> read(c, args, Operation.DIFF))
                .read("ZINTERCARD", -3, counted(1, RO, ACCESS), SortedSetAlgebraCommands::zintercard)
                .write("ZUNIONSTORE", -4, storing, (c, args) -> store(c, args, Operation.UNION), DENYOOM)
                .write("ZINTERSTORE", -4, storing, (c, args) -> store(c, args, Operation.INTER), DENYOOM)
                .write("ZDIFFSTORE", -4, storing, (c, args) -> store(c, args, Operation.DIFF), DENYOOM);
    }

    // ---- operands and options ----

    private static SortedSetAlgebra takeOperands(ReadContext context, Args args, String command) {
        long count = args.takeLong();
        if (count < 1) {
            throw new CommandError("ERR at least 1 input key is needed for '" + command + "' command");
        }
        if (count > args.remaining()) {
            throw Errors.syntax();
        }
        List<byte[]> keys = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            keys.add(args.take());
        }
        return SortedSetAlgebra.of(context, keys);
    }

    /** Operands and what to do with their scores. */
    private record Terms(SortedSetAlgebra operands, double[] weights, Aggregate aggregate, boolean withScores) {
        static Terms take(ReadContext context, Args args, Operation operation, @Nullable String storing) {
            String command = storing == null ? "z" + name(operation) : storing;
            int count = args.remaining();
            SortedSetAlgebra operands = takeOperands(context, args, command);
            double[] weights = new double[count - args.remaining() - 1];
            Arrays.fill(weights, 1);
            Aggregate aggregate = Aggregate.SUM;
            boolean scored = operation != Operation.DIFF;
            boolean withScores = false;
            while (args.hasNext()) {
                if (scored && args.takeIf("WEIGHTS", weights.length)) {
                    for (int i = 0; i < weights.length; i++) {
                        weights[i] = Numbers.parseDouble(args.take(), "ERR weight value is not a float");
                    }
                } else if (scored && args.takeIf("AGGREGATE", 1)) {
                    aggregate = takeAggregate(args);
                } else if (storing == null && args.takeIf("WITHSCORES")) {
                    withScores = true;
                } else {
                    throw Errors.syntax();
                }
            }
            return new Terms(operands, weights, aggregate, withScores);
        }

        private static Aggregate takeAggregate(Args args) {
            for (Aggregate aggregate : Aggregate.values()) {
                if (args.takeIf(aggregate.name())) {
                    return aggregate;
                }
            }
            throw Errors.syntax();
        }

        List<ScoredMember> run(Operation operation) {
            return switch (operation) {
                case UNION -> operands.union(weights, aggregate);
                case INTER -> operands.intersection(weights, aggregate);
                case DIFF -> operands.difference();
            };
        }
    }

    private static String name(Operation operation) {
        return switch (operation) {
            case UNION -> "union";
            case INTER -> "inter";
            case DIFF -> "diff";
        };
    }

    // ---- commands ----

    private static Reply read(ReadContext context, Args args, Operation operation) {
        Terms terms = Terms.take(context, args, operation, null);
        terms.operands.limitBytes(Listing.WHOLE_BYTES_MAX);
        return SortedSetCommands.members(terms.run(operation), terms.withScores);
    }

    private static Reply store(WriteContext context, Args args, Operation operation) {
        byte[] destination = args.take();
        String command = "z" + name(operation) + "store";
        Terms terms = Terms.take(context, args, operation, command);
        return SortedSetRangeCommands.store(context, destination, terms.run(operation), command);
    }

    private static Reply zintercard(ReadContext context, Args args) {
        SortedSetAlgebra operands = takeOperands(context, args, "zintercard");
        return Reply.integer(operands.intersectionCount(args.takeCountLimit()));
    }
}
