package io.aikv.server.acl;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which commands belong to which category: what ACL CAT shows and {@code +@category} means. A command's categories stand with
 * its documentation; where there is none they follow from its group and flags, as Redis derives them. Immutable.
 */
public final class Categories {
    private static final String RESOURCE = "/io/aikv/command/docs.json";

    /** In the order of ACL CAT: those of Redis 7, and that of the JSON commands. */
    private static final List<String> NAMES = List.of(
            "keyspace",
            "read",
            "write",
            "set",
            "sortedset",
            "list",
            "hash",
            "string",
            "bitmap",
            "hyperloglog",
            "geo",
            "stream",
            "pubsub",
            "admin",
            "fast",
            "slow",
            "blocking",
            "dangerous",
            "connection",
            "transaction",
            "scripting",
            "json");

    private final Map<String, List<Command>> members = new LinkedHashMap<>();

    private Categories() {
        NAMES.forEach(name -> members.put(name, new ArrayList<>()));
    }

    /** Sorts the commands of a complete table. Reads the documentation: some tens of milliseconds. */
    public static Categories of(CommandTable table) {
        Categories categories = new Categories();
        JsonNode docs = docs();
        for (Command command : table.all()) {
            if (!command.has(Flag.INTERNAL)) {
                for (String name : of(command, docs.get(command.name()))) {
                    Objects.requireNonNull(categories.members.get(name), name).add(command);
                }
            }
        }
        categories.members.replaceAll((name, commands) -> List.copyOf(commands));
        return categories;
    }

    private static JsonNode docs() {
        try (InputStream in = Categories.class.getResourceAsStream(RESOURCE)) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in, RESOURCE));
        } catch (IOException e) {
            throw new UncheckedIOException(RESOURCE, e);
        }
    }

    private static Set<String> of(Command command, @Nullable JsonNode doc) {
        Set<String> names = new LinkedHashSet<>();
        if (doc != null && doc.has("acl")) {
            doc.get("acl").forEach(name -> names.add(name.asText()));
            return names;
        }
        String ofGroup = ofGroup(command.group());
        if (ofGroup != null) {
            names.add(ofGroup);
        }
        addIf(names, command.has(Flag.WRITE), "write");
        addIf(names, command.has(Flag.READONLY) && command.group() != Group.SCRIPTING, "read");
        addIf(names, command.has(Flag.ADMIN), "admin");
        addIf(names, command.has(Flag.ADMIN), "dangerous");
        addIf(names, command.has(Flag.PUBSUB), "pubsub");
        addIf(names, command.has(Flag.BLOCKING), "blocking");
        names.add(command.has(Flag.FAST) ? "fast" : "slow");
        return names;
    }

    private static void addIf(Set<String> names, boolean condition, String name) {
        if (condition) {
            names.add(name);
        }
    }

    private static @Nullable String ofGroup(Group group) {
        return switch (group) {
            case GENERIC -> "keyspace";
            case SORTED_SET -> "sortedset";
            case TRANSACTIONS -> "transaction";
            case SERVER, CLUSTER, MODULE -> null;
            case STRING, LIST, SET, HASH, PUBSUB, CONNECTION, SCRIPTING, HYPERLOGLOG, GEO, STREAM, BITMAP ->
                group.name().toLowerCase(Locale.ROOT);
        };
    }

    /** Every category, in Redis' order. */
    public List<String> names() {
        return NAMES;
    }

    /** The commands and subcommands of a category whose name may be in any case; null if there is no such category. */
    public @Nullable List<Command> members(String name) {
        return members.get(name.toLowerCase(Locale.ROOT));
    }

    /** All categories with their commands. */
    public Map<String, List<Command>> all() {
        return Collections.unmodifiableMap(members);
    }
}
