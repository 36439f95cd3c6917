package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.base.Clock;
import io.aikv.command.Command;
import io.aikv.command.Permissions;
import io.aikv.command.Permissions.Denial;
import io.aikv.command.SortPatterns;
import io.aikv.data.DeniedCall;
import io.aikv.resp.Reply;
import io.aikv.server.acl.AccessControl;
import io.aikv.server.acl.Account;
import io.aikv.server.acl.AclLog;
import io.aikv.server.acl.User;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where connections meet access control: whether one may run a request, what it is told if not, and what becomes of it when
 * its user changes. The only place that asks for rights; transactions and scripts come here too. Any thread.
 */
public final class AccessGate {
    private static final Logger LOG = LoggerFactory.getLogger(AccessGate.class);

    private static final String CHANGED =
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is"
                    + " no longer allowed for the following reason: ";

    private final AccessControl access;
    private final Clients clients;
    private final ServerCounters counters;
    private final Tunables tunables;
    private final Clock clock;
    private final ServerContext server;
    private volatile CompletableFuture<Void> settled = CompletableFuture.completedFuture(null);

    AccessGate(AccessControl access, ServerContext server) {
        this.access = access;
        this.server = server;
        this.clients = server.clients();
        this.counters = server.counters();
        this.tunables = server.tunables();
        this.clock = server.clock();
        access.onChange(this::changed);
    }

    /** Whether a connection has logged in, or need not. */
    boolean isLoggedIn(ClientState state) {
        return state.authenticated || !access.loginRequired();
    }

    // ---- requests ----

    /**
     * Null if the session's user may run a request, otherwise what the client is told, which is noted in the log of refusals.
     * Arity must have been checked. One field is read if the user may do everything.
     */
    public @Nullable Reply refusal(Session session, Command command, byte[][] argv) {
        Account account = session.state().user;
        if (!account.isRestricted()) {
            return null;
        }
        Permissions permissions = account.permissions();
        Denial denial = permissions.check(command, argv);
        if (denial == null) {
            return patternsRefusal(permissions, command, argv);
        }
        note(session, command, argv, denial, contextOf(session));
        return Reply.error("NOPERM " + Permissions.text(denial, account.name().array(), command));
    }

    /** As {@link #refusal}, for a command that was queued by MULTI and is about to be executed by EXEC. */
    public @Nullable Reply refusalAtExec(Session session, Command command, byte[][] argv) {
        Account account = session.state().user;
        if (!account.isRestricted()) {
            return null;
        }
        Permissions permissions = account.permissions();
        Denial denial = permissions.check(command, argv);
        if (denial == null) {
            return patternsRefusal(permissions, command, argv);
        }
        note(session, command, argv, denial, AclLog.Context.MULTI);
        return Reply.error(CHANGED
                + switch (denial.reason()) {
                    case COMMAND -> "no permission to execute the command";
                    case KEY -> "no permission to touch the specified keys";
                    case CHANNEL -> "no permission to access one of the channels used as argument to the command";
                });
    }

    private static @Nullable Reply patternsRefusal(Permissions permissions, Command command, byte[][] argv) {
        String denied = SortPatterns.denied(permissions, command, argv);
        return denied == null ? null : Reply.error(denied);
    }

    private void note(Session session, Command command, byte[][] argv, Denial denial, AclLog.Context context) {
        AclLog.Reason reason = switch (denial.reason()) {
            case COMMAND -> AclLog.Reason.COMMAND;
            case KEY -> AclLog.Reason.KEY;
            case CHANNEL -> AclLog.Reason.CHANNEL;
        };
        byte[] object =
                denial.reason() == Permissions.Reason.COMMAND ? Bytes.utf8(command.name()) : argv[denial.index()];
        note(
                session,
                new AclLog.Refusal(
                        reason, context, Bytes.of(object), session.state().user.name()));
    }

    private static AclLog.Context contextOf(Session session) {
        Transaction transaction = session.transaction();
        return transaction.isOpen() || transaction.isExecuting() ? AclLog.Context.MULTI : AclLog.Context.TOPLEVEL;
    }

    /** Notes what a script of this connection was denied. */
    void note(Session session, DeniedCall call) {
        AclLog.Reason reason = switch (call.cause()) {
            case COMMAND -> AclLog.Reason.COMMAND;
            case KEY -> AclLog.Reason.KEY;
            case CHANNEL -> AclLog.Reason.CHANNEL;
        };
        Bytes user = session.state().user.name();
        note(session, new AclLog.Refusal(reason, AclLog.Context.LUA, Bytes.of(call.object()), user));
    }

    private void note(Session session, AclLog.Refusal refusal) {
        counters.accessDenied(refusal.reason());
        access.log().add(refusal, server.describe(session), clock.epochMillis(), tunables.aclLogMax());
    }

    // ---- logging in ----

    /**
     * Makes a connection that of a user. If that fails, it stays what it was and the attempt is noted.
     *
     * @param command AUTH or HELLO, as the client wrote it
     * @return whether the user exists, is on, and has that password
     */
    public boolean logIn(Session session, byte[] command, byte[] user, byte[] password) {
        Account account = access.authenticate(user, password);
        if (account == null) {
            note(
                    session,
                    new AclLog.Refusal(AclLog.Reason.AUTH, contextOf(session), Bytes.of(command), Bytes.of(user)));
            return false;
        }
        session.state().user = account;
        session.state().authenticated = true;
        if (account.isRemoved()) {
            session.kill(); // By whoever looked for connections of the user a moment ago.
        }
        return true;
    }

    /** Makes a connection what a new one is. */
    public void logOut(ClientState state) {
        state.user = access.defaultAccount();
        state.authenticated = !access.loginRequired();
    }

    // ---- changes ----

    /** On whatever thread brings the change, one change after the other. */
    private void changed(Account account, @Nullable User before) {
        if (account.isRemoved()) {
            onTheirLoops(account, session -> {
                if (!session.state().changesUsers) {
                    session.kill();
                }
            });
        } else if (before != null && before.permissions().allowsChannelsBeyond(account.permissions())) {
            // Whoever is subscribing now, by the rights before, has done so when his loop gets there.
            onTheirLoops(account, session -> endIfListeningToForbidden(session, account));
        }
    }

    /** When it completes, whoever had to go because of the changes until now is gone, and hears nothing any more. */
    public CompletableFuture<Void> settled() {
        return settled;
    }

    private void onTheirLoops(Account account, Consumer<Session> task) {
        Map<LoopContext, List<Session>> byLoop = new HashMap<>();
        for (Session session : clients.all()) {
            if (session.state().user == account) {
                byLoop.computeIfAbsent(session.loop, loop -> new ArrayList<>()).add(session);
            }
        }
        CompletableFuture<Void> all = settled.isDone() ? CompletableFuture.completedFuture(null) : settled;
        for (Map.Entry<LoopContext, List<Session>> each : byLoop.entrySet()) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            try {
                each.getKey().loop.execute(() -> {
                    try {
                        each.getValue().forEach(task);
                    } finally {
                        done.complete(null);
                    }
                });
                all = CompletableFuture.allOf(all, done);
            } catch (RejectedExecutionException e) {
                LOG.debug("an event loop has ended, and the connections with it");
            }
        }
        settled = all;
    }

    /** As Redis: who is subscribed to something that its user may not have any more is disconnected. On its event loop. */
    private void endIfListeningToForbidden(Session session, Account account) {
        ClientState state = session.state();
        if (state.user != account || server.pubsub().allowsAll(session, account.permissions())) {
            return;
        }
        if (state.changesUsers) {
            state.closesAfterChange = true; // It is still told that it has done this itself.
        } else {
            session.kill();
        }
    }
}
