package io.aikv.testcluster.clients;

/** A client at work. Confined to the thread of the test. */
public interface RunningClient extends AutoCloseable {

    /** What it has been told until now. */
    AcknowledgedWork work();

    /** Lets it end its work; returns when it has. */
    void stop();

    /** Ends it at once, if it runs. */
    @Override
    void close();
}
