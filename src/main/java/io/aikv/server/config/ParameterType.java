package io.aikv.server.config;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a parameter accepts, with the words Redis refuses the rest with (its {@code config.c}, 7.0 and 7.2). */
sealed interface ParameterType {

    /** Why a value is refused, as it stands after the dash in CONFIG SET's error. */
    final class Invalid extends Exception {
        private static final long serialVersionUID = 1L;
        private final String reason;

        Invalid(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }

    /**
     * The canonical form of {@code text}: what is kept, and mostly what CONFIG GET answers.
     *
     * @param current the value before, which some types change in part
     */
    String canonical(String text, String current) throws Invalid;

    /** What CONFIG GET answers for a value in canonical form. */
    default String shown(String canonical) {
        return canonical;
    }

    /** {@code yes} or {@code no}. */
    record Bool() implements ParameterType {
        @Override
        public String canonical(String text, String current) throws Invalid {
            String lower = text.toLowerCase(Locale.ROOT);
            if (!lower.equals("yes") && !lower.equals("no")) {
                throw new Invalid("argument must be 'yes' or 'no'");
            }
            return lower;
        }
    }

    /**
     * A number that cannot be changed, because all replicas must come to the same rows whatever their nodes are told.
     *
     * @param why others are refused
     */
    record FixedNumber(long value, String why) implements ParameterType {
        @Override
        public String canonical(String text, String current) throws Invalid {
            String number = new Number(Unit.INTEGER, 0, Long.MAX_VALUE).canonical(text, current);
            if (!number.equals(Long.toString(value))) {
                throw new Invalid(why);
            }
            return number;
        }
    }

    /** How a number is written. */
    enum Unit {
        INTEGER,
        /** Bytes: {@code 64mb}. */
        MEMORY,
        /** Bytes or {@code 10%}. */
        MEMORY_OR_PERCENT
    }

    /**
     * @param clampMin a lower value is silently raised to this one
     * @param clampMax a higher value is silently lowered to this one
     */
    record Number(Unit unit, long min, long max, long clampMin, long clampMax) implements ParameterType {
        /** For {@code max}: all 64 bits are used, without a sign. */
        static final long UNSIGNED = -1;

        Number(Unit unit, long min, long max) {
            this(unit, min, max, Long.MIN_VALUE, Long.MAX_VALUE);
        }

        @Override
        public String canonical(String text, String current) throws Invalid {
            if (unit == Unit.MEMORY_OR_PERCENT && text.length() > 1 && text.endsWith("%")) {
                Long percent = integer(text.substring(0, text.length() - 1));
                if (percent != null && percent >= 0) {
                    if (percent > 100) {
                        throw new Invalid("percentage argument must be less or equal to 100");
                    }
                    return percent == 0 ? "0" : percent + "%";
                }
            }
            Long number = unit == Unit.INTEGER ? integer(text) : memory(text);
            if (number == null) {
                throw new Invalid(
                        switch (unit) {
                            case INTEGER -> "argument couldn't be parsed into an integer";
                            case MEMORY -> "argument must be a memory value";
                            case MEMORY_OR_PERCENT -> "argument must be a memory or percent value";
                        });
            }
            if (max == UNSIGNED) {
                return Long.toUnsignedString(number);
            }
            if (unit == Unit.MEMORY_OR_PERCENT && number < 0) {
                // A number that wrapped below zero is a percentage to Redis.
                if (number < min) {
                    throw new Invalid("percentage argument must be less or equal to " + -min);
                }
                return -number + "%";
            }
            if (number < min || number > max) {
                throw new Invalid("argument must be between " + min + " and " + max + " inclusive");
            }
            return Long.toString(Math.min(Math.max(number, clampMin), clampMax));
        }

        /** Redis' string2ll: no spaces, no plus, no leading zeros. */
        static @Nullable Long integer(String text) {
            if (!text.matches("0|-?[1-9][0-9]*")) {
                return null;
            }
            try {
                return Long.valueOf(text);
            } catch (NumberFormatException e) {
                return null;
            }
        }

        private static final Pattern MEMORY = Pattern.compile("([0-9]*)(b|k|kb|m|mb|g|gb)?", Pattern.CASE_INSENSITIVE);
        private static final BigInteger ALL_BITS = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

        /** Redis' memtoull: an empty number is 0, one that is too large is 2^64-1, and the product wraps. */
        static @Nullable Long memory(String text) {
            Matcher matcher = MEMORY.matcher(text);
            if (!matcher.matches()) {
                return null;
            }
            String digits = matcher.group(1);
            BigInteger number = digits.isEmpty() ? BigInteger.ZERO : new BigInteger(digits).min(ALL_BITS);
            String suffix = matcher.group(2) == null ? "b" : matcher.group(2).toLowerCase(Locale.ROOT);
            long multiplier = switch (suffix) {
                case "k" -> 1000L;
                case "kb" -> 1L << 10;
                case "m" -> 1_000_000L;
                case "mb" -> 1L << 20;
                case "g" -> 1_000_000_000L;
                case "gb" -> 1L << 30;
                default -> 1L;
            };
            return number.multiply(BigInteger.valueOf(multiplier)).longValue();
        }
    }

    /**
     * One of several words.
     *
     * @param synonymOfFirst a word that is stored as another: {@code relative=yes}, or the empty string
     */
    record Word(List<String> words, String synonymOfFirst) implements ParameterType {
        @Override
        public String canonical(String text, String current) throws Invalid {
            String lower = text.toLowerCase(Locale.ROOT);
            if (!words.contains(lower)) {
                throw new Invalid("argument(s) must be one of the following: " + String.join(", ", words));
            }
            return synonymOfFirst.startsWith(lower + "=") ? synonymOfFirst.substring(lower.length() + 1) : lower;
        }
    }

    /** Any text. */
    record Text() implements ParameterType {
        @Override
        public String canonical(String text, String current) {
            return text;
        }
    }

    /** {@code save}: pairs of seconds and changes. */
    record Save() implements ParameterType {
        @Override
        public String canonical(String text, String current) throws Invalid {
            if (text.isEmpty()) {
                return "";
            }
            String[] args = text.split(" ", -1);
            Invalid invalid = new Invalid("Invalid save parameters");
            if (args.length % 2 != 0) {
                throw invalid;
            }
            for (int i = 0; i < args.length; i++) {
                Long number = Number.integer(args[i]);
                if (number == null || number < (i % 2 == 0 ? 1 : 0)) {
                    throw invalid;
                }
            }
            return text;
        }
    }

    /** {@code client-output-buffer-limit}: groups of class, hard limit, soft limit and seconds; others stay. */
    record OutputBufferLimit() implements ParameterType {
        private static final List<String> CLASSES = List.of("normal", "slave", "pubsub");

        @Override
        public String canonical(String text, String current) throws Invalid {
            if (text.isEmpty()) {
                return current;
            }
            String[] args = text.split(" ", -1);
            if (args.length % 4 != 0) {
                throw new Invalid("Wrong number of arguments in buffer limit configuration.");
            }
            String[] values = current.split(" ", -1);
            for (int i = 0; i < args.length; i += 4) {
                String name = args[i].toLowerCase(Locale.ROOT);
                int at = CLASSES.indexOf(name.equals("replica") ? "slave" : name);
                if (at < 0) {
                    throw new Invalid("Invalid client class specified in buffer limit configuration.");
                }
                Long hard = Number.memory(args[i + 1]);
                Long soft = Number.memory(args[i + 2]);
                Long seconds = Number.integer(args[i + 3]);
                if (hard == null || soft == null || seconds == null || seconds < 0) {
                    throw new Invalid("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
                }
                values[at * 4 + 1] = Long.toUnsignedString(hard);
                values[at * 4 + 2] = Long.toUnsignedString(soft);
                values[at * 4 + 3] = Integer.toString(seconds.intValue());
            }
            return String.join(" ", values);
        }
    }

    /** {@code notify-keyspace-events}: letters, of which {@code A} stands for most. */
    record KeyspaceEvents() implements ParameterType {
        private static final String ALL = "g$lshzxetd";

        @Override
        public String canonical(String text, String current) throws Invalid {
            for (char c : text.toCharArray()) {
                if ("AKEmn".indexOf(c) < 0 && ALL.indexOf(c) < 0) {
                    throw new Invalid("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
                }
            }
            StringBuilder out = new StringBuilder();
            boolean all = text.indexOf('A') >= 0 || ALL.chars().allMatch(c -> text.indexOf(c) >= 0);
            for (char c : (all ? "A" : ALL).toCharArray()) {
                append(out, c, all || text.indexOf(c) >= 0);
            }
            for (char c : "nKEm".toCharArray()) {
                append(out, c, text.indexOf(c) >= 0);
            }
            return out.toString();
        }

        /** Redis does not show {@code n} behind {@code A}, though it is on. */
        @Override
        public String shown(String canonical) {
            return canonical.startsWith("A") ? canonical.replace("n", "") : canonical;
        }

        private static void append(StringBuilder out, char c, boolean present) {
            if (present) {
                out.append(c);
            }
        }
    }

    /** {@code latency-tracking-info-percentiles}. */
    record Percentiles() implements ParameterType {
        @Override
        public String canonical(String text, String current) throws Invalid {
            if (text.isEmpty()) {
                return "";
            }
            List<String> out = new ArrayList<>();
            for (String arg : text.split(" ", -1)) {
                BigDecimal number;
                try {
                    number = new BigDecimal(arg);
                } catch (NumberFormatException e) {
                    throw new Invalid("Invalid latency-tracking-info-percentiles parameters");
                }
                if (number.signum() < 0 || number.compareTo(BigDecimal.valueOf(100)) > 0) {
                    throw new Invalid("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
                }
                BigDecimal rounded = number.setScale(6, RoundingMode.HALF_EVEN).stripTrailingZeros();
                out.add(rounded.toPlainString());
            }
            return String.join(" ", out);
        }
    }

    /** {@code oom-score-adj-values}: three numbers. */
    record OomScores() implements ParameterType {
        @Override
        public String canonical(String text, String current) throws Invalid {
            String[] args = text.split(" ", -1);
            if (args.length != 3) {
                throw new Invalid("wrong number of arguments");
            }
            for (String arg : args) {
                Long number = Number.integer(arg);
                if (number == null || number < -2000 || number > 2000) {
                    throw new Invalid("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
                }
            }
            return text;
        }
    }

    /** {@code shutdown-on-sigint} and its like: {@code default}, or several of the words. */
    record ShutdownOptions() implements ParameterType {
        private static final List<String> WORDS = List.of("default", "save", "nosave", "now", "force");

        @Override
        public String canonical(String text, String current) throws Invalid {
            Set<String> found = new LinkedHashSet<>();
            for (String word : text.split(" ", -1)) {
                String lower = word.toLowerCase(Locale.ROOT);
                if (!WORDS.contains(lower)) {
                    throw new Invalid("argument(s) must be one of the following: " + String.join(", ", WORDS));
                }
                found.add(lower);
            }
            if (found.contains("save") && found.contains("nosave")) {
                throw new Invalid("shutdown options SAVE and NOSAVE can't be used simultaneously");
            }
            found.remove("default");
            if (found.isEmpty()) {
                return "default";
            }
            return String.join(" ", WORDS.stream().filter(found::contains).toList());
        }
    }

    /** {@code proc-title-template}: text with variables in braces. */
    record TitleTemplate() implements ParameterType {
        private static final Pattern VALID =
                Pattern.compile("([^{}]|\\{(title|listen-addr|server-mode|port|tls-port|unixsocket|config-file)\\})++");

        @Override
        public String canonical(String text, String current) throws Invalid {
            if (!VALID.matcher(text).matches()) {
                throw new Invalid("template format is invalid or contains unknown variables");
            }
            return text;
        }
    }
}
