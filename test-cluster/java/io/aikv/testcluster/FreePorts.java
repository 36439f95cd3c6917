package io.aikv.testcluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports that nobody listens on. They lie below the range that the kernel takes the ports of outgoing connections from,
 * so that a node that is restarted finds its port as it left it. Of tests that run in two JVMs at once each has a range of its own.
 */
public final class FreePorts {

    private static final int COUNT = 4_000;
    /** Of this JVM; the number is the build's, from 1 on. */
    private static final int FIRST =
            20_000 + COUNT * (Math.max(1, Integer.getInteger("surefire.forkNumber", 1)) - 1) % 12_000;

    private static final int TRIES_MAX = 1_000;

    private static final Set<Integer> TAKEN = new HashSet<>();

    private FreePorts() {}

    /** A port that is free now and that this JVM has not been given before. Any thread. */
    public static int next() {
        for (int i = 0; i < TRIES_MAX; i++) {
            int port = FIRST + ThreadLocalRandom.current().nextInt(COUNT);
            synchronized (TAKEN) {
                if (TAKEN.add(port) && isFree(port)) {
                    return port;
                }
            }
        }
        throw new IllegalStateException("no free port after " + TRIES_MAX + " tries");
    }

    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
