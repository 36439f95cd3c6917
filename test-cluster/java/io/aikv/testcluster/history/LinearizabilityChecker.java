package io.aikv.testcluster.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Decides whether a history is linearizable: whether every operation can be given one instant between its invocation and
 * its return such that a single server, doing them in that order, would have replied the same.
 *
 * <p>Keys are checked one by one, which is exact because linearizability is local (Herlihy and Wing, 1990). An operation
 * of unknown fate may take effect at any time after its invocation or never; a failed one never does. The problem is
 * NP-complete, so the work per key is bounded and running out of it is a verdict of its own. Immutable; may be shared.
 */
public final class LinearizabilityChecker {

    /** Enough for any history with a few dozen operations at the same time; about 300 MB in the worst case. */
    public static final long DEFAULT_CONFIGURATIONS_MAX = 1_000_000;

    private static final int SHOWN_MAX = 12;

    private final long configurationsMax;

    public LinearizabilityChecker() {
        this(DEFAULT_CONFIGURATIONS_MAX);
    }

    /**
     * @param configurationsMax how many configurations are visited per key before the checker gives up, at least 1
     */
    public LinearizabilityChecker(long configurationsMax) {
        if (configurationsMax < 1) {
            throw new IllegalArgumentException("configurationsMax must be at least 1: " + configurationsMax);
        }
        this.configurationsMax = configurationsMax;
    }

    /** Checks all keys of {@code entries} against the same model. */
    public Verdict check(List<Entry> entries, Model<?> model) {
        return check(entries, key -> model);
    }

    /**
     * Checks each key of {@code entries} against the model that {@code models} gives for it, in alphabetical order, up to
     * the first violation.
     */
    public Verdict check(List<Entry> entries, Function<String, Model<?>> models) {
        Map<String, List<Entry>> byKey = new TreeMap<>();
        for (Entry entry : entries) {
            if (entry.status() != Entry.Status.FAIL) {
                byKey.computeIfAbsent(entry.key(), key -> new ArrayList<>()).add(entry);
            }
        }
        int operations = 0;
        long configurations = 0;
        List<String> gaveUp = new ArrayList<>();
        for (Map.Entry<String, List<Entry>> one : byKey.entrySet()) {
            Model<?> model = models.apply(one.getKey());
            KeySearch<?> search = search(model, one.getValue(), false);
            switch (search.run()) {
                case FOUND -> {}
                case REFUTED -> {
                    return explain(one.getKey(), model, one.getValue());
                }
                case GAVE_UP -> gaveUp.add(one.getKey());
            }
            operations += one.getValue().size();
            configurations += search.configurations();
        }
        return gaveUp.isEmpty()
                ? new Verdict.Linearizable(byKey.size(), operations, configurations)
                : new Verdict.GaveUp(gaveUp, configurationsMax);
    }

    private <S> KeySearch<S> search(Model<S> model, List<Entry> entries, boolean keepsBest) {
        return new KeySearch<>(model, entries, configurationsMax, keepsBest);
    }

    // ---- explanation ----

    /*
     * A prefix of a linearizable history is linearizable, so the shortest prefix that is not is found by halving, and the
     * reply at its end is the first that nothing explains. Operations still open at that moment are of unknown fate.
     */
    private <S> Verdict.Violation explain(String key, Model<S> model, List<Entry> entries) {
        List<Entry> completed = entries.stream()
                .filter(entry -> entry.status() == Entry.Status.OK)
                .sorted((a, b) -> Long.compare(a.returnNanos(), b.returnNanos()))
                .toList();
        int low = 0;
        int high = completed.size() - 1; // the prefix up to this return is refuted
        while (low < high) {
            int middle = (low + high) >>> 1;
            List<Entry> prefix = prefix(entries, completed.get(middle).returnNanos());
            if (search(model, prefix, false).run() == KeySearch.Outcome.REFUTED) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Entry culprit = completed.get(high);
        List<Entry> prefix = prefix(entries, culprit.returnNanos());
        KeySearch<S> search = search(model, prefix, true);
        search.run();
        List<Entry> unordered = search.unordered();
        return new Verdict.Violation(
                key, culprit, search.bestOrder(), unordered, describe(key, culprit, prefix, search));
    }

    private static List<Entry> prefix(List<Entry> entries, long untilNanos) {
        List<Entry> prefix = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.invokeNanos() <= untilNanos) {
                prefix.add(entry.returnNanos() <= untilNanos ? entry : entry.asUnknown());
            }
        }
        return prefix;
    }

    private static String describe(String key, Entry culprit, List<Entry> prefix, KeySearch<?> search) {
        List<Entry> order = search.bestOrder();
        List<String> states = search.bestStates();
        StringBuilder text = new StringBuilder();
        text.append("key ")
                .append(HistoryText.quote(key))
                .append(" is not linearizable: no order explains the reply of\n");
        text.append("    ").append(culprit).append('\n');
        text.append("longest order that was found (").append(order.size()).append(" operations");
        int from = Math.max(0, order.size() - SHOWN_MAX);
        text.append(from > 0 ? ", the last " + SHOWN_MAX + " shown" : "").append("), with the state after each:\n");
        text.append("    state ").append(states.get(from)).append('\n');
        for (int i = from; i < order.size(); i++) {
            text.append("    ")
                    .append(order.get(i))
                    .append("  state ")
                    .append(states.get(i + 1))
                    .append('\n');
        }
        text.append("completed operations that cannot follow:\n");
        long earliestReturn =
                search.unordered().stream().mapToLong(Entry::returnNanos).min().orElse(Entry.NEVER);
        for (Entry entry : search.unordered()) {
            text.append("    ")
                    .append(entry)
                    .append("  ")
                    .append(reason(entry, earliestReturn, search))
                    .append('\n');
        }
        List<Entry> open = prefix.stream()
                .filter(entry -> entry.status() == Entry.Status.UNKNOWN && !order.contains(entry))
                .toList();
        if (!open.isEmpty()) {
            text.append("open or of unknown fate at that moment, and of no help:\n");
            open.stream()
                    .skip(Math.max(0, open.size() - SHOWN_MAX))
                    .forEach(entry -> text.append("    ").append(entry).append('\n'));
        }
        return text.toString();
    }

    private static String reason(Entry entry, long earliestReturn, KeySearch<?> search) {
        if (entry.invokeNanos() > earliestReturn) {
            return "(began after another of these had returned)";
        }
        return search.fitsAfterBest(entry)
                ? "(would fit, but leads nowhere)"
                : "(the state does not permit this reply)";
    }
}
