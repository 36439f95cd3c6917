package io.aikv.testcluster.clients;

import io.aikv.testcluster.Await;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A client in a process of its own, which ends when its standard input does. A thread reads what it says, one its errors. */
final class ClientProgram implements RunningClient {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AcknowledgedWork work;
    private final Process process;
    private final Thread reader;
    private final Thread errorReader;

    ClientProgram(String program, String tag, Process process) {
        this.work = new AcknowledgedWork(program, tag);
        this.process = process;
        reader = read(process.inputReader(StandardCharsets.UTF_8), program);
        errorReader = read(process.errorReader(StandardCharsets.UTF_8), program);
        try {
            Await.until(() -> work.hasSaid("ready") || !process.isAlive(), PATIENCE, () -> "ready: " + work);
            if (!process.isAlive()) {
                throw new AssertionError("has ended: " + awaitLastWords());
            }
        } catch (AssertionError e) {
            close();
            throw e;
        }
    }

    private Thread read(BufferedReader source, String program) {
        Thread thread = new Thread(() -> source.lines().forEach(work::accept), "reads " + program);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private AcknowledgedWork awaitLastWords() {
        try {
            reader.join(PATIENCE.toMillis());
            errorReader.join(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return work;
    }

    @Override
    public AcknowledgedWork work() {
        return work;
    }

    @Override
    public void stop() {
        try (BufferedWriter input = process.outputWriter(StandardCharsets.UTF_8)) {
            input.write("stop\n");
            input.flush();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("does not stop: " + work);
            }
        } catch (IOException e) {
            throw new AssertionError("has ended before: " + awaitLastWords(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        awaitLastWords();
        if (process.exitValue() != 0 || !work.hasSaid("done")) {
            throw new AssertionError("ended with " + process.exitValue() + ": " + work);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
