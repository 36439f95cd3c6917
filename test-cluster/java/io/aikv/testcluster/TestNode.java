package io.aikv.testcluster;

import io.aikv.topology.Layout;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One node of a {@link TestCluster}, running or not. Tests ask it; the verbs that change it are the cluster's.
 *
 * <p>Confined to the thread of the test, but for the questions, which any thread may ask.
 */
public abstract sealed class TestNode permits EmbeddedNode, ProcessNode {

    private final Layout.Node place;
    private final Path directory;
    private final List<String> settings;

    /** @param settings {@code section.key=value} each, as the option {@code --set} of the server takes them */
    TestNode(Layout.Node place, Path directory, List<String> settings) {
        this.place = place;
        this.directory = directory;
        this.settings = List.copyOf(settings);
    }

    /** Its name in the layout. */
    public final String name() {
        return place.name();
    }

    /** Where clients reach it: {@code 127.0.0.1:7001}. */
    public final String address() {
        return place.host() + ":" + place.port();
    }

    /** The port for clients. */
    public final int port() {
        return place.port();
    }

    /** Where it keeps its data. */
    public final Path directory() {
        return directory;
    }

    final Layout.Node place() {
        return place;
    }

    final List<String> settings() {
        return settings;
    }

    /** The process that it lives in: this one, or its own; -1 if it does not run. */
    public abstract long pid();

    /** Whether it has been started and neither stopped nor killed. A paused node runs. */
    public abstract boolean isRunning();

    /** What it says of its replicas, in the order of their names; empty if it does not run or does not answer. */
    public abstract List<GroupStatus> groups();

    /**
     * The digest of its replica of {@code group} together with the applied index that it belongs to, as one text: equal
     * for equal contents at the same index. Null if it cannot say.
     */
    @Nullable
    abstract String digest(String group);

    // ---- verbs ----

    abstract void start();

    abstract void stop();

    abstract void kill();

    /** Ends when all others end too: nobody is there to hand anything over to. Nothing acknowledged may be lost. */
    abstract void stopWithOthers();

    abstract void pause();

    abstract void resume();

    abstract void skewClock(long millis);

    /** Its newest log lines, for a failure. */
    abstract String logTail();

    @Override
    public final String toString() {
        return name() + "(" + address() + (isRunning() ? ")" : ", down)");
    }
}
