package io.aikv.raft;

import io.aikv.resp.Reply;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An entry on its way through this leader's log, with everybody who waits for it. Made by the proposer; ended once, by
 * the apply thread or by the failure of the submission, whichever comes first.
 */
final class Batch implements Message {
    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

    private final LogEntry entry;
    private final List<Proposal> proposals;
    private final List<ReadWaiter> reads;
    private final long startNanos;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean appended;
    private @Nullable ByteString content;

    /**
     * @param proposals one per request of the entry, in order; for an upload's last entry the one
     * @param reads that may be served once this entry is applied
     * @param startNanos before the submission
     */
    Batch(LogEntry entry, List<Proposal> proposals, List<ReadWaiter> reads, long startNanos) {
        this.entry = entry;
        this.proposals = proposals;
        this.reads = reads;
        this.startNanos = startNanos;
    }

    LogEntry entry() {
        return entry;
    }

    List<Proposal> proposals() {
        return proposals;
    }

    List<ReadWaiter> reads() {
        return reads;
    }

    long startNanos() {
        return startNanos;
    }

    /** The entry's bytes, encoded at the first call: by the thread that submits, before anybody else sees them. */
    @Override
    public ByteString getContent() {
        ByteString bytes = content;
        if (bytes == null) {
            bytes = UnsafeByteOperations.unsafeWrap(LogEntry.encode(entry));
            content = bytes;
        }
        return bytes;
    }

    /** It is in this node's log now: from here on nobody can say that it is certainly not applied. */
    void markAppended() {
        appended = true;
    }

    boolean isAppended() {
        return appended;
    }

    /** True for the first caller, who then tells everybody who waits. */
    boolean end() {
        return ended.compareAndSet(false, true);
    }

    /** The entry is committed and applied at {@code index}; {@code replies} in the order of the proposals. */
    void applied(List<Reply> replies, long index) {
        if (!end()) {
            return;
        }
        for (int i = 0; i < proposals.size(); i++) {
            Proposal proposal = proposals.get(i);
            Reply reply = replies.get(i);
            tell(() -> proposal.applied(reply, index));
        }
        for (ReadWaiter read : reads) {
            tell(read::readable);
        }
    }

    /** Whoever waits is not part of the replicated state: its bug must not stop the group, nor keep others waiting. */
    static void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("somebody who waited for an entry failed", e);
        }
    }
}
