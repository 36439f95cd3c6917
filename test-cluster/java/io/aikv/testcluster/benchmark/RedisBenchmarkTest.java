package io.aikv.testcluster.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class RedisBenchmarkTest {

    private static final String OUTPUT = """
            "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
            "SET","53191.49","0.832","0.248","0.799","1.175","1.423","2.039"
            """;

    @Test
    void theLineOfTheTestIsFound() {
        assertEquals(new RedisBenchmark.Result(53191.49, 0.799, 1.423, 2.039), RedisBenchmark.parse(OUTPUT, "SET"));
    }

    @Test
    void theLineOfATestThatExplainsItselfIsFound() {
        String output = """
                "LPUSH (needed to benchmark LRANGE)","1.0","1.0","1.0","1.0","1.0","1.0","1.0"
                "LRANGE_100 (first 100 elements)","9.5","1.0","1.0","0.5","1.0","2.0","3.0"
                """;
        assertEquals(new RedisBenchmark.Result(9.5, 0.5, 2, 3), RedisBenchmark.parse(output, "LRANGE_100"));
    }

    @Test
    void anErrorIsShown() {
        assertThrows(IllegalStateException.class, () -> RedisBenchmark.parse("ERR no such thing", "SET"));
    }

    @Test
    void theMedianOfAnEvenNumberIsTheMiddle() {
        Figures figures = new Figures();
        figures.add(4);
        figures.add(1);
        figures.add(2);
        figures.add(9);

        assertEquals(3, figures.median());
    }
}
