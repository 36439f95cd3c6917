package io.aikv.server.command;

import io.aikv.server.stats.LatencyEvents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The texts of LATENCY GRAPH and LATENCY DOCTOR, as Redis' {@code latency.c} and {@code sparkline.c} make them. Pure. */
final class LatencyReport {
    private static final int COLUMNS = 80;
    private static final int ROWS = 4;
    private static final String CHARACTERS = "_o#";

    private LatencyReport() {}

    // ---- graph ----

    /** @param series with at least one sample */
    static String graph(LatencyEvents.Series series, long nowSeconds) {
        List<LatencyEvents.Sample> samples = series.samples();
        long min =
                samples.stream().mapToLong(LatencyEvents.Sample::millis).min().orElse(0);
        long max =
                samples.stream().mapToLong(LatencyEvents.Sample::millis).max().orElse(0);
        StringBuilder out = new StringBuilder()
                .append(String.format(
                        Locale.ROOT,
                        "%s - high %d ms, low %d ms (all time high %d ms)\n",
                        series.event(),
                        max,
                        min,
                        series.maxMillis()))
                .append("-".repeat(COLUMNS))
                .append('\n');
        for (int from = 0; from < samples.size(); from += COLUMNS) {
            if (from > 0) {
                out.append('\n');
            }
            List<LatencyEvents.Sample> part = samples.subList(from, Math.min(samples.size(), from + COLUMNS));
            for (int row = 0; row < ROWS; row++) {
                bars(out, part, row, min, max);
            }
            labels(out, part, nowSeconds);
        }
        return out.toString();
    }

    private static void bars(StringBuilder out, List<LatencyEvents.Sample> samples, int row, long min, long max) {
        int steps = CHARACTERS.length() * ROWS;
        double range = max == min ? 1 : max - min;
        for (LatencyEvents.Sample sample : samples) {
            int step = Math.min(steps - 1, (int) ((sample.millis() - min) * steps / range));
            int index = step - (ROWS - row - 1) * CHARACTERS.length();
            out.append(index < 0 ? ' ' : index < CHARACTERS.length() ? CHARACTERS.charAt(index) : '|');
        }
        out.append('\n');
    }

    /** An empty line, then each sample's age from top to bottom. */
    private static void labels(StringBuilder out, List<LatencyEvents.Sample> samples, long nowSeconds) {
        out.append(" ".repeat(samples.size())).append('\n');
        List<String> ages = samples.stream()
                .map(sample -> age(nowSeconds - sample.epochSeconds()))
                .toList();
        int longest = ages.stream().mapToInt(String::length).max().orElse(0);
        for (int i = 0; i < longest; i++) {
            char[] line = new char[ages.size()];
            Arrays.fill(line, ' ');
            for (int j = 0; j < line.length; j++) {
                if (i < ages.get(j).length()) {
                    line[j] = ages.get(j).charAt(i);
                }
            }
            out.append(line).append('\n');
        }
    }

    private static String age(long seconds) {
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m";
        }
        return seconds < 24 * 3600 ? seconds / 3600 + "h" : seconds / (24 * 3600) + "d";
    }

    // ---- doctor ----

    static String doctor(
            List<LatencyEvents.Series> all,
            long nowSeconds,
            long thresholdMillis,
            long slowlogMicros,
            long slowlogMax) {
        if (thresholdMillis == 0) {
            return "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use"
                    + " \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in"
                    + " a deep space mission I'd suggest to take a look at"
                    + " https://redis.io/topics/latency-monitor.\n";
        }
        if (all.isEmpty()) {
            return "Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest"
                    + " bit. I honestly think you ought to sit down calmly, take a stress pill, and think things over.\n";
        }
        StringBuilder out = new StringBuilder("Dave, I have observed latency spikes in this Redis instance. You don't"
                + " mind talking about it, do you Dave?\n\n");
        int number = 0;
        for (LatencyEvents.Series series : all) {
            describe(out, ++number, series, nowSeconds);
        }
        List<String> advices = new ArrayList<>();
        for (LatencyEvents.Series series : all) {
            if (series.event().equals("command")) {
                adviseOnCommands(advices, thresholdMillis, slowlogMicros, slowlogMax);
            } else if (series.event().equals("fast-command")) {
                advices.add(SCHEDULER);
            }
        }
        if (advices.isEmpty()) {
            out.append("\nWhile there are latency events logged, I'm not able to suggest any easy fix. Please use the"
                    + " Redis community to get some help, providing this report in your help request.\n");
        } else {
            out.append("\nI have a few advices for you:\n\n");
            advices.forEach(advice -> out.append("- ").append(advice).append('\n'));
        }
        return out.toString();
    }

    private static void describe(StringBuilder out, int number, LatencyEvents.Series series, long nowSeconds) {
        List<LatencyEvents.Sample> samples = series.samples();
        int count = samples.size();
        long average = samples.stream().mapToLong(LatencyEvents.Sample::millis).sum() / count;
        long deviation = samples.stream()
                        .mapToLong(sample -> Math.abs(average - sample.millis()))
                        .sum()
                / count;
        long seconds = Math.max(1, nowSeconds - samples.get(0).epochSeconds());
        out.append(String.format(
                Locale.ROOT,
                "%d. %s: %d latency spikes (average %dms, mean deviation %dms, period %.2f sec). Worst all time event"
                        + " %dms.\n",
                number,
                series.event(),
                count,
                average,
                deviation,
                (double) seconds / count,
                series.maxMillis()));
    }

    private static void adviseOnCommands(
            List<String> advices, long thresholdMillis, long slowlogMicros, long slowlogMax) {
        if (slowlogMicros < 0 || slowlogMax == 0) {
            advices.add("There are latency issues with potentially slow commands you are using. Try to enable the Slow"
                    + " Log Redis feature using the command 'CONFIG SET slowlog-log-slower-than "
                    + thresholdMillis * 1000 + "'. If the Slow log is disabled Redis is not able to log slow commands"
                    + " execution for you.");
        } else if (slowlogMicros / 1000 > thresholdMillis) {
            advices.add("Your current Slow Log configuration only logs events that are slower than your configured"
                    + " latency monitor threshold. Please use 'CONFIG SET slowlog-log-slower-than "
                    + thresholdMillis * 1000 + "'.");
        }
        advices.add("Check your Slow Log to understand what are the commands you are running which are too slow to"
                + " execute. Please check https://redis.io/commands/slowlog for more information.");
        advices.add(
                "Deleting, expiring or evicting (because of maxmemory policy) large objects is a blocking operation."
                        + " If you have very large objects that are often deleted, expired, or evicted, try to fragment those"
                        + " objects into multiple smaller objects.");
    }

    private static final String SCHEDULER =
            "The system is slow to execute Redis code paths not containing system calls."
                    + " This usually means the system does not provide Redis CPU time to run for long periods. You should try"
                    + " to:\n"
                    + "  1) Lower the system load.\n"
                    + "  2) Use a computer / VM just for Redis if you are running other software in the same system.\n"
                    + "  3) Check if you have a \"noisy neighbour\" problem.\n"
                    + "  4) Check with 'redis-cli --intrinsic-latency 100' what is the intrinsic latency in your system.";
}
