package io.aikv.testcluster.history;

/**
 * One recorded operation: who did what on which key, when, and what came of it. Immutable.
 *
 * @param id position in the history, from 0 in the order of invocation
 * @param process the client that did it
 * @param key the key
 * @param operation what was asked
 * @param invokeNanos when it was sent, nanoseconds since the history began
 * @param returnNanos when its reply came, or {@link #NEVER}
 * @param status what came of it
 * @param result the reply; {@link Result#UNKNOWN} unless the status is {@link Status#OK}
 */
public record Entry(
        int id,
        int process,
        String key,
        Operation operation,
        long invokeNanos,
        long returnNanos,
        Status status,
        Result result) {

    /** The return time of an operation that may still take effect. */
    public static final long NEVER = Long.MAX_VALUE;

    /** What came of an operation. */
    public enum Status {
        /** A reply came: it took effect between its invocation and its return. */
        OK,
        /** It certainly never takes effect. */
        FAIL,
        /** It takes effect at any time after its invocation, or never. */
        UNKNOWN
    }

    public Entry {
        if (returnNanos < invokeNanos) {
            throw new IllegalArgumentException("operation " + id + " returns before it is invoked");
        }
        if (status == Status.UNKNOWN && returnNanos != NEVER) {
            throw new IllegalArgumentException("operation " + id + " is unknown but returns");
        }
        if ((status == Status.OK) != result.known()) {
            throw new IllegalArgumentException("operation " + id + " is " + status + " with result " + result);
        }
    }

    /** A copy with another reply; only for an operation that has one. */
    public Entry withResult(Result newResult) {
        return new Entry(id, process, key, operation, invokeNanos, returnNanos, status, newResult);
    }

    /** A copy whose fate is unknown. */
    public Entry asUnknown() {
        return new Entry(id, process, key, operation, invokeNanos, NEVER, Status.UNKNOWN, Result.UNKNOWN);
    }

    /** For people: {@code #12 p3 SET "a" -> "OK" [1.204ms..1.377ms]}. */
    @Override
    public String toString() {
        String outcome = status == Status.FAIL ? "failed" : result.toString();
        String end = returnNanos == NEVER ? "" : millis(returnNanos);
        return "#" + id + " p" + process + " " + operation + " -> " + outcome + " [" + millis(invokeNanos) + ".." + end
                + "]";
    }

    private static String millis(long nanos) {
        long micros = nanos / 1_000;
        return micros / 1_000 + "." + String.valueOf(1_000 + micros % 1_000).substring(1) + "ms";
    }
}
