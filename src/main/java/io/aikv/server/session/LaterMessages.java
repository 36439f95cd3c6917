package io.aikv.server.session;

import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages about changed keys that are to come behind the next reply; instead of very many, one that says to forget all.
 * Belongs to its session's event loop.
 */
final class LaterMessages {
    private static final int MESSAGES_MAX = 1024;
    private static final Reply FORGET_ALL = new Reply.Push(List.of(Reply.text("invalidate"), Reply.NULL));

    private List<Reply> messages = List.of();

    void add(Reply message) {
        if (messages.isEmpty()) {
            messages = new ArrayList<>();
        } else if (messages.size() >= MESSAGES_MAX) {
            messages.clear();
            messages.add(FORGET_ALL);
            return;
        }
        messages.add(message);
    }

    void deliver(Session session) {
        if (!messages.isEmpty()) {
            List<Reply> due = messages;
            messages = List.of();
            due.forEach(session::deliver);
        }
    }
}
