package io.aikv.server.session;

import io.aikv.transport.Doorkeeper;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;

/**
 * Stands behind the handler that speaks TLS to a client: says in the log, now and then, why a handshake failed, and keeps
 * what TLS did not like from the session. Confined to the connection's event loop.
 */
final class TlsHandshake extends ChannelInboundHandlerAdapter {
    private final Doorkeeper door;

    /** @param door counts and logs; it does not watch how long a handshake takes, Netty does: ten seconds */
    TlsHandshake(Doorkeeper door) {
        this.door = door;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof SslHandshakeCompletionEvent done) {
            if (!done.isSuccess() && !(done.cause() instanceof ClosedChannelException)) {
                door.refuse(context.channel(), Doorkeeper.reason(done.cause()));
            }
            return;
        }
        super.userEventTriggered(context, event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) throws Exception {
        if (cause.getCause() instanceof SSLException || cause instanceof SSLException) {
            context.close(); // The event has said it, or the connection was broken off later.
        } else {
            super.exceptionCaught(context, cause);
        }
    }
}
