package io.aikv.server.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.aikv.base.Check;
import io.aikv.base.ConfigError;
import io.aikv.base.TomlLines;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns the text of a configuration file and the overrides into {@link Config}: parse, refuse what is unknown, convert
 * each key by the type of its record component, then look at the combinations. Reflection, at start only.
 */
final class ConfigReader {
    /** The table that holds values for CONFIG SET's parameters instead of keys of a record. */
    static final String REDIS = "redis";

    private static final TomlMapper TOML = new TomlMapper();

    private final ObjectNode tree;
    private final String source;
    private final TomlLines lines;
    /** Keys that an override has set: their messages do not name a line of the file. */
    private final Map<String, String> overridden = new HashMap<>();

    private final Set<String> given = new LinkedHashSet<>();

    private ConfigReader(ObjectNode tree, String source, TomlLines lines) {
        this.tree = tree;
        this.source = source;
        this.lines = lines;
    }

    static Config load(Path file, List<String> overrides) {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new ConfigError(file + ": there is no such file", e);
        } catch (IOException e) {
            throw new ConfigError(file + ": cannot be read: " + e.getMessage(), e);
        }
        return read(text, file.toString(), overrides);
    }

    static Config read(String text, String source, List<String> overrides) {
        ConfigReader reader = new ConfigReader(parse(text, source), source, TomlLines.of(text));
        for (String override : overrides) {
            reader.override(override);
        }
        return reader.config();
    }

    /** The tree of a TOML text. @throws ConfigError if it is not TOML, with the line */
    static ObjectNode parse(String text, String source) {
        try {
            JsonNode root = TOML.readTree(text);
            return root instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
        } catch (JacksonException e) {
            TomlLines lines = TomlLines.of(text);
            String repeated = lines.repeated();
            if (!repeated.isEmpty()) {
                throw ConfigError.at(
                        source, lines.repeatedLine(), repeated, "already stands in line " + lines.line(repeated));
            }
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new ConfigError(
                    (line > 0 ? source + ":" + line : source) + ": this is not TOML: " + e.getOriginalMessage(), e);
        }
    }

    // ---- overrides ----

    private void override(String option) {
        int equals = option.indexOf('=');
        String key = equals < 0 ? option : option.substring(0, equals).strip();
        int dot = key.indexOf('.');
        if (equals < 0 || dot <= 0 || dot == key.length() - 1) {
            throw ConfigError.at("--set " + option, 0, "", "write section.key=value");
        }
        String text = option.substring(equals + 1).strip();
        String section = key.substring(0, dot);
        JsonNode existing = tree.get(section);
        ObjectNode table = existing instanceof ObjectNode object ? object : tree.putObject(section);
        String name = key.substring(dot + 1);
        String prefix = "properties.";
        if (section.equals("raft") && name.startsWith(prefix)) {
            JsonNode properties = table.get("properties");
            ObjectNode inner = properties instanceof ObjectNode object ? object : table.putObject("properties");
            inner.set(name.substring(prefix.length()), overrideValue(text));
        } else {
            table.set(name, overrideValue(text));
        }
        overridden.put(key, "--set " + option);
    }

    /** TOML's value, or the text itself where it is none: {@code 512mb} and {@code n1} need no quotes. */
    private static JsonNode overrideValue(String text) {
        try {
            JsonNode value = TOML.readTree("v = " + text).get("v");
            if (value != null && !value.isPojo()) {
                return value;
            }
        } catch (JacksonException e) {
            return JsonNodeFactory.instance.textNode(text);
        }
        return JsonNodeFactory.instance.textNode(text);
    }

    // ---- sections ----

    private Config config() {
        List<String> sections = new ArrayList<>();
        List<@Nullable Object> values = new ArrayList<>();
        for (RecordComponent component : Config.class.getRecordComponents()) {
            String name = component.getName();
            if (component.getType().isRecord()) {
                sections.add(name);
                values.add(section(component.getType(), name));
            } else if (name.equals(REDIS)) {
                sections.add(name);
                values.add(strings(table(name), REDIS));
            } else {
                values.add(given);
            }
        }
        for (String found : names(tree)) {
            if (!sections.contains(found)) {
                String kind = tree.get(found).isObject() ? "there is no section of this name" : "a key needs a section";
                throw error(found, kind + Words.suggestion(found, sections, "sections"));
            }
        }
        Config config = (Config) create(Config.class, values);
        ConfigRules.check(config, this::error);
        return config;
    }

    private Object section(Class<?> type, String section) {
        ObjectNode table = table(section);
        List<String> names = new ArrayList<>();
        List<@Nullable Object> values = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String name = kebab(component.getName());
            names.add(name);
            values.add(value(component, section + "." + name, table.get(name)));
        }
        for (String found : names(table)) {
            if (!names.contains(found)) {
                throw error(
                        section + "." + found,
                        "there is no such key" + Words.suggestion(found, names, "keys of [" + section + "]"));
            }
        }
        return create(type, values);
    }

    private Object value(RecordComponent component, String key, @Nullable JsonNode node) {
        Key spec = component.getAnnotation(Key.class);
        Check.invariant(spec != null, "%s has no @Key", key);
        if (component.getType() == Map.class) {
            ObjectNode table = node == null ? JsonNodeFactory.instance.objectNode() : object(node, key);
            Map<String, String> map = strings(table, key);
            if (!map.isEmpty()) {
                given.add(key);
            }
            return map;
        }
        try {
            Object defaultValue = Values.convert(component, spec, Values.defaultNode(component, spec));
            if (node == null) {
                return defaultValue;
            }
            Object value = Values.convert(component, spec, node);
            if (!value.equals(defaultValue)) {
                given.add(key);
            }
            return value;
        } catch (Values.BadValue e) {
            throw error(key, e.problem());
        }
    }

    private ObjectNode table(String name) {
        JsonNode node = tree.get(name);
        return node == null ? JsonNodeFactory.instance.objectNode() : object(node, name);
    }

    private ObjectNode object(JsonNode node, String key) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw error(key, "found " + Values.found(node) + "; this is a table, written [" + key + "]");
    }

    /** The scalars below {@code node} by their dotted names. */
    private Map<String, String> strings(ObjectNode node, String key) {
        Map<String, String> map = new LinkedHashMap<>();
        for (String name : names(node)) {
            JsonNode value = node.get(name);
            if (value instanceof ObjectNode nested) {
                strings(nested, key + "." + name).forEach((rest, text) -> map.put(name + "." + rest, text));
            } else if (value.isArray()) {
                throw error(key + "." + name, "found a list; write a string");
            } else {
                map.put(name, value.asText());
            }
        }
        return map;
    }

    private ConfigError error(String key, String problem) {
        String option = overridden.get(key);
        return option == null
                ? ConfigError.at(source, lines.line(key), key, problem)
                : ConfigError.at(option, 0, key, problem);
    }

    // ---- records ----

    static String kebab(String name) {
        StringBuilder out = new StringBuilder();
        for (char c : name.toCharArray()) {
            if (Character.isUpperCase(c)) {
                out.append('-').append(Character.toLowerCase(c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static List<String> names(ObjectNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static Object create(Class<?> type, List<? extends @Nullable Object> values) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = components[i].getType();
        }
        try {
            return type.getDeclaredConstructor(types).newInstance(values.toArray());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("cannot create " + type, e);
        }
    }
}
