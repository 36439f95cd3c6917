package io.aikv.data;

import io.aikv.base.Bytes;
import java.util.Comparator;

/**
 * A member of a sorted set and its score. Not copied, not to be changed; not for use as a map key.
 *
 * @param score never NaN; may be an infinity or minus zero
 */
public record ScoredMember(byte[] member, double score) {
    /** The order of sorted sets: by score, where minus zero equals zero, then by the bytes of the member. */
    public static final Comparator<ScoredMember> ORDER =
            (a, b) -> a.score < b.score ? -1 : a.score > b.score ? 1 : Bytes.compare(a.member, b.member);
}
