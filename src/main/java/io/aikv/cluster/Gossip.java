package io.aikv.cluster;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one node says of itself in each ping and each answer: the epoch of its map, and of each group that it hosts who
 * leads it, in which term, and how far its replica has applied.
 *
 * <pre>
 * PEER.PING epoch (group leader|- term applied)*
 * </pre>
 */
record Gossip(long epoch, List<Line> lines) {
    private static final String NOBODY = "-";

    record Line(String group, @Nullable String leader, long term, long applied) {}

    Gossip {
        lines = List.copyOf(lines);
    }

    byte[][] request() {
        List<String> words = words();
        words.add(0, "PEER.PING");
        return PeerIdentity.args(words.toArray());
    }

    Reply reply() {
        return Reply.array(words().stream().map(Reply::text).toList());
    }

    private List<String> words() {
        List<String> words = new ArrayList<>(1 + 4 * lines.size());
        words.add(Long.toString(epoch));
        for (Line line : lines) {
            words.add(line.group());
            words.add(line.leader() == null ? NOBODY : line.leader());
            words.add(Long.toString(line.term()));
            words.add(Long.toString(line.applied()));
        }
        return words;
    }

    static Gossip ofRequest(byte[][] args) {
        List<String> words = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            words.add(Bytes.text(args[i]));
        }
        return of(words);
    }

    static Gossip ofReply(Reply reply) {
        return of(PeerReplies.texts(reply));
    }

    /** @throws IllegalArgumentException if the words make no sense */
    private static Gossip of(List<String> words) {
        if (words.size() % 4 != 1) {
            throw new IllegalArgumentException("a ping of " + words.size() + " words");
        }
        List<Line> lines = new ArrayList<>();
        for (int i = 1; i < words.size(); i += 4) {
            String leader = words.get(i + 1);
            lines.add(new Line(
                    words.get(i),
                    leader.equals(NOBODY) ? null : leader,
                    Long.parseLong(words.get(i + 2)),
                    Long.parseLong(words.get(i + 3))));
        }
        return new Gossip(Long.parseLong(words.get(0)), lines);
    }
}
