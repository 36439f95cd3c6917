package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.CommandError;
import io.aikv.data.KeyRestore;
import io.aikv.resp.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Values made by random commands survive DUMP and RESTORE; and whatever is changed in a payload, there is an answer and never
 * another exception, and what is accepted can be read. {@code -Daikv.seed=N} repeats a run.
 */
final class DumpProperty {
    private static final int LINES = 400;
    private static final int MUTATIONS = 40;
    private static final int SORTED_SET = 5;
    private static final int JSON = 7;

    @TempDir
    private Path directory;

    private SplittableRandom random = new SplittableRandom();

    @RepeatedTest(2)
    void everyValueComesBackAndNoPayloadDoesHarm() {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("DumpProperty seed " + seed);
        random = new SplittableRandom(seed);
        try (CommandFixture redis = new CommandFixture(directory, CommandFixture.anyPacking(seed))) {
            List<byte[]> payloads = new ArrayList<>(byHand(redis.nowMillis()));
            for (Supplier<byte[][]> source : sources(seed)) {
                fill(redis, source);
                for (byte[] key : keys(redis)) {
                    payloads.add(survives(redis, key));
                }
                redis.run("FLUSHALL");
            }
            for (byte[] payload : payloads) {
                for (int i = 0; i < MUTATIONS; i++) {
                    isAnswered(redis, mutated(payload));
                }
            }
        }
    }

    private static List<Supplier<byte[][]>> sources(long seed) {
        RandomCommands strings = new RandomCommands(seed);
        strings.now(CommandFixture.START_MILLIS);
        RandomListCommands lists = new RandomListCommands(seed);
        RandomSetCommands sets = new RandomSetCommands(seed);
        RandomSortedSetCommands sortedSets = new RandomSortedSetCommands(seed);
        RandomHashCommands hashes = new RandomHashCommands(seed);
        RandomStreamCommands streams = new RandomStreamCommands(seed);
        RandomJsonCommands documents = new RandomJsonCommands(seed);
        return List.of(
                strings::next, lists::next, sets::next, sortedSets::next, hashes::next, streams::next, documents::next);
    }

    /** Encodings that are read and not written. */
    private static List<byte[]> byHand(long now) {
        String later = Long.toString(now + 5000);
        return List.of(
                Payloads.ofType(1)
                        .bytes(3)
                        .string("a")
                        .bytes(0xc0, 7)
                        .string("b")
                        .seal(6),
                Payloads.ofType(3)
                        .bytes(2)
                        .string("a")
                        .bytes(3)
                        .raw("1.5")
                        .string("b")
                        .bytes(254)
                        .seal(6),
                Payloads.ofType(9)
                        .string(Payloads.zipmap("a", "1", "b", "x".repeat(300), "", ""))
                        .seal(6),
                Payloads.ofType(10)
                        .string(Payloads.ziplist("a", "7", "-300", "x".repeat(300), "70000"))
                        .seal(6),
                Payloads.ofType(11).string(Payloads.intset(4, -70000, 3, 70000)).seal(6),
                Payloads.ofType(12)
                        .string(Payloads.ziplist("a", "7", "b", "1.25"))
                        .seal(6),
                Payloads.ofType(13)
                        .string(Payloads.ziplist("a", "7", "b", "1.25"))
                        .seal(6),
                Payloads.ofType(14)
                        .bytes(2)
                        .string(Payloads.ziplist("a", "7"))
                        .string(Payloads.ziplist("c"))
                        .seal(7),
                Payloads.ofType(16)
                        .string(Payloads.listpack("a", "1", "b", "2"))
                        .seal(10),
                Payloads.ofType(17)
                        .string(Payloads.listpack("a", "1", "b", "2.5"))
                        .seal(10),
                Payloads.ofType(20)
                        .string(Payloads.listpack("a", "1", "b", "2.5"))
                        .seal(11),
                Payloads.ofType(24)
                        .little(now, 8)
                        .bytes(2, 9)
                        .string("a")
                        .string("b")
                        .bytes(0)
                        .string("c")
                        .string("d")
                        .seal(12),
                Payloads.ofType(25)
                        .little(now, 8)
                        .string(Payloads.listpack("a", "1", later, "b", "2", "0"))
                        .seal(12),
                Payloads.ofType(0)
                        .bytes(0xc3, 5, 0x41, 0x09, 0, 'a', 0xe0, 0xff, 0)
                        .seal(10));
    }

    private void fill(CommandFixture redis, Supplier<byte[][]> source) {
        for (int i = 0; i < LINES; i++) {
            byte[][] argv = source.get();
            String name = new String(argv[0], ISO_8859_1);
            if (!name.startsWith("FLUSH") && !name.startsWith("SWAP")) {
                redis.run(argv);
            }
        }
    }

    private static List<byte[]> keys(CommandFixture redis) {
        return ((Reply.Array) redis.run("KEYS *"))
                .items().stream().map(item -> ((Reply.Bulk) item).value()).toList();
    }

    /** Restores a key under another name and compares; returns its payload. */
    private byte[] survives(CommandFixture redis, byte[] key) {
        byte[] copy = "a copy {t}".getBytes(ISO_8859_1);
        byte[] payload = Payloads.dump(redis, key);
        assertEquals(Reply.OK, redis.run(Payloads.restore(copy, 0, payload, "REPLACE")));
        byte[] again = Payloads.dump(redis, copy);
        // A sorted set that is small now, and was not always, loses the signs of its zeros.
        boolean sameButForZeros = payload[0] == SORTED_SET && scores(redis, key).equals(scores(redis, copy));
        assertTrue(Arrays.equals(payload, again) || sameButForZeros, () -> describe(payload));
        redis.run("DEL".getBytes(ISO_8859_1), copy);
        return payload;
    }

    private static String scores(CommandFixture redis, byte[] key) {
        byte[][] argv = CommandFixture.words("ZRANGE key 0 -1 WITHSCORES");
        argv[1] = key;
        return CommandFixture.text(redis.run(argv)).replace(",-0\r\n", ",0\r\n");
    }

    private byte[] mutated(byte[] payload) {
        byte[] changed = payload.clone();
        int covered = payload.length - 10;
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(random.nextBoolean() ? covered : Math.min(covered, 40));
            switch (random.nextInt(4)) {
                case 0 -> changed[at] = (byte) random.nextInt();
                case 1 -> changed[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> changed[at] += (byte) (random.nextBoolean() ? 1 : -1);
                default -> changed[at] = (byte) (random.nextBoolean() ? 0xff : 0);
            }
        }
        if (random.nextInt(4) == 0) {
            int cut = random.nextInt(covered);
            byte[] shorter = Arrays.copyOf(changed, payload.length - cut);
            System.arraycopy(payload, covered, shorter, covered - cut, 10);
            changed = shorter;
        }
        return Payloads.resealed(changed);
    }

    private void isAnswered(CommandFixture redis, byte[] payload) {
        byte[] key = "k".getBytes(ISO_8859_1);
        try {
            KeyRestore.decode(payload);
        } catch (CommandError e) {
            assertTrue(e.line().equals("ERR Bad data format"), () -> e.line() + " for " + describe(payload));
            return;
        } catch (RuntimeException | Error e) {
            throw new AssertionError("for " + describe(payload), e);
        }
        Reply reply = redis.run(Payloads.restore(key, 0, payload, "REPLACE"));
        if (payload[0] == JSON && reply.equals(Reply.error("ERR Bad data format"))) {
            return; // What is a payload may still be no JSON.
        }
        assertEquals(Reply.OK, reply, () -> describe(payload));
        // Whatever was accepted is a value like any other.
        if (redis.run("DUMP k") instanceof Reply.Bulk bulk) {
            assertEquals(
                    Reply.OK, redis.run(Payloads.restore(key, 0, bulk.value(), "REPLACE")), () -> describe(payload));
        }
        redis.run("DEL k");
    }

    private static String describe(byte[] payload) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(payload.length, 400); i++) {
            text.append(String.format("%02x", payload[i]));
        }
        return text.append(" (").append(payload.length).append(" bytes)").toString();
    }
}
