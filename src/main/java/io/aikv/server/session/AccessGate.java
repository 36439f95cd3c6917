package io.aikv.server.session;

import io.aikv.base.Bytes;
import io.aikv.base.Clock;
import io.aikv.command.Command;
import io.aikv.command.Permissions;
import io.aikv.command.Permissions.Denial;
import io.aikv.resp.Reply;
import io.aikv.server.acl.AccessControl;
import io.aikv.server.acl.Account;
import io.aikv.server.acl.AclLog;
import io.aikv.server.acl.User;
import org.jspecify.annotations.Nullable;

/**
 * Where connections meet access control: whether one may run a request, what it is told if not, and what becomes of it when
 * its user changes. The only place that asks for rights; transactions and scripts come here too. Any thread.
 */
public final class AccessGate {
    private static final String CHANGED =
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is"
                    + " no longer allowed for the following reason: ";
    private static final Reply SORT_BY =
            Reply.error("ERR BY option of SORT denied due to insufficient ACL permissions.");
    private static final Reply SORT_GET =
            Reply.error("ERR GET option of SORT denied due to insufficient ACL permissions.");

    private final AccessControl access;
    private final Clients clients;
    private final ServerCounters counters;
    private final Tunables tunables;
    private final Clock clock;
    private final ServerContext server;

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
     *
     * @param context where the request comes from: a transaction asks when the command is queued
     */
    public @Nullable Reply refusal(Session session, Command command, byte[][] argv, AclLog.Context context) {
        Account account = session.state().user;
        if (!account.isRestricted()) {
            return null;
        }
        Permissions permissions = account.permissions();
        Denial denial = permissions.check(command, argv);
        if (denial == null) {
            return sortRefusal(permissions, command, argv);
        }
        note(session, command, argv, denial, context);
        return Reply.error("NOPERM " + Permissions.text(denial, account.name().array(), command));
    }

    /** As {@link #refusal}, for a command that was queued by MULTI and is about to be executed by EXEC. */
    public @Nullable Reply refusalAtExec(Session session, Command command, byte[][] argv) {
        Account account = session.state().user;
        Denial denial = account.isRestricted() ? account.permissions().check(command, argv) : null;
        if (denial == null) {
            return null;
        }
        note(session, command, argv, denial, AclLog.Context.MULTI);
        return Reply.error(CHANGED
                + switch (denial.reason()) {
                    case COMMAND -> "no permission to execute the command";
                    case KEY -> "no permission to touch the specified keys";
                    case CHANNEL -> "no permission to access one of the channels used as argument to the command";
                });
    }

    /** Patterns of SORT reach keys that stand in no argument: whoever uses them must be allowed to read every key. */
    private static @Nullable Reply sortRefusal(Permissions permissions, Command command, byte[][] argv) {
        if (!command.name().startsWith("sort") || permissions.mayRunReadingEveryKey(command, argv)) {
            return null;
        }
        for (int i = 2; i + 1 < argv.length; i++) {
            if (Bytes.equalsIgnoreCase(argv[i], "BY")) {
                if (hasStar(argv[++i])) {
                    return SORT_BY;
                }
            } else if (Bytes.equalsIgnoreCase(argv[i], "GET")) {
                return SORT_GET;
            } else if (Bytes.equalsIgnoreCase(argv[i], "LIMIT")) {
                i += 2;
            } else if (Bytes.equalsIgnoreCase(argv[i], "STORE")) {
                i++;
            }
        }
        return null;
    }

    private static boolean hasStar(byte[] pattern) {
        for (byte b : pattern) {
            if (b == '*') {
                return true;
            }
        }
        return false;
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
                    new AclLog.Refusal(AclLog.Reason.AUTH, AclLog.Context.TOPLEVEL, Bytes.of(command), Bytes.of(user)));
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

    private void changed(Account account, @Nullable User before) {
        if (!account.isRemoved()) {
            return;
        }
        for (Session session : clients.all()) {
            ClientState state = session.state();
            if (state.user == account && !state.changesUsers) {
                session.kill();
            }
        }
    }
}
