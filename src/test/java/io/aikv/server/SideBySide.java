package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The same commands on the same connections of two servers, and everything that each connection receives in between, pushes
 * too. What the first server sends is complete when it has answered a PING behind; as much is then awaited of the second, where
 * messages may come a moment later. What comes too much is found at the next command, or by {@link #requireNothingMore}.
 */
public final class SideBySide implements AutoCloseable {
    private static final String MARK = "--mark--";

    private final int theirPort;
    private final int ourPort;
    private final Map<String, WireClient> theirs = new TreeMap<>();
    private final Map<String, WireClient> ours = new TreeMap<>();
    private final List<String> history = new ArrayList<>();
    private Function<List<String>, List<String>> normal = Function.identity();
    private boolean ordered = true;
    private @Nullable String compared;

    public SideBySide(int theirPort, int ourPort) {
        this.theirPort = theirPort;
        this.ourPort = ourPort;
    }

    /** From now on what a connection receives because of one command is compared without its order. */
    public void ignoreOrder() {
        ordered = false;
    }

    /** From now on both sides are changed before they are compared. */
    public void normalize(Function<List<String>, List<String>> change) {
        normal = change;
    }

    /** The ids of our connection of that name, and of theirs, for commands that name one: {@code @ID:name}. */
    private static String id(WireClient client) throws IOException {
        return client.call("CLIENT ID").substring(1);
    }

    private void open(String name) throws IOException {
        if (!theirs.containsKey(name)) {
            theirs.put(name, new WireClient(theirPort));
            ours.put(name, new WireClient(ourPort));
        }
    }

    /** From now on only what this connection receives is compared; the others must receive as much. */
    public void compareOnly(String name) {
        compared = name;
    }

    /** Runs a line, words between spaces, on the connection of that name, which is opened if it is not. */
    public void run(String name, String line) throws IOException {
        run(name, line.split(" ", -1));
    }

    /** As {@link #run(String, String)} of words that may hold anything. */
    public void run(String name, String... words) throws IOException {
        send(name, words);
        compare();
    }

    /** Runs two lines one directly behind the other. */
    public void runBoth(String name, String first, String second) throws IOException {
        send(name, first.split(" ", -1));
        send(name, second.split(" ", -1));
        compare();
    }

    private void send(String name, String... words) throws IOException {
        open(name);
        history.add(name + "> " + String.join(" ", words));
        theirs.get(name).send(resolved(words, theirs));
        ours.get(name).send(resolved(words, ours));
    }

    private void compare() throws IOException {
        for (String each : theirs.keySet()) {
            List<String> expected = untilMark(theirs.get(each));
            List<String> actual = new ArrayList<>();
            try {
                for (int i = 0; i < expected.size(); i++) {
                    actual.add(ours.get(each).receive());
                }
            } catch (IOException e) {
                throw new AssertionError(each + " received only " + actual + " of " + expected + shown(), e);
            }
            assertEquals(List.of(), untilMark(ours.get(each)), () -> "more than " + each + " should receive" + shown());
            if (compared != null && !compared.equals(each)) {
                continue;
            }
            assertEquals(changed(expected), changed(actual), () -> "what " + each + " receives" + shown());
        }
    }

    private List<String> changed(List<String> received) {
        List<String> changed = normal.apply(received);
        return ordered ? changed : changed.stream().sorted().toList();
    }

    private static String[] resolved(String[] given, Map<String, WireClient> clients) throws IOException {
        String[] words = given.clone();
        for (int i = 0; i < words.length; i++) {
            if (words[i].startsWith("@ID:")) {
                words[i] = id(clients.get(words[i].substring(4)));
            }
        }
        return words;
    }

    /**
     * What arrives before the answer to a second PING: Redis sends what it has kept until the end of a round of its event loop
     * behind the answers of that round.
     */
    private static List<String> untilMark(WireClient client) throws IOException {
        List<String> received = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            client.send("PING", MARK);
            for (String reply = client.receive(); !reply.contains(MARK); reply = client.receive()) {
                received.add(reply);
            }
        }
        return received;
    }

    /** The next that each of our connections receives is the answer to a PING. */
    public void requireNothingMore() throws IOException {
        for (WireClient client : ours.values()) {
            assertEquals(List.of(), untilMark(client), this::shown);
        }
    }

    /** Closes a connection on both sides. */
    public void close(String name) throws IOException {
        theirs.remove(name).close();
        ours.remove(name).close();
    }

    private String shown() {
        return "\nafter:\n  " + String.join("\n  ", history.subList(Math.max(0, history.size() - 40), history.size()));
    }

    @Override
    public void close() throws IOException {
        for (WireClient client : theirs.values()) {
            client.close();
        }
        for (WireClient client : ours.values()) {
            client.close();
        }
    }
}
