package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.server.config.Config;
import io.aikv.transport.Doorkeeper;
import io.aikv.transport.OpenConnections;
import io.aikv.transport.Tls;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening sockets and the event loops of all connections: native epoll where there is one, else NIO. {@link #start} and
 * {@link #close} are called once each, by the node.
 */
public final class ClientListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClientListener.class);

    /** Handshakes that may wait for their signatures; beyond, connections fail. */
    private static final int HANDSHAKES_MAX = 16_384;

    private static final long TICK_MILLIS = 100;
    private static final long DRAIN_LOOK_NANOS = 2_000_000;

    private static final String DENIED =
            "-DENIED Redis is running in protected mode because protected mode is enabled and no "
                    + "password is set for the default user. In this mode connections are only accepted from the loopback interface. "
                    + "If you want to connect from external computers to Redis you may adopt one of the following solutions: "
                    + "1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface "
                    + "by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly "
                    + "accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. "
                    + "2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting "
                    + "the protected mode option to 'no', and then restarting the server. "
                    + "3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. "
                    + "4) Set up an authentication password for the default user. "
                    + "NOTE: You only need to do one of the above things in order for the server to start accepting connections from "
                    + "the outside.\r\n";

    /** The handler that every connection of a client ends in. */
    static final String SESSION = "session";

    private final ServerContext server;
    private final @Nullable Tls tls;
    private final ThreadPoolExecutor crypto;
    private final Doorkeeper door;
    private final EventLoopGroup group;
    private final boolean epoll;
    private final Map<EventExecutor, LoopContext> loops = new IdentityHashMap<>();
    private final List<Channel> listeners = new ArrayList<>();
    /** Of clients, whether there is a session or not. */
    private final OpenConnections connections = new OpenConnections(500);

    private ClientListener(ServerContext server, @Nullable Tls tls) {
        this.server = server;
        this.tls = tls;
        this.door = Doorkeeper.of("the TLS port for clients");
        String name = server.config().cluster().nodeId();
        this.crypto = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(HANDSHAKES_MAX),
                new DefaultThreadFactory("aikv-tls-" + name, true));
        this.crypto.allowCoreThreadTimeOut(true);
        Config.Server config = server.config().server();
        int threads = config.ioThreads() > 0
                ? config.ioThreads()
                : Runtime.getRuntime().availableProcessors();
        this.epoll = Epoll.isAvailable();
        this.group = new MultiThreadIoEventLoopGroup(
                threads,
                new DefaultThreadFactory("aikv-io-" + name, true),
                epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        List<LoopContext> all = new ArrayList<>();
        for (EventExecutor executor : group) {
            LoopContext loop =
                    new LoopContext((EventLoop) executor, server.commandStats().newPart());
            loops.put(executor, loop);
            all.add(loop);
        }
        server.loops(all);
    }

    /**
     * Listens on every address of {@code server.bind}; with port 0, on the port the system gave the first.
     *
     * @param tls for {@code security.tls-port}; null if there is none
     * @throws IOException if an address cannot be bound; nothing is left open then
     */
    public static ClientListener start(ServerContext server, @Nullable Tls tls) throws IOException {
        ClientListener listener = new ClientListener(server, tls);
        try {
            listener.bind();
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        listener.group.next().scheduleWithFixedDelay(listener::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        return listener;
    }

    private void bind() throws IOException {
        Config.Security security = server.config().security();
        if (!security.tlsOnly()) {
            bind(server.config().server().port(), null);
        }
        Tls used = tls;
        if (security.tlsPort() != 0 && used != null) {
            bind(security.tlsPort(), used);
        }
    }

    private void bind(int wanted, @Nullable Tls used) throws IOException {
        Config.Server config = server.config().server();
        int port = wanted;
        for (String host : config.bind()) {
            String address = host.equals("*") ? "0.0.0.0" : host;
            ChannelFuture bound = bootstrap(config, used)
                    .bind(new InetSocketAddress(address, port))
                    .awaitUninterruptibly();
            if (!bound.isSuccess()) {
                throw new IOException("cannot listen on " + address + ":" + port + ": "
                        + Objects.requireNonNull(bound.cause()).getMessage());
            }
            listeners.add(bound.channel());
            port = ((InetSocketAddress) bound.channel().localAddress()).getPort();
            LOG.info("listening for clients address={} port={} tls={} epoll={}", address, port, used != null, epoll);
        }
    }

    private ServerBootstrap bootstrap(Config.Server config, @Nullable Tls used) {
        return new ServerBootstrap()
                .group(group)
                .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, config.tcpBacklog())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(Session.OUTPUT_BYTES_MAX / 4, Session.OUTPUT_BYTES_MAX))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel, used);
                    }
                });
    }

    private void accept(SocketChannel channel, @Nullable Tls used) {
        connections.add(channel);
        server.counters().connectionReceived();
        Tunables tunables = server.tunables();
        if (!server.clients().enter(tunables.maxClients())) {
            server.counters().connectionRejected();
            refuse(channel, used, "-ERR max number of clients reached\r\n");
            return;
        }
        boolean loopback = channel.remoteAddress() != null
                && channel.remoteAddress().getAddress().isLoopbackAddress();
        if (tunables.protectedMode() && server.access().defaultAccount().user().anyPassword() && !loopback) {
            server.clients().leave();
            server.counters().connectionRejected();
            refuse(channel, used, DENIED);
            return;
        }
        keepAlive(channel, tunables.tcpKeepaliveSeconds());
        LoopContext loop = Objects.requireNonNull(loops.get(channel.eventLoop()));
        Connection connection = new Connection(server, loop, channel);
        if (used != null) {
            connection.session().state().tls = true;
            channel.pipeline().addLast(used.acceptClient(channel.alloc(), crypto), new TlsHandshake(door));
        }
        channel.pipeline().addLast(SESSION, connection);
    }

    /** Before the handshake there are no words for a client that speaks TLS: it is closed, as Redis does. */
    private static void refuse(SocketChannel channel, @Nullable Tls used, String line) {
        if (used != null) {
            channel.close();
            return;
        }
        channel.writeAndFlush(Unpooled.wrappedBuffer(Bytes.utf8(line))).addListener(ChannelFutureListener.CLOSE);
    }

    private static void keepAlive(SocketChannel channel, int seconds) {
        if (seconds <= 0) {
            return;
        }
        channel.config().setKeepAlive(true);
        if (channel instanceof EpollSocketChannel) {
            channel.config().setOption(EpollChannelOption.TCP_KEEPIDLE, seconds);
            channel.config().setOption(EpollChannelOption.TCP_KEEPINTVL, Math.max(1, seconds / 3));
            channel.config().setOption(EpollChannelOption.TCP_KEEPCNT, 3);
        }
    }

    /** Ten times a second: clients that are idle or do not read, and connections that were not read for lack of memory. */
    private void tick() {
        server.evict();
        server.streams().look();
        if (server.tunables().outputLimit(false).softBytes() > 0
                || (server.tunables().outputLimit(true).softBytes() > 0
                        && server.pubsub().clients() > 0)) {
            server.clients().all().forEach(Session::lookAtOutput);
        }
        for (LoopContext loop : loops.values()) {
            loop.loop.execute(loop::retryStarved);
        }
        long idleMillis = server.tunables().idleTimeoutMillis();
        if (idleMillis > 0) {
            long now = server.clock().epochMillis();
            for (Session session : server.clients().all()) {
                session.closeIfIdle(now, idleMillis);
            }
        }
    }

    // ---- what others want to know ----

    /** The address and port of each listening socket, in the order of {@code server.bind}, those for TLS last. */
    public List<InetSocketAddress> addresses() {
        return listeners.stream()
                .map(channel -> (InetSocketAddress) channel.localAddress())
                .toList();
    }

    /** The event loops, for those who want to share them. */
    public EventLoopGroup loops() {
        return group;
    }

    /** Whether native epoll is used. */
    public boolean isEpoll() {
        return epoll;
    }

    // ---- the end ----

    /** Stops accepting; open connections stay. */
    public void stopAccepting() {
        for (Channel listener : listeners) {
            listener.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        }
    }

    /** Waits until no connection has a request that is not answered. @return false if that took longer */
    public boolean drain(long nanos) {
        long deadline = System.nanoTime() + nanos;
        while (server.clients().all().stream().anyMatch(session -> session.queuedBytes() > 0)) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            LockSupport.parkNanos(DRAIN_LOOK_NANOS);
        }
        return true;
    }

    /** Closes everything; waits at most two seconds. */
    @Override
    public void close() {
        stopAccepting();
        for (Session session : server.clients().all()) {
            session.kill();
        }
        connections.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
        crypto.shutdownNow();
    }
}
