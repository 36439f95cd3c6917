package io.aikv.server.command;

import io.aikv.base.CommandError;
import io.aikv.resp.Reply;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the long part of an administration command off the event loop; whatever happens, it is answered. */
final class LongTask {
    private static final Logger LOG = LoggerFactory.getLogger(LongTask.class);
    private static final Reply BUSY = Reply.error("ERR the node is busy or stopping, try again");

    private LongTask() {}

    static void run(NodeFacts node, Consumer<Reply> reply, Supplier<Reply> task) {
        try {
            node.background().execute(() -> reply.accept(answer(task)));
        } catch (RejectedExecutionException e) {
            reply.accept(BUSY);
        }
    }

    /** The error's line for a user's mistake; for anything else, such as a store that was closed meanwhile, {@code ERR ...}. */
    private static Reply answer(Supplier<Reply> task) {
        try {
            return task.get();
        } catch (CommandError e) {
            return Reply.error(e);
        } catch (RuntimeException e) {
            LOG.warn("an administration command failed", e);
            return Reply.error("ERR the command failed: " + e);
        }
    }
}
