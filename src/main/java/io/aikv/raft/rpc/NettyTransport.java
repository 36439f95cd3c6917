package io.aikv.raft.rpc;

import io.aikv.transport.Doorkeeper;
import io.aikv.transport.Tls;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.protocol.RaftServerAsynchronousProtocol;
import org.apache.ratis.server.protocol.RaftServerProtocol;
import org.jspecify.annotations.Nullable;

/**
 * Raft's messages between nodes over Netty: one connection to each peer for all groups. In contrast to Ratis' own Netty
 * transport no thread waits: a follower's event loop goes on while entries are written to disk, and a leader needs no
 * thread for each follower of each group ({@link EventLogAppender}). Thread-safe.
 */
public final class NettyTransport implements RaftServerRpc {
    private static final int IDLE_SECONDS = 30;

    private final TransportOptions options;
    private final RpcType type;
    private final EventLoopGroup loops;
    private final ThreadPoolExecutor blocking;
    private final ServerBootstrap listening;
    private final Bootstrap connecting;
    private final Doorkeeper door;
    private final Map<RaftPeerId, PeerLink> links = new ConcurrentHashMap<>();
    private final Map<RaftGroupId, Set<EventLogAppender>> appenders = new ConcurrentHashMap<>();
    private volatile @Nullable Channel listener;

    <S extends RaftServerProtocol & RaftServerAsynchronousProtocol> NettyTransport(
            S server, TransportOptions options, RpcType type) {
        this.options = options;
        this.type = type;
        this.door = Doorkeeper.of("the Raft port of node " + options.node());
        boolean epoll = Epoll.isAvailable();
        this.loops = new MultiThreadIoEventLoopGroup(
                options.loops(),
                new DefaultThreadFactory("aikv-raft-io-" + options.node(), true),
                epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        this.blocking = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE, // One for each group and peer, at most: each asks one thing at a time.
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new DefaultThreadFactory("aikv-raft-slow-" + options.node(), true));
        this.listening = new ServerBootstrap()
                .group(loops)
                .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.SO_KEEPALIVE, true) // Nothing is sent first here: a peer's end is not seen else.
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        Tls tls = options.gate().security().tls();
                        if (tls != null) {
                            accepted.pipeline().addLast(tls.acceptPeer(accepted.alloc()));
                        }
                        accepted.pipeline()
                                .addLast(
                                        new InboundGreeting(options.gate(), door),
                                        Frame.decoder(options.messageBytesMax()),
                                        new InboundRequests(options, server, server, blocking));
                    }
                });
        this.connecting = new Bootstrap()
                .group(loops)
                .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        options.requestMax().toMillis());
    }

    @Override
    public RpcType getRpcType() {
        return type;
    }

    /** @throws IOException if the port is taken */
    @Override
    public void start() throws IOException {
        ChannelFuture bound = listening.bind(address()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            Throwable cause = Objects.requireNonNull(bound.cause());
            throw new IOException("cannot listen on " + address() + ": " + cause.getMessage(), cause);
        }
        listener = bound.channel();
    }

    private InetSocketAddress address() {
        return new InetSocketAddress(options.host(), options.port());
    }

    @Override
    public InetSocketAddress getInetSocketAddress() {
        Channel open = listener;
        return open == null ? address() : (InetSocketAddress) open.localAddress();
    }

    /** Who watches the connections of those that are not known yet. */
    Doorkeeper door() {
        return door;
    }

    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {
        peers.forEach(this::link);
    }

    private PeerLink link(RaftPeer peer) {
        return links.computeIfAbsent(
                peer.getId(), id -> new PeerLink(peer, loops.next(), connecting, options, blocking));
    }

    private PeerLink link(RaftRpcRequestProto request) throws IOException {
        RaftPeerId id = RaftPeerId.valueOf(request.getReplyId());
        PeerLink link = links.get(id);
        if (link == null) {
            throw new IOException(id + " is not known here");
        }
        return link;
    }

    LogAppender newAppender(RaftServer.Division division, LeaderState leader, FollowerInfo follower) {
        Set<EventLogAppender> all =
                appenders.computeIfAbsent(division.getMemberId().getGroupId(), group -> ConcurrentHashMap.newKeySet());
        EventLogAppender appender =
                new EventLogAppender(division, leader, follower, link(follower.getPeer()), blocking, all::remove);
        all.add(appender);
        return appender;
    }

    /**
     * On a group's leader: sends followers word of what is committed, if they have not been sent it yet. Without it they learn it
     * with the next entry or heartbeat, which on an idle group may take half an election timeout.
     */
    public void tellCommitted(RaftGroupId group) {
        for (EventLogAppender appender : appenders.getOrDefault(group, Set.of())) {
            appender.tellCommitted();
        }
    }

    /** Drops the connection to a peer: the next message opens one to its present address. */
    public void reconnect(RaftPeerId peer) {
        PeerLink link = links.get(peer);
        if (link != null) {
            link.reset();
        }
    }

    @Override
    public void handleException(RaftPeerId peer, Exception failure, boolean reconnect) {
        if (reconnect) {
            reconnect(peer);
        }
    }

    // ---- what Ratis asks of peers: each call waits for the answer, so never on an event loop ----

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
        return link(request.getServerRequest()).ask(RaftRpc.REQUEST_VOTE, request);
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) throws IOException {
        return link(request.getServerRequest()).ask(RaftRpc.APPEND_ENTRIES, request);
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) throws IOException {
        return link(request.getServerRequest()).ask(RaftRpc.INSTALL_SNAPSHOT, request);
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
            throws IOException {
        return link(request.getServerRequest()).ask(RaftRpc.START_LEADER_ELECTION, request);
    }

    /** @throws UnsupportedOperationException always: AiKv's replicas ask for read indexes over links of their own */
    @Override
    public RaftServerAsynchronousProtocol async() {
        throw new UnsupportedOperationException("read indexes are not asked for here");
    }

    /** Closes every connection and ends the threads, within about a second. */
    @Override
    public void close() throws IOException {
        Channel open = listener;
        if (open != null) {
            open.close().awaitUninterruptibly();
        }
        door.close();
        links.values().forEach(PeerLink::close);
        loops.shutdownGracefully(0, 100, TimeUnit.MILLISECONDS).awaitUninterruptibly(1, TimeUnit.SECONDS);
        blocking.shutdownNow();
    }
}
