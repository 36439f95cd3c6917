package io.aikv.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.aikv.base.Bytes;
import io.aikv.cluster.Route;
import io.aikv.raft.GroupReplica;
import io.aikv.server.TestServer;
import io.aikv.server.WireClient;
import io.aikv.testcluster.Await;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A wait whose client leaves in the worst moment. */
@Timeout(60)
final class WaiterTest {
    @Test
    void anEventLoopThatHasEndedDoesNotStopTheGroup() throws Exception {
        EventLoop ended = new DefaultEventLoop();
        ended.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
        try (TestServer server = TestServer.start();
                WireClient client = server.connect()) {
            ServerContext context = server.node().server();
            LoopContext loop = new LoopContext(ended, context.commandStats().newPart());
            Session session = new Session(context, loop, null, new EmbeddedChannel());
            byte[][] argv = {Bytes.utf8("BLPOP"), Bytes.utf8("list"), Bytes.utf8("100")};
            CommandEntry entry = Objects.requireNonNull(context.index().find(argv));
            Call call = new Call(session, entry, argv, 0);
            Waiter waiter = new Waiter(
                    call, context, Objects.requireNonNull(entry.command().waiting()), 100_000);
            GroupReplica group = assertInstanceOf(
                            Route.Leader.class, context.router().route(0, false))
                    .group();
            waiter.register(context.blockedCalls(group.name()), group, false);

            // It looks by an entry, finds nothing, and would begin to wait on the apply thread.
            waiter.propose();
            group.submitQueued();

            Await.until(() -> context.keysWaitedFor() == 0, Duration.ofSeconds(20), () -> "it is forgotten");
            assertFalse(session.isBlocked());
            assertEquals(":1", client.call("RPUSH list x"));
            assertEquals("[$x]", client.call("LRANGE list 0 -1"));
        }
    }
}
