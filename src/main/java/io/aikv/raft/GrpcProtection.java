package io.aikv.raft;

import io.aikv.transport.PeerGate;
import io.aikv.transport.Tls;
import java.io.IOException;
import java.util.List;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;

/**
 * What protects Ratis' gRPC: mutual TLS. A secret cannot be asked for: Ratis 3.3.0 lets a server be customized
 * ({@code GrpcServices.Customizer}), but not the channels by which it talks to the others, so nobody could present it.
 */
/*
 * The JDK's provider, as everywhere: the one for OpenSSL keeps the key that it was given first, so a reload would not reach
 * it. Ratis makes its contexts once; the managers follow reloads.
 */
final class GrpcProtection {
    private GrpcProtection() {}

    /** @throws IOException if a secret is wanted */
    static void apply(Parameters parameters, PeerGate gate) throws IOException {
        if (gate.secret().isSet()) {
            throw new IOException("raft.rpc = \"grpc\" cannot present a secret: use \"netty\"");
        }
        Tls tls = gate.security().tls();
        if (tls == null) {
            return;
        }
        GrpcTlsConfig.Builder config = GrpcTlsConfig.newBuilder();
        config.setName("aikv");
        config.setKeyManager(tls.keyManager());
        config.setTrustManager(tls.trustManager());
        config.setMutualTls(true);
        config.setSslProvider(SslProvider.JDK);
        List<String> protocols = tls.options().protocols();
        if (!protocols.isEmpty()) {
            config.setProtocols(protocols);
        }
        List<String> ciphers = tls.options().ciphers();
        if (!ciphers.isEmpty()) {
            config.setCipherSuites(ciphers);
        }
        GrpcConfigKeys.TLS.setConf(parameters, config.build());
    }
}
