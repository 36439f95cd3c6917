package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.resp.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SCRIPT KILL, FUNCTION KILL and FUNCTION STATS while something really runs. */
final class ScriptKillTest {
    private static final String NOT_BUSY = "NOTBUSY No scripts in execution right now.";
    private static final String LIBRARY = "#!lua name=lib\n"
            + "redis.register_function{function_name='spin', flags={'no-writes'}, callback=function() while true do end end}\n"
            + "redis.register_function('write', function(keys) redis.call('set', keys[1], 1) while true do end end)";

    @TempDir
    private Path directory;

    private CommandFixture here;

    @BeforeEach
    void open() {
        here = new CommandFixture(directory.resolve("store"));
        assertEquals("$3\r\nlib\r\n", CommandFixture.text(run("FUNCTION", "LOAD", LIBRARY)));
    }

    @AfterEach
    void close() {
        here.close();
    }

    private Reply run(String... words) {
        return here.run(argv(words));
    }

    private static byte[][] argv(String... words) {
        byte[][] argv = new byte[words.length][];
        for (int i = 0; i < words.length; i++) {
            argv[i] = words[i].getBytes(ISO_8859_1);
        }
        return argv;
    }

    private static String line(Reply reply) {
        return reply instanceof Reply.Error error ? error.line() : CommandFixture.text(reply);
    }

    /** Asks until the answer is the one that is waited for; that of the last time if the running script ends before. */
    private String askWhile(CompletableFuture<Reply> running, Predicate<String> wanted, String... question) {
        String answer = line(run(question));
        while (!wanted.test(answer) && !running.isDone()) {
            answer = line(run(question));
        }
        return answer;
    }

    @Test
    void aScriptThatOnlyReadsIsKilled() {
        CompletableFuture<Reply> running =
                CompletableFuture.supplyAsync(() -> run("EVAL_RO", "while true do end", "0"));

        assertEquals("+OK\r\n", askWhile(running, "+OK\r\n"::equals, "SCRIPT", "KILL"));
        assertTrue(
                line(running.join()).startsWith("ERR Script killed by user with SCRIPT KILL. script: "),
                () -> line(running.join()));
        assertEquals(NOT_BUSY, line(run("SCRIPT", "KILL")));
    }

    @Test
    void noScriptCatchesThatItIsKilled() {
        CompletableFuture<Reply> running = CompletableFuture.supplyAsync(
                () -> run("EVAL_RO", "while true do pcall(function() while true do end end) end", "0"));

        assertEquals("+OK\r\n", askWhile(running, "+OK\r\n"::equals, "SCRIPT", "KILL"));
        assertTrue(line(running.join()).startsWith("ERR Script killed by user with SCRIPT KILL. script: "));
    }

    @Test
    void aFunctionThatOnlyReadsIsSeenAndKilled() {
        CompletableFuture<Reply> running = CompletableFuture.supplyAsync(() -> run("FCALL_RO", "spin", "1", "k", "a"));

        String stats = askWhile(running, answer -> answer.contains("duration_ms"), "FUNCTION", "STATS");
        assertTrue(
                stats.startsWith(
                        "%2\r\n$14\r\nrunning_script\r\n%3\r\n$4\r\nname\r\n$4\r\nspin\r\n$7\r\ncommand\r\n*5\r\n"
                                + "$8\r\nfcall_ro\r\n$4\r\nspin\r\n$1\r\n1\r\n$1\r\nk\r\n$1\r\na\r\n$11\r\nduration_ms\r\n:0\r\n"),
                stats);
        assertEquals(
                "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.",
                line(run("SCRIPT", "KILL")));
        assertEquals("+OK\r\n", line(run("FUNCTION", "KILL")));
        assertTrue(line(running.join()).startsWith("ERR Script killed by user with SCRIPT KILL. script: spin"));
        assertTrue(line(run("FUNCTION", "STATS")).startsWith("%2\r\n$14\r\nrunning_script\r\n_\r\n"));
        assertEquals(NOT_BUSY, line(run("FUNCTION", "KILL")));
    }

    @Test
    void whatRunsInAnEntryIsNotKilled() throws IOException, InterruptedException {
        String body = "redis.call('set', KEYS[1], 1) while true do end";
        CompletableFuture<Reply> script = CompletableFuture.supplyAsync(() -> run("EVAL", body, "1", "k"));
        String answer = askWhile(script, text -> text.contains("write commands"), "SCRIPT", "KILL");
        assertTrue(line(script.join()).startsWith("ERR the script was ended and undone"), () -> line(script.join()));

        CompletableFuture<Reply> function = CompletableFuture.supplyAsync(() -> run("FCALL", "write", "1", "k"));
        assertEquals(answer, askWhile(function, answer::equals, "FUNCTION", "KILL"));
        function.join();

        CompletableFuture<Reply> before =
                CompletableFuture.supplyAsync(() -> run("EVAL", "while true do end", "1", "k"));
        assertEquals(
                "UNKILLABLE The busy script was sent by a master instance in the context of replication and cannot be killed.",
                askWhile(before, text -> text.startsWith("UNKILLABLE"), "SCRIPT", "KILL"));
        before.join();

        assertEquals("-" + answer + "\r\n", redisSays(body));
    }

    /** What redis-server answers to SCRIPT KILL while a script that has written runs. */
    private String redisSays(String body) throws IOException, InterruptedException {
        try (RedisProcess redis = RedisProcess.start(directory.resolve("redis"), "--busy-reply-threshold", "1");
                RawClient busy = redis.connect();
                RawClient client = redis.connect()) {
            CompletableFuture<Void> running = CompletableFuture.runAsync(() -> {
                try {
                    busy.call("EVAL", body, "1", "k");
                } catch (IOException closed) {
                    // The server ends in the middle of it.
                }
            });
            String answer = new String(client.call("SCRIPT", "KILL"), ISO_8859_1);
            while (!answer.startsWith("-UNKILLABLE") && !running.isDone()) {
                answer = new String(client.call("SCRIPT", "KILL"), ISO_8859_1);
            }
            return answer;
        }
    }
}
