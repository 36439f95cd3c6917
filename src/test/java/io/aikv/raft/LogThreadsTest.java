package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.raftlog.RaftLogBase;
import org.apache.ratis.util.AutoCloseableLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Ratis' threads for a log may do to a node that stops. */
final class LogThreadsTest {
    private static final int SEGMENT_BYTES = 64 << 10;
    private static final int SEGMENTS = 6;

    @TempDir
    private Path directory;

    /** An eviction that begins between the moment a log is being closed and the moment it is closed. */
    @Test
    void aNodeStopsThoughItsLogWantsToEvict() throws Exception {
        RaftOptions.LogOptions log = new RaftOptions.LogOptions(SEGMENT_BYTES, 100_000, 1 << 30, 100_000, 1 << 30);
        try (RaftCluster cluster = new RaftCluster(directory, 1, options -> options.withLog(log))) {
            String value = "v".repeat(1000);
            for (int i = 0; i < SEGMENTS * SEGMENT_BYTES / value.length(); i++) {
                cluster.write("SET", "k" + i, value);
            }
            RaftNode node = cluster.node(0);
            RaftLogBase raftLog = (RaftLogBase) cluster.replica(0).ratis().getRaftLog();
            String evictor = cluster.replica(0).ratis().getMemberId() + "-cacheEviction";
            CompletableFuture<Void> stopped;
            try (AutoCloseableLock lock = raftLog.writeLock()) {
                stopped = CompletableFuture.runAsync(node::close);
                RaftCluster.await("somebody who closes the log", () -> isIn("", "SegmentedRaftLog", "close"));
                // Entries that are not in memory are loaded, which makes too many, and the eviction is called.
                for (long index = raftLog.getStartIndex();
                        index < raftLog.getLastEntryTermIndex().getIndex() - SEGMENT_BYTES / value.length();
                        index++) {
                    raftLog.get(index);
                }
                RaftCluster.await(
                        "the end of the evicting thread, or that it wants the lock",
                        () -> !isIn(evictor, "Thread", "run")
                                || isIn(evictor, "SegmentedRaftLog", "checkAndEvictCache"));
            }
            assertDoesNotThrow(() -> stopped.get(20, TimeUnit.SECONDS), "the node did not stop");
        }
    }

    /** Whether a thread whose name begins so is within that method. */
    private static boolean isIn(String name, String type, String method) {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey().getName().startsWith(name))
                .flatMap(entry -> Arrays.stream(entry.getValue()))
                .anyMatch(frame -> frame.getMethodName().equals(method)
                        && frame.getClassName().endsWith("." + type));
    }
}
