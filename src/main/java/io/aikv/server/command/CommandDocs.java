package io.aikv.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.aikv.resp.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The documentation of every command that Redis or AiKv knows, from the resource {@code docs.json}: an object per command by
 * full name, its fields in the order COMMAND DOCS sends them. Immutable.
 */
final class CommandDocs {
    private static final String RESOURCE = "/io/aikv/command/docs.json";

    /** One command.
     *
     * @param fields of COMMAND DOCS, without the subcommands: names and values in turn
     * @param categories without {@code @}
     */
    record Doc(List<Reply> fields, List<String> categories, List<String> tips) {}

    private static final Doc UNKNOWN = new Doc(List.of(), List.of("slow"), List.of());

    private final Map<String, Doc> docs = new HashMap<>();

    private CommandDocs() {}

    /** Reads the resource. */
    static CommandDocs load() {
        CommandDocs all = new CommandDocs();
        try (InputStream in = CommandDocs.class.getResourceAsStream(RESOURCE)) {
            JsonNode root = new ObjectMapper().readTree(Objects.requireNonNull(in, RESOURCE));
            root.properties().forEach(entry -> all.docs.put(entry.getKey(), doc(entry.getValue())));
        } catch (IOException e) {
            throw new UncheckedIOException(RESOURCE, e);
        }
        return all;
    }

    /** The documentation of {@code fullName}; empty fields if there is none. */
    Doc of(String fullName) {
        return docs.getOrDefault(fullName, UNKNOWN);
    }

    private static Doc doc(JsonNode node) {
        List<Reply> fields = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            Reply value = value(field.getKey(), field.getValue());
            if (value != null) {
                fields.add(Reply.text(field.getKey()));
                fields.add(value);
            }
        }
        return new Doc(fields, texts(node.path("acl")), texts(node.path("tips")));
    }

    private static @Nullable Reply value(String name, JsonNode node) {
        return switch (name) {
            case "acl", "tips" -> null;
            case "history" -> new Reply.Set(list(node, CommandDocs::change));
            case "doc_flags", "flags" -> new Reply.Set(list(node, flag -> Reply.simple(flag.asText())));
            case "arguments" -> Reply.array(list(node, CommandDocs::argument));
            default -> node.isIntegralNumber() ? Reply.integer(node.asLong()) : Reply.text(node.asText());
        };
    }

    private static Reply change(JsonNode versionAndText) {
        return Reply.array(list(versionAndText, text -> Reply.text(text.asText())));
    }

    private static Reply argument(JsonNode node) {
        List<Reply> pairs = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            Reply value = value(field.getKey(), field.getValue());
            if (value != null) {
                pairs.add(Reply.text(field.getKey()));
                pairs.add(value);
            }
        }
        return new Reply.Map(pairs);
    }

    private static List<Reply> list(JsonNode array, java.util.function.Function<JsonNode, Reply> each) {
        List<Reply> items = new ArrayList<>();
        array.forEach(item -> items.add(each.apply(item)));
        return items;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(item -> texts.add(item.asText()));
        return List.copyOf(texts);
    }
}
