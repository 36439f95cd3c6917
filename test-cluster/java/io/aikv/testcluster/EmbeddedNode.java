package io.aikv.testcluster;

import io.aikv.topology.Layout;
import java.nio.file.Path;
import java.util.List;

final class EmbeddedNode extends TestNode {
    EmbeddedNode(Layout.Node place, Path directory, List<String> settings) { super(place, directory, settings); }
    @Override public long pid() { return -1; }
    @Override public boolean isRunning() { return false; }
    @Override public List<GroupStatus> groups() { return List.of(); }
    @Override String digest(String group) { return ""; }
    @Override void start() {}
    @Override void stop() {}
    @Override void kill() {}
    @Override void pause() {}
    @Override void resume() {}
    @Override void skewClock(long millis) {}
    @Override String logTail() { return ""; }
}
