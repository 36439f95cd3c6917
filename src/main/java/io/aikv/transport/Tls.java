package io.aikv.transport;

import io.aikv.base.Check;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS as this node speaks it: to clients, to other nodes, and as their client. New connections use what was read last; open
 * ones go on with what they began with. Any thread.
 */
/*
 * The provider is the JDK's, everywhere: it needs no native library. Every reload makes new contexts, so that no session of
 * a client whose certificate is no longer trusted is resumed. Names of hosts are not compared with certificates, as Redis
 * does not: nodes and clients meet at addresses. Who holds a certificate of the authority is a member.
 */
public final class Tls {
    private static final Logger LOG = LoggerFactory.getLogger(Tls.class);

    /** Handshakes of nodes, and of strangers at their ports, that may wait for their signatures; beyond, connections fail. */
    private static final int HANDSHAKES_MAX = 4_096;

    /** Makes the signatures that those who connect to a port of nodes ask for: many must not hold up the messages of Raft. */
    private final Executor signing = signing();

    /** Reads, checks and replaces; readers do not need it. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile Loaded loaded;

    /** The contents of files that were not fit, so that they are complained about once. Guarded by {@code lock}. */
    private byte @Nullable [] refusedDigest;

    private String refusedReason = "";

    private record Loaded(
            TlsOptions options,
            byte[] digest,
            long expiresMillis,
            SslContext forClients,
            SslContext forPeers,
            SslContext toPeers,
            X509ExtendedKeyManager keys,
            X509ExtendedTrustManager trust) {}

    private Tls(Loaded first) {
        this.loaded = first;
    }

    /** Reads what the options name. @throws TlsProblem naming parameter and file if it is not fit */
    public static Tls load(TlsOptions options) throws TlsProblem {
        return new Tls(read(options, TlsMaterial.Contents.read(options)));
    }

    private static Loaded read(TlsOptions options, TlsMaterial.Contents files) throws TlsProblem {
        TlsMaterial material = TlsMaterial.of(options, files);
        if (options.clientAuth() != TlsOptions.ClientAuth.NO
                && material.authorities().isEmpty()) {
            throw new TlsProblem(
                    "tls-ca-cert-file",
                    "is empty, so no certificate of a client could be trusted; name a file, or set tls-auth-clients to"
                            + " \"no\"");
        }
        if (options.peers() && material.authorities().isEmpty()) {
            throw new TlsProblem(
                    "tls-ca-cert-file",
                    "is empty, so no other node could be trusted; name a file, or set tls-cluster off");
        }
        ClientAuth auth = switch (options.clientAuth()) {
            case YES -> ClientAuth.REQUIRE;
            case OPTIONAL -> ClientAuth.OPTIONAL;
            case NO -> ClientAuth.NONE;
        };
        PrivateKey key = material.key();
        X509Certificate[] chain = material.chain().toArray(new X509Certificate[0]);
        Function<ClientAuth, SslContextBuilder> server =
                wanted -> SslContextBuilder.forServer(key, chain).clientAuth(wanted);
        SslContextBuilder client = SslContextBuilder.forClient().keyManager(key, chain);
        try {
            return new Loaded(
                    options,
                    files.digest(),
                    material.expiresMillis(),
                    context(server.apply(auth), options, material),
                    context(server.apply(ClientAuth.REQUIRE), options, material),
                    context(client, options, material),
                    material.keyManager(),
                    material.trustManager());
        } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
            String parameter = options.ciphers().isEmpty() ? "tls-cert-file" : "tls-ciphers";
            throw new TlsProblem(parameter, "TLS cannot be made of " + options + ": " + e.getMessage(), e);
        }
    }

    private static SslContext context(SslContextBuilder builder, TlsOptions options, TlsMaterial material)
            throws IOException {
        builder.sslProvider(SslProvider.JDK).endpointIdentificationAlgorithm(null);
        if (!material.authorities().isEmpty()) {
            builder.trustManager(material.authorities().toArray(new X509Certificate[0]));
        }
        if (!options.protocols().isEmpty()) {
            builder.protocols(options.protocols());
        }
        if (!options.ciphers().isEmpty()) {
            builder.ciphers(options.ciphers());
        }
        SslContext context = builder.build();
        ReferenceCountUtil.release(context.newEngine(ByteBufAllocator.DEFAULT)); // Names of ciphers are looked at here.
        return context;
    }

    // ---- connections ----

    /** For a connection of a client. @param crypto does what takes a millisecond: signatures */
    public SslHandler acceptClient(ByteBufAllocator memory, Executor crypto) {
        return loaded.forClients().newHandler(memory, crypto);
    }

    /** For a connection of another node, which must show a certificate. */
    public SslHandler acceptPeer(ByteBufAllocator memory) {
        return loaded.forPeers().newHandler(memory, signing);
    }

    private static Executor signing() {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(HANDSHAKES_MAX),
                new DefaultThreadFactory("aikv-tls-peers", true));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** For a connection to another node. */
    public SslHandler connectPeer(ByteBufAllocator memory) {
        return toPeers().newHandler(memory);
    }

    /** What connections to other nodes are made of now: not to be kept. */
    public SslContext toPeers() {
        return loaded.toPeers();
    }

    /** For those who make contexts of their own: follows every reload. */
    public X509ExtendedKeyManager keyManager() {
        return new CurrentManagers.Keys(() -> loaded.keys());
    }

    /** For those who make contexts of their own: follows every reload, and compares no names of hosts. */
    public X509ExtendedTrustManager trustManager() {
        return new CurrentManagers.Trust(() -> loaded.trust());
    }

    /** When this node's certificate, or one between it and its authority, ends: Unix time in milliseconds. */
    public long expiresMillis() {
        return loaded.expiresMillis();
    }

    public TlsOptions options() {
        return loaded.options();
    }

    // ---- reloading ----

    /** Reads what the options name and uses it from now on. @throws TlsProblem if it is not fit: nothing has changed */
    public void reload(TlsOptions options) throws TlsProblem {
        lock.lock();
        try {
            Loaded fresh = read(options, TlsMaterial.Contents.read(options));
            loaded = fresh;
            refusedDigest = null;
            refusedReason = "";
            LOG.info("TLS uses {}: certificate valid until {}", options, Instant.ofEpochMilli(fresh.expiresMillis()));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Looks at the files and uses them if they have changed. What is not fit is logged, once, and what was there stays in
     * use. Reads three files.
     *
     * @return whether there is something new in use
     */
    public boolean reloadIfChanged() {
        lock.lock();
        try {
            Loaded current = loaded;
            byte[] digest = null;
            try {
                TlsMaterial.Contents files = TlsMaterial.Contents.read(current.options());
                digest = files.digest();
                if (Arrays.equals(digest, current.digest()) || Arrays.equals(digest, refusedDigest)) {
                    return false;
                }
                loaded = read(current.options(), files);
            } catch (TlsProblem e) {
                complain(digest, e);
                return false;
            }
            refusedDigest = null;
            refusedReason = "";
            LOG.info(
                    "TLS files changed, {}: certificate valid until {}",
                    current.options(),
                    Instant.ofEpochMilli(loaded.expiresMillis()));
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void complain(byte @Nullable [] digest, TlsProblem problem) {
        Check.state(lock.isHeldByCurrentThread(), "not locked");
        String reason = problem.parameter() + ": " + problem.getMessage();
        if (!reason.equals(refusedReason) || digest != null) {
            LOG.error("TLS files changed and are not fit, what was there before stays in use: {}", reason);
        }
        refusedDigest = digest;
        refusedReason = reason;
    }
}
