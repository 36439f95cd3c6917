package io.aikv.server;

import java.io.PrintStream;
import java.time.Duration;

/**
 * Sees to it that a process which was told to stop ends, whatever its threads wait for. Ending it at once loses nothing: what
 * was answered is in the logs of its groups, on disk, as after a crash.
 */
final class ShutdownWatch {
    private ShutdownWatch() {}

    /**
     * Watches a thread that stops the process, from now on.
     *
     * @param limit after which the stack of the thread is printed and {@code halt} is run, unless the thread has ended
     * @param halt ends the process at once
     * @return the watching thread, a daemon
     */
    static Thread over(Thread stopping, Duration limit, PrintStream err, Runnable halt) {
        Thread watch = new Thread(() -> watch(stopping, limit, err, halt), "aikv-shutdown-watch");
        watch.setDaemon(true);
        watch.start();
        return watch;
    }

    private static void watch(Thread stopping, Duration limit, PrintStream err, Runnable halt) {
        try {
            stopping.join(limit.toMillis());
        } catch (InterruptedException e) {
            return;
        }
        StackTraceElement[] stack = stopping.getStackTrace();
        if (!stopping.isAlive()) {
            return;
        }
        err.println("aikv-server: not stopped after " + limit.toSeconds()
                + " s, ends at once (what was answered is on disk); it waited in");
        for (StackTraceElement frame : stack) {
            err.println("        at " + frame);
        }
        err.flush();
        halt.run();
    }
}
