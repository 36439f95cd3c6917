package io.aikv.server.acl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Users under change: those that are stored, and the default user, which is only stored once somebody has changed it. Not
 * thread-safe.
 *
 * <pre>
 * aikv-users 1
 * user name rules...         among them made:n, the version that first had it
 * selector rules...          any number of them, each of the user above
 * </pre>
 */
public final class UserSet {
    private static final String HEAD = "aikv-users 1";

    private final NavigableMap<Bytes, User> stored;
    private final User initialDefault;
    private final long version;

    /**
     * @param initialDefault the default user where none is stored
     * @param version of the document that is being made: who is added is made in that
     */
    UserSet(Map<Bytes, User> stored, User initialDefault, long version) {
        this.stored = new TreeMap<>(stored);
        this.initialDefault = initialDefault;
        this.version = version;
    }

    /** Whether the default user is stored, so that {@code requirepass} of a node has no say any more. */
    boolean storesDefault() {
        return stored.containsKey(User.DEFAULT);
    }

    /** All users in the order of their names, the default user among them. */
    NavigableMap<Bytes, User> all() {
        NavigableMap<Bytes, User> all = new TreeMap<>(stored);
        all.putIfAbsent(User.DEFAULT, initialDefault);
        return all;
    }

    public @Nullable User find(Bytes name) {
        User user = stored.get(name);
        return user == null && name.equals(User.DEFAULT) ? initialDefault : user;
    }

    /** Adds a user or replaces the one of that name. */
    public void put(User user) {
        boolean isNew = !stored.containsKey(user.name()) && !user.name().equals(User.DEFAULT);
        stored.put(user.name(), isNew ? user.madeIn(version) : user);
    }

    /** Replaces the default user by what {@code change} makes of it. */
    public void changeDefault(UnaryOperator<User> change) {
        put(change.apply(stored.getOrDefault(User.DEFAULT, initialDefault)));
    }

    /** Removes a user. @return whether there was one */
    public boolean remove(Bytes name) {
        return stored.remove(name) != null;
    }

    // ---- as bytes ----

    byte[] encode() {
        List<String> lines = new ArrayList<>(List.of(HEAD));
        stored.values().forEach(user -> lines.addAll(user.lines()));
        return String.join("\n", lines).getBytes(ISO_8859_1);
    }

    /** @throws CommandError if the bytes make no sense */
    static Map<Bytes, User> decode(byte[] bytes, Rules rules) {
        String[] lines = new String(bytes, ISO_8859_1).split("\n");
        if (!lines[0].equals(HEAD)) {
            throw new CommandError("ERR users of an unknown format: " + lines[0]);
        }
        Map<Bytes, User> users = new TreeMap<>();
        List<String> ofUser = new ArrayList<>();
        for (int i = 1; i <= lines.length; i++) {
            if (!ofUser.isEmpty() && (i == lines.length || lines[i].startsWith("user "))) {
                User user = rules.parse(ofUser);
                users.put(user.name(), user);
                ofUser.clear();
            }
            if (i < lines.length) {
                ofUser.add(lines[i]);
            }
        }
        return users;
    }
}
