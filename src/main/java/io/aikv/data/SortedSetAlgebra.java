package io.aikv.data;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Union, intersection and difference of sorted sets and sets. Reads only; the operands are given in the command's order. */
public final class SortedSetAlgebra {
    /** How the scores of a member that several operands have become one. */
    public enum Aggregate {
        SUM,
        MIN,
        MAX;

        private double of(double a, double b) {
            return switch (this) {
                case SUM -> numberOrZero(a + b);
                case MIN -> b < a ? b : a;
                case MAX -> b > a ? b : a;
            };
        }
    }

    /** An operand. */
    private record Weighted(MemberSource source, double weight) {
        private static final Comparator<Weighted> SMALLEST_FIRST =
                Comparator.comparingLong(operand -> operand.source.count());
    }

    /** What a member of the result takes beside its bytes: two objects, an array header, a place in a table. */
    private static final int MEMBER_BYTES = 128;

    private final List<MemberSource> sources;
    private long bytesLeft = Long.MAX_VALUE;

    private SortedSetAlgebra(List<MemberSource> sources) {
        this.sources = sources;
    }

    /** From now on a result may take so many bytes of heap; a larger one ends with {@code ERR the result is larger than ...}. */
    public void limitBytes(long bytes) {
        bytesLeft = bytes;
    }

    private void take(byte[] member) {
        bytesLeft -= MEMBER_BYTES + member.length;
        if (bytesLeft < 0) {
            throw new CommandError(
                    "ERR the result is larger than a reply may be that has to be sorted; store it instead");
        }
    }

    /**
     * The operands. One point read each.
     *
     * @throws io.aikv.base.CommandError {@code WRONGTYPE Operation against a key holding the wrong kind of value}
     */
    public static SortedSetAlgebra of(ReadContext context, List<byte[]> keys) {
        List<MemberSource> sources = new ArrayList<>(keys.size());
        for (byte[] key : keys) {
            sources.add(MemberSource.find(context, key));
        }
        return new SortedSetAlgebra(sources);
    }

    /**
     * Every member of any operand, in order. Cost: all operands.
     *
     * @param weights one for each operand
     */
    public List<ScoredMember> union(double[] weights, Aggregate aggregate) {
        Map<Bytes, Double> scores = new HashMap<>();
        for (Weighted operand : smallestFirst(weights)) {
            operand.source.forEach((member, score) -> {
                double weighted = numberOrZero(operand.weight * score);
                int before = scores.size();
                scores.merge(Bytes.of(member), weighted, aggregate::of);
                if (scores.size() > before) {
                    take(member);
                }
                return true;
            });
        }
        List<ScoredMember> members = new ArrayList<>(scores.size());
        scores.forEach((member, score) -> members.add(new ScoredMember(member.array(), score)));
        members.sort(ScoredMember.ORDER);
        return members;
    }

    /** The members that all operands have, in order. Cost: the smallest operand, and a point read in the others for each. */
    public List<ScoredMember> intersection(double[] weights, Aggregate aggregate) {
        List<Weighted> operands = smallestFirst(weights);
        List<ScoredMember> members = new ArrayList<>();
        operands.get(0).source.forEach((member, score) -> {
            double sum = numberOrZero(operands.get(0).weight * score);
            for (Weighted other : operands.subList(1, operands.size())) {
                Double own = other.source.isSame(operands.get(0).source) ? (Double) score : other.source.score(member);
                if (own == null) {
                    return true;
                }
                sum = aggregate.of(sum, own * other.weight);
            }
            take(member);
            members.add(new ScoredMember(member, sum));
            return true;
        });
        members.sort(ScoredMember.ORDER);
        return members;
    }

    /** How many members all operands have, counted up to {@code limit}. Cost: as {@link #intersection}. */
    public long intersectionCount(long limit) {
        List<Weighted> operands = smallestFirst(new double[sources.size()]);
        long[] count = {0};
        operands.get(0).source.forEach((member, score) -> {
            for (Weighted other : operands.subList(1, operands.size())) {
                if (!other.source.isSame(operands.get(0).source) && other.source.score(member) == null) {
                    return true;
                }
            }
            return ++count[0] < limit;
        });
        return count[0];
    }

    /** The members of the first operand that no other has, in order. Cost: the first, and a point read in others for each. */
    public List<ScoredMember> difference() {
        MemberSource first = sources.get(0);
        List<MemberSource> others = new ArrayList<>(sources.subList(1, sources.size()));
        List<ScoredMember> members = new ArrayList<>();
        if (others.stream().anyMatch(first::isSame)) {
            return members;
        }
        others.sort(Comparator.comparingLong(MemberSource::count).reversed());
        first.forEach((member, score) -> {
            for (MemberSource other : others) {
                if (other.score(member) != null) {
                    return true;
                }
            }
            take(member);
            members.add(new ScoredMember(member, score));
            return true;
        });
        members.sort(ScoredMember.ORDER);
        return members;
    }

    /** The order in which Redis adds scores up. */
    private List<Weighted> smallestFirst(double[] weights) {
        List<Weighted> operands = new ArrayList<>(sources.size());
        for (int i = 0; i < sources.size(); i++) {
            operands.add(new Weighted(sources.get(i), weights[i]));
        }
        operands.sort(Weighted.SMALLEST_FIRST);
        return operands;
    }

    private static double numberOrZero(double value) {
        return Double.isNaN(value) ? 0 : value;
    }
}
