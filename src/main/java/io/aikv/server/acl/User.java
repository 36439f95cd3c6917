package io.aikv.server.acl;

import io.aikv.base.Bytes;
import io.aikv.command.Permissions;
import io.aikv.command.Selector;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A user: who may log in as it, and what it may do then. Immutable. Passwords are only kept as their SHA-256, as 64
 * lower-case hexadecimal digits.
 *
 * @param name without white space and NUL
 * @param sanitizing whether RESTORE is to check payloads deeply: shown, and always done
 * @param madeIn the version of the users of the cluster that first had it: one that is removed and made again under the same
 *     name is another one; 0 for those of a configuration, and the default user
 */
public record User(
        Bytes name,
        boolean enabled,
        boolean anyPassword,
        boolean sanitizing,
        List<String> passwordHashes,
        Permissions permissions,
        long madeIn) {

    /** The user of connections that have not said who they are. */
    public static final Bytes DEFAULT = Bytes.of("default");

    /** What a stored line has before {@link #madeIn}. */
    static final String MADE = "made:";

    public User {
        passwordHashes = List.copyOf(passwordHashes);
    }

    /** A user as ACL SETUSER makes it without any rules: it can do nothing. */
    static User fresh(Bytes name, boolean allChannels) {
        Selector.Builder root = new Selector.Builder();
        root.allChannels(allChannels);
        return new User(name, false, false, true, List.of(), new Permissions(List.of(root.build())), 0);
    }

    /** {@code resetpass} and, unless it is empty, that password; {@code nopass} if it is empty: what requirepass means. */
    User withOnlyPassword(String password) {
        List<String> hashes = password.isEmpty() ? List.of() : List.of(hash(Bytes.utf8(password)));
        return new User(name, enabled, password.isEmpty(), sanitizing, hashes, permissions, madeIn);
    }

    User madeIn(long version) {
        return new User(name, enabled, anyPassword, sanitizing, passwordHashes, permissions, version);
    }

    /** Whether both have the same name, passwords, flags and rights, and were made at the same time. */
    boolean isSameAs(User other) {
        return lines().equals(other.lines());
    }

    /** Whether a connection is this user without having to log in. */
    public boolean needsNoLogin() {
        return enabled && anyPassword;
    }

    /** Whether a client may log in with that password. Takes as long whichever of the passwords fits. */
    boolean accepts(byte[] password) {
        if (!enabled) {
            return false;
        }
        if (anyPassword) {
            return true;
        }
        byte[] hash = Bytes.utf8(hash(password));
        boolean accepted = false;
        for (String known : passwordHashes) {
            accepted |= MessageDigest.isEqual(Bytes.utf8(known), hash);
        }
        return accepted;
    }

    /** The SHA-256 of a password, as 64 lower-case hexadecimal digits. */
    static String hash(byte[] password) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(password));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** {@code on}, {@code nopass}, ..., in Redis' order. */
    public List<String> flags() {
        List<String> flags = new ArrayList<>();
        flags.add(enabled ? "on" : "off");
        if (anyPassword) {
            flags.add("nopass");
        }
        flags.add(sanitizing ? "sanitize-payload" : "skip-sanitize-payload");
        return flags;
    }

    /** The rules that make this user, but for its name: what ACL LIST shows. Bytes as Latin-1. */
    public String rules() {
        StringBuilder rules = new StringBuilder(String.join(" ", flags()));
        passwordHashes.forEach(hash -> rules.append(" #").append(hash));
        List<Selector> selectors = permissions.selectors();
        rules.append(' ').append(selectors.get(0).rules());
        selectors
                .subList(1, selectors.size())
                .forEach(selector -> rules.append(" (").append(selector.rules()).append(')'));
        return rules.toString();
    }

    /** {@code user name rules...}, as ACL LIST shows it and Redis has it in its files. */
    public byte[] line() {
        return ("user " + latinName() + " " + rules()).getBytes(StandardCharsets.ISO_8859_1);
    }

    private String latinName() {
        return new String(name.array(), StandardCharsets.ISO_8859_1);
    }

    /**
     * The user in lines that are read again without any doubt: {@code user name flags hashes rules} and {@code selector rules}
     * for each other selector. Bytes as Latin-1.
     */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        StringBuilder first = new StringBuilder("user ").append(latinName());
        if (madeIn != 0) {
            first.append(' ').append(MADE).append(madeIn);
        }
        flags().forEach(flag -> first.append(' ').append(flag));
        passwordHashes.forEach(hash -> first.append(" #").append(hash));
        List<Selector> selectors = permissions.selectors();
        lines.add(first.append(' ').append(selectors.get(0).exactRules()).toString());
        selectors.subList(1, selectors.size()).forEach(selector -> lines.add("selector " + selector.exactRules()));
        return lines;
    }
}
