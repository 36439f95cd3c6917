package io.aikv.testcluster.benchmark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** One run of {@code redis-benchmark}: 50 connections, 100-byte values, a million random keys. */
final class RedisBenchmark {

    static final int CONNECTIONS = 50;
    static final int VALUE_BYTES = 100;
    static final int KEYS = 1_000_000;
    private static final int MINUTES_MAX = 10;

    private RedisBenchmark() {}

    /**
     * What it printed.
     *
     * @param rate requests a second
     * @param p50Millis and the others: latency of a request, with a pipeline that of its whole
     */
    record Result(double rate, double p50Millis, double p99Millis, double maxMillis) {}

    /**
     * A load that it knows by name, or a command that it sends again and again.
     *
     * @param name in our tables
     * @param title what it calls the load in what it prints
     * @param arguments that choose the load; keys of a command hold <code>{tag}</code>, so that it works in a cluster
     * @param keys of how many values <code>__rand_int__</code> is drawn
     */
    record Load(String name, String title, List<String> arguments, int keys) {
        /** One of its own tests, by the name that {@code -t} takes, in capitals. */
        static Load test(String name) {
            return new Load(name, name, List.of("-t", name.toLowerCase(Locale.ROOT)), KEYS);
        }

        /** Any command. */
        static Load command(String name, int keys, String... words) {
            return new Load(name, String.join(" ", words), List.of(words), keys);
        }
    }

    /**
     * @param port the first node to ask
     * @param cluster whether to follow the slots of a cluster
     * @param load what is sent
     * @param pipeline requests sent at once on each connection
     * @param requests how many in all
     */
    static Result run(int port, boolean cluster, Load load, int pipeline, long requests) {
        List<String> command = new ArrayList<>(List.of("redis-benchmark", "-h", "127.0.0.1", "-p", "" + port));
        command.addAll(List.of("-c", "" + CONNECTIONS, "-d", "" + VALUE_BYTES, "-r", "" + load.keys()));
        command.addAll(List.of("-P", "" + pipeline, "-n", "" + requests, "--csv"));
        if (cluster) {
            command.add("--cluster");
        }
        command.addAll(load.arguments());
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed:\n" + output);
            }
            return parse(output, load.title());
        } catch (IOException e) {
            throw new IllegalStateException("redis-benchmark (Debian: redis-tools) is needed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /**
     * Finds the line {@code "SET","53191.49","0.832","0.248","0.799","1.175","1.423","2.039"}; some titles go on in brackets:
     * {@code LRANGE_100 (first 100 elements)}.
     */
    static Result parse(String output, String title) {
        for (String line : output.lines().toList()) {
            String[] fields = line.replace("\"", "").split(",", -1);
            if (fields.length == 8 && (fields[0].equals(title) || fields[0].startsWith(title + " ("))) {
                return new Result(
                        Double.parseDouble(fields[1]),
                        Double.parseDouble(fields[4]),
                        Double.parseDouble(fields[6]),
                        Double.parseDouble(fields[7]));
            }
        }
        throw new IllegalStateException("no line of " + title + " in what redis-benchmark printed:\n" + output);
    }
}
