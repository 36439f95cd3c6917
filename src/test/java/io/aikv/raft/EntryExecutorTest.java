package io.aikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.data.EventSink;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import io.aikv.store.Cursor;
import io.aikv.store.GroupStore;
import io.aikv.store.Space;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EntryExecutorTest {
    @TempDir
    Path directory;

    private final StoreResources resources = StoreResources.small();
    private GroupStore store;
    private EntryExecutor executor;

    @BeforeEach
    void open() throws IOException {
        store = GroupStore.open(resources, directory.resolve("store"), StoreOptions.defaults());
        executor = new EntryExecutor(store, RaftCluster.table(), EventSink.NONE);
    }

    @AfterEach
    void close() {
        store.close();
        resources.close();
    }

    private static LogEntry.Stamp at(long millis) {
        return new LogEntry.Stamp(millis, millis, true);
    }

    private static LogEntry commands(long millis, String... words) {
        return new LogEntry.Commands(at(millis), List.of(new LogEntry.Request(0, RaftCluster.argv(words))));
    }

    private List<Reply> apply(long term, long index, LogEntry entry) {
        return executor.apply(term, index, LogEntry.decode(ByteBuffer.wrap(LogEntry.encode(entry))), null);
    }

    @Test
    void anEntryThatIsAppliedAlreadyIsSkipped() {
        assertEquals(List.of(Reply.integer(1)), apply(1, 5, commands(10, "TEST.ADD", "n", "1")));

        assertEquals(List.of(), apply(1, 5, commands(10, "TEST.ADD", "n", "1")));
        assertEquals(List.of(), apply(1, 4, commands(10, "TEST.ADD", "n", "1")));
        assertEquals(List.of(Reply.integer(2)), apply(1, 6, commands(10, "TEST.ADD", "n", "1")));
    }

    @Test
    void timeNeverGoesBackWhateverTheStampSays() {
        assertEquals(List.of(Reply.integer(1000)), apply(1, 1, commands(1000, "TEST.NOW")));
        assertEquals(List.of(Reply.integer(1000)), apply(2, 2, commands(400, "TEST.NOW")));
        assertEquals(List.of(Reply.integer(1001)), apply(2, 3, commands(1001, "TEST.NOW")));
        assertEquals(1001, store.applied().entryTimeMillis());
    }

    @Test
    void anEntryFirstRemovesABoundedNumberOfDueKeysAndATickMore() {
        for (int i = 0; i < 200; i++) {
            apply(1, i, commands(1000, "TEST.EXPIRING", "k" + i, "50"));
        }
        assertEquals(200, store.reader().keyCount(0));

        apply(1, 300, new LogEntry.Barrier(new LogEntry.Stamp(2000, 0, false)));
        assertEquals(200, store.reader().keyCount(0));
        apply(1, 301, new LogEntry.Barrier(at(2000)));
        assertEquals(200 - EntryExecutor.DUE_PER_ENTRY, store.reader().keyCount(0));
        apply(1, 302, new LogEntry.Tick(at(2000)));
        assertEquals(0, store.reader().keyCount(0));
    }

    @Test
    void aCommandErrorIsAReplyAndOtherCommandsOfTheEntryAreApplied() {
        LogEntry entry = new LogEntry.Commands(
                at(1),
                List.of(
                        new LogEntry.Request(0, RaftCluster.argv("TEST.ADD", "n", "many")),
                        new LogEntry.Request(3, RaftCluster.argv("SET", "a", "1"))));

        List<Reply> replies = apply(1, 1, entry);

        assertTrue(Reply.isError(replies.get(0)));
        assertEquals(Reply.OK, replies.get(1));
        assertTrue(read(3).exists(Bytes.utf8("a")));
    }

    @Test
    void anUnexpectedExceptionLeavesTheStoreAsItWas() {
        LogEntry entry = new LogEntry.Commands(
                at(1),
                List.of(
                        new LogEntry.Request(0, RaftCluster.argv("SET", "a", "1")),
                        new LogEntry.Request(0, RaftCluster.argv("TEST.BOOM"))));

        assertThrows(IllegalStateException.class, () -> apply(1, 1, entry));

        assertEquals(-1, store.applied().index());
        assertFalse(read(0).exists(Bytes.utf8("a")));
    }

    @Test
    void commandsThatThisNodeDoesNotKnowStopIt() {
        assertThrows(IllegalStateException.class, () -> apply(1, 1, commands(1, "FROM.THE.FUTURE")));
    }

    @Test
    void aRequestInPiecesRunsWhenAllOfThemAreThere() {
        long index = 0;
        Upload upload = new Upload(TestProposal.of("SET", "big", "x".repeat(5000)), 7, 1000);
        while (!upload.isUploaded()) {
            apply(1, index++, upload.next(at(1)));
        }

        assertEquals(List.of(Reply.OK), apply(1, index, upload.next(at(1))));

        assertEquals(5000, read(0).find(Bytes.utf8("big")).payloadSize());
        assertEquals(0, stagedRows());
    }

    @Test
    void aRequestOfAnyArgumentsInPiecesOfAnySizeIsRunAsItWas() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("EntryExecutorTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        long index = 0;
        for (int round = 0; round < 100; round++) {
            List<String> words = new ArrayList<>(List.of("MSET"));
            for (int i = random.nextInt(6); i >= 0; i--) {
                words.add("k" + round + "-" + i);
                words.add("v".repeat(random.nextInt(300)) + i);
            }
            Upload upload = new Upload(TestProposal.of(words.toArray(String[]::new)), round, 8 + random.nextInt(200));
            while (!upload.isUploaded()) {
                apply(1, index++, upload.next(at(1)));
            }

            assertEquals(List.of(Reply.OK), apply(1, index++, upload.next(at(1))));

            for (int i = 1; i < words.size(); i += 2) {
                Reply value =
                        apply(1, index++, commands(1, "GET", words.get(i))).get(0);
                assertEquals(words.get(i + 1), Bytes.text(((Reply.Bulk) value).value()));
            }
        }
    }

    @Test
    void anUploadContinuesAfterTheStoreWasReopened() throws IOException {
        long index = 0;
        Upload upload = new Upload(TestProposal.of("SET", "big", "x".repeat(5000)), 7, 1000);
        while (!upload.isUploaded()) {
            apply(1, index++, upload.next(at(1)));
            store.flush();
            store.close();
            open();
        }

        assertEquals(List.of(Reply.OK), apply(1, index, upload.next(at(1))));
    }

    @Test
    void piecesOfALeaderThatIsGoneAreForgotten() {
        Upload upload = new Upload(TestProposal.of("SET", "big", "x".repeat(5000)), 7, 1000);
        apply(1, 0, upload.next(at(1)));
        assertEquals(2, stagedRows());

        apply(2, 1, commands(1, "SET", "a", "1"));

        assertEquals(0, stagedRows());
    }

    @Test
    void anUploadWithAHoleIsAnsweredWithAnErrorAndNotApplied() {
        Upload upload = new Upload(TestProposal.of("SET", "big", "x".repeat(5000)), 7, 1000);
        apply(1, 0, upload.next(at(1)));
        upload.next(at(1));
        long index = 1;
        while (!upload.isUploaded()) {
            apply(1, index++, upload.next(at(1)));
        }

        List<Reply> replies = apply(1, index, upload.next(at(1)));

        assertTrue(Reply.isError(replies.get(0)));
        assertFalse(read(0).exists(Bytes.utf8("big")));
        assertEquals(0, stagedRows());
    }

    @Test
    void aNewUploadReplacesOneThatNeverEnded() {
        Upload lost = new Upload(TestProposal.of("SET", "lost", "x".repeat(5000)), 7, 1000);
        for (int i = 0; i < 4; i++) {
            apply(1, i, lost.next(at(1)));
        }
        Upload upload = new Upload(TestProposal.of("SET", "big", "x".repeat(1500)), 8, 1000);
        apply(1, 4, upload.next(at(1)));

        assertEquals(2, stagedRows());
        apply(1, 5, upload.next(at(1)));
        assertEquals(List.of(Reply.OK), apply(1, 6, upload.next(at(1))));
    }

    private ReadContext read(int database) {
        return new ReadContext(store.reader(), database, 1, new SplittableRandom(1));
    }

    private int stagedRows() {
        List<byte[]> keys = new ArrayList<>();
        try (Cursor rows = store.reader().cursor(Space.SYSTEM, new byte[] {'U'}, new byte[] {'U' + 1})) {
            while (rows.next()) {
                keys.add(rows.key());
            }
        }
        return keys.size();
    }
}
