package io.aikv.testcluster.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.history.Operation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LinearizabilityCheckerTest {

    private final List<Entry> history = new ArrayList<>();

    // ---- histories by hand ----

    @Test
    void readsOfTheLastWriteAreLinearizable() {
        ok(1, 0, 1, Operation.set("a"), "OK");
        ok(2, 2, 3, Operation.get(), "a");
        ok(1, 4, 5, Operation.del(), "1");
        ok(2, 6, 7, Operation.get(), null);

        assertLinearizable(Models.register());
    }

    @Test
    void theEmptyHistoryIsLinearizable() {
        assertLinearizable(Models.register());
    }

    @Test
    void aReadDuringAWriteMaySeeEitherValue() {
        ok(1, 0, 1, Operation.set("a"), "OK");
        ok(1, 2, 9, Operation.set("b"), "OK");
        ok(2, 3, 4, Operation.get(), "a");
        ok(3, 5, 6, Operation.get(), "b");

        assertLinearizable(Models.register());
    }

    @Test
    void aReadDuringAWriteMustNotGoBack() {
        ok(1, 0, 1, Operation.set("a"), "OK");
        ok(1, 2, 9, Operation.set("b"), "OK");
        ok(2, 3, 4, Operation.get(), "b");
        Entry back = ok(3, 5, 6, Operation.get(), "a");

        assertEquals(back, violation(Models.register()).culprit());
    }

    @Test
    void aStaleReadIsAViolation() {
        ok(1, 0, 1, Operation.set("a"), "OK");
        ok(1, 2, 3, Operation.set("b"), "OK");
        Entry stale = ok(2, 4, 5, Operation.get(), "a");

        Verdict.Violation violation = violation(Models.register());

        assertEquals(stale, violation.culprit());
        assertEquals(List.of(history.get(0), history.get(1)), violation.order());
        assertEquals(List.of(stale), violation.unordered());
    }

    @Test
    void aLostWriteIsAViolation() {
        ok(1, 0, 1, Operation.set("a"), "OK");
        Entry lost = ok(2, 2, 3, Operation.get(), null);

        assertEquals(lost, violation(Models.register()).culprit());
    }

    @Test
    void aLostAppendIsAViolation() {
        ok(1, 0, 1, Operation.append("a,"), "2");
        ok(2, 2, 3, Operation.append("b,"), "4");
        Entry lost = ok(1, 4, 5, Operation.get(), "b,");

        assertEquals(lost, violation(Models.appendOnly()).culprit());
    }

    @Test
    void anIncrementOfUnknownFateMayCountOnceOrNotAtAll() {
        ok(1, 0, 1, Operation.incr(), "1");
        unknown(2, 2, Operation.incr());
        ok(1, 3, 4, Operation.get(), "1");
        ok(1, 5, 6, Operation.get(), "2");
        ok(1, 7, 8, Operation.incr(), "3");

        assertLinearizable(Models.counter());
    }

    @Test
    void anIncrementOfUnknownFateThatCountsTwiceIsAViolation() {
        ok(1, 0, 1, Operation.incr(), "1");
        unknown(2, 2, Operation.incr());
        Entry doubled = ok(1, 3, 4, Operation.get(), "3");

        assertEquals(doubled, violation(Models.counter()).culprit());
    }

    @Test
    void aRetriedIncrementMayCountTwiceOnlyIfBothAreRecorded() {
        unknown(2, 0, Operation.incr());
        ok(2, 5, 6, Operation.incr(), "2");

        assertLinearizable(Models.counter());
    }

    @Test
    void anOperationOfUnknownFateTakesNoEffectBeforeItsInvocation() {
        Entry early = ok(1, 0, 1, Operation.get(), "a");
        unknown(2, 2, Operation.set("a"));

        assertEquals(early, violation(Models.register()).culprit());
    }

    @Test
    void anOperationOfUnknownFateMayTakeEffectAfterLaterWrites() {
        unknown(2, 0, Operation.set("late"));
        ok(1, 1, 2, Operation.set("a"), "OK");
        ok(1, 3, 4, Operation.get(), "a");
        ok(1, 5, 6, Operation.get(), "late");

        assertLinearizable(Models.register());
    }

    @Test
    void anOperationOfUnknownFateTakesEffectOnlyOnce() {
        unknown(2, 0, Operation.set("late"));
        ok(1, 1, 2, Operation.get(), "late");
        ok(1, 3, 4, Operation.set("a"), "OK");
        Entry again = ok(1, 5, 6, Operation.get(), "late");

        assertEquals(again, violation(Models.register()).culprit());
    }

    @Test
    void aReadOfAFailedWriteIsAViolation() {
        add(1, 0, 1, Operation.set("a"), Entry.Status.FAIL, Result.UNKNOWN);
        Entry dirty = ok(2, 2, 3, Operation.get(), "a");

        assertEquals(dirty, violation(Models.register()).culprit());
    }

    @Test
    void aCompareAndSetThatSucceedsTwiceIsAViolation() {
        ok(1, 0, 1, Operation.set("a"), "OK");
        ok(1, 2, 5, Operation.cas("a", "b"), "OK");
        ok(2, 3, 6, Operation.cas("a", "c"), "OK");

        violation(Models.register());
    }

    @Test
    void aLockThatIsTakenTwiceIsAViolation() {
        ok(1, 0, 5, Operation.setnx("p1"), "1");
        Entry second = ok(2, 1, 6, Operation.setnx("p2"), "1");

        assertEquals(second, violation(Models.setIfAbsent()).culprit());

        history.clear();
        ok(1, 0, 5, Operation.setnx("p1"), "1");
        ok(3, 2, 3, Operation.del(), "1");
        ok(2, 1, 6, Operation.setnx("p2"), "1");
        assertLinearizable(Models.setIfAbsent());
    }

    @Test
    void keysAreIndependent() {
        add("x", 1, 0, 1, Operation.set("a"), Entry.Status.OK, Result.of("OK"));
        add("y", 1, 2, 3, Operation.get(), Entry.Status.OK, Result.NIL);
        assertLinearizable(Models.register());

        add("y", 1, 4, 5, Operation.get(), Entry.Status.OK, Result.of("a"));
        assertEquals("y", violation(Models.register()).key());
    }

    @Test
    void anOperationThatTheModelDoesNotKnowIsRefused() {
        ok(1, 0, 1, Operation.incr(), "1");

        assertThrows(IllegalArgumentException.class, () -> check(Models.register()));
    }

    @Test
    void theExplanationNamesTheOrderAndTheReplyThatDoesNotFit() {
        for (int i = 0; i < 20; i++) {
            ok(1, 10 * i, 10 * i + 1, Operation.set("v" + i), "OK");
        }
        unknown(4, 190, Operation.set("other"));
        ok(2, 200, 230, Operation.get(), "v18");
        ok(3, 210, 220, Operation.get(), "v17");
        ok(1, 300, 301, Operation.get(), "v19");

        Verdict.Violation violation = violation(Models.register());

        assertEquals(
                """
                key "k" is not linearizable: no order explains the reply of
                    #22 p3 GET -> "v17" [0.210ms..0.220ms]
                longest order that was found (20 operations, the last 12 shown), with the state after each:
                """,
                violation
                        .explanation()
                        .lines()
                        .limit(3)
                        .map(line -> line + "\n")
                        .reduce("", String::concat));
        assertEquals(
                """
                    #19 p1 SET "v19" -> "OK" [0.190ms..0.191ms]  state "v19"
                completed operations that cannot follow:
                    #22 p3 GET -> "v17" [0.210ms..0.220ms]  (the state does not permit this reply)
                open or of unknown fate at that moment, and of no help:
                    #20 p4 SET "other" -> ? [0.190ms..]
                    #21 p2 GET -> ? [0.200ms..]
                """,
                violation
                        .explanation()
                        .lines()
                        .skip(15)
                        .map(line -> line + "\n")
                        .reduce("", String::concat));
    }

    @Test
    void runningOutOfWorkIsAVerdictOfItsOwn() {
        for (int i = 0; i < 12; i++) {
            ok(i, i, 100 + i, Operation.set("v" + i), "OK");
        }
        ok(20, 200, 201, Operation.get(), "never written");

        Verdict verdict = new LinearizabilityChecker(50).check(history, Models.register());

        assertEquals(new Verdict.GaveUp(List.of("k"), 50), verdict);
        assertEquals(
                "gave up after 50 configurations: neither proved nor refuted for keys [k]",
                assertThrows(AssertionError.class, verdict::requireLinearizable).getMessage());
        violation(Models.register());
    }

    @Test
    void aViolationOutweighsAKeyThatWasGivenUp() {
        for (int i = 0; i < 12; i++) {
            add("a", i, i, 100 + i, Operation.set("v" + i), Entry.Status.OK, Result.of("OK"));
        }
        add("a", 20, 200, 201, Operation.get(), Entry.Status.OK, Result.of("never written"));
        add("b", 1, 0, 1, Operation.get(), Entry.Status.OK, Result.of("never written"));

        Verdict verdict = new LinearizabilityChecker(50).check(history, Models.register());

        assertEquals("b", assertInstanceOf(Verdict.Violation.class, verdict).key());
    }

    // ---- random histories ----

    @Test
    void historiesOfALinearizableStoreAlwaysPass() {
        long base = baseSeed();
        for (long seed = base; seed < base + 60; seed++) {
            for (Workload.Mix mix : Workload.Mix.values()) {
                long finalSeed = seed;
                List<Entry> entries =
                        Simulation.run(seed, ODDS, 400, 8, process -> Simulation.client(mix, finalSeed, process, 4));

                Verdict verdict = new LinearizabilityChecker().check(entries, mix.model());

                assertInstanceOf(Verdict.Linearizable.class, verdict, "seed " + seed + ", " + mix + ": " + verdict);
            }
        }
    }

    @Test
    void verdictsOnSmallHistoriesAgreeWithTryingAllOrders() {
        long base = baseSeed();
        int good = 0;
        int bad = 0;
        for (long seed = base; seed < base + 30_000; seed++) {
            Random random = new Random(seed);
            List<Entry> entries = smallHistory(random, seed);
            for (int mutations = random.nextInt(4); mutations > 0; mutations--) {
                mutate(entries, random);
            }

            boolean expected = BruteForce.isLinearizable(entries);
            Verdict verdict = new LinearizabilityChecker().check(entries, Models.string());

            String message = "seed " + seed + "\n" + String.join("\n", HistoryText.format(entries)) + "\n" + verdict;
            assertEquals(expected, verdict instanceof Verdict.Linearizable, message);
            assertEquals(!expected, verdict instanceof Verdict.Violation, message);
            good += expected ? 1 : 0;
            bad += expected ? 0 : 1;
        }
        System.out.println("linearizable: " + good + ", not: " + bad);
        assertTrue(good > 5_000 && bad > 5_000, "the generator is lopsided: " + good + " good, " + bad + " bad");
    }

    @Test
    void verdictsOnSmallHistoriesOfEachMixAgreeWithTryingAllOrders() {
        long base = baseSeed();
        for (long seed = base; seed < base + 5_000; seed++) {
            for (Workload.Mix mix : Workload.Mix.values()) {
                Random random = new Random(seed);
                long finalSeed = seed;
                List<Entry> entries = Simulation.run(
                        seed, SMALL_ODDS, 7, 3, process -> Simulation.client(mix, finalSeed, process, 1));
                mutate(entries, random);

                Verdict verdict = new LinearizabilityChecker().check(entries, mix.model());

                assertEquals(
                        BruteForce.isLinearizable(entries),
                        verdict instanceof Verdict.Linearizable,
                        "seed " + seed + "\n" + String.join("\n", HistoryText.format(entries)) + "\n" + verdict);
            }
        }
    }

    @Test
    void theCulpritIsTheFirstReplyThatNothingExplains() {
        long base = baseSeed();
        for (long seed = base; seed < base + 3_000; seed++) {
            Random random = new Random(seed);
            List<Entry> entries = smallHistory(random, seed);
            mutate(entries, random);
            if (!(new LinearizabilityChecker().check(entries, Models.string())
                    instanceof Verdict.Violation violation)) {
                continue;
            }

            long end = violation.culprit().returnNanos();

            assertTrue(!BruteForce.isLinearizable(cut(entries, end)), "seed " + seed + ": " + violation);
            assertTrue(BruteForce.isLinearizable(cut(entries, end - 1)), "seed " + seed + ": " + violation);
        }
    }

    @Test
    void tenThousandOperationsTakeLittleWork() {
        assertLittleWork(ODDS);
    }

    @Test
    void manyOperationsOfUnknownFateTakeLittleWork() {
        assertLittleWork(new Simulation.Odds(30, 3, 1_000, 200));
    }

    private static void assertLittleWork(Simulation.Odds odds) {
        long seed = baseSeed();
        for (Workload.Mix mix : Workload.Mix.values()) {
            List<Entry> entries =
                    Simulation.run(seed, odds, 10_000, 20, process -> Simulation.client(mix, seed, process, 50));

            long start = System.nanoTime();
            Verdict verdict = new LinearizabilityChecker().check(entries, mix.model());
            long millis = (System.nanoTime() - start) / 1_000_000;

            System.out.println(mix + ": " + verdict + " in " + millis + " ms");
            Verdict.Linearizable linearizable = assertInstanceOf(Verdict.Linearizable.class, verdict, "seed " + seed);
            assertTrue(linearizable.configurations() < 200_000, "seed " + seed + ", " + mix + ": " + verdict);
        }
    }

    private static final Simulation.Odds ODDS = new Simulation.Odds(5, 3, 1_000, 200);
    private static final Simulation.Odds SMALL_ODDS = new Simulation.Odds(20, 5, 20, 10);

    private static long baseSeed() {
        long seed = Long.getLong("aikv.test.seed", System.nanoTime());
        System.out.println("seed " + seed + " (again with -Daikv.test.seed=" + seed + ")");
        return seed;
    }

    /** Up to seven operations of all kinds on one key, with so few values that many are equal. */
    private static List<Entry> smallHistory(Random random, long seed) {
        int operations = 3 + random.nextInt(5);
        Kind[] kinds = Kind.values();
        int kindsUsed = 1 + random.nextInt(kinds.length);
        int offset = random.nextInt(kinds.length);
        Simulation.Odds odds = new Simulation.Odds(random.nextInt(60), random.nextInt(10), 20, 10);
        return Simulation.run(seed, odds, operations, 1 + random.nextInt(4), process -> () -> {
            Kind kind = random.nextInt(3) == 0 ? Kind.GET : kinds[(offset + random.nextInt(kindsUsed)) % kinds.length];
            return new Workload.Step("k", operation(kind, random));
        });
    }

    private static Operation operation(Kind kind, Random random) {
        String value = Integer.toString(1 + random.nextInt(2));
        return switch (kind) {
            case GET -> Operation.get();
            case SET -> Operation.set(value);
            case DEL -> Operation.del();
            case CAS -> Operation.cas(value, Integer.toString(1 + random.nextInt(3)));
            case INCR -> Operation.incr();
            case APPEND -> Operation.append(value);
            case SETNX -> Operation.setnx(value);
        };
    }

    /** Replaces one reply by another one of the same kind, or moves one operation to another time. */
    private static void mutate(List<Entry> entries, Random random) {
        int index = random.nextInt(entries.size());
        Entry entry = entries.get(index);
        if (entry.status() != Entry.Status.OK) {
            return;
        }
        if (random.nextInt(4) == 0) {
            long invokeNanos = random.nextInt(40);
            long returnNanos = invokeNanos + random.nextInt(10);
            entries.set(
                    index,
                    new Entry(
                            entry.id(),
                            entry.process(),
                            entry.key(),
                            entry.operation(),
                            invokeNanos,
                            returnNanos,
                            entry.status(),
                            entry.result()));
            return;
        }
        String text = entry.result().text();
        String other = switch (entry.operation().kind()) {
            case GET -> otherValue(entries, random);
            case SET -> "OK";
            case DEL, SETNX -> "1".equals(text) ? "0" : "1";
            case CAS -> text == null ? "OK" : null;
            case INCR, APPEND -> Integer.toString(1 + random.nextInt(4));
        };
        entries.set(index, entry.withResult(Result.of(other)));
    }

    private static @Nullable String otherValue(List<Entry> entries, Random random) {
        Entry entry = entries.get(random.nextInt(entries.size()));
        return switch (entry.operation().kind()) {
            case GET, INCR -> entry.result().text();
            case DEL -> null;
            case SET, CAS, APPEND, SETNX -> entry.operation().argument();
        };
    }

    /** What was known at {@code nanos}, and which operations certainly fail. */
    private static List<Entry> cut(List<Entry> entries, long nanos) {
        return entries.stream()
                .filter(entry -> entry.status() != Entry.Status.FAIL && entry.invokeNanos() <= nanos)
                .map(entry -> entry.returnNanos() <= nanos ? entry : entry.asUnknown())
                .toList();
    }

    // ---- a small language for histories by hand; times are microseconds ----

    private Entry ok(int process, long from, long to, Operation operation, @Nullable String reply) {
        return add(process, from, to, operation, Entry.Status.OK, Result.of(reply));
    }

    private void unknown(int process, long from, Operation operation) {
        history.add(new Entry(
                history.size(),
                process,
                "k",
                operation,
                from * 1_000,
                Entry.NEVER,
                Entry.Status.UNKNOWN,
                Result.UNKNOWN));
    }

    private Entry add(int process, long from, long to, Operation operation, Entry.Status status, Result result) {
        return add("k", process, from, to, operation, status, result);
    }

    private Entry add(
            String key, int process, long from, long to, Operation operation, Entry.Status status, Result result) {
        Entry entry = new Entry(history.size(), process, key, operation, from * 1_000, to * 1_000, status, result);
        history.add(entry);
        return entry;
    }

    private Verdict check(Model<?> model) {
        return new LinearizabilityChecker().check(history, model);
    }

    private void assertLinearizable(Model<?> model) {
        Verdict verdict = check(model);
        verdict.requireLinearizable();
        assertEquals(history.size(), ((Verdict.Linearizable) verdict).operations());
    }

    private Verdict.Violation violation(Model<?> model) {
        Verdict.Violation violation = assertInstanceOf(Verdict.Violation.class, check(model));
        assertEquals(
                violation.explanation(),
                assertThrows(AssertionError.class, violation::requireLinearizable)
                        .getMessage());
        return violation;
    }
}
