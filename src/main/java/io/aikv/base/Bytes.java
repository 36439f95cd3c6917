package io.aikv.base;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A byte string that can be a map key: equal by content, ordered as unsigned bytes (the order of the key space and of
 * RocksDB).
 *
 * <p>Wraps without copying; the array must never change afterwards. User data travels as {@code byte[]} and is wrapped
 * only where equality or order is needed.
 */
public final class Bytes implements Comparable<Bytes> {
    public static final byte[] EMPTY = new byte[0];

    private final byte[] array;
    private int hash;

    private Bytes(byte[] array) {
        this.array = array;
    }

    /** Wraps {@code array} without copying it. */
    public static Bytes of(byte[] array) {
        return new Bytes(array);
    }

    public static Bytes of(String text) {
        return new Bytes(utf8(text));
    }

    /** The wrapped array itself, not to be changed. */
    public byte[] array() {
        return array;
    }

    /** The UTF-8 bytes of {@code text}. */
    public static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Decodes as UTF-8 for messages and configuration; malformed bytes become U+FFFD. Never for user data. */
    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Unsigned lexicographic order, shorter first where one is a prefix of the other. */
    public static int compare(byte[] a, byte[] b) {
        return Arrays.compareUnsigned(a, b);
    }

    /** Whether {@code bytes} begins with {@code prefix}. */
    public static boolean startsWith(byte[] bytes, byte[] prefix) {
        return bytes.length >= prefix.length && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }

    /** Whether {@code bytes} equals the upper-case ASCII {@code token}, ignoring ASCII case: how Redis reads options. */
    public static boolean equalsIgnoreCase(byte[] bytes, String token) {
        if (bytes.length != token.length()) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if (upper(bytes[i]) != upper((byte) token.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** The byte string just after every string that begins with {@code prefix}, or null if there is none (all 0xff). */
    public static byte @Nullable [] prefixEnd(byte[] prefix) {
        for (int i = prefix.length - 1; i >= 0; i--) {
            if (prefix[i] != (byte) 0xff) {
                byte[] end = Arrays.copyOf(prefix, i + 1);
                end[i]++;
                return end;
            }
        }
        return null;
    }

    public static byte[] concat(byte[] a, byte[] b) {
        byte[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }

    private static byte upper(byte b) {
        return b >= 'a' && b <= 'z' ? (byte) (b - 32) : b;
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(array, other.array);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bytes bytes && Arrays.equals(array, bytes.array);
    }

    @Override
    public int hashCode() {
        int h = hash;
        if (h == 0) {
            h = Arrays.hashCode(array);
            hash = h;
        }
        return h;
    }

    /** UTF-8 text, for messages and tests. */
    @Override
    public String toString() {
        return text(array);
    }
}
