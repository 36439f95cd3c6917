package io.aikv.server.session;

import io.aikv.base.Elements;
import io.aikv.resp.LargeReply;
import io.aikv.resp.Reply;
import io.aikv.store.StoreFailure;
import io.aikv.store.StoreSnapshot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One reply that is read while it is sent, and the owner of what it is read from: the snapshots of a long read from their
 * making on, and the cursors of its reply. Whatever becomes of the client, the store or the node, they are closed once.
 *
 * <p>Threads: at first it belongs to the reader that runs the command. Once begun, readers take turns to {@link #read} a
 * piece; between two pieces nobody has it, and {@link #end} may then be called on any thread, and during a piece too.
 */
/*
 * What is held is touched by the thread that has brought the state to READING, or from RESTING to ENDED; who finds a piece
 * being read only says that it shall be the last (ENDING), and the reader closes. So nobody waits for anybody.
 */
final class ReplyStream {
    private enum State {
        READING,
        RESTING,
        ENDING,
        ENDED
    }

    private final ReplyStreams owner;
    private final Session session;
    private final AtomicReference<State> state = new AtomicReference<>(State.READING);
    private final List<StoreSnapshot> snapshots = new ArrayList<>(1);
    private final List<Elements<Reply>> cursors = new ArrayList<>(1);
    private @Nullable LargeReply pieces;
    private volatile boolean complete;
    private long begunNanos;
    private volatile long progressNanos;

    /** Belongs to the calling thread until {@link #begin} or {@link #giveUp}. */
    ReplyStream(ReplyStreams owner, Session session) {
        this.owner = owner;
        this.session = session;
    }

    // ---- while the command runs ----

    StoreSnapshot hold(StoreSnapshot snapshot) {
        snapshots.add(snapshot);
        return snapshot;
    }

    void hold(Elements<Reply> cursor) {
        cursors.add(cursor);
    }

    /** There is nothing to be streamed. */
    void giveUp() {
        state.set(State.ENDED);
        release();
    }

    /** How {@link #begin} went. */
    enum Begun {
        YES,
        /** As many as may be under way are. */
        NO_ROOM,
        STORE_CLOSED
    }

    /** The command has run; from now on pieces may be read. If it cannot be begun, everything is given back. */
    Begun begin(Reply.Streamed reply, long nowNanos) {
        begunNanos = nowNanos;
        progressNanos = nowNanos;
        if (!owner.enter(this)) {
            giveUp();
            return Begun.NO_ROOM;
        }
        pieces = new LargeReply(reply, session.protocol());
        for (StoreSnapshot snapshot : snapshots) {
            if (!snapshot.onStoreClosing(this::storeClosing)) {
                giveUp();
                return Begun.STORE_CLOSED;
            }
        }
        return rest() ? Begun.YES : Begun.STORE_CLOSED;
    }

    // ---- piece by piece ----

    /** The next piece, which belongs to the caller, or null if the stream was ended before its end. Reads rows. */
    @Nullable
    ByteBuf read(ByteBufAllocator allocator) {
        if (!state.compareAndSet(State.RESTING, State.READING)) {
            return null;
        }
        ByteBuf piece = null;
        try {
            LargeReply reply = Objects.requireNonNull(pieces);
            piece = reply.readChunk(allocator);
            complete = reply.isEndOfInput();
        } catch (StoreFailure e) {
            owner.failed(this, e.isClosed() ? null : e);
        } catch (RuntimeException | AssertionError | OutOfMemoryError e) {
            owner.failed(
                    this, e); // Netty throws the last one when its buffers are used up; nothing else is wrong then.
        }
        if (piece == null || complete) {
            giveUp();
        } else if (!rest()) {
            piece.release();
            return null;
        }
        return piece;
    }

    /** Whether the last piece was read. */
    boolean isComplete() {
        return complete;
    }

    private boolean rest() {
        if (state.compareAndSet(State.READING, State.RESTING)) {
            return true;
        }
        giveUp();
        return false;
    }

    /** The client has taken a piece. */
    void advanced(long nowNanos) {
        progressNanos = nowNanos;
    }

    long sinceProgressNanos(long nowNanos) {
        return nowNanos - progressNanos;
    }

    long ageNanos(long nowNanos) {
        return nowNanos - begunNanos;
    }

    Session session() {
        return session;
    }

    // ---- the end ----

    /**
     * Ends it and gives back what it holds, at the latest when the piece is read that somebody reads now.
     *
     * @return whether it had not ended
     */
    boolean end() {
        State seen = state.get();
        while (seen == State.RESTING || seen == State.READING) {
            boolean rests = seen == State.RESTING;
            if (state.compareAndSet(seen, rests ? State.ENDED : State.ENDING)) {
                if (rests) {
                    release();
                }
                return true;
            }
            seen = state.get();
        }
        return false;
    }

    private void storeClosing() {
        owner.cut(this, "the store was closed");
    }

    private void release() {
        cursors.forEach(Elements::close);
        cursors.clear();
        snapshots.forEach(StoreSnapshot::close);
        snapshots.clear();
        pieces = null;
        owner.leave(this);
    }
}
