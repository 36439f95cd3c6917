package io.aikv.server.command;

import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.DELETE;
import static io.aikv.command.KeySpec.Access.INCOMPLETE;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.after;
import static io.aikv.command.KeySpec.key;
import static io.aikv.command.KeySpec.nearly;

import io.aikv.base.CommandError;
import io.aikv.cluster.Route;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Flag;
import io.aikv.command.Group;
import io.aikv.command.Handler;
import io.aikv.data.EventClass;
import io.aikv.data.KeyFingerprint;
import io.aikv.data.KeyRecord;
import io.aikv.data.WriteContext;
import io.aikv.raft.GroupReplica;
import io.aikv.resp.Reply;
import io.aikv.server.session.ServerContext;
import io.aikv.server.session.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** MIGRATE: takes keys to another server. What takes time is a {@link Migration}, on threads of its own. */
public final class MigrateCommand {
    /** Removes keys that are still what was sent: pairs of a key and its fingerprint; answers 1 or 0 for each. */
    static final String REMOVE = "MIGRATE.REMOVE";

    private static final Logger LOG = LoggerFactory.getLogger(MigrateCommand.class);
    private static final Reply BUSY = Reply.error("TRYAGAIN too many keys are being migrated; nothing was done");

    private final ServerContext server;
    private final Executor threads;

    /** @param threads few; refuses when there is too much to do */
    public MigrateCommand(ServerContext server, Executor threads) {
        this.server = server;
        this.threads = threads;
    }

    public void register(CommandTable table) {
        table.group(Group.GENERIC)
                .row(
                        "MIGRATE",
                        -6,
                        List.of(
                                nearly(key(3, RW, ACCESS, DELETE), MigrateRequest::findKey),
                                nearly(
                                        after("KEYS", -2, -1, 1, 0, RW, ACCESS, DELETE, INCOMPLETE),
                                        MigrateRequest::findKeys)),
                        new Handler.Async(this::migrate),
                        Flag.WRITE)
                .row(REMOVE, -3, List.of(), new Handler.Write(MigrateCommand::remove), Flag.INTERNAL);
    }

    private void migrate(Caller caller, Args args, Consumer<Reply> reply) {
        MigrateRequest request = MigrateRequest.take(args);
        if (request.keys().isEmpty()) {
            reply.accept(Migration.NO_KEY);
            return;
        }
        Session session = (Session) caller;
        Migration migration = new Migration(
                request, group(request, session.tls()), session.database(), session.eventLoop(), clustered());
        try {
            threads.execute(() -> reply.accept(run(migration)));
        } catch (RejectedExecutionException e) {
            reply.accept(BUSY);
        }
    }

    private static Reply run(Migration migration) {
        try {
            return migration.run();
        } catch (CommandError e) {
            return Reply.error(e);
        } catch (RuntimeException e) {
            LOG.warn("a migration failed", e);
            return Reply.error("ERR the migration failed: " + e);
        }
    }

    private boolean clustered() {
        return server.config().cluster().enabled();
    }

    private GroupReplica group(MigrateRequest request, boolean tls) {
        Route route = server.router().route(clustered() ? request.slot() : 0, false);
        if (route instanceof Route.Leader leader) {
            return leader.group();
        } else if (route instanceof Route.Moved moved) {
            throw new CommandError(moved.errorLine(tls));
        } else if (route instanceof Route.Refused refused) {
            throw new CommandError(refused.errorLine());
        }
        throw new CommandError(((Route.Unknown) route).errorLine());
    }

    private static Reply remove(WriteContext context, Args args) {
        List<Reply> removed = new ArrayList<>();
        while (args.hasNext()) {
            byte[] key = args.take();
            byte[] fingerprint = args.take();
            KeyRecord record = context.find(key);
            boolean same = record != null && Arrays.equals(KeyFingerprint.of(context, key, record), fingerprint);
            if (same) {
                context.remove(key);
                context.changed(EventClass.GENERIC, "del", key);
            }
            removed.add(same ? Reply.ONE : Reply.ZERO);
        }
        return Reply.array(removed);
    }
}
