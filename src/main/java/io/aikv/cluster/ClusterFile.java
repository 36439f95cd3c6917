package io.aikv.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aikv.base.Check;
import io.aikv.base.ConfigError;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.Layout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * {@code cluster.json}: which cluster a directory belongs to, and the newest map this node has seen. The truth about the
 * map is the meta group's log; this copy only tells a starting node where to find the others and what to open.
 *
 * @param node the node's name
 * @param metaUuid the meta group's identity: a function of the names in the layout of the first start
 * @param metaReplicas the nodes that replicate the map
 * @param map the newest known map, or null before the first
 */
record ClusterFile(
        String node,
        UUID metaUuid,
        List<String> metaReplicas,
        @Nullable ClusterMap map) {
    private static final String NAME = "cluster.json";
    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    ClusterFile {
        metaReplicas = List.copyOf(metaReplicas);
    }

    /** What a node knows at its very first start. */
    static ClusterFile first(String node, Layout layout) {
        return new ClusterFile(node, metaUuid(layout), layout.metaReplicas(), null);
    }

    /** The same for every node of a layout, whatever the addresses in it. */
    static UUID metaUuid(Layout layout) {
        StringBuilder names = new StringBuilder("meta");
        layout.nodeNames().stream().sorted().forEach(name -> names.append('/').append(name));
        names.append("//");
        layout.groups().stream()
                .map(Layout.Group::name)
                .sorted()
                .forEach(name -> names.append('/').append(name));
        names.append("//").append(String.join("/", layout.metaReplicas()));
        return UUID.nameUUIDFromBytes(names.toString().getBytes(StandardCharsets.UTF_8));
    }

    ClusterFile withMap(ClusterMap newMap) {
        return new ClusterFile(node, metaUuid, metaReplicas, newMap);
    }

    // ---- disk ----

    /** The file in {@code directory}, or null if there is none. @throws ConfigError if it cannot be understood */
    static @Nullable ClusterFile read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return decode(Files.readString(file));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new ConfigError(file + ": cannot be understood: " + e.getMessage(), e);
        }
    }

    /** Replaces the file as a whole: after a crash there is the old one or the new one. */
    void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path fresh = directory.resolve(NAME + ".new");
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(encode());
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(fresh, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
    }

    private String encode() {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", FORMAT).put("node", node).put("meta", metaUuid.toString());
        ArrayNode replicas = root.putArray("metaReplicas");
        metaReplicas.forEach(replicas::add);
        root.put("map", map == null ? null : map.toJson());
        return root.toPrettyString();
    }

    private static ClusterFile decode(String text) throws JsonProcessingException {
        JsonNode root = JSON.readTree(text);
        int format = root.path("format").asInt();
        Check.argument(format == FORMAT, "format %s; this version reads %s", format, FORMAT);
        List<String> replicas = new ArrayList<>();
        root.path("metaReplicas").forEach(replica -> replicas.add(replica.asText()));
        Check.argument(root.hasNonNull("node") && root.hasNonNull("meta"), "a field is missing");
        return new ClusterFile(
                root.path("node").asText(),
                UUID.fromString(root.path("meta").asText()),
                replicas,
                root.hasNonNull("map") ? ClusterMap.fromJson(root.path("map").asText()) : null);
    }

    // ---- checks ----

    /**
     * Refuses a directory of another node or of another cluster.
     *
     * @throws ConfigError naming what differs
     */
    void check(String expectedNode, @Nullable Layout layout, Path directory) {
        if (!node.equals(expectedNode)) {
            throw new ConfigError(directory + " belongs to node " + node + ", not to " + expectedNode
                    + ": give the node its own data directory");
        }
        if (layout != null && !metaUuid(layout).equals(metaUuid)) {
            throw new ConfigError(
                    layout.source() + ": its names of nodes or groups differ from those of the cluster that "
                            + directory + " belongs to"
                            + (map == null ? "" : " (nodes " + map.nodes().keySet() + ")")
                            + ": a layout is read only at the first start of a cluster; use the old one, or an empty directory");
        }
    }
}
