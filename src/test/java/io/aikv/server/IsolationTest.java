package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A command on several rows sees all of an entry or nothing of it, however many entries are applied while it reads. */
final class IsolationTest {
    private static final int KEYS = 30;
    private static final int READS = 20_000;

    @Test
    void mgetSeesAnMsetWholeOrNotAtAll() throws IOException {
        String[] mget = command("MGET", i -> new String[] {"{k}" + i});
        try (TestServer server = TestServer.start();
                WireClient reader = server.connect()) {
            reader.callWords(command("MSET", i -> new String[] {"{k}" + i, "first"}));
            AtomicBoolean done = new AtomicBoolean();
            CompletableFuture<Void> writes = CompletableFuture.runAsync(() -> write(server, done));
            try {
                for (int i = 0; i < READS; i++) {
                    String reply = reader.callWords(mget);
                    String[] values = reply.substring(1, reply.length() - 1).split(", ");
                    assertEquals(1, Arrays.stream(values).distinct().count(), reply);
                }
            } finally {
                done.set(true);
            }
            writes.join();
        }
    }

    private static void write(TestServer server, AtomicBoolean done) {
        try (WireClient writer = server.connect()) {
            for (int n = 0; !done.get(); n++) {
                String value = "v" + n;
                assertEquals("+OK", writer.callWords(command("MSET", i -> new String[] {"{k}" + i, value})));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String[] command(String name, java.util.function.IntFunction<String[]> words) {
        return (name + " "
                        + IntStream.range(0, KEYS)
                                .mapToObj(i -> String.join(" ", words.apply(i)))
                                .collect(Collectors.joining(" ")))
                .split(" ");
    }
}
