package io.aikv.testcluster.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class WorkloadTest {

    @Test
    void theSameSeedGivesTheSameOperations() {
        for (Workload.Mix mix : Workload.Mix.values()) {
            assertEquals(steps(mix, 7, 1), steps(mix, 7, 1));
            assertNotEquals(steps(mix, 7, 1), steps(mix, 8, 1));
            assertNotEquals(steps(mix, 7, 1), steps(mix, 7, 2));
        }
    }

    @Test
    void writtenValuesAreUniqueAndKeysAreFew() {
        for (Workload.Mix mix : Workload.Mix.values()) {
            Set<String> values = new HashSet<>();
            List<Workload.Step> all = IntStream.range(0, 3)
                    .boxed()
                    .flatMap(process -> steps(mix, 7, process).stream())
                    .toList();

            for (Workload.Step step : all) {
                String value = step.operation().argument();
                assertTrue(value.isEmpty() || values.add(value), step.toString());
                assertEquals(mix, Workload.Mix.of(step.key()));
            }
            assertEquals(3, all.stream().map(Workload.Step::key).distinct().count());
        }
    }

    @Test
    void aCompareAndSetExpectsWhatWasObserved() {
        Workload workload = new Workload(Workload.Mix.REGISTER, 7, 1, 1);
        workload.observe("register-0", "seen");

        Set<String> expected = Stream.generate(workload::next)
                .limit(500)
                .map(Workload.Step::operation)
                .filter(operation -> operation.kind() == Operation.Kind.CAS)
                .map(Operation::expected)
                .collect(Collectors.toSet());

        assertEquals(Set.of("seen"), expected);
    }

    @Test
    void operationsKnowTheirCommandLines() {
        assertEquals(List.of("GET", "k"), Operation.get().command("k"));
        assertEquals(
                List.of("SET", "k", "b", "IFEQ", "a"), Operation.cas("a", "b").command("k"));
        assertEquals(List.of("APPEND", "k", "x"), Operation.append("x").command("k"));
    }

    @Test
    void oneOperationMayBeACommandOnSeveralKeys() {
        Workload.Step write = new Workload.Step("several_keys-1", Operation.set("v"));
        Workload.Step read = new Workload.Step("several_keys-1", Operation.get());
        Workload.Step removal = new Workload.Step("several_keys-1", Operation.del());

        assertEquals(
                List.of("MSET", "{several_keys-1}0", "v", "{several_keys-1}1", "v", "{several_keys-1}2", "v"),
                write.command());
        assertEquals(List.of("MGET", "{several_keys-1}0", "{several_keys-1}1", "{several_keys-1}2"), read.command());
        assertEquals(List.of("DEL", "{several_keys-1}0", "{several_keys-1}1", "{several_keys-1}2"), removal.command());
        assertEquals("v", read.result(List.of("v", "v", "v")));
        assertNull(read.result(Arrays.asList(null, null, null)));
        assertEquals("torn: [v, null, v]", read.result(Arrays.asList("v", null, "v")));
        assertEquals("1", removal.result(List.of("3")));
        assertEquals("0", removal.result(List.of("0")));
        assertEquals("2", removal.result(List.of("2")), "which no register answers");
    }

    private static List<Workload.Step> steps(Workload.Mix mix, long seed, int process) {
        Workload workload = new Workload(mix, seed, process, 3);
        return Stream.generate(workload::next).limit(200).toList();
    }
}
