package io.aikv.server.stats;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Error replies by their code, as INFO errorstats shows them. Any thread. */
public final class ErrorStats {
    /** Beyond this many codes (Redis 7.2: the same) nothing is told apart any more. */
    private static final int CODES_MAX = 128;

    private final ConcurrentHashMap<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final LongAdder total = new LongAdder();

    public void count(String code) {
        total.increment();
        LongAdder counter = counts.get(code);
        if (counter == null && counts.size() < CODES_MAX) {
            counter = counts.computeIfAbsent(code, c -> new LongAdder());
        }
        if (counter != null) {
            counter.increment();
        }
    }

    public long total() {
        return total.sum();
    }

    /** Counts by code, in order. */
    public Map<String, Long> byCode() {
        Map<String, Long> sorted = new TreeMap<>();
        counts.forEach((code, counter) -> sorted.put(code, counter.sum()));
        return sorted;
    }

    public void reset() {
        counts.clear();
        total.reset();
    }
}
