package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Libraries go by FUNCTION DUMP and FUNCTION RESTORE from a real redis-server to here and back. */
final class FunctionDumpComparisonTest {
    private static final byte[] FUNCTION = bytes("FUNCTION");
    private static final byte[] RESTORE = bytes("RESTORE");

    @TempDir
    private Path directory;

    private RedisProcess redis;
    private RawClient client;
    private CommandFixture here;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        redis = RedisProcess.start(directory.resolve("redis"));
        client = redis.connect();
        here = new CommandFixture(directory.resolve("store"));
    }

    @AfterEach
    void stop() throws IOException {
        here.close();
        client.close();
        redis.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static String library(String name, String function, String more) {
        return "#!lua name=" + name + "\nredis.register_function('" + function + "', function(keys, args) return '"
                + name + ":' .. #args end)\n" + more;
    }

    private String there(byte[]... argv) throws IOException {
        return new String(client.call(argv), ISO_8859_1);
    }

    private String here(byte[]... argv) {
        return new String(CommandFixture.encode(here.run(argv), 2), ISO_8859_1);
    }

    /** Of several that collide Redis names any: it walks over a table. */
    private static String anyName(String reply) {
        return reply.replaceFirst("^-ERR (Library|Function) \\w+ already exists", "-ERR $1 x already exists");
    }

    /** Both answer the same. */
    private void same(byte[]... argv) throws IOException {
        StringBuilder command = new StringBuilder();
        for (byte[] word : argv) {
            command.append(new String(word, ISO_8859_1)).append(' ');
        }
        assertEquals(anyName(there(argv)), anyName(here(argv)), command::toString);
    }

    private void same(String... words) throws IOException {
        same(Arrays.stream(words).map(FunctionDumpComparisonTest::bytes).toArray(byte[][]::new));
    }

    private byte[] dumpThere() throws IOException {
        return Payloads.bulk(client.call("FUNCTION", "DUMP"));
    }

    private byte[] dumpHere() {
        return Payloads.bulk(CommandFixture.encode(here.run(FUNCTION, bytes("DUMP")), 2));
    }

    /** Libraries of all sizes of lengths, some that Redis compresses, and one of bytes that are no text. */
    private static List<String> libraries() {
        List<String> codes = new ArrayList<>(List.of(
                "#!lua name=a\nredis.register_function('a',function()end)",
                library("tiny", "f0", ""),
                library("compressed", "f1", "-- " + "x".repeat(5_000)),
                library("large", "f2", "-- " + "long comment ".repeat(3_000)),
                library("binary", "f3", "local s = '\u00e9\u00ff\u0001'")));
        StringBuilder noise = new StringBuilder("-- ");
        for (int i = 0; i < 20_000; i++) {
            noise.append(Integer.toHexString(i * 7919 ^ i << 7));
        }
        codes.add(library("noise", "f4", noise.toString()));
        return codes;
    }

    @Test
    void librariesGoFromRedisToHereAndBack() throws IOException {
        for (String code : libraries()) {
            there(FUNCTION, bytes("LOAD"), bytes(code));
        }
        byte[] dump = dumpThere();
        assertEquals("+OK\r\n", here(FUNCTION, RESTORE, dump));
        for (String function : List.of("f0", "f1", "f2", "f3", "f4")) {
            same("FCALL", function, "0", "x", "y");
        }
        for (String name : List.of("a", "tiny", "compressed", "large", "binary", "noise")) {
            same("FUNCTION", "LIST", "LIBRARYNAME", name, "WITHCODE");
        }
        same("FUNCTION", "STATS");

        byte[] back = dumpHere();
        assertEquals("+OK\r\n", there(FUNCTION, bytes("FLUSH")));
        assertEquals("+OK\r\n", there(FUNCTION, RESTORE, back));
        for (String name : List.of("a", "tiny", "compressed", "large", "binary", "noise")) {
            same("FUNCTION", "LIST", "LIBRARYNAME", name, "WITHCODE");
        }
        same("FUNCTION", "STATS");
        same("FCALL", "f4", "0", "x");
    }

    @Test
    void policiesAreThoseOfRedis() throws IOException {
        byte[] first = payload(library("one", "f1", ""), library("two", "f2", ""));
        byte[] changed = payload(library("two", "f2", "-- changed"), library("three", "f3", ""));
        byte[] collides = payload(library("four", "f1", ""));
        byte[] twice = payload(library("five", "g", ""), library("six", "g", ""));
        byte[] sameName = payload(library("five", "g", ""), library("five", "h", ""));
        byte[] moved = payload(library("one", "f2", ""), library("two", "f1", ""));
        byte[] empty = payload();
        for (byte[] payload : List.of(first, first, changed, collides, twice, sameName, moved, empty)) {
            for (String policy : List.of("", "APPEND", "REPLACE", "append", "FLUSH", "nosuch")) {
                if (policy.isEmpty()) {
                    same(FUNCTION, RESTORE, payload);
                } else {
                    same(FUNCTION, RESTORE, payload, bytes(policy));
                }
                sameLibraries();
            }
            same(FUNCTION, RESTORE, first, bytes("FLUSH"));
            same(FUNCTION, RESTORE, payload, bytes("REPLACE"));
            sameLibraries();
            same(FUNCTION, RESTORE, payload, bytes("REPLACE"), bytes("FLUSH"));
        }
    }

    private void sameLibraries() throws IOException {
        for (String name : List.of("one", "two", "three", "four", "five", "six")) {
            same("FUNCTION", "LIST", "LIBRARYNAME", name, "WITHCODE");
        }
        same("FUNCTION", "STATS");
    }

    private static byte[] payload(String... codes) {
        return io.aikv.data.rdb.FunctionPayload.encode(
                Arrays.stream(codes).map(code -> code.getBytes(UTF_8)).toList());
    }

    @Test
    void brokenPayloadsAreRefusedAsByRedis() throws IOException {
        same(FUNCTION, bytes("LOAD"), bytes(library("kept", "kept", "")));
        byte[] good = payload(library("lib", "f", ""));
        List<byte[]> broken = new ArrayList<>();
        broken.add(new byte[0]);
        broken.add(bytes("x"));
        broken.add(Arrays.copyOf(good, good.length - 1));
        for (int at : new int[] {0, 1, 5, good.length - 10, good.length - 9, good.length - 1}) {
            byte[] flipped = good.clone();
            flipped[at] ^= 1;
            broken.add(flipped);
        }
        for (int type : new int[] {0, 244, 247, 255}) {
            byte[] typed = good.clone();
            typed[0] = (byte) type;
            broken.add(Payloads.resealed(typed));
        }
        byte[] newer = good.clone();
        newer[good.length - 10] = 99;
        broken.add(Payloads.resealed(newer));
        byte[] tooLong = good.clone();
        tooLong[1] = 0x7f;
        tooLong[2] = (byte) 0xff;
        broken.add(Payloads.resealed(tooLong));
        broken.add(payload("no library"));
        broken.add(payload("#!lua name=x\n"));
        broken.add(payload("#!lua name=x\nsyntax error"));
        broken.add(payload("#!lua name=x\nerror('boo')"));
        broken.add(payload("#!js name=x\n"));
        broken.add(payload("#!lua\n"));
        broken.add(payload(library("lib", "f", ""), "#!lua name=x\nsyntax error"));
        for (byte[] payload : broken) {
            same(FUNCTION, RESTORE, payload);
            same(FUNCTION, RESTORE, payload, bytes("FLUSH"));
            same("FUNCTION", "LIST", "WITHCODE");
        }
    }
}
