package io.aikv.script;

import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.command.Args;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.command.KeySpec;
import io.aikv.command.Permissions;
import io.aikv.data.ReadContext;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Scripts and functions of one node: EVAL, EVALSHA, FCALL and their reading variants. The writing ones run within their entry
 * on every replica; the node that proposes one puts everything into the entry that this takes.
 */
public final class Scripts implements AutoCloseable {
    static final String NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
    private static final String NOT_AN_INTEGER = "ERR value is not an integer or out of range";
    private static final String BAD_NUMBER = "ERR Bad number of keys provided";
    private static final String NO_CLUSTER = "ERR Can not run script on cluster, 'no-cluster' flag is set.";
    private static final String WRITES_IN_RO = "ERR Can not execute a script with write flag using *_ro command.";

    private final CommandTable table;
    private final ScriptOptions options;
    private final Catalogs catalogs;
    private final LuaEngine engine;
    private final KnownScripts known;
    private final LibraryCache libraries = new LibraryCache();
    private volatile FunctionIndex functions = FunctionIndex.EMPTY;

    /**
     * @param table complete by the time that the first script runs
     * @param clockMillis a clock that FUNCTION STATS tells by how long a function runs; nothing else depends on it
     */
    public Scripts(CommandTable table, ScriptOptions options, Catalogs catalogs, LongSupplier clockMillis) {
        this.engine = new LuaEngine(clockMillis);
        this.table = table;
        this.options = options;
        this.catalogs = catalogs;
        this.known = new KnownScripts(catalogs::current);
    }

    /** Adds the commands. */
    public void register() {
        KeySpec writing = KeySpec.counted(2, RW, ACCESS, UPDATE);
        KeySpec reading = KeySpec.counted(2, RO, ACCESS);
        Flag[] writes = {Flag.NOSCRIPT, Flag.SKIP_MONITOR, Flag.NO_MANDATORY_KEYS, Flag.STALE};
        Flag[] reads = {Flag.NOSCRIPT, Flag.SKIP_MONITOR, Flag.NO_MANDATORY_KEYS, Flag.STALE, Flag.LONG_READ};
        table.group(Group.SCRIPTING)
                .row("EVAL", -3, List.of(writing), new Handler.Write(this::eval, this::stampEval), writes)
                .row("EVALSHA", -3, List.of(writing), new Handler.Write(this::eval, this::stampEvalSha), writes)
                .row("FCALL", -3, List.of(writing), new Handler.Write(this::call, this::stampCall), writes)
                .row("EVAL_RO", -3, List.of(reading), new Handler.Read(this::evalRo, this::stampEval), reads)
                .row("EVALSHA_RO", -3, List.of(reading), new Handler.Read(this::evalRo, this::stampEvalSha), reads)
                .row("FCALL_RO", -3, List.of(reading), new Handler.Read(this::callRo, this::stampCallRo), reads);
        new ScriptCommands(engine, known, catalogs).register(table);
        new FunctionCommands(engine, this::functions, catalogs).register(table);
    }

    /** Loads what scripts need. Before the first entry. @throws io.aikv.base.ConfigError if this machine cannot run scripts */
    public void load() {
        engine.load();
    }

    /** The functions of the catalog that this node knows. */
    FunctionIndex functions() {
        ScriptCatalog catalog = catalogs.current();
        FunctionIndex index = functions;
        if (index.version() != catalog.version()) {
            index = FunctionIndex.of(catalog, index, engine);
            functions = index;
        }
        return index;
    }

    // ---- scripts ----

    private byte[][] stampEval(byte[][] argv, @Nullable Permissions rights) {
        ScriptRequest.of(argv, NOT_AN_INTEGER);
        known.saw(Sha1.hex(argv[1]), argv[1]);
        return stamped(argv, rights, argv[1]);
    }

    private byte[][] stampEvalSha(byte[][] argv, @Nullable Permissions rights) {
        requireDigest(argv[1]);
        ScriptRequest.of(argv, NOT_AN_INTEGER);
        return stamped(argv, rights, require(argv[1]));
    }

    /** The request with the budget, the rights of its user and the code that it takes. */
    private byte[][] stamped(byte[][] argv, @Nullable Permissions rights, byte[] what) {
        byte[] encoded = rights == null ? Bytes.EMPTY : rights.encode(table);
        return ScriptRequest.with(argv, options.budget().before(encoded, what));
    }

    private static void requireDigest(byte[] sha) {
        if (sha.length != 40) {
            throw new CommandError(NO_SCRIPT);
        }
    }

    private byte[] require(byte[] sha) {
        byte[] body = known.find(CommandCalls.lower(sha));
        if (body == null) {
            catalogs.requireKnown();
            throw new CommandError(NO_SCRIPT);
        }
        return body;
    }

    /** Runs the script that an entry holds. */
    private Reply eval(WriteContext context, Args args) {
        ScriptRequest request = ScriptRequest.of(args.argv(), NOT_AN_INTEGER);
        Budget budget = budget(request);
        byte[] body = Budget.rest(request.what());
        String sha = Sha1.hex(body);
        Script script = Script.of(sha, body);
        boolean readOnly = check(script.flags(), false);
        known.saw(sha, body);
        return engine.write(
                context,
                script.code(),
                budget,
                attempt ->
                        ScriptRun.script(sha, request.keys(), request.arguments(), calls(attempt, readOnly, request)));
    }

    private static Budget budget(ScriptRequest request) {
        Budget budget = Budget.read(request.what());
        if (budget == null) {
            throw new IllegalStateException("an entry holds a script without its budget");
        }
        return budget;
    }

    private Reply evalRo(ReadContext context, Args args) {
        ScriptRequest request = ScriptRequest.of(args.argv(), NOT_AN_INTEGER);
        byte[] body = Budget.rest(request.what());
        return read(context, request, Script.of(Sha1.hex(body), body));
    }

    private Reply read(ReadContext context, ScriptRequest request, Script script) {
        check(script.flags(), true);
        return engine.read(
                context,
                script.code(),
                options.budget(),
                inner -> ScriptRun.script(
                        script.sha(), request.keys(), request.arguments(), calls(inner, true, request)));
    }

    /** Whether a script with these flags may only read. @throws CommandError if it may not run so */
    private boolean check(@Nullable Set<Script.Flag> flags, boolean readOnly) {
        if (flags == null) {
            return readOnly;
        }
        if (flags.contains(Script.Flag.NO_CLUSTER) && options.clusterEnabled()) {
            throw new CommandError(NO_CLUSTER);
        }
        if (readOnly && !flags.contains(Script.Flag.NO_WRITES)) {
            throw new CommandError(WRITES_IN_RO);
        }
        return flags.contains(Script.Flag.NO_WRITES);
    }

    private CommandCalls calls(ReadContext context, boolean readOnly, ScriptRequest request) {
        byte[] rights = Budget.rights(request.what());
        CommandGuard guard =
                rights.length == 0 ? CommandGuard.ALLOWS_ALL : new CommandGuard(Permissions.decode(rights, table));
        return new CommandCalls(table, context, readOnly, request.slot(), options, guard);
    }

    // ---- functions ----

    private byte[][] stampCall(byte[][] argv, @Nullable Permissions rights) {
        return stampCall(argv, rights, false);
    }

    private byte[][] stampCallRo(byte[][] argv, @Nullable Permissions rights) {
        return stampCall(argv, rights, true);
    }

    private byte[][] stampCall(byte[][] argv, @Nullable Permissions rights, boolean readOnly) {
        String name = Bytes.text(argv[1]);
        FunctionIndex index = functions();
        Library.Function function = requireFunction(index, name);
        ScriptRequest.of(argv, BAD_NUMBER);
        check(function.flags(), readOnly);
        Library library = index.byFunction().get(name);
        byte[] what =
                ScriptRequest.function(Bytes.utf8(function.name()), library == null ? Bytes.EMPTY : library.code());
        return stamped(argv, rights, what);
    }

    private Library.Function requireFunction(FunctionIndex index, String name) {
        Library.Function function = index.function(name);
        if (function == null) {
            catalogs.requireKnown();
            throw new CommandError("ERR Function not found");
        }
        return function;
    }

    /** Runs the function that an entry holds. */
    private Reply call(WriteContext context, Args args) {
        ScriptRequest request = ScriptRequest.of(args.argv(), BAD_NUMBER);
        Budget budget = budget(request);
        Called called = Called.of(request);
        boolean readOnly = isReadOnly(called.sha(), called.code(), called.name());
        return engine.write(
                context,
                Library.body(called.code()),
                budget,
                attempt -> ScriptRun.function(
                        called.sha(),
                        called.name(),
                        request.keys(),
                        request.arguments(),
                        calls(attempt, readOnly, request)));
    }

    /** The function that a stamped request holds. */
    private record Called(String name, byte[] code, String sha) {
        static Called of(ScriptRequest request) {
            ByteBuffer what = ByteBuffer.wrap(Budget.rest(request.what()));
            byte[] name = new byte[what.getShort()];
            what.get(name);
            byte[] code = new byte[what.remaining()];
            what.get(code);
            return new Called(Bytes.text(name), code, Sha1.hex(code));
        }
    }

    /** Whether a function has declared that it does not write: by the code in the entry, not by what this node knows. */
    private boolean isReadOnly(String sha, byte[] code, String name) {
        for (Library.Function function : libraries.read(sha, code, engine).functions()) {
            if (function.name().equals(name)) {
                return function.flags().contains(Script.Flag.NO_WRITES);
            }
        }
        return false;
    }

    private Reply callRo(ReadContext context, Args args) {
        ScriptRequest request = ScriptRequest.of(args.argv(), BAD_NUMBER);
        Called called = Called.of(request);
        return engine.read(
                context,
                Library.body(called.code()),
                options.budget(),
                inner -> ScriptRun.function(
                        called.sha(), called.name(), request.keys(), request.arguments(), calls(inner, true, request)));
    }

    /** How often a script had to be started anew in a state of its own, or was ended. */
    public int repeated() {
        return engine.repeated();
    }

    /** Frees the memory of Lua. No script runs any more. */
    @Override
    public void close() {
        engine.close();
    }
}
