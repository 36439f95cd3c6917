package io.aikv.cluster;

import io.aikv.base.Bytes;
import io.aikv.base.Check;
import io.aikv.base.Clock;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.raft.GroupReplica;
import io.aikv.raft.RaftUnavailable;
import io.aikv.resp.Reply;
import io.aikv.store.StoreReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small documents that every node of the cluster has: the users of ACL. The meta group keeps them, each with a version; a
 * change names the version it is made from, so nobody overwrites what he has not seen. Nodes with a replica of the meta
 * group see a change as it is applied; the others hear in the pings how far the meta group has got, and ask.
 *
 * <p>Each node keeps a copy in its directory, so that it knows the documents when it starts, before it has found the others.
 *
 * <p>Any thread.
 */
public final class ClusterDocuments {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterDocuments.class);

    /** The meta group's command, which only nodes send. */
    static final String PUT = "META.PUT";

    private static final String PEER_PUT = "PEER.PUT";
    private static final String PEER_DOCUMENTS = "PEER.DOCUMENTS";

    /** A change is tried for this long before it is given up. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);
    private static final long RETRY_MILLIS = 50;
    private static final int BYTES_MAX = 1 << 20;

    private static final String NO_META_LEADER = "CLUSTERDOWN the meta group has no leader; nothing was changed";

    /** One version of a document. The bytes are not copied and must not change. */
    public record Document(long version, byte[] value) {
        /** What stands for a document that there is not. */
        public static final Document NONE = new Document(0, Bytes.EMPTY);

        byte[] encode() {
            return ByteBuffer.allocate(Long.BYTES + value.length)
                    .putLong(version)
                    .put(value)
                    .array();
        }

        /** @throws IllegalArgumentException if it is too short */
        static Document decode(byte[] bytes) {
            Check.argument(bytes.length >= Long.BYTES, "a document of %s bytes", bytes.length);
            return new Document(ByteBuffer.wrap(bytes).getLong(), Arrays.copyOfRange(bytes, Long.BYTES, bytes.length));
        }
    }

    /** Sends a request to a node. Fails with an {@link IOException} if it is not reached. */
    @FunctionalInterface
    interface Sender {
        CompletableFuture<Reply> send(String node, PeerLink.Lane lane, Duration timeout, byte[]... args);
    }

    private final String self;
    private final Supplier<@Nullable GroupReplica> meta;
    private final Supplier<@Nullable String> metaLeader;
    private final Sender sender;
    private final ScheduledExecutorService executor;
    private final Clock clock;
    private final Map<String, Consumer<Document>> listeners = new ConcurrentSkipListMap<>();
    private final Map<String, Document> known = new ConcurrentHashMap<>();
    /** Guards the order in which listeners hear of versions. */
    private final Object lock = new Object();

    private volatile @Nullable Path directory;
    /** On a node without a replica: up to which entry of the meta group it has asked. */
    private volatile long askedIndex = -1;

    private volatile boolean asking;

    ClusterDocuments(
            String self,
            Supplier<@Nullable GroupReplica> meta,
            Supplier<@Nullable String> metaLeader,
            Sender sender,
            ScheduledExecutorService executor,
            Clock clock) {
        this.self = self;
        this.meta = meta;
        this.metaLeader = metaLeader;
        this.sender = sender;
        this.executor = executor;
        this.clock = clock;
    }

    /** Lets this node answer the others. */
    void answer(ClusterNode node) {
        node.onPeerRequest(PEER_PUT, (peer, args, reply) -> peerPut(args, reply));
        node.onPeerRequest(PEER_DOCUMENTS, (peer, args, reply) -> reply.accept(newerThan(args)));
    }

    // ---- what is known ----

    /**
     * Takes part in a document. Before the node starts.
     *
     * @param listener gets each version, in order, on the thread that brought it, which must not be kept waiting
     */
    public void follow(String name, Consumer<Document> listener) {
        Check.state(listeners.put(name, listener) == null, "document %s is followed twice", name);
    }

    /**
     * Keeps copies in that directory, and reads those that are there. Before the node starts; without this call nothing of
     * the documents is kept outside of the meta group.
     *
     * @throws IOException if a copy cannot be read
     */
    public void keepIn(Path home) throws IOException {
        Files.createDirectories(home);
        for (String name : listeners.keySet()) {
            Path file = home.resolve(fileName(name));
            if (Files.exists(file)) {
                offer(name, Document.decode(Files.readAllBytes(file)));
            }
        }
        directory = home;
    }

    private static String fileName(String name) {
        return "document-" + name;
    }

    /** The newest version known here; {@link Document#NONE} if there is none. */
    public Document get(String name) {
        return known.getOrDefault(name, Document.NONE);
    }

    private void offer(String name, Document offered) {
        synchronized (lock) {
            Consumer<Document> listener = listeners.get(name);
            if (listener == null || get(name).version() >= offered.version()) {
                return;
            }
            known.put(name, offered);
            try {
                listener.accept(offered);
            } catch (RuntimeException e) {
                LOG.error("document={} version={} could not be put into effect", name, offered.version(), e);
            }
        }
        if (directory != null) {
            later(() -> store(name));
        }
    }

    private void later(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node is closing");
        }
    }

    /** Replaces the copy as a whole: after a crash there is the old one or the new one. On the cluster thread. */
    private void store(String name) {
        Path home = Objects.requireNonNull(directory);
        Path fresh = home.resolve(fileName(name) + ".new");
        try {
            Files.deleteIfExists(fresh);
            if (fresh.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            try (FileChannel out = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(get(name).encode());
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(fresh, home.resolve(fileName(name)), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.error("document={} could not be stored in {}", name, home, e);
        }
    }

    /** Takes what a replica of the meta group on this node has committed. */
    void read(StoreReader reader) {
        for (String name : listeners.keySet()) {
            Document committed = MetaCommands.document(reader, name);
            if (committed != null) {
                offer(name, committed);
            }
        }
    }

    // ---- hearing of the others ----

    /** A peer says how far its replica of the meta group has applied. */
    void heard(String peer, Gossip gossip) {
        if (meta.get() != null || asking || listeners.isEmpty()) {
            return;
        }
        for (Gossip.Line line : gossip.lines()) {
            if (line.group().equals(Groups.META) && line.applied() > askedIndex) {
                ask(peer);
                return;
            }
        }
    }

    private void ask(String peer) {
        asking = true;
        List<byte[]> request = new ArrayList<>(List.of(Bytes.utf8(PEER_DOCUMENTS)));
        for (String name : listeners.keySet()) {
            request.add(Bytes.utf8(name));
            request.add(Bytes.utf8(Long.toString(get(name).version())));
        }
        sender.send(peer, PeerLink.Lane.CONTROL, ANSWER_TIMEOUT, request.toArray(new byte[0][]))
                .whenComplete((reply, error) -> {
                    if (reply instanceof Reply.Array answer) {
                        take(peer, answer.items());
                    }
                    asking = false;
                });
    }

    /** {@code PEER.DOCUMENTS (name version)*}: the applied index, and name, version, value of those that are newer here. */
    private Reply newerThan(byte[][] args) {
        GroupReplica replica = meta.get();
        if (replica == null) {
            throw new CommandError("ERR no replica of the meta group here");
        }
        List<Reply> answer = new ArrayList<>();
        answer.add(Reply.integer(replica.applied().index())); // First: what is read then is at least as new.
        for (int i = 1; i + 1 < args.length; i += 2) {
            String name = Bytes.text(args[i]);
            Document document = MetaCommands.document(replica.reader(), name);
            if (document != null && document.version() > Long.parseLong(Bytes.text(args[i + 1]))) {
                answer.add(Reply.text(name));
                answer.add(Reply.integer(document.version()));
                answer.add(Reply.bulk(document.value()));
            }
        }
        return Reply.array(answer);
    }

    private void take(String peer, List<Reply> answer) {
        if (answer.isEmpty() || !(answer.get(0) instanceof Reply.Int index)) {
            LOG.warn("peer={} answered {} with nonsense", peer, PEER_DOCUMENTS);
            return;
        }
        for (int i = 1; i + 2 < answer.size(); i += 3) {
            if (answer.get(i + 1) instanceof Reply.Int version && answer.get(i + 2) instanceof Reply.Bulk value) {
                offer(PeerReplies.text(answer.get(i)), new Document(version.value(), value.value()));
            }
        }
        askedIndex = Math.max(askedIndex, index.value());
    }

    // ---- changing ----

    /**
     * Stores the next version of a document for the whole cluster. When the future completes, the change is committed and in
     * effect on this node; the others follow.
     *
     * @param version the one that {@code value} was made from
     * @return the document as it then is: {@code version + 1} with {@code value}, or what another change has made of it, in which
     *     case nothing was changed. Fails with {@link CommandError}: {@code CLUSTERDOWN ...} if nothing was changed, {@code
     *     INDETERMINATE ...} if nobody knows.
     */
    public CompletableFuture<Document> put(String name, long version, byte[] value) {
        if (value.length > BYTES_MAX) {
            return CompletableFuture.failedFuture(
                    new CommandError("ERR " + name + " would be larger than " + BYTES_MAX + " bytes together"));
        }
        Change change = new Change(name, new Document(version + 1, value));
        change.attempt();
        return change.result;
    }

    /** One change, tried again while it was certainly not made, or while trying again does no harm. */
    private final class Change {
        private final String name;
        private final Document wanted;
        private final byte[][] request;
        private final long deadlineNanos = clock.nanos() + PATIENCE.toNanos();
        private final CompletableFuture<Document> result = new CompletableFuture<>();
        /** Some attempt may have been made without anybody hearing of it. */
        private volatile boolean doubtful;

        Change(String name, Document wanted) {
            this.name = name;
            this.wanted = wanted;
            this.request = new byte[][] {
                Bytes.utf8(PUT), Bytes.utf8(name), Bytes.utf8(Long.toString(wanted.version() - 1)), wanted.value()
            };
        }

        void attempt() {
            onLeader(request).whenComplete((reply, error) -> {
                if (error == null) {
                    answered(reply);
                } else {
                    failed(error instanceof CompletionException ? error.getCause() : error);
                }
            });
        }

        private void answered(Reply reply) {
            if (reply instanceof Reply.Int) {
                offer(name, wanted);
                result.complete(wanted);
            } else if (reply instanceof Reply.Array other
                    && other.items().size() == 2
                    && other.items().get(0) instanceof Reply.Int version
                    && other.items().get(1) instanceof Reply.Bulk value) {
                found(new Document(version.value(), value.value()));
            } else {
                failed(new CommandError(PeerReplies.text(reply)));
            }
        }

        /** The document is another one already: perhaps by an attempt of ours. */
        private void found(Document current) {
            offer(name, current);
            boolean ours = current.version() == wanted.version() && Arrays.equals(current.value(), wanted.value());
            if (doubtful && !ours && current.version() > wanted.version()) {
                result.completeExceptionally(new CommandError(Errors.INDETERMINATE));
            } else {
                result.complete(current);
            }
        }

        private void failed(@Nullable Throwable error) {
            boolean refused = error instanceof RaftUnavailable unavailable && unavailable.refusal() != null;
            boolean notSent =
                    error instanceof CommandError command && command.line().startsWith("NOTLEADER ");
            if (!refused && !notSent) {
                doubtful = true;
            }
            if (clock.nanos() - deadlineNanos < 0) {
                try {
                    executor.schedule(this::attempt, RETRY_MILLIS, TimeUnit.MILLISECONDS);
                    return;
                } catch (RejectedExecutionException e) {
                    LOG.debug("the node is closing");
                }
            }
            LOG.warn("document={} could not be changed: {}", name, String.valueOf(error));
            result.completeExceptionally(new CommandError(doubtful ? Errors.INDETERMINATE : NO_META_LEADER));
        }
    }

    /** Runs a command of the meta group on its leader, once. */
    private CompletableFuture<Reply> onLeader(byte[][] request) {
        String leader = metaLeader.get();
        if (leader == null) {
            return CompletableFuture.failedFuture(new CommandError("NOTLEADER no leader is known"));
        }
        if (leader.equals(self)) {
            return execute(request);
        }
        byte[][] forwarded = request.clone();
        forwarded[0] = Bytes.utf8(PEER_PUT);
        return sender.send(leader, PeerLink.Lane.READ, ANSWER_TIMEOUT, forwarded);
    }

    private CompletableFuture<Reply> execute(byte[][] request) {
        GroupReplica replica = meta.get();
        return replica == null || !replica.leads()
                ? CompletableFuture.failedFuture(new CommandError("NOTLEADER this node does not lead the meta group"))
                : replica.execute(0, request);
    }

    /** {@code PEER.PUT name version value}, by the leader of the meta group. */
    private void peerPut(byte[][] args, Consumer<Reply> reply) {
        if (args.length != 4) {
            throw new CommandError("ERR a put of " + args.length + " words");
        }
        byte[][] request = args.clone();
        request[0] = Bytes.utf8(PUT);
        execute(request).whenComplete((done, error) -> reply.accept(error == null ? done : refusal(error)));
    }

    private static Reply refusal(Throwable error) {
        Throwable cause =
                error instanceof CompletionException ? Objects.requireNonNullElse(error.getCause(), error) : error;
        if (cause instanceof CommandError command) {
            return Reply.error(command);
        }
        boolean refused = cause instanceof RaftUnavailable unavailable && unavailable.refusal() != null;
        return Reply.error(refused ? "NOTLEADER " + cause.getMessage() : Errors.INDETERMINATE);
    }
}
