package io.aikv.testcluster.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The search for one order of one key's operations that its model accepts. Used once, by one thread.
 *
 * @param <S> the model's state
 */
final class KeySearch<S> {

    /*
     * Wing & Gong's depth-first search (Testing and Verifying Concurrent Objects, 1993) with Lowe's memory of visited
     * configurations (Testing for linearizability, 2017), as in Porcupine and Knossos. A configuration is the set of
     * ordered operations and the state they lead to. An operation may come next if no other unordered one returned before
     * it was invoked.
     *
     * Three rules keep the search small; each drops only branches that succeed only if a kept one does.
     *  1. A read-only operation that fits now is ordered now, without alternatives: moving it to the front of any solution
     *     disturbs nothing.
     *  2. Operations of unknown fate are tried last, never when they leave the state as it is, and of several equal ones
     *     the earliest first.
     *  3. A configuration is visited only if no visited one with the same completed operations and the same state has
     *     used a subset of its unknown ones: the one that has more of them left can do all that the other can.
     */

    /** How a search ends. */
    enum Outcome {
        FOUND,
        REFUTED,
        GAVE_UP
    }

    /** Completed operations that are ordered (all below first, then window relative to it), and the state after them. */
    private record Configuration<S>(int first, BitSet window, S state) {}

    /** A point on the current path: the state there, what may come next, and the move that led to it. */
    private static final class Frame<S> {

        final S state;
        final int move;
        final int[] candidates;
        int cursor;

        Frame(S state, int move, int[] candidates) {
            this.state = state;
            this.move = move;
            this.candidates = candidates;
        }
    }

    private static final int NO_MOVE = Integer.MAX_VALUE;

    private final Model<S> plainModel;
    private final Model<S> model;
    private final long configurationsMax;
    private final boolean keepsBest;
    private final List<Entry> completed = new ArrayList<>();
    private final List<Entry> unknown = new ArrayList<>();
    private final int[] previousEqual; // by unknown operation: the one before it with the same canonical form, or -1

    private final BitSet ordered = new BitSet();
    private final BitSet used = new BitSet();
    private final Map<Configuration<S>, List<BitSet>> visited = new HashMap<>();
    private final Deque<Frame<S>> path = new ArrayDeque<>();
    private long configurations;

    private int bestCount = -1;
    private List<Entry> bestOrder = List.of();
    private BitSet bestOrdered = new BitSet();

    /**
     * @param entries operations on one key, none of them failed
     * @param keepsBest whether the longest order is remembered, for {@link #bestOrder()}
     */
    KeySearch(Model<S> model, List<Entry> entries, long configurationsMax, boolean keepsBest) {
        this.plainModel = model;
        this.model = model.focusedOn(entries);
        this.configurationsMax = configurationsMax;
        this.keepsBest = keepsBest;
        for (Entry entry : entries) {
            (entry.status() == Entry.Status.OK ? completed : unknown).add(entry);
        }
        Comparator<Entry> byInvocation = Comparator.comparingLong(Entry::invokeNanos);
        completed.sort(byInvocation);
        unknown.sort(byInvocation);
        previousEqual = new int[unknown.size()];
        Map<Operation, Integer> last = new HashMap<>();
        for (int i = 0; i < previousEqual.length; i++) {
            Integer previous = last.put(this.model.canonical(unknown.get(i).operation()), i);
            previousEqual[i] = previous == null ? -1 : previous;
        }
    }

    Outcome run() {
        enter(model.initial(), NO_MOVE);
        while (!path.isEmpty()) {
            if (ordered.cardinality() == completed.size()) {
                return Outcome.FOUND;
            }
            Frame<S> frame = path.element();
            if (frame.cursor == frame.candidates.length) {
                leave();
                continue;
            }
            if (configurations >= configurationsMax) {
                return Outcome.GAVE_UP;
            }
            advance(frame, frame.candidates[frame.cursor++]);
        }
        return Outcome.REFUTED;
    }

    long configurations() {
        return configurations;
    }

    /** The longest order found, empty if the search does not keep it. */
    List<Entry> bestOrder() {
        return bestOrder;
    }

    /** The states after each operation of {@link #bestOrder()}, described, with the initial one in front. */
    List<String> bestStates() {
        return replayBest().stream().map(plainModel::describe).toList();
    }

    /** Whether the model, in the state after {@link #bestOrder()}, accepts {@code entry}'s result. */
    boolean fitsAfterBest(Entry entry) {
        List<S> states = replayBest();
        return plainModel.apply(states.get(states.size() - 1), entry.operation(), entry.result()) != null;
    }

    /** Real states: those of the focused model may stand for many. */
    private List<S> replayBest() {
        List<S> states = new ArrayList<>();
        S state = plainModel.initial();
        states.add(state);
        for (Entry entry : bestOrder) {
            state = Objects.requireNonNull(plainModel.apply(state, entry.operation(), entry.result()));
            states.add(state);
        }
        return states;
    }

    /** Completed operations that are not in {@link #bestOrder()}, by invocation. */
    List<Entry> unordered() {
        List<Entry> rest = new ArrayList<>();
        for (int i = bestOrdered.nextClearBit(0); i < completed.size(); i = bestOrdered.nextClearBit(i + 1)) {
            rest.add(completed.get(i));
        }
        return rest;
    }

    // ---- moves: a completed operation by its index, an unknown one by the complement of its index ----

    private Entry entry(int move) {
        return move >= 0 ? completed.get(move) : unknown.get(~move);
    }

    private void advance(Frame<S> frame, int move) {
        Entry entry = entry(move);
        S next = model.apply(frame.state, entry.operation(), entry.result());
        if (next == null || (move < 0 && next.equals(frame.state))) {
            return;
        }
        mark(move, true);
        if (remember(next)) {
            enter(next, move);
        } else {
            mark(move, false);
        }
    }

    private void enter(S state, int move) {
        configurations++;
        path.push(new Frame<>(state, move, candidates(state)));
        if (keepsBest && ordered.cardinality() > bestCount) {
            keepBest();
        }
    }

    private void leave() {
        int move = path.pop().move;
        if (move != NO_MOVE) {
            mark(move, false);
        }
    }

    private void mark(int move, boolean taken) {
        if (move >= 0) {
            ordered.set(move, taken);
        } else {
            used.set(~move, taken);
        }
    }

    /** What may come next, in the order in which it is tried. */
    private int[] candidates(S state) {
        int[] moves = new int[8];
        int count = 0;
        long earliestReturn = Entry.NEVER;
        for (int i = ordered.nextClearBit(0); i < completed.size(); i = ordered.nextClearBit(i + 1)) {
            Entry entry = completed.get(i);
            if (entry.invokeNanos() > earliestReturn) {
                break;
            }
            if (fitsReadOnly(state, entry)) {
                return new int[] {i};
            }
            earliestReturn = Math.min(earliestReturn, entry.returnNanos());
            moves = append(moves, count++, i);
        }
        for (int i = used.nextClearBit(0); i < unknown.size(); i = used.nextClearBit(i + 1)) {
            if (unknown.get(i).invokeNanos() > earliestReturn) {
                break;
            }
            if (previousEqual[i] < 0 || used.get(previousEqual[i])) {
                moves = append(moves, count++, ~i);
            }
        }
        return Arrays.copyOf(moves, count);
    }

    private boolean fitsReadOnly(S state, Entry entry) {
        return model.isReadOnly(entry.operation(), entry.result())
                && model.apply(state, entry.operation(), entry.result()) != null;
    }

    private static int[] append(int[] array, int count, int value) {
        int[] target = count == array.length ? Arrays.copyOf(array, count * 2) : array;
        target[count] = value;
        return target;
    }

    /** Remembers the configuration that the marks and {@code state} make; false if a visited one covers it. */
    private boolean remember(S state) {
        int first = ordered.nextClearBit(0);
        BitSet window = ordered.get(first, Math.max(first, ordered.length()));
        List<BitSet> usedSets =
                visited.computeIfAbsent(new Configuration<>(first, window, state), k -> new ArrayList<>(1));
        for (BitSet visitedUsed : usedSets) {
            if (isSubset(visitedUsed, used)) {
                return false;
            }
        }
        usedSets.removeIf(visitedUsed -> isSubset(used, visitedUsed));
        usedSets.add((BitSet) used.clone());
        return true;
    }

    private static boolean isSubset(BitSet part, BitSet whole) {
        for (int i = part.nextSetBit(0); i >= 0; i = part.nextSetBit(i + 1)) {
            if (!whole.get(i)) {
                return false;
            }
        }
        return true;
    }

    private void keepBest() {
        bestCount = ordered.cardinality();
        bestOrdered = (BitSet) ordered.clone();
        bestOrder = new ArrayList<>(path.size());
        for (var frames = path.descendingIterator(); frames.hasNext(); ) {
            Frame<S> frame = frames.next();
            if (frame.move != NO_MOVE) {
                bestOrder.add(entry(frame.move));
            }
        }
    }
}
