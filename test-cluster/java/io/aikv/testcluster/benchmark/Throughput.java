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

    /** The pipelines that are measured. */
    private static final List<Integer> PIPELINES = List.of(1, 16, 64);

    private static final List<String> TESTS = List.of("SET", "GET");
    private static final long WARM_UP_REQUESTS = 30_000;
    private static final long REQUESTS_MIN = 2_000;

    /** One row of the table. */
    record Case(String test, int pipeline) {

        @Override
        public String toString() {
            return test + " P=" + pipeline;
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
    private final Map<Case, Map<String, Series>> results = new LinkedHashMap<>();

    Throughput(Subject ours, Subject theirs) {
        this.ours = ours;
        this.theirs = theirs;
    }

    /**
     * @param rounds how often each case is measured
     * @param seconds about how long one measurement takes
     * @param warmUpSeconds how long our system is under load before: a Java VM compiles what it runs
     */
    void measure(int rounds, double seconds, double warmUpSeconds) {
        Map<String, Double> lastRate = new LinkedHashMap<>();
        long warmNanos = System.nanoTime() + (long) (warmUpSeconds * 1e9);
        do {
            cases().forEach(one -> warmUp(ours, one, lastRate));
        } while (System.nanoTime() - warmNanos < 0);
        cases().forEach(one -> warmUp(theirs, one, lastRate));
        for (int round = 0; round < rounds; round++) {
            List<Subject> order = round % 2 == 0 ? List.of(ours, theirs) : List.of(theirs, ours);
            for (Case one : cases()) {
                for (Subject subject : order) {
                    String key = subject.name() + one;
                    long requests = Math.max(REQUESTS_MIN, (long) (lastRate.get(key) * seconds));
                    RedisBenchmark.Result result = run(subject, one, requests);
                    lastRate.put(key, result.rate());
                    results.computeIfAbsent(one, any -> new LinkedHashMap<>())
                            .computeIfAbsent(subject.name(), any -> new Series())
                            .add(result);
                    System.out.printf(
                            "round %d  %-8s %-10s %9.0f/s  p50 %.2f ms  p99 %.2f ms%n",
                            round + 1, one, subject.name(), result.rate(), result.p50Millis(), result.p99Millis());
                }
            }
        }
    }

    private static void warmUp(Subject subject, Case one, Map<String, Double> lastRate) {
        long requests = one.pipeline() == 1 ? WARM_UP_REQUESTS : 4 * WARM_UP_REQUESTS;
        lastRate.put(subject.name() + one, run(subject, one, requests).rate());
    }

    private static RedisBenchmark.Result run(Subject subject, Case one, long requests) {
        return RedisBenchmark.run(subject.port(), subject.cluster(), one.test(), one.pipeline(), requests);
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        PIPELINES.forEach(pipeline -> TESTS.forEach(test -> cases.add(new Case(test, pipeline))));
        return cases;
    }

    Map<Case, Map<String, Series>> results() {
        return results;
    }

    /** A table for people. */
    String table() {
        StringBuilder text = new StringBuilder(String.format(
                "%-9s %12s %12s %7s   %15s   %15s%n",
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
                        "%-9s %12.0f %12.0f %7.2f   %6.2f /%6.2f ms   %6.2f /%6.2f ms%n",
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
