package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.data.CollectionHeader;
import io.aikv.data.EventSink;
import io.aikv.data.Expiry;
import io.aikv.data.KeyRecord;
import io.aikv.data.ListWriter;
import io.aikv.data.Packing;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import io.aikv.resp.ReplyWriter;
import io.aikv.script.Budget;
import io.aikv.script.LocalCatalogs;
import io.aikv.script.ScriptOptions;
import io.aikv.script.Scripts;
import io.aikv.store.AppliedPosition;
import io.aikv.store.Cursor;
import io.aikv.store.GroupStore;
import io.aikv.store.Space;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.store.StoreTransaction;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * Runs command lines against a real store in a directory, as a group's replica would: writes inside entries, reads on
 * what is committed. Time stands still until a test moves it.
 *
 * <pre>{@code
 * try (CommandFixture redis = new CommandFixture(directory)) {
 *     redis.run("SET key value PX 100");
 *     redis.advance(100);
 *     assertEquals(Reply.NULL, redis.run("GET key"));
 *     assertEquals(List.of("0 new key", "0 set key", "0 expire key"), redis.takeEvents());
 * }
 * }</pre>
 */
public final class CommandFixture implements AutoCloseable {
    /** What {@link #nowMillis()} is at first. */
    public static final long START_MILLIS = 1_700_000_000_000L;

    public static final int DATABASES = 16;

    private static final int EXPIRED_PER_ENTRY = 20;

    private final CommandTable table = new CommandTable();
    private final Path directory;
    private final Packing packing;
    private final StoreResources resources = StoreResources.small();
    private final List<String> events = new ArrayList<>();
    private final EventSink sink = (database, eventClass, event, key) ->
            events.add(database + " " + event + " " + new String(key, ISO_8859_1));
    private final Caller caller = new FixtureCaller();

    private final Scripts scripts;
    private GroupStore store;
    private long index;
    private long nowMillis = START_MILLIS;
    private int database;

    /** A fresh store with every data family. */
    public CommandFixture(Path directory) {
        this(directory, Packing.FORMAT);
    }

    /** As {@link #CommandFixture(Path)}, with small collections packed up to other sizes. */
    public CommandFixture(Path directory, Packing packing) {
        this.directory = directory;
        this.packing = packing;
        Families.register(table, DATABASES);
        scripts = new Scripts(
                table, new ScriptOptions(Budget.defaults(), DATABASES, false), new LocalCatalogs(), () -> 0);
        scripts.register();
        store = open();
    }

    /** Packed as in the format, up to a few rows only, or not at all: so that a test that runs often meets all rows everywhere. */
    public static Packing anyPacking(long seed) {
        List<Packing> all = List.of(Packing.FORMAT, new Packing(8, 300, 100), Packing.NONE);
        return all.get((int) Math.floorMod(seed, 3L));
    }

    private GroupStore open() {
        try {
            return GroupStore.open(resources, directory, StoreOptions.defaults());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- commands ----

    /** Runs one command line: words between single spaces, no quoting. */
    public Reply run(String line) {
        return run(words(line));
    }

    /** Runs one command; a write in an entry of its own. Errors are replies. */
    public Reply run(byte[]... argv) {
        Command command = table.find(argv);
        if (command != null && command.isWrite()) {
            return entry(Collections.singletonList(argv)).get(0);
        }
        return guarded(argv, found -> read(found, argv));
    }

    /** Runs several commands, reads and writes, inside one entry, as a batch or MULTI does. */
    public List<Reply> entry(String... lines) {
        List<byte[][]> requests = new ArrayList<>();
        for (String line : lines) {
            requests.add(words(line));
        }
        return entry(requests);
    }

    /** As {@link #entry(String...)}. */
    public List<Reply> entry(List<byte[][]> requests) {
        StoreTransaction transaction = store.begin();
        SplittableRandom random = new SplittableRandom(index);
        Expiry.removeDue(new WriteContext(transaction, 0, nowMillis, random, sink, packing), EXPIRED_PER_ENTRY);
        List<Reply> replies = new ArrayList<>();
        for (byte[][] argv : requests) {
            WriteContext context = new WriteContext(transaction, database, nowMillis, random, sink, packing);
            replies.add(guarded(argv, command -> runInside(command, context, argv)));
        }
        transaction.commit(new AppliedPosition(1, ++index, nowMillis));
        return replies;
    }

    private Reply guarded(byte[][] argv, Function<Command, Reply> run) {
        Command command = table.find(argv);
        if (command == null) {
            throw new AssertionError("no such command: " + new String(argv[0], UTF_8));
        }
        try {
            if (!command.acceptsArgumentCount(argv.length)) {
                throw Errors.wrongArity(command.name());
            }
            return run.apply(command);
        } catch (CommandError e) {
            return Reply.error(e);
        }
    }

    private Reply read(Command command, byte[][] argv) {
        if (command.handler() instanceof Handler.Session session) {
            return session.run().run(caller, command.args(argv));
        }
        if (command.handler() instanceof Handler.Async async) {
            List<Reply> replies = new ArrayList<>();
            async.run().run(caller, command.args(argv), replies::add);
            return replies.get(0);
        }
        ReadContext context =
                new ReadContext(store.reader(), database, nowMillis, new SplittableRandom(System.nanoTime()));
        return ((Handler.Read) command.handler()).run().run(context, command.args(command.stamped(argv, null)));
    }

    private Reply runInside(Command command, WriteContext context, byte[][] argv) {
        if (command.handler() instanceof Handler.Write write) {
            return write.run().run(context, command.args(command.stamped(argv, null)));
        }
        if (command.handler() instanceof Handler.Read read) {
            return read.run().run(context, command.args(command.stamped(argv, null)));
        }
        return read(command, argv);
    }

    /** The words of a line, each byte of which is one character. */
    public static byte[][] words(String line) {
        String[] words = line.split(" ", -1);
        byte[][] argv = new byte[words.length][];
        for (int i = 0; i < words.length; i++) {
            argv[i] = words[i].getBytes(ISO_8859_1);
        }
        return argv;
    }

    /** The reply as it would be sent. */
    public static byte[] encode(Reply reply, int protocol) {
        ByteBuf out = Unpooled.buffer();
        ReplyWriter.write(reply, protocol, out);
        return ByteBufUtil.getBytes(out);
    }

    /** The reply as it would be sent in RESP3, for comparing with literals. */
    public static String text(Reply reply) {
        return new String(encode(reply, 3), ISO_8859_1);
    }

    // ---- surroundings ----

    /** The command table, for what is not a data command and for facts about commands. */
    public CommandTable table() {
        return table;
    }

    public void select(int newDatabase) {
        database = newDatabase;
    }

    public long nowMillis() {
        return nowMillis;
    }

    public void advance(long millis) {
        nowMillis += millis;
    }

    /** Sets the time; it must not go back. */
    public void setNow(long millis) {
        nowMillis = Math.max(nowMillis, millis);
    }

    /** Removes everything that is due, as entries would in time. */
    public void expireAll() {
        int consumed = EXPIRED_PER_ENTRY;
        while (consumed == EXPIRED_PER_ENTRY) {
            StoreTransaction transaction = store.begin();
            consumed = Expiry.removeDue(
                    new WriteContext(transaction, 0, nowMillis, new SplittableRandom(0), sink, packing),
                    EXPIRED_PER_ENTRY);
            transaction.commit(new AppliedPosition(1, ++index, nowMillis));
        }
    }

    /** The events since the last call: {@code "database event key"}. */
    public List<String> takeEvents() {
        List<String> taken = List.copyOf(events);
        events.clear();
        return taken;
    }

    /**
     * Gives a key a value that is not a string: a list, without a word to listeners.
     */
    public void putList(String key, String... elements) {
        StoreTransaction transaction = store.begin();
        WriteContext context =
                new WriteContext(transaction, database, nowMillis, new SplittableRandom(0), EventSink.NONE, packing);
        byte[] name = key.getBytes(ISO_8859_1);
        context.remove(name);
        ListWriter list = ListWriter.open(context, name);
        for (String element : elements) {
            list.push(false, element.getBytes(ISO_8859_1));
        }
        list.finish();
        transaction.commit(new AppliedPosition(1, ++index, nowMillis));
    }

    /** The committed state. */
    public GroupStore store() {
        return store;
    }

    /** How many rows there are of long strings and collections, packed ones too. */
    public int rowCount() {
        int count = 0;
        try (Cursor rows = store.reader().cursor(Space.ROWS, new byte[0], null)) {
            while (rows.next()) {
                count++;
            }
        }
        try (Cursor keys = store.reader().cursor(Space.KEYS, new byte[0], null)) {
            while (keys.next()) {
                KeyRecord record = KeyRecord.decode(keys.value());
                boolean isCollection = switch (record.type()) {
                    case HASH, LIST, SET, SORTED_SET, STREAM -> true;
                    case STRING, JSON -> false;
                };
                count += isCollection ? CollectionHeader.of(record).rows().packedCount() : 0;
            }
        }
        return count;
    }

    /** Closes the store orderly and opens it again. */
    public void reopen() {
        store.flush();
        store.close();
        store = open();
    }

    @Override
    public void close() {
        scripts.close();
        store.close();
        resources.close();
    }

    private final class FixtureCaller implements Caller {
        @Override
        public long id() {
            return 1;
        }

        @Override
        public int database() {
            return database;
        }

        @Override
        public int protocol() {
            return 3;
        }
    }
}
