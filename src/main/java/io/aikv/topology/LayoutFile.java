package io.aikv.topology;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.aikv.base.ConfigError;
import io.aikv.base.SlotRange;
import io.aikv.base.Slots;
import io.aikv.base.TomlLines;
import io.aikv.topology.Layout.Group;
import io.aikv.topology.Layout.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a {@link Layout} and says of everything that is wrong where it stands. */
final class LayoutFile {
    private static final TomlMapper TOML = new TomlMapper();
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
    private static final Pattern RANGE = Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?");
    /** More replicas than this make the cluster map slower, not safer. */
    private static final int META_REPLICAS_MAX = 5;

    private final String source;
    private final TomlLines lines;

    private LayoutFile(String source, TomlLines lines) {
        this.source = source;
        this.lines = lines;
    }

    static Layout read(Path file) {
        try {
            return parse(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new ConfigError(file + ": there is no such layout file", e);
        } catch (IOException e) {
            throw new ConfigError(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    static Layout parse(String text, String source) {
        JsonNode root;
        try {
            root = TOML.readTree(text);
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw ConfigError.at(source, line, "", "this is not TOML: " + e.getOriginalMessage());
        }
        return new LayoutFile(source, TomlLines.of(text)).layout(root);
    }

    private Layout layout(JsonNode root) {
        only(root, "", List.of("meta", "nodes", "groups"));
        List<Node> nodes = nodes(root);
        Set<String> names = new HashSet<>();
        nodes.forEach(node -> names.add(node.name()));
        List<Group> groups = groups(root, names);
        List<String> meta = new ArrayList<>();
        if (root.has("meta")) {
            meta.addAll(replicas(root.get("meta"), "meta", names));
        } else {
            int count = Math.min(nodes.size(), META_REPLICAS_MAX);
            nodes.subList(0, count % 2 == 0 && count > 2 ? count - 1 : count).forEach(node -> meta.add(node.name()));
        }
        return new Layout(source, nodes, groups, meta);
    }

    // ---- nodes ----

    private List<Node> nodes(JsonNode root) {
        List<Node> nodes = new ArrayList<>();
        Map<String, String> addresses = new HashMap<>();
        Set<String> names = new HashSet<>();
        JsonNode list = tables(root, "nodes");
        for (int i = 0; i < list.size(); i++) {
            String at = "nodes[" + i + "]";
            JsonNode table = list.get(i);
            only(table, at, List.of("name", "host", "port", "raft-port", "peer-port"));
            String name = name(table, at);
            if (!names.add(name)) {
                throw error(at + ".name", "there are two nodes \"" + name + "\"");
            }
            String host = text(table, at, "host");
            if (host.isBlank() || host.contains(" ") || host.contains("@") || host.contains(",")) {
                throw error(at + ".host", "\"" + host + "\" is not a host name or address");
            }
            int port = port(table, at, "port", 0);
            int raftPort = port(table, at, "raft-port", port + Layout.RAFT_PORT_OFFSET);
            int peerPort = port(table, at, "peer-port", port + Layout.PEER_PORT_OFFSET);
            for (int each : new int[] {port, raftPort, peerPort}) {
                String other = addresses.putIfAbsent(host + ":" + each, name);
                if (other != null) {
                    throw error(at + ".port", host + ":" + each + " is already used by node \"" + other + "\"");
                }
            }
            nodes.add(new Node(name, host, port, raftPort, peerPort));
        }
        return nodes;
    }

    private int port(JsonNode table, String at, String key, int derived) {
        JsonNode value = table.get(key);
        if (value == null) {
            if (derived == 0) {
                throw error(at + "." + key, "is missing; give the port for clients");
            }
            if (derived > 65535) {
                throw error(at + "." + key, derived + " (derived from port) is beyond 65535; give " + key);
            }
            return derived;
        }
        if (!value.isInt() || value.intValue() < 1 || value.intValue() > 65535) {
            throw error(at + "." + key, value.asText() + " is not a port; use 1 to 65535");
        }
        return value.intValue();
    }

    // ---- groups ----

    private List<Group> groups(JsonNode root, Set<String> nodeNames) {
        List<Group> groups = new ArrayList<>();
        Set<String> names = new HashSet<>();
        String[] owners = new String[Slots.COUNT];
        JsonNode list = tables(root, "groups");
        for (int i = 0; i < list.size(); i++) {
            String at = "groups[" + i + "]";
            JsonNode table = list.get(i);
            only(table, at, List.of("name", "slots", "replicas"));
            String name = name(table, at);
            if (!names.add(name)) {
                throw error(at + ".name", "there are two groups \"" + name + "\"");
            }
            List<SlotRange> slots = slots(table, at, name, owners);
            List<String> replicas = replicas(table.get("replicas"), at + ".replicas", nodeNames);
            groups.add(new Group(name, slots, replicas));
        }
        uncovered(owners);
        return groups;
    }

    private List<SlotRange> slots(JsonNode table, String at, String group, String[] owners) {
        String key = at + ".slots";
        JsonNode list = table.get("slots");
        if (list == null || !list.isArray()) {
            throw error(key, "give a list of ranges such as [\"0-5460\"]");
        }
        List<SlotRange> ranges = new ArrayList<>();
        for (JsonNode item : list) {
            SlotRange range = item.isValueNode() ? range(item.asText()) : null;
            if (range == null) {
                throw error(
                        key, "\"" + item.asText() + "\" is not a range of slots; use \"0-5460\" or \"7\", up to 16383");
            }
            for (int slot = range.first(); slot <= range.last(); slot++) {
                if (owners[slot] != null) {
                    throw error(key, "slot " + slot + " is already a slot of group \"" + owners[slot] + "\"");
                }
                owners[slot] = group;
            }
            ranges.add(range);
        }
        return ranges;
    }

    static @Nullable SlotRange range(String text) {
        Matcher matcher = RANGE.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        int first = Integer.parseInt(matcher.group(1));
        int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
        return first <= last && last < Slots.COUNT ? new SlotRange(first, last) : null;
    }

    private void uncovered(@Nullable String[] owners) {
        for (int slot = 0; slot < owners.length; slot++) {
            if (owners[slot] == null) {
                int last = slot;
                while (last + 1 < owners.length && owners[last + 1] == null) {
                    last++;
                }
                throw error("groups", "no group has the slots " + new SlotRange(slot, last));
            }
        }
    }

    private List<String> replicas(@Nullable JsonNode list, String key, Set<String> nodeNames) {
        if (list == null || !list.isArray() || list.isEmpty()) {
            throw error(key, "give a list of nodes such as [\"n1\", \"n2\", \"n3\"], the preferred leader first");
        }
        List<String> replicas = new ArrayList<>();
        for (JsonNode item : list) {
            String name = item.asText();
            if (!nodeNames.contains(name)) {
                throw error(key, "there is no node \"" + name + "\"");
            }
            if (replicas.contains(name)) {
                throw error(key, "node \"" + name + "\" stands there twice");
            }
            replicas.add(name);
        }
        return replicas;
    }

    // ---- parts ----

    private JsonNode tables(JsonNode root, String key) {
        JsonNode list = root.get(key);
        if (list == null || !list.isArray() || list.isEmpty()) {
            throw error(key, "there are none; write a table [[" + key + "]] for each");
        }
        for (JsonNode item : list) {
            if (!item.isObject()) {
                throw error(key, "write a table [[" + key + "]] for each");
            }
        }
        return list;
    }

    private String name(JsonNode table, String at) {
        String name = text(table, at, "name");
        if (!NAME.matcher(name).matches()) {
            throw error(at + ".name", "\"" + name + "\" is not a name; use up to 64 letters, digits, -, _ and .");
        }
        return name;
    }

    private String text(JsonNode table, String at, String key) {
        JsonNode value = table.get(key);
        if (value == null || !value.isTextual()) {
            throw error(at + "." + key, value == null ? "is missing" : value.asText() + " is not a string");
        }
        return value.asText();
    }

    private void only(JsonNode table, String at, List<String> allowed) {
        for (Iterator<String> names = table.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!allowed.contains(name)) {
                String path = at.isEmpty() ? name : at + "." + name;
                throw error(path, "there is no such key; the keys are " + String.join(", ", allowed));
            }
        }
    }

    private ConfigError error(String key, String problem) {
        return ConfigError.at(source, lines.line(key), key, problem);
    }
}
