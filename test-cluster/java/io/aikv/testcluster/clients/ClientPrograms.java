package io.aikv.testcluster.clients;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The programs in {@code test-cluster/clients}: how they are started, and what they need is installed. Any thread. */
public final class ClientPrograms {

    private static final Path SOURCES = Path.of("test-cluster", "clients");
    private static final Path INSTALLED = Path.of("target", "clients");
    private static final String LOCK_FILE = "package-lock.json";
    private static final int INSTALL_SECONDS_MAX = 120;
    private static final int FEATURES_SECONDS_MAX = 60;

    private ClientPrograms() {}

    /**
     * Runs {@code features} of a program and returns what it printed.
     *
     * @param program the file's name: {@code features.py}
     * @throws AssertionError if it fails or does not end, with its output; or if what it needs is not installed
     */
    public static String features(String program, List<String> addresses) {
        List<String> command = command(program);
        command.add("features");
        command.addAll(addresses);
        return run(Path.of("."), command, FEATURES_SECONDS_MAX);
    }

    /**
     * Starts the work on keys {@code {tag}...} of a program, and returns when it is ready.
     *
     * @throws AssertionError if it does not become ready, or what it needs is not installed
     */
    public static RunningClient start(String program, String tag, List<String> addresses) {
        List<String> command = command(program);
        command.add("failover");
        command.add(tag);
        command.addAll(addresses);
        return new ClientProgram(program, tag, process(Path.of("."), command, false));
    }

    private static List<String> command(String program) {
        if (program.endsWith(".py")) {
            // The system's, which has Debian's packages; another python3 may come first on the path.
            return new ArrayList<>(List.of(
                    "/usr/bin/python3",
                    SOURCES.resolve(program).toAbsolutePath().toString()));
        }
        install();
        return new ArrayList<>(
                List.of("node", INSTALLED.resolve(program).toAbsolutePath().toString()));
    }

    /** Copies the programs for Node.js; installs their packages unless those of the same lock file are there. */
    private static synchronized void install() {
        Path marker = INSTALLED.resolve("installed-" + LOCK_FILE);
        try {
            Files.createDirectories(INSTALLED);
            try (FileChannel channel = FileChannel.open(
                            INSTALLED.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock held = channel.lock();
                    Stream<Path> sources = Files.list(SOURCES)) {
                for (Path source : sources.toList()) {
                    Files.copy(source, INSTALLED.resolve(source.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
                Path wanted = SOURCES.resolve(LOCK_FILE);
                if (!held.isValid() || (Files.exists(marker) && Files.mismatch(marker, wanted) < 0)) {
                    return;
                }
                Files.deleteIfExists(marker);
                run(
                        INSTALLED,
                        List.of("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"),
                        INSTALL_SECONDS_MAX);
                Files.copy(wanted, marker, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String run(Path directory, List<String> command, int secondsMax) {
        Process process = process(directory, command, true);
        try (Stream<String> lines = process.inputReader(StandardCharsets.UTF_8).lines()) {
            process.outputWriter().close();
            process.onExit().orTimeout(secondsMax, TimeUnit.SECONDS).exceptionally(late -> process.destroyForcibly());
            String output = String.join("\n", lines.toList());
            if (process.waitFor() != 0) {
                throw new AssertionError(
                        command + " ended with " + process.exitValue() + needs(command) + "\n" + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process process(Path directory, List<String> command, boolean withErrors) {
        try {
            return new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(withErrors)
                    .start();
        } catch (IOException e) {
            throw new AssertionError(command.get(0) + " cannot be started" + needs(command), e);
        }
    }

    private static String needs(List<String> command) {
        return command.get(0).endsWith("python3")
                ? "; install redis-py (Debian: python3-redis)"
                : "; install Node.js 18.19 or newer and npm (Debian: nodejs npm)";
    }
}
