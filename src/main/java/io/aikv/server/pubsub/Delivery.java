package io.aikv.server.pubsub;

/** Something that is to be written to sessions of one event loop. */
public interface Delivery {
    /** Writes it, on the loop; tells {@code queue} which sessions are to be flushed. */
    void deliver(LoopQueue queue);

    /** What it holds in memory, about. */
    long bytes();
}
