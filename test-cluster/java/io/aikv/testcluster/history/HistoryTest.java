package io.aikv.testcluster.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HistoryTest {

    private final History history = new History();

    @Test
    void operationsKeepWhatBecameOfThem() {
        History.Token set = history.invoke(1, "k", Operation.set("a"));
        History.Token get = history.invoke(2, "k", Operation.get());
        History.Token del = history.invoke(3, "k", Operation.del());
        history.invoke(4, "k", Operation.incr());
        history.ok(get, null);
        history.fail(set);
        history.unknown(del);

        List<Entry> entries = history.entries();

        assertEquals(
                List.of(Entry.Status.FAIL, Entry.Status.OK, Entry.Status.UNKNOWN, Entry.Status.UNKNOWN),
                entries.stream().map(Entry::status).toList());
        assertEquals(Result.NIL, entries.get(1).result());
        assertTrue(entries.get(0).invokeNanos() < entries.get(1).invokeNanos());
        assertTrue(entries.get(1).returnNanos() < entries.get(0).returnNanos());
        assertEquals(Entry.NEVER, entries.get(2).returnNanos());
        assertEquals(Entry.NEVER, entries.get(3).returnNanos());
    }

    @Test
    void anOperationEndsOnlyOnce() {
        History.Token token = history.invoke(1, "k", Operation.get());
        history.unknown(token);

        assertThrows(IllegalStateException.class, () -> history.ok(token, "a"));
        assertEquals(Entry.Status.UNKNOWN, history.entries().get(0).status());
    }

    @Test
    void aDumpReadsBackTheSame(@TempDir Path directory) throws Exception {
        history.ok(history.invoke(1, "a key \"with\" \\ and \u00e9\n", Operation.set(" => nil")), "OK");
        history.ok(history.invoke(2, "k", Operation.get()), "");
        history.ok(history.invoke(2, "k", Operation.get()), "nil");
        history.ok(history.invoke(2, "k", Operation.get()), null);
        history.fail(history.invoke(3, "k", Operation.cas("", "b")));
        history.unknown(history.invoke(4, "k", Operation.append("x,")));
        history.unknown(history.invoke(4, "k", Operation.setnx("\0")));
        history.ok(history.invoke(5, "k", Operation.incr()), "ERR value is not an integer or out of range");
        history.invoke(5, "k", Operation.del());
        Path file = directory.resolve("history.txt");

        history.dump(file);

        assertEquals(history.entries(), History.load(file));
        assertEquals(history.size() + 1, Files.readAllLines(file).size());
    }

    @Test
    void aDumpIsReadableAndMalformedLinesAreNamed() {
        Entry entry = new Entry(7, 3, "k", Operation.cas("a", "b"), 1_000, 2_000, Entry.Status.OK, Result.of("OK"));
        String line = "7 3 1000 2000 OK \"k\" CAS \"a\" \"b\" => \"OK\"";

        assertEquals(line, HistoryText.format(entry));
        assertEquals(List.of(entry), HistoryText.parse(List.of("# a comment", "", line)));
        for (String bad : List.of(
                "7 3 1000 2000 OK \"k\" CAS \"a\" => \"OK\"",
                "7 3 1000 2000 OK \"k\" GET => maybe",
                "7 3 1000 2000 OK \"k\" GET => ?",
                "7 3 1000 500 OK \"k\" GET => nil",
                "7 3 1000 - UNKNOWN \"k\" GET => ? more",
                "7 3 1000 2000 OK \"k",
                "7 3")) {
            String message = String.valueOf(
                    assertThrows(IllegalArgumentException.class, () -> HistoryText.parse(List.of(line, bad)))
                            .getMessage());
            assertTrue(message.startsWith("line 2: ") && message.endsWith(bad), message);
        }
    }

    @Test
    void manyThreadsRecordALinearizableCounter() throws Exception {
        AtomicLong counter = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> running = new ArrayList<>();
        for (int process = 0; process < 4; process++) {
            int number = process;
            running.add(threads.submit(() -> {
                for (int i = 0; i < 1_000; i++) {
                    History.Token token = history.invoke(number, "k", Operation.incr());
                    history.ok(token, Long.toString(counter.incrementAndGet()));
                }
            }));
        }
        for (Future<?> one : running) {
            one.get(60, TimeUnit.SECONDS);
        }
        threads.shutdown();

        Verdict verdict = new LinearizabilityChecker().check(history.entries(), Models.counter());

        assertEquals(
                4_000, assertInstanceOf(Verdict.Linearizable.class, verdict).operations());
    }
}
