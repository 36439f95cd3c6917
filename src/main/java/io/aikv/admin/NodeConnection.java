package io.aikv.admin;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import io.aikv.resp.RespClient;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One connection to a node, used by one thread; every call waits for its reply, at most {@value #SECONDS} seconds. */
final class NodeConnection implements AutoCloseable {
    private static final int SECONDS = 5;

    private final EventLoopGroup loops;
    private final RespClient client;

    private NodeConnection(EventLoopGroup loops, RespClient client) {
        this.loops = loops;
        this.client = client;
    }

    /** @throws AdminError with exit code 3 if the node is not reached, with 1 if it refuses the password */
    static NodeConnection open(
            String host, int port, @Nullable String user, @Nullable String password, @Nullable SslContext tls) {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        RespClient.Options options = RespClient.Options.of(host, port).withTimeout(SECONDS * 1000);
        if (password != null && !password.isEmpty()) {
            options = options.withAuth(user, password);
        }
        if (tls != null) {
            options = options.withTls(tls);
        }
        CompletableFuture<RespClient> connecting = RespClient.connect(loops, options);
        try {
            return new NodeConnection(loops, connecting.get(2L * SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            stop(loops);
            boolean refused = e.getCause() instanceof RespClient.RefusedException;
            throw new AdminError(refused ? Admin.NOT_WELL : Admin.UNREACHABLE, message(e));
        } catch (TimeoutException e) {
            connecting.cancel(false);
            stop(loops);
            throw new AdminError(Admin.UNREACHABLE, host + ":" + port + " does not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            connecting.cancel(false);
            stop(loops);
            throw new AdminError(Admin.UNREACHABLE, "interrupted");
        }
    }

    /** @throws AdminError with the node's own words if it answers with an error */
    Reply ask(String... words) {
        byte[][] args = new byte[words.length][];
        for (int i = 0; i < words.length; i++) {
            args[i] = Bytes.utf8(words[i]);
        }
        Reply reply;
        try {
            reply = client.send(args).get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AdminError(Admin.UNREACHABLE, message(e));
        } catch (TimeoutException e) {
            throw new AdminError(Admin.UNREACHABLE, client + " does not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AdminError(Admin.UNREACHABLE, "interrupted");
        }
        if (reply instanceof Reply.Error error) {
            throw new AdminError(Admin.NOT_WELL, client + ": " + error.line());
        }
        return reply;
    }

    String text(String... words) {
        return text(ask(words));
    }

    /** {@code field:value} lines. */
    Map<String, String> fields(String... words) {
        Map<String, String> fields = new TreeMap<>();
        text(words).lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1));
            }
        });
        return fields;
    }

    static String text(Reply reply) {
        if (reply instanceof Reply.Bulk bulk) {
            return Bytes.text(bulk.value());
        }
        if (reply instanceof Reply.Verbatim verbatim) {
            return Bytes.text(verbatim.value());
        }
        if (reply instanceof Reply.Int number) {
            return Long.toString(number.value());
        }
        return reply instanceof Reply.Simple simple ? simple.text() : "";
    }

    private static String message(ExecutionException e) {
        Throwable cause = e.getCause();
        return cause == null ? String.valueOf(e.getMessage()) : String.valueOf(cause.getMessage());
    }

    private static void stop(EventLoopGroup loops) {
        loops.shutdownGracefully(0, 100, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        client.close();
        stop(loops);
    }
}
