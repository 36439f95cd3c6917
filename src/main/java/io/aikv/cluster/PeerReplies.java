package io.aikv.cluster;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import java.util.List;

/** Reads the replies of peers, which this program wrote itself: anything unexpected reads as empty. */
final class PeerReplies {
    private PeerReplies() {}

    /** The text of a bulk, simple or error reply, otherwise empty. */
    static String text(Reply reply) {
        if (reply instanceof Reply.Bulk bulk) {
            return Bytes.text(bulk.value());
        }
        if (reply instanceof Reply.Simple simple) {
            return simple.text();
        }
        return reply instanceof Reply.Error error ? error.line() : "";
    }

    /** The texts of an array, otherwise none. */
    static List<String> texts(Reply reply) {
        return reply instanceof Reply.Array array
                ? array.items().stream().map(PeerReplies::text).toList()
                : List.of();
    }
}
