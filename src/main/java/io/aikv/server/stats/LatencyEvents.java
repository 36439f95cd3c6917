package io.aikv.server.stats;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The latency monitor: events that took at least {@code latency-monitor-threshold} milliseconds, the worst one of each second,
 * the last {@value #SAMPLES_MAX} per kind of event. Any thread; a lock guards the series.
 */
public final class LatencyEvents {
    public static final int SAMPLES_MAX = 160;

    /** The worst latency of one second. */
    public record Sample(long epochSeconds, long millis) {}

    /** One kind of event; samples oldest first. */
    public record Series(String event, List<Sample> samples, long maxMillis) {
        public Sample latest() {
            return samples.get(samples.size() - 1);
        }
    }

    private final Map<String, Series> series = new TreeMap<>();

    /** Adds an event that was found to be slow. */
    public void add(String event, long epochMillis, long millis) {
        synchronized (series) {
            Series old = series.get(event);
            List<Sample> samples = old == null ? new ArrayList<>() : new ArrayList<>(old.samples());
            long second = epochMillis / 1000;
            if (!samples.isEmpty() && samples.get(samples.size() - 1).epochSeconds() == second) {
                Sample last = samples.remove(samples.size() - 1);
                samples.add(new Sample(second, Math.max(last.millis(), millis)));
            } else {
                samples.add(new Sample(second, millis));
            }
            if (samples.size() > SAMPLES_MAX) {
                samples.remove(0);
            }
            long max = old == null ? millis : Math.max(millis, old.maxMillis());
            series.put(event, new Series(event, List.copyOf(samples), max));
        }
    }

    /** All series, by event. */
    public List<Series> all() {
        synchronized (series) {
            return List.copyOf(series.values());
        }
    }

    /** The series of one event; empty samples if there is none. */
    public Series of(String event) {
        synchronized (series) {
            return series.getOrDefault(event, new Series(event, List.of(), 0));
        }
    }

    /** Forgets the named events, all if none is named. @return how many were there */
    public int reset(List<String> events) {
        synchronized (series) {
            int before = series.size();
            if (events.isEmpty()) {
                series.clear();
            } else {
                series.keySet().removeAll(events);
            }
            return before - series.size();
        }
    }
}
