package io.aikv.topology;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aikv.base.Check;
import io.aikv.base.SlotRange;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The stored form of a {@link ClusterMap}. Fields are written in a fixed order, nodes by name and groups in theirs;
 * unknown fields are ignored when read, a higher {@code format} is refused.
 */
final class ClusterMapJson {
    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    private ClusterMapJson() {}

    static String encode(ClusterMap map) {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", FORMAT);
        root.put("epoch", map.epoch());
        root.put("cluster", map.clusterId());
        ArrayNode nodes = root.putArray("nodes");
        for (NodeInfo node : map.nodes().values()) {
            ObjectNode object = nodes.addObject()
                    .put("name", node.name())
                    .put("id", node.id())
                    .put("host", node.host())
                    .put("port", node.clientPort())
                    .put("raftPort", node.raftPort())
                    .put("peerPort", node.peerPort());
            if (node.tlsPort() != 0) {
                object.put("tlsPort", node.tlsPort());
            }
        }
        ArrayNode groups = root.putArray("groups");
        for (GroupInfo group : map.groups()) {
            ObjectNode object = groups.addObject();
            object.put("name", group.name()).put("uuid", group.uuid().toString());
            ArrayNode replicas = object.putArray("replicas");
            group.replicas().forEach(replicas::add);
            ArrayNode slots = object.putArray("slots");
            group.slots().forEach(range -> slots.add(range.toString()));
        }
        return root.toString();
    }

    static ClusterMap decode(String json) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a cluster map that is not JSON", e);
        }
        int format = require(root, "format").asInt();
        Check.argument(format == FORMAT, "a cluster map of format %s; this version reads %s", format, FORMAT);
        List<NodeInfo> nodes = new ArrayList<>();
        for (JsonNode node : require(root, "nodes")) {
            nodes.add(new NodeInfo(
                    require(node, "name").asText(),
                    require(node, "id").asText(),
                    require(node, "host").asText(),
                    require(node, "port").asInt(),
                    require(node, "raftPort").asInt(),
                    require(node, "peerPort").asInt(),
                    node.path("tlsPort").asInt(0)));
        }
        List<GroupInfo> groups = new ArrayList<>();
        for (JsonNode group : require(root, "groups")) {
            List<String> replicas = new ArrayList<>();
            require(group, "replicas").forEach(replica -> replicas.add(replica.asText()));
            List<SlotRange> slots = new ArrayList<>();
            for (JsonNode text : require(group, "slots")) {
                SlotRange range = LayoutFile.range(text.asText());
                if (range == null) {
                    throw new IllegalArgumentException("bad slot range " + text);
                }
                slots.add(range);
            }
            UUID uuid = UUID.fromString(require(group, "uuid").asText());
            groups.add(new GroupInfo(require(group, "name").asText(), uuid, replicas, slots));
        }
        return ClusterMap.of(
                require(root, "epoch").asLong(), require(root, "cluster").asText(), nodes, groups);
    }

    private static JsonNode require(JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null) {
            throw new IllegalArgumentException("a cluster map without " + field);
        }
        return value;
    }
}
