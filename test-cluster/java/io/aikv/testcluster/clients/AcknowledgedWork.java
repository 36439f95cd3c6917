package io.aikv.testcluster.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.resp.Reply;
import io.aikv.testcluster.TestClient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one client says it did: the lines that {@code test-cluster/clients/README.md} describes. Compares it with what the
 * cluster has. Any thread.
 */
public final class AcknowledgedWork {

    /** What goes on all the time: each must also go on after a failure. */
    static final List<String> ALL = List.of(
            "ack counter",
            "ack transaction",
            "ack script",
            "ack list",
            "got list",
            "ack stream",
            "got stream",
            "ack message",
            "got message",
            "ack lock");

    private static final int OTHER_LINES_SHOWN = 20;

    private final String client;
    private final String tag;
    private final Map<String, List<String>> items = new TreeMap<>();
    private final Map<String, Integer> errors = new LinkedHashMap<>();
    private final List<String> violations = new ArrayList<>();
    private final List<String> others = new ArrayList<>();

    AcknowledgedWork(String client, String tag) {
        this.client = client;
        this.tag = tag;
        ALL.forEach(kind -> items.put(kind, new ArrayList<>()));
    }

    /** Takes the next line that the client says; keeps one that is none of the protocol for {@link #toString}. */
    synchronized void accept(String line) {
        String[] words = line.split(" ", 3);
        List<String> known = words.length < 3 ? null : items.get(words[0] + " " + words[1]);
        if (known != null) {
            known.add(words[2]);
        } else if (words[0].equals("error")) {
            errors.merge(line.replaceAll("[0-9]{2,}", "#"), 1, Integer::sum);
        } else if (words[0].equals("violation")) {
            violations.add(line);
        } else {
            others.add(line);
        }
    }

    /** The client's name, or that of its program. */
    public String client() {
        return client;
    }

    /** Whether the client has said this line, which is none of its work: {@code ready}. */
    synchronized boolean hasSaid(String line) {
        return others.contains(line);
    }

    /** How much of each kind has been done; a kind that has not happened yet counts 0. */
    public synchronized Map<String, Integer> counts() {
        Map<String, Integer> counts = new TreeMap<>();
        items.forEach((kind, done) -> counts.put(kind, done.size()));
        return counts;
    }

    /** The kinds of which less than {@code more} have been done since {@code before}; empty if all have gone on. */
    public List<String> behind(Map<String, Integer> before, int more) {
        Map<String, Integer> now = counts();
        return ALL.stream()
                .filter(kind -> now.get(kind) < before.get(kind) + more)
                .toList();
    }

    /**
     * Compares with what the cluster has, once the client has stopped.
     *
     * @throws AssertionError if something acknowledged is missing, half a transaction was done, or two held the lock
     */
    public synchronized void check(TestClient cluster) {
        assertEquals(List.of(), violations, client);
        long last = 0;
        for (String number : items("ack counter")) {
            assertTrue(Long.parseLong(number) > last, client + " was told " + number + " after " + last);
            last = Long.parseLong(number);
        }
        assertTrue(number(cluster, "counter") >= last, client + " was told " + last);

        List<String> log = texts(cluster.call("LRANGE", key("log"), "0", "-1"));
        assertHasAll("transactions", log, items("ack transaction"));
        assertEquals(log.size(), number(cluster, "transactions"), client + ": half a transaction");

        List<String> scripts = texts(cluster.call("HKEYS", key("hash")));
        assertHasAll("scripts", scripts, items("ack script"));
        assertTrue(number(cluster, "scripts") >= scripts.size(), client + ": half a script");

        List<String> taken = texts(cluster.call("LRANGE", key("taken"), "0", "-1"));
        assertHasAll("moved items", taken, items("got list"));
        taken.addAll(texts(cluster.call("LRANGE", key("queue"), "0", "-1")));
        assertHasAll("pushed items", taken, items("ack list"));

        List<String> entries = new ArrayList<>();
        for (Reply entry : ((Reply.Array) cluster.call("XRANGE", key("stream"), "-", "+")).items()) {
            entries.add(texts(((Reply.Array) entry).items().get(1)).get(1));
        }
        assertHasAll("entries", entries, items("ack stream"));
        assertHasAll("handled entries", items("got stream"), entries);
        Reply pending = cluster.call("XPENDING", key("stream"), "workers");
        assertEquals(Reply.ZERO, ((Reply.Array) pending).items().get(0), client + ": entries that nobody handled");
    }

    private List<String> items(String kind) {
        return Objects.requireNonNull(items.get(kind));
    }

    private void assertHasAll(String what, List<String> there, List<String> told) {
        Set<String> missing = new LinkedHashSet<>(told);
        missing.removeAll(Set.copyOf(there));
        assertEquals(Set.of(), missing, () -> client + ": lost " + what);
    }

    private long number(TestClient cluster, String name) {
        String value = cluster.get(key(name));
        return value == null ? 0 : Long.parseLong(value);
    }

    private String key(String name) {
        return "{" + tag + "}" + name;
    }

    private static List<String> texts(Reply reply) {
        List<String> texts = new ArrayList<>();
        for (Reply item : ((Reply.Array) reply).items()) {
            @Nullable String text = TestClient.text(item);
            texts.add(String.valueOf(text));
        }
        return texts;
    }

    /** One line of how much was done, and how often calls failed. */
    public synchronized String summary() {
        int failed = errors.values().stream().mapToInt(each -> each).sum();
        return client + " " + counts() + ", errors " + failed;
    }

    /** The summary; then each kind of failure with how often it was, and the first of its other lines. */
    @Override
    public synchronized String toString() {
        StringBuilder text = new StringBuilder(summary());
        errors.forEach((line, count) ->
                text.append("\n    ").append(count).append(" x ").append(line));
        others.stream()
                .limit(OTHER_LINES_SHOWN)
                .forEach(line -> text.append("\n    ").append(line));
        return text.toString();
    }
}
