package io.aikv.server.acl;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.CommandLine;
import io.aikv.base.ConfigError;
import io.aikv.cluster.ClusterDocuments;
import io.aikv.cluster.ClusterDocuments.Document;
import io.aikv.server.config.Settings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The users as this node knows them, and the log of its refusals. The users of a cluster are one document of the meta group;
 * until somebody changes a user there is none, and the users are those of {@code security.users} and the default user, whose
 * password is {@code requirepass}. A stored default user has its passwords with it, and {@code requirepass} of a node's
 * configuration no longer counts.
 *
 * <p>Any thread. A lock guards the order of changes; readers do not take it.
 */
public final class AccessControl {
    private static final Logger LOG = LoggerFactory.getLogger(AccessControl.class);

    /** The document's name. */
    static final String DOCUMENT = "users";

    private static final String PASSWORD = "requirepass";

    /** How often a change begins anew because others were faster. */
    private static final int ATTEMPTS_MAX = 100;

    /** Told of changes, after they are in effect on this node. On the thread that brought them: only hand over. */
    @FunctionalInterface
    public interface Listener {
        /** @param before the user until now; null if it is new. {@code account} says what has become of it. */
        void changed(Account account, @Nullable User before);
    }

    private final Rules rules;
    private final Categories categories;
    private final Settings settings;
    private final Map<Bytes, User> initial;
    private final AclLog log = new AclLog();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Object lock = new Object();

    /** Changes that wait for their turn; each holds up one connection. Guarded by itself, with the two flags. */
    private final Queue<Runnable> changes = new ArrayDeque<>();

    private boolean changing;
    private boolean starting;

    /** What counts now; replaced under the lock. */
    private volatile Map<Bytes, Account> accounts = Map.of();

    private volatile Account defaultAccount;
    private volatile boolean storesDefault;
    private Map<Bytes, User> stored;
    private @Nullable ClusterDocuments documents;

    /**
     * Begins with the users of the configuration.
     *
     * @param lines {@code name rules...} each, the rules as in ACL SETUSER
     * @throws ConfigError naming the line that cannot be understood
     */
    public AccessControl(Rules rules, Categories categories, List<String> lines, Settings settings) {
        this.rules = rules;
        this.categories = categories;
        this.settings = settings;
        this.initial = initialUsers(lines);
        this.stored = initial;
        this.defaultAccount = new Account(initialDefault());
        apply();
        settings.onChange(PASSWORD, (name, value) -> {
            apply();
            return null;
        });
    }

    private Map<Bytes, User> initialUsers(List<String> lines) {
        Map<Bytes, User> users = new TreeMap<>();
        for (String line : lines) {
            byte[][] words = CommandLine.split(Bytes.utf8(line));
            if (words == null || words.length == 0) {
                throw new ConfigError("security.users: \"" + line + "\": write a name and the rules of ACL SETUSER");
            }
            if (!Rules.isWord(words[0])) {
                throw new ConfigError("security.users: the name \"" + Bytes.text(words[0]) + "\" has white space");
            }
            Bytes name = Bytes.of(words[0]);
            User before = name.equals(User.DEFAULT) ? initialDefault() : User.fresh(name, allChannelsByDefault());
            try {
                User user = rules.change(before, List.of(words).subList(1, words.length), allChannelsByDefault());
                if (users.put(name, user) != null) {
                    throw new ConfigError("security.users: user " + name + " stands there twice");
                }
            } catch (CommandError e) {
                throw new ConfigError(
                        "security.users: user " + name + ": " + e.line().replaceFirst("^ERR ", ""), e);
            }
        }
        return users;
    }

    /** The default user where none is stored. */
    private User initialDefault() {
        return rules.defaultUser().withOnlyPassword(settings.text(PASSWORD));
    }

    private boolean allChannelsByDefault() {
        return settings.text("acl-pubsub-default").equals("allchannels");
    }

    // ---- who there is ----

    public Rules rules() {
        return rules;
    }

    public Categories categories() {
        return categories;
    }

    public AclLog log() {
        return log;
    }

    /** The account of a user, or null if there is none of that name. */
    public @Nullable Account find(byte[] name) {
        return accounts.get(Bytes.of(name));
    }

    /** All accounts in the order of their users' names. */
    public Collection<Account> all() {
        return accounts.values();
    }

    /** The account of connections that have not said who they are. */
    public Account defaultAccount() {
        return defaultAccount;
    }

    /** Whether a connection must log in first: the default user has a password or is off. */
    public boolean loginRequired() {
        return !defaultAccount.user().needsNoLogin();
    }

    /** Whether the default user's passwords stand with the users of the cluster, not in this node's requirepass. */
    public boolean storesDefault() {
        return storesDefault;
    }

    /** The account that a client may use who knows a name and a password; null if they do not fit or the user is off. */
    public @Nullable Account authenticate(byte[] name, byte[] password) {
        Account account = find(name);
        return account != null && account.user().accepts(password) ? account : null;
    }

    /** Tells {@code listener} of every change from now on. */
    public void onChange(Listener listener) {
        listeners.add(listener);
    }

    // ---- following the cluster ----

    /** Takes part in the users of the cluster. Before the node starts. */
    public void follow(ClusterDocuments of) {
        documents = of;
        of.follow(DOCUMENT, this::adopt);
    }

    void adopt(Document document) {
        synchronized (lock) {
            stored = UserSet.decode(document.value(), rules);
            apply();
        }
        LOG.info("users version={} count={}", document.version(), accounts.size());
        if (storesDefault && !settings.text(PASSWORD).isEmpty()) {
            LOG.debug("requirepass has no effect: the default user is stored with the users of the cluster");
        }
    }

    /** Puts the stored users and the password of the settings into effect. */
    private void apply() {
        synchronized (lock) {
            UserSet users = new UserSet(stored, initialDefault(), 0);
            Map<Bytes, Account> before = accounts;
            Map<Bytes, Account> after = new TreeMap<>();
            List<Runnable> news = new ArrayList<>();
            users.all().forEach((name, user) -> {
                Account known = name.equals(User.DEFAULT) ? defaultAccount : before.get(name);
                if (known != null && known.user().madeIn() != user.madeIn() && !name.equals(User.DEFAULT)) {
                    // Removed and made again since this node last heard: who is logged in is so as the one before.
                    Account removed = known;
                    removed.remove();
                    news.add(() -> tell(removed, removed.user()));
                    known = null;
                }
                Account account = known == null ? new Account(user) : known;
                after.put(name, account);
                User old = known == null ? null : known.user();
                if (old == null || !user.isSameAs(old)) {
                    account.follow(user);
                    news.add(() -> tell(account, old));
                }
            });
            storesDefault = users.storesDefault();
            accounts = after;
            before.forEach((name, account) -> {
                if (!after.containsKey(name)) {
                    account.remove();
                    news.add(() -> tell(account, account.user()));
                }
            });
            news.forEach(Runnable::run);
        }
    }

    private void tell(Account account, @Nullable User before) {
        for (Listener listener : listeners) {
            listener.changed(account, before);
        }
    }

    // ---- changing ----

    /**
     * Changes the users of the cluster. When the future completes, the change is committed and in effect on this node.
     *
     * @param edit may be called more than once, each time on newer users; throws {@link CommandError} to change nothing
     * @return what {@code edit} returned; fails with {@link CommandError}
     */
    public <R> CompletableFuture<R> change(Function<UserSet, R> edit) {
        CompletableFuture<R> result = new CompletableFuture<>();
        result.whenComplete((done, error) -> changeEnded());
        synchronized (changes) {
            changes.add(() -> attempt(edit, result, requireDocuments().get(DOCUMENT), ATTEMPTS_MAX));
        }
        startChanges();
        return result;
    }

    /*
     * The changes of one node follow each other: they would only make each other begin anew. A change may end while it is being
     * started, so whoever starts changes goes on in a loop, and nobody else does meanwhile.
     */

    private void startChanges() {
        while (true) {
            Runnable next;
            synchronized (changes) {
                if (starting || changing || changes.isEmpty()) {
                    return;
                }
                next = changes.remove();
                changing = true;
                starting = true;
            }
            next.run();
            synchronized (changes) {
                starting = false;
            }
        }
    }

    private void changeEnded() {
        synchronized (changes) {
            changing = false;
        }
        startChanges();
    }

    private ClusterDocuments requireDocuments() {
        return Objects.requireNonNull(documents, "follow");
    }

    private <R> void attempt(Function<UserSet, R> edit, CompletableFuture<R> result, Document base, int attempts) {
        try {
            Map<Bytes, User> from = base.version() == 0 ? initial : UserSet.decode(base.value(), rules);
            UserSet users = new UserSet(from, initialDefault(), base.version() + 1);
            byte[] before = users.encode();
            R value = edit.apply(users);
            byte[] changed = users.encode();
            if (Arrays.equals(before, changed)) {
                result.complete(value);
                return;
            }
            requireDocuments().put(DOCUMENT, base.version(), changed).whenComplete((now, error) -> {
                if (error != null) {
                    result.completeExceptionally(
                            error instanceof CompletionException ? Objects.requireNonNull(error.getCause()) : error);
                } else if (now.version() == base.version() + 1 && Arrays.equals(now.value(), changed)) {
                    result.complete(value);
                } else if (attempts == 0) {
                    result.completeExceptionally(
                            new CommandError("TRYAGAIN others are changing the users; nothing was changed"));
                } else {
                    attempt(edit, result, now, attempts - 1);
                }
            });
        } catch (CommandError e) {
            result.completeExceptionally(e);
        } catch (RuntimeException e) {
            // Or no change of this node would ever have its turn again.
            LOG.error("users could not be changed", e);
            result.completeExceptionally(new CommandError("ERR internal error; see the server's log"));
        }
    }

    /** ACL SETUSER. Checks the rules on the users as they are known here before anything is sent. @throws CommandError */
    public CompletableFuture<Void> setUser(byte[] name, List<byte[]> userRules) {
        boolean allChannels = allChannelsByDefault();
        return done(change(users -> {
            User known = users.find(Bytes.of(name));
            User before = known == null ? User.fresh(Bytes.of(name), allChannels) : known;
            users.put(rules.change(before, userRules, allChannels));
            return true;
        }));
    }

    private static CompletableFuture<Void> done(CompletableFuture<Boolean> change) {
        return change.thenAccept(always -> {});
    }

    /** Gives the stored default user that password alone, or none: what CONFIG SET requirepass means then. */
    public CompletableFuture<Void> setDefaultPassword(String password) {
        return done(change(users -> {
            users.changeDefault(user -> user.withOnlyPassword(password));
            return true;
        }));
    }
}
