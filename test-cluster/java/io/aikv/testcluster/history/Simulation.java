package io.aikv.testcluster.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A linearizable store in simulated time: each operation takes effect at one random instant between invocation and
 * return, one of unknown fate at any later instant or never, a failed one never. Its histories are linearizable by
 * construction. Confined to one thread; a seed decides everything.
 */
final class Simulation {

    /** Percentages of operations that end so, and the longest latency and pause of a client, in ticks. */
    record Odds(int unknownPercent, int failPercent, int latencyMax, int pauseMax) {}

    /** Where a client gets its operations from, and where it tells what it has read. */
    interface Client {
        Workload.Step next();

        default void observe(String key, @Nullable String value) {}
    }

    private record Event(long time, int order, Runnable action) {}

    private final Random random;
    private final Odds odds;
    private final int operationsMax;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, String> store = new HashMap<>();
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::time).thenComparingInt(Event::order));
    private int scheduled;
    private long now;

    private Simulation(long seed, Odds odds, int operationsMax) {
        this.random = new Random(seed);
        this.odds = odds;
        this.operationsMax = operationsMax;
    }

    /** The history of {@code operations} operations by {@code processes} clients, in the order of invocation. */
    static List<Entry> run(long seed, Odds odds, int operations, int processes, IntFunction<Client> clients) {
        Simulation simulation = new Simulation(seed, odds, operations);
        for (int process = 0; process < processes; process++) {
            int number = process;
            Client client = clients.apply(process);
            simulation.after(simulation.random.nextInt(odds.pauseMax + 1), () -> simulation.invoke(number, client));
        }
        while (!simulation.events.isEmpty()) {
            Event event = simulation.events.remove();
            simulation.now = event.time();
            event.action().run();
        }
        return simulation.entries;
    }

    /** A client that follows {@code mix}. */
    static Client client(Workload.Mix mix, long seed, int process, int keys) {
        Workload workload = new Workload(mix, seed, process, keys);
        return new Client() {
            @Override
            public Workload.Step next() {
                return workload.next();
            }

            @Override
            public void observe(String key, @Nullable String value) {
                workload.observe(key, value);
            }
        };
    }

    private void after(long ticks, Runnable action) {
        events.add(new Event(now + ticks, scheduled++, action));
    }

    private void invoke(int process, Client client) {
        if (entries.size() == operationsMax) {
            return;
        }
        Workload.Step step = client.next();
        int id = entries.size();
        entries.add(new Entry(
                id, process, step.key(), step.operation(), now, Entry.NEVER, Entry.Status.UNKNOWN, Result.UNKNOWN));
        int latency = random.nextInt(odds.latencyMax + 1);
        int dice = random.nextInt(100);
        if (dice < odds.unknownPercent) {
            if (random.nextBoolean()) {
                after(random.nextInt(odds.latencyMax * 10 + 1), () -> serve(step));
            }
            after(latency, () -> pause(process, client));
        } else if (dice < odds.unknownPercent + odds.failPercent) {
            after(latency, () -> {
                end(id, Entry.Status.FAIL, Result.UNKNOWN);
                pause(process, client);
            });
        } else {
            int delay = random.nextInt(latency + 1);
            after(delay, () -> {
                Result result = Result.of(serve(step));
                after(latency - delay, () -> {
                    end(id, Entry.Status.OK, result);
                    if (step.operation().kind() == Operation.Kind.GET) {
                        client.observe(step.key(), result.text());
                    }
                    pause(process, client);
                });
            });
        }
    }

    private void pause(int process, Client client) {
        after(random.nextInt(odds.pauseMax + 1), () -> invoke(process, client));
    }

    private @Nullable String serve(Workload.Step step) {
        BruteForce.Step served = BruteForce.serve(store.get(step.key()), step.operation());
        if (served.value() == null) {
            store.remove(step.key());
        } else {
            store.put(step.key(), served.value());
        }
        return served.reply();
    }

    private void end(int id, Entry.Status status, Result result) {
        Entry entry = entries.get(id);
        entries.set(
                id,
                new Entry(
                        id, entry.process(), entry.key(), entry.operation(), entry.invokeNanos(), now, status, result));
    }
}
