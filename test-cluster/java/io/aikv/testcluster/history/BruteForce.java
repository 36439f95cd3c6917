package io.aikv.testcluster.history;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The definition of linearizability, tried out: every order of one key's operations, with and without each one of unknown
 * fate. Shares no code with the checker or the models, so that both can be compared with it. For some seven operations.
 */
final class BruteForce {

    /** What a server replies, and the value it holds afterwards; null is nil, or absent. */
    record Step(@Nullable String reply, @Nullable String value) {}

    private BruteForce() {}

    /** What a server that holds {@code value} does. */
    static Step serve(@Nullable String value, Operation operation) {
        String argument = operation.argument();
        return switch (operation.kind()) {
            case GET -> new Step(value, value);
            case SET -> new Step("OK", argument);
            case DEL -> new Step(value == null ? "0" : "1", null);
            case CAS ->
                value != null && value.equals(operation.expected()) ? new Step("OK", argument) : new Step(null, value);
            case SETNX -> value == null ? new Step("1", argument) : new Step("0", value);
            case APPEND -> {
                String longer = value == null ? argument : value + argument;
                yield new Step(Integer.toString(longer.length()), longer);
            }
            case INCR -> {
                if (value != null && !value.matches("0|-?[1-9][0-9]{0,17}")) {
                    yield new Step("ERR value is not an integer or out of range", value);
                }
                String more = Long.toString(value == null ? 1 : Long.parseLong(value) + 1);
                yield new Step(more, more);
            }
        };
    }

    static boolean isLinearizable(List<Entry> entries) {
        List<Entry> rest = new ArrayList<>(entries);
        rest.removeIf(entry -> entry.status() == Entry.Status.FAIL);
        return isLinearizable(rest, null);
    }

    private static boolean isLinearizable(List<Entry> rest, @Nullable String value) {
        if (rest.stream().noneMatch(entry -> entry.status() == Entry.Status.OK)) {
            return true;
        }
        for (Entry next : rest) {
            if (rest.stream().anyMatch(other -> other.returnNanos() < next.invokeNanos())) {
                continue;
            }
            Step step = serve(value, next.operation());
            if (next.result().known() && !next.result().equals(Result.of(step.reply()))) {
                continue;
            }
            List<Entry> others = new ArrayList<>(rest);
            others.remove(next);
            if (isLinearizable(others, step.value())) {
                return true;
            }
        }
        return false;
    }
}
