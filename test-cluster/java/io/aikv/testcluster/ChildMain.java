package io.aikv.testcluster;

import io.aikv.server.Main;
import java.io.IOException;

/**
 * A server that does not outlive the one who started it: the standard input is a pipe to that process, and its end is the
 * end of this one. Nothing else would tell after a {@code kill -9}.
 */
final class ChildMain {

    private ChildMain() {}

    /** Takes the arguments of the server. */
    public static void main(String[] args) throws Exception {
        Thread watch = new Thread(ChildMain::endWithParent, "aikv-parent-watch");
        watch.setDaemon(true);
        watch.start();
        Main.main(args);
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // Nobody writes; only the end matters.
            }
        } catch (IOException broken) {
            // The same as the end.
        }
        Runtime.getRuntime().halt(1);
    }
}
