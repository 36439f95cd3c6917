package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The keyspace events of a redis-server, as {@link CommandFixture#takeEvents()} tells ours. */
final class RedisEvents implements AutoCloseable {
    private static final String MARK = "mark";

    private final RawClient subscriber;

    /** Takes over a connection. */
    RedisEvents(RawClient subscriber) throws IOException {
        this.subscriber = subscriber;
        subscriber.call("PSUBSCRIBE", "__keyevent@*", MARK);
        subscriber.receive();
    }

    /** The events since the last call: a message of {@code client}'s own arrives behind them. */
    List<String> take(RawClient client) throws IOException {
        client.call("PUBLISH", MARK, "");
        List<String> events = new ArrayList<>();
        while (true) {
            // *4 $n pmessage $n pattern $n channel $n key
            String[] lines = new String(subscriber.receive(), ISO_8859_1).split("\r\n", -1);
            String channel = lines[6];
            if (channel.equals(MARK)) {
                return events;
            }
            int at = channel.indexOf('@') + 1;
            int end = channel.indexOf("__:", at);
            events.add(channel.substring(at, end) + " " + channel.substring(end + 3) + " " + lines[8]);
        }
    }

    @Override
    public void close() throws IOException {
        subscriber.close();
    }
}
