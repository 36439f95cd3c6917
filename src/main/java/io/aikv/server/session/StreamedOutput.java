package io.aikv.server.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends a session's streamed reply: a reader reads the next piece while the last is sent. Belongs to the session's event loop, but
 * for the reading.
 */
/*
 * A streamed reply stays the oldest call until its last piece is on its way: nothing behind it starts, and what others
 * push waits in the output buffer. A piece is read when the socket has taken the one before the last, not when Netty
 * calls the channel writable, which it does up to megabytes.
 */
final class StreamedOutput {
    /** Pieces that the socket has not taken; the next one is read while the last is sent. */
    private static final int PIECES_UNSENT_MAX = 2;

    private static final long READERS_BUSY_MILLIS = 2;

    private final ServerContext server;
    private final Session session;
    private final Channel channel;

    private @Nullable ReplyStream stream;
    /** A reader is at work on the next piece. */
    private boolean pieceAwaited;
    /** Pieces that the socket has not taken. */
    private int piecesUnsent;

    StreamedOutput(ServerContext server, Session session, Channel channel) {
        this.server = server;
        this.session = session;
        this.channel = channel;
    }

    /** Whether a part of a reply was sent, and more is to come. */
    boolean isUnderWay() {
        return stream != null;
    }

    void begin(ReplyStream newStream) {
        stream = newStream;
        readPiece();
    }

    /** The connection is gone. */
    void end() {
        ReplyStream unfinished = stream;
        stream = null;
        if (unfinished != null) {
            unfinished.end();
        }
    }

    private void readPiece() {
        ReplyStream current = stream;
        if (current == null || pieceAwaited || piecesUnsent >= PIECES_UNSENT_MAX) {
            return;
        }
        pieceAwaited = true;
        if (!server.streams().execute(() -> readPiece(current))) {
            session.loop.loop.schedule(
                    () -> {
                        pieceAwaited = false;
                        readPiece();
                    },
                    READERS_BUSY_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
    }

    /** On a reader. */
    private void readPiece(ReplyStream current) {
        ByteBuf piece = current.read(channel.alloc());
        try {
            session.loop.loop.execute(() -> pieceRead(current, piece));
        } catch (RejectedExecutionException e) {
            // The loop has ended and its connections with it.
            if (piece != null) {
                piece.release();
            }
            current.end();
        }
    }

    private void pieceRead(ReplyStream current, @Nullable ByteBuf piece) {
        pieceAwaited = false;
        if (piece == null) {
            session.close();
            return;
        }
        if (session.isClosed()) {
            piece.release();
            return;
        }
        boolean complete = current.isComplete();
        if (complete) {
            stream = null;
        }
        piecesUnsent++;
        session.countOutput(piece.readableBytes());
        channel.writeAndFlush(piece).addListener(sent -> pieceSent(current, sent.isSuccess()));
        if (complete && !session.isClosed()) {
            session.streamSent();
        } else {
            readPiece();
        }
    }

    private void pieceSent(ReplyStream current, boolean success) {
        piecesUnsent--;
        if (!success) {
            session.close();
            return;
        }
        current.advanced(server.clock().nanos());
        readPiece();
    }
}
