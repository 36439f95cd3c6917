package io.aikv.raft;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that Ratis keeps for the logs of a node's groups, which have to be helped to their ends (3.3.0):
 *
 * <ul>
 *   <li>The one that writes a log looks only once in a second whether its log has been closed (SegmentedRaftLogWorker), and
 *       whoever closes a group waits for that. {@link #endThoseOfClosedLogs} spares nodes that stop, and groups that are
 *       opened again, most of this second.
 *   <li>The one that evicts entries from the heap takes the log's lock for that. SegmentedRaftLog.close waits for the end of
 *       this thread while it holds the lock: for ever, if the thread waits for it. So the thread is ended before the log is
 *       closed.
 * </ul>
 *
 * <p>Thread-safe.
 */
/*
 * An interrupt must not meet a thread that writes: it would close the file under it. A closed log takes no entry any more,
 * so a thread that has waited for work at two looks in a row has written all there was. The evicting thread touches no
 * file: an interrupt ends it where it waits to be called, or as soon as it comes back there.
 */
final class LogThreads {
    private static final Logger LOG = LoggerFactory.getLogger(LogThreads.class);

    private static final String WRITER_NAME_END = "-SegmentedRaftLogWorker";
    private static final String EVICTOR_NAME_END = "-cacheEviction-AwaitToRun";
    private static final String WAITS_IN = "DataBlockingQueue";
    private static final long EVICTION_ENDS_MILLIS = TimeUnit.SECONDS.toMillis(5);

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
     * Learns which threads belong to the log of a group that was opened.
     *
     * @param before the threads that there were before: another node in this process may have a group of this name
     * @return ends the evicting thread, in milliseconds; to be called before the log is closed
     */
    Runnable opened(RaftServer.Division division, Set<Thread> before) {
        String member = division.getMemberId().toString();
        Thread evictor = null;
        for (Thread thread : threads()) {
            if (before.contains(thread)) {
                continue;
            }
            if (thread.getName().equals(member + WRITER_NAME_END)) {
                writers.add(new Writer(division.getRaftLog(), thread));
            } else if (thread.getName().equals(member + EVICTOR_NAME_END)) {
                evictor = thread;
            }
        }
        Thread evicts = evictor;
        return () -> endEviction(member, evicts);
    }

    private static void endEviction(String member, @Nullable Thread evictor) {
        if (evictor == null) {
            return;
        }
        evictor.interrupt();
        try {
            evictor.join(EVICTION_ENDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (evictor.isAlive()) {
            LOG.warn("member={} the eviction of its log does not end; closing the log may take for ever", member);
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
