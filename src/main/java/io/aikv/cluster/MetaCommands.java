package io.aikv.cluster;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.SlotRange;
import io.aikv.cluster.ClusterDocuments.Document;
import io.aikv.command.Args;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import io.aikv.store.StoreReader;
import io.aikv.topology.ClusterMap;
import io.aikv.topology.NodeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The writes of the meta group: each turns the cluster map into the next one. They run as every other write does, inside
 * an entry on every replica of that group, and are a function of the old map and their arguments. Never for clients.
 *
 * <p>The map is the value of one key, as one line of JSON; so is each of the {@linkplain ClusterDocuments documents} of others,
 * as its version and its bytes.
 */
final class MetaCommands {
    private static final byte[] KEY = Bytes.utf8("cluster-map");
    private static final int PORT_MAX = 65535;
    private static final String BAD_PORT = "ERR Invalid port";

    private MetaCommands() {}

    static void register(CommandTable table) {
        table.group(Group.CLUSTER)
                .row("META.SEED", 2, List.of(), new Handler.Write(MetaCommands::seed), Flag.INTERNAL)
                .row("META.NODE", -6, List.of(), new Handler.Write(MetaCommands::node), Flag.INTERNAL)
                .row("META.SLOTS", -4, List.of(), new Handler.Write(MetaCommands::slots), Flag.INTERNAL)
                .row("META.REPLICAS", -4, List.of(), new Handler.Write(MetaCommands::replicas), Flag.INTERNAL)
                .row(ClusterDocuments.PUT, 4, List.of(), new Handler.Write(MetaCommands::put), Flag.INTERNAL);
    }

    // ---- documents ----

    /** A committed document in a replica of the meta group, or null if there is none of that name. One point read. */
    static @Nullable Document document(StoreReader reader, String name) {
        return document(new ReadContext(reader, 0, 0, new SplittableRandom(0)), name);
    }

    private static @Nullable Document document(ReadContext context, String name) {
        KeyRecord record = context.find(documentKey(name), Type.STRING);
        return record == null ? null : Document.decode(record.payload());
    }

    private static byte[] documentKey(String name) {
        return Bytes.utf8("document:" + name);
    }

    /**
     * {@code META.PUT name version value}: the next version of a document, if it still has that version (0: there is none).
     * Answers the new version, or an array of the version and the value that the document has instead.
     */
    static Reply put(WriteContext context, Args args) {
        String name = Bytes.text(args.take());
        long expected = args.takeLong();
        byte[] value = args.take();
        Document current = document(context, name);
        long version = current == null ? 0 : current.version();
        if (version != expected) {
            return Reply.array(
                    Reply.integer(version), current == null ? Reply.bulk(Bytes.EMPTY) : Reply.bulk(current.value()));
        }
        Document next = new Document(version + 1, value);
        context.put(documentKey(name), KeyRecord.of(Type.STRING, 0, KeyRecord.NO_EXPIRY, next.encode()));
        return Reply.integer(next.version());
    }

    // ---- the map ----

    /** The committed map in a replica of the meta group, or null before the seed. One point read. */
    static @Nullable ClusterMap read(StoreReader reader) {
        return read(new ReadContext(reader, 0, 0, new SplittableRandom(0)));
    }

    private static @Nullable ClusterMap read(ReadContext context) {
        KeyRecord record = context.find(KEY, Type.STRING);
        return record == null ? null : ClusterMap.fromJson(Bytes.text(record.payload()));
    }

    private static ClusterMap require(ReadContext context) {
        ClusterMap map = read(context);
        if (map == null) {
            throw new CommandError("ERR there is no cluster map yet");
        }
        return map;
    }

    /** Stores the next map and answers its epoch. */
    private static Reply store(WriteContext context, ClusterMap map) {
        context.put(KEY, KeyRecord.of(Type.STRING, 0, KeyRecord.NO_EXPIRY, Bytes.utf8(map.toJson())));
        return Reply.integer(map.epoch());
    }

    /** {@code META.SEED map}: the first map; where there is one already, nothing. Answers the epoch. */
    static Reply seed(WriteContext context, Args args) {
        ClusterMap known = read(context);
        return known == null ? store(context, parse(args.take())) : Reply.integer(known.epoch());
    }

    private static ClusterMap parse(byte[] json) {
        try {
            return ClusterMap.fromJson(Bytes.text(json));
        } catch (IllegalArgumentException e) {
            throw new CommandError("ERR " + e.getMessage());
        }
    }

    /** {@code META.NODE name host client-port raft-port peer-port [tls-port]}: another address of a known node. */
    static Reply node(WriteContext context, Args args) {
        ClusterMap map = require(context);
        String name = Bytes.text(args.take());
        NodeInfo known = map.node(name);
        if (known == null) {
            throw new CommandError("ERR no node " + name);
        }
        String host = Bytes.text(args.take());
        int client = (int) args.takeLong(0, PORT_MAX, BAD_PORT);
        int raft = port(args);
        int peer = port(args);
        int tls = args.hasNext() ? port(args) : 0;
        if (client == 0 && tls == 0) {
            throw new CommandError(BAD_PORT);
        }
        ClusterMap next = map.withAddress(new NodeInfo(name, known.id(), host, client, raft, peer, tls));
        return next == map ? Reply.integer(map.epoch()) : store(context, next);
    }

    private static int port(Args args) {
        return (int) args.takeLong(1, PORT_MAX, BAD_PORT);
    }

    /** {@code META.SLOTS group epoch range...}: gives slots to a group if the map still has that epoch (0: any). */
    static Reply slots(WriteContext context, Args args) {
        ClusterMap map = require(context);
        String group = requireGroup(map, args);
        requireEpoch(map, args);
        List<SlotRange> ranges = new ArrayList<>();
        while (args.hasNext()) {
            String text = Bytes.text(args.take());
            int dash = text.indexOf('-');
            try {
                int first = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
                ranges.add(new SlotRange(first, dash < 0 ? first : Integer.parseInt(text.substring(dash + 1))));
            } catch (IllegalArgumentException e) {
                throw new CommandError("ERR bad slot range " + text);
            }
        }
        return store(context, map.withSlots(ranges, group));
    }

    /** {@code META.REPLICAS group epoch node...}: the nodes of a group, the preferred leader first. */
    static Reply replicas(WriteContext context, Args args) {
        ClusterMap map = require(context);
        String group = requireGroup(map, args);
        requireEpoch(map, args);
        List<String> names = new ArrayList<>();
        while (args.hasNext()) {
            names.add(Bytes.text(args.take()));
        }
        try {
            return store(context, map.withReplicas(group, names));
        } catch (IllegalArgumentException e) {
            throw new CommandError("ERR " + e.getMessage());
        }
    }

    private static String requireGroup(ClusterMap map, Args args) {
        String group = Bytes.text(args.take());
        if (map.group(group) == null) {
            throw new CommandError("ERR no group " + group);
        }
        return group;
    }

    private static void requireEpoch(ClusterMap map, Args args) {
        long epoch = args.takeLong();
        if (epoch != 0 && epoch != map.epoch()) {
            throw new CommandError("ERR the cluster map has epoch " + map.epoch() + ", not " + epoch);
        }
    }
}
