package io.aikv.testcluster;

import io.aikv.raft.GroupReplica;
import io.aikv.server.Node;
import io.aikv.server.config.Config;
import io.aikv.store.StoreDigest;
import io.aikv.topology.Layout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node in this JVM. Fast to start and to look into; its crash is less than a real one, and it cannot be paused. */
final class EmbeddedNode extends TestNode {

    private final SkewedClock clock = new SkewedClock();
    private volatile @Nullable Node node;

    EmbeddedNode(Layout.Node place, Path directory, List<String> settings) {
        super(place, directory, settings);
    }

    @Override
    public long pid() {
        return isRunning() ? ProcessHandle.current().pid() : -1;
    }

    @Override
    public boolean isRunning() {
        return node != null;
    }

    @Override
    public List<GroupStatus> groups() {
        return replicas().stream().map(EmbeddedNode::status).toList();
    }

    private List<GroupReplica> replicas() {
        Node running = node;
        return running == null
                ? List.of()
                : running.groups().stream()
                        .sorted(Comparator.comparing(GroupReplica::name))
                        .toList();
    }

    private static GroupStatus status(GroupReplica replica) {
        return new GroupStatus(
                replica.name(),
                replica.leads(),
                replica.leader(),
                replica.term(),
                replica.applied().index(),
                replica.status().counters().installs());
    }

    @Override
    @Nullable
    String digest(String group) {
        for (GroupReplica replica : replicas()) {
            if (replica.name().equals(group)) {
                StoreDigest digest = replica.store().digest();
                return digest.position().index() + " " + digest.hex();
            }
        }
        return null;
    }

    // ---- verbs ----

    @Override
    void start() {
        if (isRunning()) {
            throw new IllegalStateException(this + " runs already");
        }
        try {
            node = Node.start(Config.parse("", "the test cluster", settings()), clock);
        } catch (IOException e) {
            throw new UncheckedIOException(this + " does not start", e);
        }
    }

    @Override
    void stop() {
        Node running = node;
        node = null;
        if (running != null) {
            running.stop();
        }
    }

    @Override
    void kill() {
        Node running = node;
        node = null;
        if (running != null) {
            running.kill();
        }
    }

    @Override
    void stopWithOthers() {
        kill(); // what is acknowledged is in the log on disk
    }

    @Override
    void pause() {
        throw new UnsupportedOperationException(
                "a node in this JVM cannot be paused; start the cluster with processes()");
    }

    @Override
    void resume() {
        throw new UnsupportedOperationException(
                "a node in this JVM cannot be paused; start the cluster with processes()");
    }

    @Override
    void skewClock(long millis) {
        clock.skew(millis);
    }

    @Override
    String logTail() {
        return "(its log is that of this JVM)";
    }
}
