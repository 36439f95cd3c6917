package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.command.Caller;
import io.aikv.command.Permissions;
import io.aikv.raft.GroupReplica;
import io.aikv.resp.LargeReply;
import io.aikv.resp.ProtocolError;
import io.aikv.resp.Reply;
import io.aikv.resp.ReplyWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One client: its state (database, protocol, name, ...), its requests that have no reply yet, and the order of replies.
 *
 * <p>Threading: belongs to the event loop of its connection. Getters of descriptive state may be called from any thread and
 * may answer with figures that are a little old; {@link #kill}, {@link #push} may be called from any thread.
 */
/*
 * Requests form a queue. A prefix of it is started: writes that are in their groups' logs or on the way there, or one command
 * of another kind. A write may start behind unfinished writes (their order in a log is the order of submission); everything
 * else starts when all before it is answered, so per-connection order is program order. A reply leaves when it is the
 * oldest. A refused write is tried again only if nothing behind it was applied to its group meanwhile.
 */
public final class Session implements Caller {
    /** More unanswered requests than this stop the reading of the socket. */
    static final int CALLS_MAX = 4096;

    /** More bytes of unanswered requests than this stop the reading of the socket. */
    static final long CALL_BYTES_MAX = 16L << 20;

    /** More bytes of replies that the client does not read stop the reading of the socket. */
    static final int OUTPUT_BYTES_MAX = 16 << 20;

    /** Replies are handed to the socket in pieces of about this size. */
    private static final int OUTPUT_CHUNK_BYTES = 64 << 10;

    final LoopContext loop;
    boolean touched;

    private final ServerContext server;
    private final Connection connection;
    private final Channel channel;
    private final long id;
    private final long createdMillis;
    private final String address;
    private final String localAddress;
    private final ClientState state;

    private final CallQueue queue = new CallQueue();
    private int started;
    private int out;
    private int refusedCount;
    private @Nullable Call blocking;
    private long nextSequence;
    private long queuedBytes;

    // Reads up to this sequence on this group were confirmed by a barrier that began after they had arrived.
    private long coveredSequence = -1;
    private @Nullable GroupReplica coveredGroup;

    private @Nullable ByteBuf output;
    /** Bytes of large replies that the socket has not been given yet. */
    private long largeBytes;

    /** Sends the oldest call's reply where that is read meanwhile; what is written until its end waits in {@link #output}. */
    private final StreamedOutput sending;

    private final OutputGuard guard = new OutputGuard();
    private boolean closing;
    private boolean closingWhenAnswered;
    /** The last reply is an error about what the client may still be sending: it is heard out, to get to read that. */
    private boolean lingering;

    private volatile boolean closed;
    private volatile boolean evicted;
    private volatile boolean killed;

    private final WrittenPositions written = new WrittenPositions();
    private final Transaction transaction;
    private volatile @Nullable Waiter waiter;
    private final LaterMessages later = new LaterMessages();

    Session(ServerContext server, LoopContext loop, Connection connection, Channel channel) {
        this.server = server;
        this.loop = loop;
        this.connection = connection;
        this.channel = channel;
        this.id = server.clients().nextId();
        this.createdMillis = server.clock().epochMillis();
        this.address = text(channel.remoteAddress());
        this.localAddress = text(channel.localAddress());
        this.transaction = new Transaction(server.memory());
        this.sending = new StreamedOutput(server, this, channel);
        this.state = new ClientState(
                createdMillis,
                server.access().defaultAccount(),
                !server.access().loginRequired());
    }

    /** {@code 127.0.0.1:6379}, {@code [::1]:6379}. */
    static String text(@Nullable SocketAddress address) {
        if (address instanceof InetSocketAddress inet && inet.getAddress() != null) {
            String host = inet.getAddress().getHostAddress();
            int zone = host.indexOf('%');
            host = zone < 0 ? host : host.substring(0, zone);
            return (host.indexOf(':') >= 0 ? "[" + host.replaceFirst("^0:0:0:0:0:0:0:1$", "::1") + "]" : host) + ":"
                    + inet.getPort();
        }
        return "?:0";
    }

    // ---- what is known about the client ----

    @Override
    public long id() {
        return id;
    }

    @Override
    public int database() {
        return state.database;
    }

    @Override
    public int protocol() {
        return state.protocol;
    }

    @Override
    public boolean tls() {
        return state.tls;
    }

    /** Where this connection lives: for other connections on its behalf. */
    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    public ClientState state() {
        return state;
    }

    /** The rights of its user; null if that may do everything. */
    @Nullable
    Permissions rights() {
        return state.user.isRestricted() ? state.user.permissions() : null;
    }

    /** MULTI and WATCH. */
    public Transaction transaction() {
        return transaction;
    }

    /** {@code host:port} of the client. */
    public String address() {
        return address;
    }

    /** {@code host:port} the client connected to. */
    public String localAddress() {
        return localAddress;
    }

    public long createdMillis() {
        return createdMillis;
    }

    /** The socket's file descriptor, or the session's id where there is none. */
    public long descriptor() {
        return channel instanceof io.netty.channel.unix.UnixChannel unix
                ? unix.fd().intValue()
                : id;
    }

    public boolean isClosed() {
        return closed;
    }

    /** Whether the oldest request is held by CLIENT PAUSE. */
    public boolean isPaused() {
        Call first = blocking;
        return first != null && first.state == Call.State.PAUSED;
    }

    /** Whether its oldest request waits for keys. */
    public boolean isBlocked() {
        return waiter != null;
    }

    /** Whether it waits for keys until a time. */
    public boolean isBlockedUntilTimeout() {
        Waiter current = waiter;
        return current != null && current.hasTimeout();
    }

    /** CLIENT UNBLOCK: ends a wait for keys, as its timeout would or with an error. @return whether there was one. Any thread. */
    public boolean unblock(boolean withError) {
        Waiter current = waiter;
        return current != null && current.unblock(withError);
    }

    void blocked(Waiter by) {
        waiter = by;
    }

    void unblocked(Waiter by) {
        if (waiter == by) {
            waiter = null;
        }
    }

    /** Bytes of replies the client has not taken yet. */
    public long outputBytes() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        ByteBuf unsent = output;
        return (buffer == null ? 0 : buffer.totalPendingWriteBytes())
                + (unsent == null ? 0 : unsent.readableBytes())
                + largeBytes;
    }

    /** Bytes of an unfinished request. */
    public long inputBytes() {
        return connection.unfinishedBytes();
    }

    /** Bytes of complete requests that are not answered. */
    public long queuedBytes() {
        return queuedBytes;
    }

    /** The last write of this connection to each group that it wrote to here. Event loop only. */
    public List<WrittenPositions.Position> lastWrites() {
        return written.all();
    }

    // ---- requests ----

    /** Whether another request may be taken: bounded in number, bytes, and replies not read. */
    boolean mayAccept() {
        return !closing
                && !killed
                && !closingWhenAnswered
                && !closed
                && queue.size() < CALLS_MAX
                && queuedBytes < CALL_BYTES_MAX
                && channel.isWritable()
                && (queue.isEmpty() || !server.memory().exhausted());
    }

    /** Takes a request. */
    void accept(byte[][] argv, long heldBytes) {
        Call call = loop.newCall(this, server.index().find(argv), argv, heldBytes);
        call.sequence = nextSequence++;
        if (!queue.isEmpty()) {
            enqueue(call);
            advance();
            return;
        }
        server.dispatcher().start(call);
        if (call.isDone()) {
            emit(call);
            loop.recycle(call);
            return;
        }
        enqueue(call);
        started = 1;
        wentOut(call);
    }

    private void enqueue(Call call) {
        queue.add(call);
        queuedBytes += call.heldBytes;
        server.memory().add(call.heldBytes);
    }

    /** Writes the replies that are due and starts what may start. */
    void advance() {
        while (!closed) {
            if (!queue.isEmpty() && queue.get(0).isDone()) {
                if (beginSending(queue.get(0))) {
                    continue;
                }
                Call call = queue.poll();
                started = Math.max(0, started - 1); // A protocol error is done without having been started.
                queuedBytes -= call.heldBytes;
                server.memory().subtract(call.heldBytes);
                emit(call);
                later.deliver(this);
            } else if (started < queue.size() && mayStart(queue.get(started))) {
                Call call = queue.get(started++);
                if (!call.isDone()) {
                    server.dispatcher().start(call);
                    wentOut(call);
                }
            } else {
                break;
            }
        }
        if (closingWhenAnswered && queue.isEmpty()) {
            closeAfterReplies();
        } else {
            connection.resume();
        }
    }

    private boolean mayStart(Call call) {
        if (call.isDone()) {
            return true;
        }
        if (closing || killed || blocking != null || refusedCount > 0) {
            return false;
        }
        if (!channel.isWritable()) {
            return false; // Or a client that does not read could have any number of large replies made.
        }
        CommandEntry entry = call.entry;
        return started == 0 || (entry != null && entry.mayFollowWrites);
    }

    /** The socket takes replies again: what {@link #mayStart} held may go on, but not within a write. */
    void writableAgain() {
        if (!queue.isEmpty()) {
            execute(() -> {
                loop.newBatch();
                advance();
                flush();
            });
        }
    }

    private void wentOut(Call call) {
        if (call.state == Call.State.OUT) {
            out++;
        }
        boolean alone = call.state == Call.State.OUT && !call.pipelined;
        if (alone || call.state == Call.State.PAUSED) {
            blocking = call;
        }
    }

    /** Takes a call back that was out. The caller goes on with {@link #advance}. */
    void resolve(Call call) {
        if (closed) {
            call.dropStream();
            if (call.waiter != null) {
                call.waiter.abandon();
            }
            return;
        }
        out--;
        if (blocking == call) {
            blocking = null;
        }
        switch (call.outcome) {
            case APPLIED -> {
                written.add(Objects.requireNonNull(call.group), call.index);
                call.state = Call.State.DONE;
            }
            case REPLIED -> {
                if (call.groupWrites != null) {
                    call.groupWrites.addTo(written);
                }
                call.state = Call.State.DONE;
            }
            case READABLE -> {
                coveredGroup = call.group;
                coveredSequence = Math.max(coveredSequence, call.coveredUpTo);
                server.dispatcher().start(call);
            }
            case REFUSED -> refuse(call);
            case TRY_AGAIN -> server.dispatcher().start(call);
            case NONE -> throw new IllegalStateException("no outcome");
        }
        call.settle();
        wentOut(call);
        if (refusedCount > 0 && out == 0) {
            retryRefused();
        }
    }

    private void refuse(Call call) {
        if (call.pipelined) {
            call.state = Call.State.REFUSED;
            refusedCount++;
        } else {
            server.dispatcher().refused(call);
        }
    }

    /** Nothing is out any more: decides which refused writes can be tried again without changing the order. */
    private void retryRefused() {
        List<GroupReplica> applied = new ArrayList<>();
        int first = -1;
        for (int i = started - 1; i >= 0; i--) {
            Call call = queue.get(i);
            if (call.state == Call.State.REFUSED) {
                if (call.group != null && applied.contains(call.group)) {
                    server.dispatcher().giveUp(call);
                } else {
                    call.state = Call.State.QUEUED;
                    first = i;
                }
            } else if (call.outcome != Call.Outcome.NONE && call.group != null) {
                applied.add(call.group);
            }
        }
        refusedCount = 0;
        if (first >= 0) {
            started = first + 1;
            Call call = queue.get(first);
            server.dispatcher().refused(call);
            wentOut(call);
        }
    }

    /** Whether a read of {@code call} on {@code group} was confirmed by an earlier one's barrier. */
    boolean isCovered(Call call, GroupReplica group) {
        return coveredGroup == group && call.sequence <= coveredSequence;
    }

    /** The newest request that has arrived. */
    long newestSequence() {
        return nextSequence - 1;
    }

    /** Starts the command again that CLIENT PAUSE held. */
    void resumePaused() {
        Call call = blocking;
        if (call != null && call.state == Call.State.PAUSED && !closed) {
            blocking = null;
            server.dispatcher().start(call);
            wentOut(call);
        }
    }

    /** The stream is broken: answers behind everything before it, then closes. */
    void protocolError(ProtocolError error) {
        String line = error.line();
        if (line == null) {
            close();
            return;
        }
        lingering = true;
        if (!queue.isEmpty()) {
            Call call = new Call(this, null, new byte[][] {Bytes.EMPTY}, 0);
            call.done(new Reply.Error(line));
            call.admitted = true;
            enqueue(call);
            closeWhenAnswered();
            return;
        }
        error.writeTo(output());
        closeAfterReplies();
    }

    // ---- replies ----

    private void emit(Call call) {
        if (call.sent) {
            return;
        }
        Reply reply = call.reply == null ? Reply.NONE : call.reply;
        server.dispatcher().account(call, reply);
        if (!call.silent && reply != Reply.NONE) {
            write(reply);
        }
    }

    private void write(Reply reply) {
        long stringBytes = LargeReply.stringBytes(reply);
        if (stringBytes >= LargeReply.SIZE_MIN && !sending.isUnderWay()) {
            writeLarge(reply, stringBytes);
            return;
        }
        ByteBuf buffer = output();
        ReplyWriter.write(reply, state.protocol, buffer);
        written(buffer);
    }

    private void written(ByteBuf buffer) {
        if (buffer.readableBytes() >= OUTPUT_CHUNK_BYTES) {
            flush();
        }
    }

    /** Hands a reply to the socket piece by piece, as fast as that takes them; what is written later stays behind it. */
    private void writeLarge(Reply reply, long stringBytes) {
        ByteBuf before = output;
        if (before != null) {
            // Not flushed: that could let further requests in, whose replies would come before this one.
            output = null;
            countOutput(before.readableBytes());
            channel.write(before, channel.voidPromise());
        }
        if (channel.pipeline().get(ChunkedWriteHandler.class) == null) {
            channel.pipeline().addBefore(ClientListener.SESSION, null, new ChunkedWriteHandler());
        }
        largeBytes += stringBytes;
        if (enforceOutputLimit()) {
            channel.writeAndFlush(new LargeReply(reply, state.protocol, this::pieceWritten));
        }
    }

    private void pieceWritten(int bytes, int stringBytes) {
        largeBytes -= stringBytes;
        countOutput(bytes);
    }

    /** Begins to send a reply that is read meanwhile. @return false if the call has none, or it is not wanted */
    private boolean beginSending(Call call) {
        ReplyStream stream = call.stream;
        if (stream == null) {
            return false;
        }
        if (call.silent) {
            call.dropStream();
            return false;
        }
        call.stream = null;
        call.sent = true;
        server.dispatcher().account(call, call.reply == null ? Reply.NONE : call.reply);
        flush();
        if (closed) {
            stream.end();
            return true;
        }
        call.state = Call.State.SENDING;
        blocking = call;
        sending.begin(stream);
        return true;
    }

    /** The last piece of the reply that was read meanwhile is on its way. */
    void streamSent() {
        blocking = null;
        queue.get(0).state = Call.State.DONE;
        loop.newBatch();
        advance();
        flush();
    }

    void countOutput(int bytes) {
        state.netOutBytes += bytes;
        server.counters().netOut(bytes);
    }

    private ByteBuf output() {
        ByteBuf buffer = output;
        if (buffer == null) {
            buffer = channel.alloc().ioBuffer();
            output = buffer;
        }
        return buffer;
    }

    /** Sends what has gathered, in one write. On the event loop. */
    public void flush() {
        ByteBuf buffer = output;
        if (buffer == null) {
            return;
        }
        if (sending.isUnderWay()) {
            enforceOutputLimit();
            return;
        }
        output = null;
        countOutput(buffer.readableBytes());
        channel.writeAndFlush(buffer, channel.voidPromise());
        enforceOutputLimit();
    }

    /** Applies the limits of the output though nothing is written, perhaps because nothing is taken. Any thread. */
    void lookAtOutput() {
        if (guard.isBeyondSoft()
                || outputBytes()
                        > server.tunables().outputLimit(state.isSubscriber()).softBytes()) {
            execute(this::enforceOutputLimit);
        }
    }

    /** Closes a connection that is beyond its limit. @return whether it is within */
    private boolean enforceOutputLimit() {
        Tunables.OutputLimit limit = server.tunables().outputLimit(state.isSubscriber());
        if (limit.hardBytes() == 0 && limit.softBytes() == 0) {
            return true;
        }
        boolean over = guard.exceeds(limit, outputBytes(), server.clock().epochMillis());
        if (over) {
            server.counters().outputLimitDisconnection();
            close();
        }
        return !over;
    }

    /** Sends {@code message} outside of the order of replies: a push, a line of MONITOR. Any thread. */
    public void push(Reply message) {
        execute(() -> {
            if (!closing) {
                write(message);
                flush();
            }
        });
    }

    /** Writes a message outside of the order of replies. On the event loop. @return whether {@link #flush} is to follow */
    public boolean deliver(Reply message) {
        boolean due = isFirst();
        if (!closed) {
            write(message);
        }
        return due;
    }

    private boolean isFirst() {
        return !closed && (output == null || sending.isUnderWay());
    }

    /**
     * As {@link #deliver(Reply)} for a message that says that a key has changed: it must not be forgotten over the reply of
     * a read that is under way, which may still show the old value, and comes behind that of the command that changed it.
     */
    public boolean deliverInvalidation(Reply message, boolean own) {
        CommandEntry running = queue.isEmpty() || queue.get(0).state != Call.State.OUT ? null : queue.get(0).entry;
        if (running != null && own && running.mayWrite()) {
            later.add(message);
            return false;
        }
        if (running != null && running.mayRead()) {
            later.add(message);
        }
        return deliver(message);
    }

    /** As {@link #deliver(Reply)}, in the form in which it is sent. */
    public boolean deliver(byte[] encoded) {
        boolean due = isFirst();
        if (!closed) {
            written(output().writeBytes(encoded));
        }
        return due;
    }

    /** Runs on the session's event loop unless the session is closed. Any thread. */
    public void execute(Runnable task) {
        try {
            loop.loop.execute(() -> {
                if (!closed) {
                    task.run();
                }
            });
        } catch (RejectedExecutionException e) {
            closed = true; // The loop has ended and its connections with it.
        }
    }

    // ---- the end ----

    /** No more requests are taken; the connection closes behind the reply of the command that runs now. */
    public void closeAfterReplies() {
        closing = true;
        connection.stopReading();
        execute(() -> {
            flush();
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> {
                if (lingering && sent.isSuccess()) {
                    connection.linger();
                } else {
                    close();
                }
            });
        });
    }

    /**
     * Closes at once. From now on it starts no command and is in no list, though its event loop may take a moment to close the
     * connection. Any thread.
     */
    public void kill() {
        killed = true;
        server.clients().remove(this);
        execute(this::close);
    }

    /** Closes at once; who sees the end of the connection finds the session subscribed to nothing any more. */
    void close() {
        leave();
        channel.close();
    }

    private void leave() {
        server.monitors().remove(this);
        server.pubsub().leave(this);
        server.tracking().leave(this);
    }

    /** Refuses the unfinished request because such hold too much memory, and closes the connection. Any thread. */
    void evict() {
        evicted = true;
        execute(connection::refuseUnfinished);
    }

    boolean isEvicted() {
        return evicted;
    }

    /** Closes the connection if it has been idle for that long. Any thread. */
    void closeIfIdle(long nowMillis, long idleMillis) {
        if (nowMillis - state.lastInteractionMillis > idleMillis && !state.monitor && !state.isSubscriber()) {
            execute(() -> {
                if (queue.isEmpty()) {
                    close();
                }
            });
        }
    }

    /** Takes no more requests and closes once those that it has are answered. */
    private void closeWhenAnswered() {
        connection.stopReading();
        closingWhenAnswered = true;
    }

    /** The other side sends no more: closes as soon as everything is answered. */
    void inputEnded() {
        if (queue.isEmpty() || isPaused() || isBlocked()) {
            closeAfterReplies();
        } else {
            closeWhenAnswered();
        }
    }

    /** The connection is gone. */
    void onClosed() {
        closed = true;
        ByteBuf buffer = output;
        output = null;
        if (buffer != null) {
            buffer.release();
        }
        sending.end();
        for (int i = 0; i < queue.size(); i++) {
            Call call = queue.get(i);
            call.dropStream();
            if (call.waiter != null) {
                call.waiter.abandon();
            }
        }
        server.memory().subtract(queuedBytes);
        queuedBytes = 0;
        transaction.close();
        loop.forget(this);
        leave();
        server.clients().remove(this);
    }
}
