package io.aikv.raft.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.apache.ratis.server.protocol.RaftServerAsynchronousProtocol;
import org.apache.ratis.server.protocol.RaftServerProtocol;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.util.JavaUtils;
import org.apache.ratis.util.ProtoUtils;
import org.apache.ratis.util.function.CheckedFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one peer asks of this node. Entries are appended from the event loop, in the order in which they come, and answered
 * when they are on disk; everything else may wait for a disk and runs elsewhere.
 */
final class InboundRequests extends SimpleChannelInboundHandler<ByteBuf> {
    private static final Logger LOG = LoggerFactory.getLogger(InboundRequests.class);

    private final TransportOptions options;
    private final RaftServerProtocol server;
    private final RaftServerAsynchronousProtocol appends;
    private final Executor blocking;

    InboundRequests(
            TransportOptions options,
            RaftServerProtocol server,
            RaftServerAsynchronousProtocol appends,
            Executor blocking) {
        this.options = options;
        this.server = server;
        this.appends = appends;
        this.blocking = blocking;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf in) throws IOException {
        Frame frame = Frame.read(in);
        Channel to = context.channel();
        byte code = frame.code();
        if (code == RaftRpc.APPEND_ENTRIES.code()) {
            append(to, frame);
        } else if (code == RaftRpc.REQUEST_VOTE.code()) {
            run(to, frame, RaftRpc.REQUEST_VOTE, server::requestVote);
        } else if (code == RaftRpc.INSTALL_SNAPSHOT.code()) {
            run(to, frame, RaftRpc.INSTALL_SNAPSHOT, this::installSnapshot);
        } else if (code == RaftRpc.START_LEADER_ELECTION.code()) {
            run(to, frame, RaftRpc.START_LEADER_ELECTION, server::startLeaderElection);
        } else {
            throw new IOException("a request of unknown kind " + code);
        }
    }

    private void append(Channel to, Frame frame) throws IOException {
        appends.appendEntriesAsync(frame.parse(RaftRpc.APPEND_ENTRIES.requests()))
                .whenComplete((reply, failure) -> answer(to, frame.call(), reply, failure));
    }

    private InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) throws IOException {
        RaftGroupId group = ProtoUtils.toRaftGroupId(request.getServerRequest().getRaftGroupId());
        if (!options.isOpen().test(group)) {
            throw new ServerNotReadyException(group + " is being opened");
        }
        return server.installSnapshot(request);
    }

    private <Q extends MessageLite, R extends MessageLite> void run(
            Channel to, Frame frame, RaftRpc<Q, R> rpc, CheckedFunction<Q, R, IOException> handler) throws IOException {
        Q request = frame.parse(rpc.requests());
        try {
            blocking.execute(() -> {
                R reply;
                try {
                    reply = handler.apply(request);
                } catch (IOException | RuntimeException e) {
                    answer(to, frame.call(), null, e);
                    return;
                }
                answer(to, frame.call(), reply, null);
            });
        } catch (RejectedExecutionException e) {
            to.close(); // This node is closing.
        }
    }

    private void answer(Channel to, long call, @Nullable MessageLite reply, @Nullable Throwable failure) {
        try {
            if (reply != null) {
                to.writeAndFlush(Frame.write(to.alloc(), Frame.REPLY, call, reply), to.voidPromise());
            } else {
                String reason = String.valueOf(JavaUtils.unwrapCompletionException(failure));
                to.writeAndFlush(Frame.failure(to.alloc(), call, options.node() + ": " + reason), to.voidPromise());
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("node={} cannot answer {}", options.node(), to.remoteAddress(), e);
            to.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.warn(
                "node={} connection of {} failed: {}",
                options.node(),
                context.channel().remoteAddress(),
                cause.toString());
        context.close();
    }
}
