package io.aikv.raft.rpc;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/**
 * AiKv's transport as Ratis finds it: {@code raft.rpc.type} is this class's name, and the {@link TransportOptions} are in the
 * server's {@link Parameters}.
 */
public final class NettyRpc implements RpcType {
    private static final String OPTIONS = "io.aikv.raft.rpc.options";

    /** The parameters to give to the server that is to use this transport. */
    public static Parameters parameters(TransportOptions options) {
        Parameters parameters = new Parameters();
        parameters.put(OPTIONS, options, TransportOptions.class);
        return parameters;
    }

    @Override
    public String name() {
        return NettyRpc.class.getName();
    }

    @Override
    public RpcFactory newFactory(Parameters parameters) {
        return new Factory(this, parameters.getNonNull(OPTIONS, TransportOptions.class));
    }

    private record Factory(NettyRpc rpcType, TransportOptions options) implements ServerFactory {
        @Override
        public RpcType getRpcType() {
            return rpcType;
        }

        @Override
        public RaftServerRpc newRaftServerRpc(RaftServer server) {
            return new NettyTransport(server, options, rpcType);
        }

        @Override
        public LogAppender newLogAppender(RaftServer.Division division, LeaderState leader, FollowerInfo follower) {
            NettyTransport transport = (NettyTransport) division.getRaftServer().getServerRpc();
            return transport.newAppender(division, leader, follower);
        }
    }
}
