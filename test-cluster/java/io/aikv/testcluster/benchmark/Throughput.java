package io.aikv.testcluster.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Requests a second and latencies of both systems, measured in turn: in every round each case runs on one right after the
 * other, and who goes first changes, so that a slow minute of the machine falls on both.
 */
final class Throughput {

    private static final long WARM_UP_REQUESTS = 30_000;

    /** Requests of a warm-up that may be slow: replies of 60 KB. */
    private static final long WARM_UP_REQUESTS_OF_TYPES = 3_000;

    private static final long REQUESTS_MIN = 2_000;

    /** SET and GET. */
    static final List<Case> STRINGS =
            cases(List.of(1, 16, 64), List.of(RedisBenchmark.Load.test("SET"), RedisBenchmark.Load.test("GET")));

    /**
     * The tests of redis-benchmark on all types, in an order in which each finds what it needs: what is popped was pushed
     * before. XADD and HGETALL (of some 50 fields) it does not have.
     */
    static final List<Case> TYPES = cases(
            List.of(1, 16),
            List.of(
                    RedisBenchmark.Load.test("INCR"),
                    RedisBenchmark.Load.test("MSET"),
                    RedisBenchmark.Load.test("LPUSH"),
                    RedisBenchmark.Load.test("RPUSH"),
                    RedisBenchmark.Load.test("LRANGE_100"),
                    RedisBenchmark.Load.test("LRANGE_300"),
                    RedisBenchmark.Load.test("LRANGE_500"),
                    RedisBenchmark.Load.test("LRANGE_600"),
                    RedisBenchmark.Load.test("LPOP"),
                    RedisBenchmark.Load.test("RPOP"),
                    RedisBenchmark.Load.test("SADD"),
                    RedisBenchmark.Load.test("SPOP"),
                    RedisBenchmark.Load.test("HSET"),
                    RedisBenchmark.Load.command("HSET_50", 50, "HSET", "small:{tag}", "f__rand_int__", "value"),
                    RedisBenchmark.Load.command("HGETALL_50", 50, "HGETALL", "small:{tag}"),
                    RedisBenchmark.Load.test("ZADD"),
                    RedisBenchmark.Load.test("ZPOPMIN"),
                    RedisBenchmark.Load.command(
                            "XADD", RedisBenchmark.KEYS, "XADD", "stream:{tag}", "*", "field", "value")));

    /** One row of the table. */
    record Case(RedisBenchmark.Load load, int pipeline) {

        String test() {
            return load.name();
        }

        @Override
        public String toString() {
            return load.name() + " P=" + pipeline;
        }
    }

    /** All rounds of one case on one system. */
    static final class Series {
        final Figures rate = new Figures();
        final Figures p50 = new Figures();
        final Figures p99 = new Figures();

        private void add(RedisBenchmark.Result result) {
            rate.add(result.rate());
            p50.add(result.p50Millis());
            p99.add(result.p99Millis());
        }
    }

    /** A system and where it is. */
    record Subject(String name, int port, boolean cluster) {}

    private final Subject ours;
    private final Subject theirs;
    private final List<Case> cases;
    private final Map<Case, Map<String, Series>> results = new LinkedHashMap<>();

    Throughput(Subject ours, Subject theirs, List<Case> cases) {
        this.ours = ours;
        this.theirs = theirs;
        this.cases = cases;
    }

    /**
     * @param rounds how often each case is measured
     * @param seconds about how long one measurement takes
     * @param beforeRound is run at the start of each
     * @param warmUpSeconds how long our system is under load before: a Java VM compiles what it runs
     */
    void measure(int rounds, double seconds, double warmUpSeconds, Runnable beforeRound) {
        Map<String, Double> lastRate = new LinkedHashMap<>();
        long warmNanos = System.nanoTime() + (long) (warmUpSeconds * 1e9);
        do {
            cases.forEach(one -> warmUp(ours, one, lastRate));
        } while (System.nanoTime() - warmNanos < 0);
        cases.forEach(one -> warmUp(theirs, one, lastRate));
        for (int round = 0; round < rounds; round++) {
            beforeRound.run();
            List<Subject> order = round % 2 == 0 ? List.of(ours, theirs) : List.of(theirs, ours);
            for (Case one : cases) {
                for (Subject subject : order) {
                    String key = subject.name() + one;
                    long requests = Math.max(REQUESTS_MIN, (long) (lastRate.get(key) * seconds));
                    RedisBenchmark.Result result = run(subject, one, requests);
                    lastRate.put(key, result.rate());
                    results.computeIfAbsent(one, any -> new LinkedHashMap<>())
                            .computeIfAbsent(subject.name(), any -> new Series())
                            .add(result);
                    System.out.printf(
                            "round %d  %-15s %-10s %9.0f/s  p50 %.2f ms  p99 %.2f ms%n",
                            round + 1, one, subject.name(), result.rate(), result.p50Millis(), result.p99Millis());
                }
            }
        }
    }

    private void warmUp(Subject subject, Case one, Map<String, Double> lastRate) {
        long single = cases == TYPES ? WARM_UP_REQUESTS_OF_TYPES : WARM_UP_REQUESTS;
        long requests = one.pipeline() == 1 ? single : 4 * single;
        double rate = run(subject, one, requests).rate();
        lastRate.put(subject.name() + one, rate);
        System.out.printf("warm-up  %-15s %-10s %9.0f/s%n", one, subject.name(), rate);
    }

    private static RedisBenchmark.Result run(Subject subject, Case one, long requests) {
        return RedisBenchmark.run(subject.port(), subject.cluster(), one.load(), one.pipeline(), requests);
    }

    private static List<Case> cases(List<Integer> pipelines, List<RedisBenchmark.Load> loads) {
        List<Case> cases = new ArrayList<>();
        pipelines.forEach(pipeline -> loads.forEach(load -> cases.add(new Case(load, pipeline))));
        return cases;
    }

    Map<Case, Map<String, Series>> results() {
        return results;
    }

    /** A table for people. */
    String table() {
        StringBuilder text = new StringBuilder(String.format(
                "%-15s %12s %12s %7s   %15s   %15s%n",
                "",
                ours.name() + "/s",
                theirs.name() + "/s",
                "ratio",
                ours.name() + " p50/p99",
                theirs.name() + " p50/p99"));
        results.forEach((one, series) -> {
            Series a = series.get(ours.name());
            Series b = series.get(theirs.name());
            if (a != null && b != null) {
                text.append(String.format(
                        "%-15s %12.0f %12.0f %7.2f   %6.2f /%6.2f ms   %6.2f /%6.2f ms%n",
                        one,
                        a.rate.median(),
                        b.rate.median(),
                        a.rate.median() / b.rate.median(),
                        a.p50.median(),
                        a.p99.median(),
                        b.p50.median(),
                        b.p99.median()));
            }
        });
        return text.toString();
    }
}
