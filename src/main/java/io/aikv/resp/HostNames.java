package io.aikv.resp;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Looks up the names of hosts on threads of its own. Netty's own resolver asks the system on the event loop, which answers
 * nobody until a name server that is away has timed out. Thread-safe.
 */
final class HostNames extends AddressResolverGroup<InetSocketAddress> {
    private static final int THREADS_MAX = 4;
    private static final int QUEUE_MAX = 256;
    private static final int IDLE_SECONDS = 30;

    /** One for the process: its threads end when they are idle. */
    static final HostNames SHARED = new HostNames(InetAddress::getAllByName, threads());

    /** Finds the addresses of a name, at least one; may block. */
    @FunctionalInterface
    interface Lookup {
        InetAddress[] find(String name) throws UnknownHostException;
    }

    private final Lookup lookup;
    private final Executor blocking;

    HostNames(Lookup lookup, Executor blocking) {
        this.lookup = lookup;
        this.blocking = blocking;
    }

    private static Executor threads() {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                THREADS_MAX,
                THREADS_MAX,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(QUEUE_MAX),
                new DefaultThreadFactory("aikv-names", true));
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor loop) {
        return new Resolver(loop).asAddressResolver();
    }

    private final class Resolver extends InetNameResolver {
        Resolver(EventExecutor loop) {
            super(loop);
        }

        @Override
        protected void doResolve(String name, Promise<InetAddress> found) {
            find(name, found, addresses -> addresses[0]);
        }

        @Override
        protected void doResolveAll(String name, Promise<List<InetAddress>> found) {
            find(name, found, addresses -> List.of(addresses));
        }

        private <T> void find(String name, Promise<T> found, Function<InetAddress[], T> choice) {
            InetAddress literal = NetUtil.createInetAddressFromIpAddressString(name);
            if (literal != null) {
                found.trySuccess(choice.apply(new InetAddress[] {literal}));
                return;
            }
            try {
                blocking.execute(() -> {
                    try {
                        found.trySuccess(choice.apply(lookup.find(name)));
                    } catch (UnknownHostException | RuntimeException e) {
                        found.tryFailure(e);
                    }
                });
            } catch (RejectedExecutionException e) {
                found.tryFailure(new UnknownHostException(name + ": too many names are being looked up"));
            }
        }
    }
}
