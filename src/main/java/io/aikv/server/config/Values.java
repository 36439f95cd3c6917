package io.aikv.server.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Converts one value of the configuration file to the type of its record component, and says why it cannot. */
final class Values {
    private Values() {}

    /** What is wrong with a value, without its place. */
    static final class BadValue extends Exception {
        private static final long serialVersionUID = 1L;
        private final String problem;

        BadValue(String problem) {
            super(problem, null, false, false);
            this.problem = problem;
        }

        String problem() {
            return problem;
        }
    }

    static JsonNode defaultNode(RecordComponent component, Key spec) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        Class<?> type = component.getType();
        if (type == List.class) {
            ArrayNode list = json.arrayNode();
            Arrays.stream(spec.value().split(",")).filter(s -> !s.isEmpty()).forEach(list::add);
            return list;
        }
        if (type == boolean.class) {
            return json.booleanNode(Boolean.parseBoolean(spec.value()));
        }
        if ((type == int.class || type == long.class) && !spec.size()) {
            return json.numberNode(Long.parseLong(spec.value()));
        }
        return json.textNode(spec.value());
    }

    static Object convert(RecordComponent component, Key spec, JsonNode node) throws BadValue {
        Class<?> type = component.getType();
        if (type == boolean.class) {
            if (!node.isBoolean()) {
                throw bad(node, "true or false");
            }
            return node.booleanValue();
        }
        if (type == int.class || type == long.class) {
            long number = spec.size() ? size(node, spec) : number(node, spec);
            return type == int.class ? (Object) Math.toIntExact(number) : (Object) number;
        }
        if (type == Duration.class) {
            return duration(node, spec);
        }
        if (type == List.class) {
            return list(node, spec);
        }
        if (type.isEnum()) {
            return constant(type, node);
        }
        return string(node, spec);
    }

    /** The value as the operator wrote it, for a message. */
    static String found(JsonNode node) {
        if (node.isObject()) {
            return "a table";
        }
        if (node.isArray()) {
            return "a list";
        }
        return node.isTextual() ? '"' + node.asText() + '"' : node.asText();
    }

    private static long number(JsonNode node, Key spec) throws BadValue {
        long max = max(spec, Long.MAX_VALUE);
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw bad(node, "a whole number" + range(spec.min(), max, ""));
        }
        long number = node.longValue();
        if (number < spec.min() || number > max) {
            throw bad(node, "a whole number" + range(spec.min(), max, ""));
        }
        return number;
    }

    private static long size(JsonNode node, Key spec) throws BadValue {
        long max = max(spec, Long.MAX_VALUE);
        String wanted = "a size such as \"64kb\" or \"512mb\", or a number of bytes" + range(spec.min(), max, " bytes");
        Long bytes = node.isIntegralNumber() && node.canConvertToLong()
                ? Long.valueOf(node.longValue())
                : node.isTextual() ? parseSize(node.asText()) : null;
        if (bytes == null || bytes < spec.min() || bytes > max) {
            throw bad(node, wanted);
        }
        return bytes;
    }

    private static long max(Key spec, long otherwise) {
        return spec.max() == Long.MAX_VALUE ? otherwise : spec.max();
    }

    /** Bytes of {@code 512mb} and the like, by the units of Redis (k is 1000, kb is 1024), or null. */
    static @Nullable Long parseSize(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        int digits = 0;
        while (digits < lower.length() && lower.charAt(digits) >= '0' && lower.charAt(digits) <= '9') {
            digits++;
        }
        long unit;
        switch (lower.substring(digits)) {
            case "", "b" -> unit = 1;
            case "k" -> unit = 1000;
            case "kb" -> unit = 1L << 10;
            case "m" -> unit = 1_000_000;
            case "mb" -> unit = 1L << 20;
            case "g" -> unit = 1_000_000_000;
            case "gb" -> unit = 1L << 30;
            default -> {
                return null;
            }
        }
        if (digits == 0) {
            return null;
        }
        try {
            return Math.multiplyExact(Long.parseLong(lower.substring(0, digits)), unit);
        } catch (NumberFormatException | ArithmeticException e) {
            return null;
        }
    }

    private static Duration duration(JsonNode node, Key spec) throws BadValue {
        Duration duration = node.isTextual() ? parseDuration(node.asText()) : null;
        if (duration == null || duration.toMillis() < spec.min() || duration.toMillis() > spec.max()) {
            String least = spec.min() > 0 ? " of at least " + spec.min() + "ms" : "";
            throw bad(node, "a duration such as \"500ms\", \"2s\", \"5m\" or \"1h\"" + least);
        }
        return duration;
    }

    static @Nullable Duration parseDuration(String text) {
        int digits = 0;
        while (digits < text.length() && (Character.isDigit(text.charAt(digits)) || text.charAt(digits) == '.')) {
            digits++;
        }
        BigDecimal millis;
        switch (text.substring(digits)) {
            case "ms" -> millis = BigDecimal.ONE;
            case "s" -> millis = BigDecimal.valueOf(1000);
            case "m" -> millis = BigDecimal.valueOf(60_000);
            case "h" -> millis = BigDecimal.valueOf(3_600_000);
            default -> {
                return null;
            }
        }
        try {
            return Duration.ofMillis(
                    new BigDecimal(text.substring(0, digits)).multiply(millis).longValueExact());
        } catch (NumberFormatException | ArithmeticException e) {
            return null;
        }
    }

    private static List<String> list(JsonNode node, Key spec) throws BadValue {
        List<String> list = new ArrayList<>();
        if (node.isTextual()) {
            Arrays.stream(node.asText().split("[, ]+"))
                    .filter(s -> !s.isEmpty())
                    .forEach(list::add);
        } else if (node.isArray()) {
            for (JsonNode item : node) {
                if (!item.isTextual() || item.asText().isBlank()) {
                    throw bad(item, "a list of strings");
                }
                list.add(item.asText());
            }
        } else {
            throw bad(node, "a list of strings");
        }
        if (list.isEmpty() && !spec.value().isEmpty()) {
            throw new BadValue("the list is empty; use at least one string");
        }
        return List.copyOf(list);
    }

    private static Object constant(Class<?> type, JsonNode node) throws BadValue {
        List<String> allowed = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String word = ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
            if (node.isTextual() && node.asText().equals(word)) {
                return constant;
            }
            allowed.add(word);
        }
        throw notAllowed(node, allowed);
    }

    private static String string(JsonNode node, Key spec) throws BadValue {
        if (node.isObject() || node.isArray()) {
            throw bad(node, "a string");
        }
        String text = node.asText();
        if (spec.allowed().length > 0 && !Arrays.asList(spec.allowed()).contains(text)) {
            throw notAllowed(node, Arrays.asList(spec.allowed()));
        }
        return text;
    }

    private static BadValue notAllowed(JsonNode node, List<String> allowed) {
        List<String> quoted = allowed.stream().map(s -> '"' + s + '"').toList();
        int last = quoted.size() - 1;
        String words =
                last == 0 ? quoted.get(0) : String.join(", ", quoted.subList(0, last)) + " or " + quoted.get(last);
        return bad(node, words);
    }

    private static BadValue bad(JsonNode node, String wanted) {
        return new BadValue(found(node) + " is not allowed; use " + wanted);
    }

    private static String range(long min, long max, String unit) {
        return max == Long.MAX_VALUE ? ", at least " + min + unit : ", " + min + " to " + max + unit;
    }
}
