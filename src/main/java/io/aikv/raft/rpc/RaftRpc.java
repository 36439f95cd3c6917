package io.aikv.raft.rpc;

import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.thirdparty.com.google.protobuf.Parser;

/**
 * What one node may ask of another: the RPCs of Raft (thesis, figure 3.1, section 3.10 for the last).
 *
 * @param code how it is named in a frame
 * @param patience how many times the usual time its answer may take
 */
record RaftRpc<Q extends MessageLite, R extends MessageLite>(
        String name, byte code, int patience, Parser<Q> requests, Parser<R> replies) {

    static final RaftRpc<AppendEntriesRequestProto, AppendEntriesReplyProto> APPEND_ENTRIES = new RaftRpc<>(
            "AppendEntries", (byte) 1, 1, AppendEntriesRequestProto.parser(), AppendEntriesReplyProto.parser());

    static final RaftRpc<RequestVoteRequestProto, RequestVoteReplyProto> REQUEST_VOTE =
            new RaftRpc<>("RequestVote", (byte) 2, 1, RequestVoteRequestProto.parser(), RequestVoteReplyProto.parser());

    static final RaftRpc<InstallSnapshotRequestProto, InstallSnapshotReplyProto> INSTALL_SNAPSHOT = new RaftRpc<>(
            "InstallSnapshot", (byte) 3, 10, InstallSnapshotRequestProto.parser(), InstallSnapshotReplyProto.parser());

    /** TimeoutNow in the thesis: the leader asks a follower to stand for election at once. */
    static final RaftRpc<StartLeaderElectionRequestProto, StartLeaderElectionReplyProto> START_LEADER_ELECTION =
            new RaftRpc<>(
                    "StartLeaderElection",
                    (byte) 4,
                    1,
                    StartLeaderElectionRequestProto.parser(),
                    StartLeaderElectionReplyProto.parser());
}
