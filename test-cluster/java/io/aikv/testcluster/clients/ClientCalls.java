package io.aikv.testcluster.clients;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls that {@link ClientLoops} makes, in the way that users of one client for Java make them. Any thread. A call
 * that fails throws whatever the client throws; it may have been done.
 */
interface ClientCalls extends AutoCloseable {

    /** A script that removes a lock made by SET NX if it is still the caller's. */
    String RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

    /** INCR; returns the number. */
    long increment(String key) throws Exception;

    /** INCR of {@code counter} and RPUSH of {@code item} to {@code log}, in one transaction. */
    void transaction(String counter, String log, String item) throws Exception;

    /** EVAL. */
    void script(String source, List<String> keys, String argument) throws Exception;

    /** RPUSH. */
    void push(String list, String item) throws Exception;

    /** BLMOVE from the left of {@code from} to the right of {@code to}; null if nothing came within {@code timeout}. */
    @Nullable
    String move(String from, String to, Duration timeout) throws Exception;

    /** XGROUP CREATE of a group that has read nothing, and of the stream. */
    void createGroup(String stream, String group) throws Exception;

    /** XADD of an entry with the field {@code item}. */
    void add(String stream, String item) throws Exception;

    /**
     * XREADGROUP of up to ten entries, for half a second if there is none.
     *
     * @param pending whether to read again what has been delivered and not acknowledged, instead of what is new
     * @return the field {@code item} of each by the entry's ID, in their order
     */
    Map<String, String> read(String stream, String group, boolean pending) throws Exception;

    /** XACK. */
    void acknowledge(String stream, String group, String id) throws Exception;

    /** PUBLISH. */
    void publish(String channel, String message) throws Exception;

    /** SUBSCRIBE; returns when subscribed. Subscribes again, if the client does not, when the connection is lost. */
    void subscribe(String channel, Consumer<String> listener) throws Exception;

    /** Tries once to hold a lock for {@code lease}; whether it is held. {@code unlock} is called by the same thread. */
    boolean lock(String name, String token, Duration lease) throws Exception;

    /** Gives the lock back if it is held with {@code token}. */
    void unlock(String name, String token) throws Exception;

    @Override
    void close();
}
