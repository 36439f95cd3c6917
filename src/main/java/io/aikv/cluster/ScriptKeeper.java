package io.aikv.cluster;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.command.Args;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.data.Type;
import io.aikv.data.WriteContext;
import io.aikv.raft.GroupReplica;
import io.aikv.resp.Reply;
import io.aikv.script.Catalogs;
import io.aikv.script.ScriptCatalog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scripts and libraries that were loaded into the cluster: one value in the meta group, a copy on every node.
 *
 * <p>A change is a write of the meta group, sent to its leader; whoever asked for it is answered when every node that can be
 * reached has it. A node that could not be reached asks for what it missed, about once a second. Thread-safe.
 */
final class ScriptKeeper implements Catalogs {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptKeeper.class);
    private static final byte[] KEY = Bytes.utf8("script-catalog");
    private static final Duration PROPOSAL_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration SPREAD_TIMEOUT = Duration.ofSeconds(2);
    private static final String TOO_LARGE =
            "ERR the scripts and libraries of the cluster would be larger than " + ScriptCatalog.BYTES_MAX + " bytes";
    private static final Reply UNREACHABLE =
            Reply.error("CLUSTERDOWN the group that keeps scripts and libraries has no leader; nothing was changed");

    /** What this class needs of its node. */
    interface Surroundings {
        /** The meta group's replica here, or null. */
        @Nullable
        GroupReplica meta();

        /** The node that leads the meta group, or null. */
        @Nullable
        String metaLeader();

        /** The links to the other nodes; none before the node has started. */
        Collection<PeerLink> links();

        @Nullable
        PeerLink link(String node);
    }

    private final Surroundings node;
    /** Calls of {@link #tend} from one question of a node without the meta group to the next. */
    private static final int MISSED_PERIODS = 5;

    private volatile ScriptCatalog current = ScriptCatalog.EMPTY;
    /** Whether the leader of the meta group has been heard since the start, or is here. */
    private volatile boolean known;
    /** Calls of {@link #tend}. */
    private long tended;

    ScriptKeeper(Surroundings node) {
        this.node = node;
    }

    // ---- the writes of the meta group ----

    static void register(CommandTable table) {
        table.group(Group.CLUSTER)
                .row("META.SCRIPT", 2, List.of(), new Handler.Write(ScriptKeeper::addScript), Flag.INTERNAL)
                .row("META.NOSCRIPTS", 1, List.of(), new Handler.Write(ScriptKeeper::dropScripts), Flag.INTERNAL)
                .row("META.LIBRARIES", -2, List.of(), new Handler.Write(ScriptKeeper::setLibraries), Flag.INTERNAL);
    }

    private static ScriptCatalog read(ReadContext context) {
        KeyRecord record = context.find(KEY, Type.STRING);
        return record == null ? ScriptCatalog.EMPTY : ScriptCatalog.decode(record.payload());
    }

    /** Stores the next catalog and answers its version. */
    private static Reply store(WriteContext context, ScriptCatalog next) {
        if (next.size() > ScriptCatalog.BYTES_MAX) {
            throw new CommandError(TOO_LARGE);
        }
        context.put(KEY, KeyRecord.of(Type.STRING, 0, KeyRecord.NO_EXPIRY, next.encode()));
        return Reply.integer(next.version());
    }

    /** {@code META.SCRIPT body}. */
    private static Reply addScript(WriteContext context, Args args) {
        return store(context, read(context).withScript(args.take()));
    }

    /** {@code META.NOSCRIPTS}. */
    private static Reply dropScripts(WriteContext context, Args args) {
        return store(context, read(context).withoutScripts());
    }

    /** {@code META.LIBRARIES version (name code)...}: these libraries instead of those that {@code version} has. */
    private static Reply setLibraries(WriteContext context, Args args) {
        ScriptCatalog catalog = read(context);
        if (args.takeLong() != catalog.version()) {
            throw new CommandError("CHANGED the libraries have changed meanwhile");
        }
        Map<String, byte[]> libraries = new LinkedHashMap<>();
        while (args.hasNext()) {
            libraries.put(Bytes.text(args.take()), args.take());
        }
        return store(context, catalog.withLibraries(libraries));
    }

    // ---- changes ----

    @Override
    public ScriptCatalog current() {
        return current;
    }

    @Override
    public void loadScript(byte[] body, Consumer<Reply> reply) {
        change(new byte[][] {Bytes.utf8("META.SCRIPT"), body}, reply);
    }

    @Override
    public void flushScripts(Consumer<Reply> reply) {
        change(new byte[][] {Bytes.utf8("META.NOSCRIPTS")}, reply);
    }

    @Override
    public void replaceLibraries(long version, Map<String, byte[]> libraries, Consumer<Reply> reply) {
        List<byte[]> words = new ArrayList<>(List.of(Bytes.utf8("META.LIBRARIES"), Bytes.utf8(Long.toString(version))));
        libraries.forEach((name, code) -> {
            words.add(Bytes.utf8(name));
            words.add(code);
        });
        change(words.toArray(byte[][]::new), reply);
    }

    private void change(byte[][] argv, Consumer<Reply> reply) {
        propose(argv).whenComplete((result, error) -> {
            if (error != null) {
                LOG.warn("a change of scripts or libraries failed: {}", error.getMessage());
                reply.accept(UNREACHABLE);
            } else if (result instanceof Reply.Int version) {
                spread(version.value()).whenComplete((done, ignored) -> reply.accept(Reply.OK));
            } else if (result instanceof Reply.Error changed && changed.code().equals("CHANGED")) {
                catchUp().whenComplete((done, ignored) -> reply.accept(result));
            } else {
                reply.accept(result);
            }
        });
    }

    private CompletableFuture<Reply> propose(byte[][] argv) {
        GroupReplica meta = node.meta();
        if (meta != null && meta.leads()) {
            return meta.execute(0, argv);
        }
        PeerLink leader = leader();
        if (leader == null) {
            return CompletableFuture.completedFuture(UNREACHABLE);
        }
        byte[][] request = new byte[argv.length + 1][];
        request[0] = Bytes.utf8("PEER.SCRIPTS.CHANGE");
        System.arraycopy(argv, 0, request, 1, argv.length);
        return leader.send(PeerLink.Lane.CONTROL, PROPOSAL_TIMEOUT, request);
    }

    private @Nullable PeerLink leader() {
        String leader = node.metaLeader();
        return leader == null ? null : node.link(leader);
    }

    /** Completes when this node, and all that can be reached, have a catalog of {@code version} or a newer one. */
    private CompletableFuture<Void> spread(long version) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        all.add(reach(version));
        for (PeerLink link : node.links()) {
            if (link.isReady(PeerLink.Lane.CONTROL)) {
                byte[][] request = {Bytes.utf8("PEER.SCRIPTS.REACH"), Bytes.utf8(Long.toString(version))};
                all.add(link.send(PeerLink.Lane.CONTROL, SPREAD_TIMEOUT, request)
                        .exceptionally(e -> Reply.NULL));
            }
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
    }

    // ---- keeping up ----

    private void offer(ScriptCatalog offered) {
        synchronized (this) {
            if (offered.version() > current.version()) {
                current = offered;
            }
        }
    }

    /** An entry of the meta group was applied here. */
    void metaCommitted() {
        GroupReplica meta = node.meta();
        KeyRecord record = meta == null ? null : new ReadContext(meta.reader(), 0, 0).find(KEY, Type.STRING);
        if (record != null && ScriptCatalog.versionOf(record.payload()) > current.version()) {
            offer(ScriptCatalog.decode(record.payload()));
        }
    }

    private CompletableFuture<Void> reach(long version) {
        metaCommitted();
        return current.version() >= version ? CompletableFuture.completedFuture(null) : catchUp();
    }

    /** Asks the meta group's leader for a newer catalog, if this node does not have that already. */
    CompletableFuture<Void> catchUp() {
        PeerLink leader = leader();
        if (leader == null) {
            return CompletableFuture.completedFuture(null);
        }
        byte[][] request = {Bytes.utf8("PEER.SCRIPTS.GET"), Bytes.utf8(Long.toString(current.version()))};
        return leader.send(PeerLink.Lane.CONTROL, SPREAD_TIMEOUT, request).handle((reply, error) -> {
            if (reply instanceof Reply.Bulk bulk) {
                offer(ScriptCatalog.decode(bulk.value()));
            }
            if (reply instanceof Reply.Bulk || reply instanceof Reply.Null) {
                known = true;
            }
            return null;
        });
    }

    /** To be called again and again, by one thread: finds out what the cluster has, and what this node has missed. */
    void tend() {
        GroupReplica meta = node.meta();
        if (known) {
            if (meta == null && ++tended % MISSED_PERIODS == 0) {
                catchUp();
            }
        } else if (meta != null && meta.leads()) {
            metaCommitted();
            known = true;
        } else {
            catchUp();
        }
    }

    @Override
    public void requireKnown() {
        if (!known) {
            throw new CommandError("LOADING AiKv does not know yet which scripts and functions there are");
        }
    }

    // ---- what peers ask ----

    /** Adds the answers to the other nodes. */
    void answerTo(Map<String, PeerHandler> handlers) {
        handlers.put("PEER.SCRIPTS.CHANGE", (peer, args, reply) -> changeFor(args, reply));
        handlers.put(
                "PEER.SCRIPTS.REACH",
                (peer, args, reply) -> reach(version(args)).whenComplete((done, error) -> reply.accept(Reply.OK)));
        handlers.put("PEER.SCRIPTS.GET", (peer, args, reply) -> {
            GroupReplica meta = node.meta();
            if (meta == null || !meta.leads()) {
                throw new CommandError("NOTLEADER the meta group is not led here");
            }
            metaCommitted();
            ScriptCatalog newest = current;
            reply.accept(newest.version() > version(args) ? Reply.bulk(newest.encode()) : Reply.NULL);
        });
    }

    private static long version(byte[][] args) {
        return new Args(args, 1).takeLong();
    }

    private void changeFor(byte[][] args, Consumer<Reply> reply) {
        GroupReplica meta = node.meta();
        String command = args.length < 2 ? "" : Bytes.text(args[1]);
        boolean known =
                command.equals("META.SCRIPT") || command.equals("META.NOSCRIPTS") || command.equals("META.LIBRARIES");
        if (!known) {
            throw new CommandError("ERR no such change");
        } else if (meta == null || !meta.leads()) {
            throw new CommandError("CLUSTERDOWN the meta group is not led here; nothing was changed");
        }
        meta.execute(0, Arrays.copyOfRange(args, 1, args.length))
                .whenComplete((result, error) -> reply.accept(error == null ? result : UNREACHABLE));
    }
}
