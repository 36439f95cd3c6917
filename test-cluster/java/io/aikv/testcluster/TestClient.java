package io.aikv.testcluster;

import io.aikv.base.Bytes;
import io.aikv.base.Slots;
import io.aikv.resp.Reply;
import io.aikv.resp.RespClient;
import io.aikv.testcluster.history.History;
import io.aikv.testcluster.history.Operation;
import io.aikv.testcluster.history.Workload;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster client for tests: keeps the slot table, follows MOVED and ASK, waits out an election, and is honest about
 * what it does not know. It sends a command again only if the last answer proves that it was not executed; a lost
 * connection, a timeout, or {@code INDETERMINATE} after sending ends the attempt as {@link Outcome.Unknown}.
 *
 * <p>Confined to one thread. Get one from {@link TestCluster#client()}; the cluster closes it.
 */
public final class TestClient implements AutoCloseable {

    /** Answers that say "not executed, try elsewhere or later". */
    private static final Set<String> RETRYABLE =
            Set.of("MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN", "LOADING", "MASTERDOWN");

    /** Answers that are certainly "not executed" but would not change. */
    private static final Set<String> REFUSALS = Set.of("READONLY", "BUSY", "OOM", "NOAUTH", "CROSSSLOT", "NOREPLICAS");

    private static final String INDETERMINATE = "INDETERMINATE";
    private static final Duration BACK_OFF = Duration.ofMillis(10);

    private final EventLoopGroup loops;
    private final List<String> seeds;
    private final Map<String, RespClient> connections = new HashMap<>();
    private final @Nullable String[] slots = new String[Slots.COUNT];
    /** By slot, the addresses of all its replicas, the leader's too, as far as they are known. */
    private final Map<Integer, List<String>> replicas = new HashMap<>();

    private Duration patience = Duration.ofSeconds(10);
    private Duration replyTimeout = Duration.ofSeconds(8);
    private int nextSeed;
    private int redirects;
    private @Nullable Random replicaChoice;

    /** @param seeds {@code host:port} of the nodes to ask first */
    TestClient(EventLoopGroup loops, List<String> seeds) {
        this.loops = loops;
        this.seeds = List.copyOf(seeds);
        this.nextSeed = Math.floorMod(System.identityHashCode(this), seeds.size());
    }

    /** How long a command is tried again while the answers say that it was not executed. Default 10 s. */
    public TestClient patience(Duration value) {
        patience = value;
        return this;
    }

    /** How long one answer may take before the outcome is unknown. Default 8 s. */
    public TestClient replyTimeout(Duration value) {
        replyTimeout = value;
        return this;
    }

    /**
     * From now on {@link #perform} sends reads to any replica of the slot, after READONLY, and to the leader only if that
     * one refuses.
     */
    public TestClient readFromReplicas(long seed) {
        replicaChoice = new Random(seed);
        return this;
    }

    /** MOVED and ASK answers followed so far. */
    public int redirects() {
        return redirects;
    }

    // ---- commands ----

    /**
     * Sends a command whose first key is its second word, and follows it to its end.
     *
     * @return the reply
     * @throws AssertionError if it was not executed within the patience, or nobody knows
     */
    public Reply call(String... command) {
        return attempt(command).requireOk();
    }

    /** GET as text, null if the key is absent. */
    public @Nullable String get(String key) {
        return text(call("GET", key));
    }

    /** SET. */
    public void set(String key, String value) {
        Reply reply = call("SET", key, value);
        if (!reply.equals(Reply.OK)) {
            throw new AssertionError("SET " + key + ": " + reply);
        }
    }

    /** As {@link #call}, but says instead of throwing that the command was not executed or that nobody knows. */
    public Outcome attempt(String... command) {
        int slot = command.length > 1 ? Slots.of(Bytes.utf8(command[1])) : -1;
        return attempt(slot, utf8(command));
    }

    /**
     * As {@link #attempt(String...)}, for words that are no text or a key that stands elsewhere.
     *
     * @param slot of the command's keys; -1 if it has none
     */
    public Outcome attempt(int slot, byte[]... command) {
        long deadline = System.nanoTime() + patience.toNanos();
        String address = null;
        boolean asking = false;
        String last = "nobody was asked";
        while (System.nanoTime() - deadline < 0) {
            String target = address != null ? address : addressOf(slot);
            RespClient connection = connect(target);
            if (connection == null) {
                last = target + " is not reached";
                forget(target);
                address = null;
                Await.pass(BACK_OFF);
                continue;
            }
            Outcome outcome = ask(connection, target, asking, command);
            if (!(outcome instanceof Outcome.NotDone refusal)) {
                return outcome;
            }
            last = refusal.reason();
            String[] words = last.split(" ");
            address = null;
            asking = words[0].equals("ASK");
            if (words[0].equals("MOVED") || asking) {
                redirects++;
                address = target(words[2], target);
                if (!asking) {
                    slots[Integer.parseInt(words[1])] = address;
                }
            } else if (RETRYABLE.contains(words[0]) || last.startsWith("-")) {
                forget(target);
                Await.pass(BACK_OFF);
            } else {
                return outcome;
            }
        }
        return new Outcome.NotDone("not within " + patience.toMillis() + " ms: " + last);
    }

    /** Sends a command to one node, once, and follows nothing: for what a test wants to see itself. */
    public Outcome askNode(TestNode node, String... command) {
        RespClient connection = connect(node.address());
        return connection == null
                ? new Outcome.NotDone("- " + node.address() + " is not reached")
                : ask(connection, node.address(), false, utf8(command));
    }

    /**
     * Sends a command to one node without waiting for the answer: for what must be under way while a test breaks
     * something. The future fails if the connection ends first.
     *
     * @throws AssertionError if the node is not reached
     */
    public CompletableFuture<Reply> send(TestNode node, String... command) {
        RespClient connection = connect(node.address());
        if (connection == null) {
            throw new AssertionError(node + " is not reached");
        }
        return connection.send(command);
    }

    /** Does {@code step} as {@code process} and records it in {@code history}; the outcome is returned as well. */
    public Outcome perform(History history, int process, Workload.Step step) {
        History.Token token = history.invoke(process, step.key(), step.operation());
        String[] command = step.command().toArray(new String[0]);
        boolean read = step.operation().kind() == Operation.Kind.GET;
        Outcome outcome = read && replicaChoice != null
                ? attemptAtReplica(replicaChoice, command)
                : new Outcome.NotDone("nobody was asked");
        if (outcome instanceof Outcome.NotDone) {
            outcome = attempt(command);
        }
        if (outcome instanceof Outcome.Ok ok) {
            history.ok(token, step.result(texts(ok.reply())));
        } else if (outcome instanceof Outcome.NotDone) {
            history.fail(token);
        } else {
            history.unknown(token);
        }
        return outcome;
    }

    /**
     * A reply as text: integers in decimal, errors as their line, null for nil.
     *
     * @throws AssertionError if it is an aggregate
     */
    public static @Nullable String text(Reply reply) {
        if (reply instanceof Reply.Null) {
            return null;
        }
        if (reply instanceof Reply.Bulk bulk) {
            return Bytes.text(bulk.value());
        }
        if (reply instanceof Reply.Verbatim verbatim) {
            return Bytes.text(verbatim.value());
        }
        if (reply instanceof Reply.Simple simple) {
            return simple.text();
        }
        if (reply instanceof Reply.Int number) {
            return Long.toString(number.value());
        }
        if (reply instanceof Reply.Error error) {
            return error.line();
        }
        throw new AssertionError("no text: " + reply);
    }

    /** The texts of a reply's elements, or of the reply itself if it is none of several. */
    private static List<@Nullable String> texts(Reply reply) {
        if (reply instanceof Reply.Array array) {
            return array.items().stream().map(TestClient::text).collect(Collectors.toCollection(ArrayList::new));
        }
        return Collections.singletonList(text(reply));
    }

    private Outcome attemptAtReplica(Random random, String... command) {
        int slot = Slots.of(Bytes.utf8(command[1]));
        if (slots[slot] == null) {
            learn();
        }
        List<String> nodes = replicas.getOrDefault(slot, List.of());
        if (nodes.isEmpty()) {
            return new Outcome.NotDone("no replica is known");
        }
        String address = nodes.get(random.nextInt(nodes.size()));
        RespClient connection = connect(address);
        if (connection == null) {
            return new Outcome.NotDone(address + " is not reached");
        }
        connection.send("READONLY");
        return ask(connection, address, false, utf8(command));
    }

    // ---- one exchange ----

    private static byte[][] utf8(String... words) {
        return Stream.of(words).map(Bytes::utf8).toArray(byte[][]::new);
    }

    private Outcome ask(RespClient connection, String address, boolean asking, byte[]... command) {
        if (asking) {
            connection.send("ASKING");
        }
        try {
            Reply reply = connection.send(command).get(replyTimeout.toMillis(), TimeUnit.MILLISECONDS);
            return classify(reply);
        } catch (ExecutionException e) {
            drop(address);
            return new Outcome.Unknown(address + " after sending: " + e.getCause());
        } catch (TimeoutException e) {
            drop(address);
            return new Outcome.Unknown(address + " did not answer within " + replyTimeout.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            drop(address);
            return new Outcome.Unknown("interrupted");
        }
    }

    private static Outcome classify(Reply reply) {
        if (!(reply instanceof Reply.Error error)) {
            return new Outcome.Ok(reply);
        }
        if (error.code().equals(INDETERMINATE)) {
            return new Outcome.Unknown(error.line());
        }
        boolean refused = RETRYABLE.contains(error.code()) || REFUSALS.contains(error.code());
        return refused ? new Outcome.NotDone(error.line()) : new Outcome.Ok(reply);
    }

    // ---- where to ask ----

    private String addressOf(int slot) {
        if (slot >= 0 && slots[slot] == null) {
            learn();
        }
        String known = slot < 0 ? null : slots[slot];
        return known != null ? known : seeds.get(Math.floorMod(nextSeed++, seeds.size()));
    }

    private void forget(String address) {
        for (int slot = 0; slot < slots.length; slot++) {
            if (address.equals(slots[slot])) {
                slots[slot] = null;
            }
        }
    }

    /** Asks the first node that answers for CLUSTER SLOTS; leaves the table as it is if none does. */
    private void learn() {
        for (int i = 0; i < seeds.size(); i++) {
            String seed = seeds.get(Math.floorMod(nextSeed++, seeds.size()));
            RespClient connection = connect(seed);
            if (connection != null
                    && ask(connection, seed, false, utf8("CLUSTER", "SLOTS")) instanceof Outcome.Ok ok
                    && ok.reply() instanceof Reply.Array ranges
                    && !ranges.items().isEmpty()) {
                ranges.items().forEach(range -> learn((Reply.Array) range, seed));
                if (replicaChoice != null) {
                    learnReplicas(connection, seed);
                }
                return;
            }
        }
    }

    /** CLUSTER SLOTS leaves out replicas that lead other ranges; CLUSTER SHARDS has them all. */
    private void learnReplicas(RespClient connection, String asked) {
        if (!(ask(connection, asked, false, utf8("CLUSTER", "SHARDS")) instanceof Outcome.Ok ok)
                || !(ok.reply() instanceof Reply.Array shards)) {
            return;
        }
        for (Reply shard : shards.items()) {
            List<String> nodes = new ArrayList<>();
            for (Reply node : ((Reply.Array) field(shard, "nodes")).items()) {
                nodes.add(target(text(field(node, "ip")) + ":" + text(field(node, "port")), asked));
            }
            List<Reply> bounds = ((Reply.Array) field(shard, "slots")).items();
            for (int i = 0; i + 1 < bounds.size(); i += 2) {
                long last = ((Reply.Int) bounds.get(i + 1)).value();
                for (long slot = ((Reply.Int) bounds.get(i)).value(); slot <= last; slot++) {
                    replicas.put((int) slot, nodes);
                }
            }
        }
    }

    /** Of a map, or of an array as RESP2 has it. */
    private static Reply field(Reply map, String name) {
        List<Reply> pairs = map instanceof Reply.Map fields ? fields.pairs() : ((Reply.Array) map).items();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            if (name.equals(text(pairs.get(i)))) {
                return pairs.get(i + 1);
            }
        }
        throw new AssertionError("no " + name + " in " + map);
    }

    private void learn(Reply.Array range, String asked) {
        int first = (int) ((Reply.Int) range.items().get(0)).value();
        int last = (int) ((Reply.Int) range.items().get(1)).value();
        List<Reply> leader = ((Reply.Array) range.items().get(2)).items();
        String address = text(leader.get(0)) + ":" + text(leader.get(1));
        for (int slot = first; slot <= last; slot++) {
            slots[slot] = target(address, asked);
        }
    }

    /** The address of a redirect; an empty host means the one that was asked. */
    private static String target(String address, String asked) {
        return address.startsWith(":") ? asked.substring(0, asked.lastIndexOf(':')) + address : address;
    }

    // ---- connections ----

    private @Nullable RespClient connect(String address) {
        RespClient open = connections.get(address);
        if (open != null && open.isOpen()) {
            return open;
        }
        connections.remove(address);
        int colon = address.lastIndexOf(':');
        try {
            RespClient fresh = RespClient.connect(
                            loops,
                            RespClient.Options.of(
                                            address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)))
                                    .withTimeout(1_000))
                    .join();
            connections.put(address, fresh);
            return fresh;
        } catch (CompletionException notReached) {
            return null;
        }
    }

    private void drop(String address) {
        RespClient connection = connections.remove(address);
        if (connection != null) {
            connection.close();
        }
        forget(address);
    }

    @Override
    public void close() {
        new ArrayList<>(connections.keySet()).forEach(this::drop);
    }
}
