package io.aikv.server.pubsub;

import io.aikv.resp.Reply;

/** What can be subscribed to, with the words of its replies and messages. */
public enum SubscriptionKind {
    CHANNEL(""),
    PATTERN("p"),
    /** A channel that belongs to a slot. */
    SHARD("s");

    final Reply subscribed;
    final Reply unsubscribed;
    final Reply message;

    SubscriptionKind(String prefix) {
        subscribed = Reply.text(prefix + "subscribe");
        unsubscribed = Reply.text(prefix + "unsubscribe");
        message = Reply.text(prefix + "message");
    }
}
