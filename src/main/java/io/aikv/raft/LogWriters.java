package io.aikv.raft;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;

/**
 * The threads of Ratis that write the logs of a node's groups. Each looks only once in a second whether its log has been
 * closed (3.3.0, SegmentedRaftLogWorker), and whoever closes a group waits for that. {@link #endThoseOfClosedLogs} spares
 * nodes that stop, and groups that are opened again, most of this second.
 *
 * <p>Thread-safe.
 */
/*
 * An interrupt must not meet a thread that writes: it would close the file under it. A closed log takes no entry any more,
 * so a thread that has waited for work at two looks in a row has written all there was.
 */
final class LogWriters {
    private static final String THREAD_NAME_END = "-SegmentedRaftLogWorker";
    private static final String WAITS_IN = "DataBlockingQueue";

    private final List<Writer> writers = new CopyOnWriteArrayList<>();

    private static final class Writer {
        private final RaftLog log;
        private final Thread thread;
        private boolean waited;

        Writer(RaftLog log, Thread thread) {
            this.log = log;
            this.thread = thread;
        }
    }

    /** The threads of this process: to be taken before a group is opened, for {@link #opened}. */
    static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet();
    }

    /**
     * Learns which thread writes the log of a group that was opened.
     *
     * @param before the threads that there were before: another node in this process may have a group of this name
     */
    void opened(RaftServer.Division division, Set<Thread> before) {
        String name = division.getMemberId() + THREAD_NAME_END;
        for (Thread thread : threads()) {
            if (thread.getName().equals(name) && !before.contains(thread)) {
                writers.add(new Writer(division.getRaftLog(), thread));
            }
        }
    }

    /** Ends the threads that wait for entries of a log that is closed. To be called every few milliseconds. */
    synchronized void endThoseOfClosedLogs() {
        for (Writer writer : writers) {
            if (writer.log.isOpened()) {
                continue;
            }
            if (!writer.thread.isAlive()) {
                writers.remove(writer);
                continue;
            }
            boolean waits = waits(writer.thread);
            if (waits && writer.waited) {
                writer.thread.interrupt();
            }
            writer.waited = waits;
        }
    }

    private static boolean waits(Thread thread) {
        if (thread.getState() != Thread.State.TIMED_WAITING) {
            return false;
        }
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getClassName().endsWith(WAITS_IN)) {
                return true;
            }
        }
        return false;
    }
}
