package io.aikv.server.acl;

import io.aikv.base.Bytes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The refusals of this node, newest first, as ACL LOG shows them: the same one within a minute is counted up instead of noted
 * again. Any thread; a lock guards the entries.
 */
public final class AclLog {
    private static final long SAME_WITHIN_MILLIS = 60_000;

    /** How many entries are looked at for the same refusal. */
    private static final int LOOKED_AT_MAX = 10;

    /** A key or a name may be long; what is kept of it is not. */
    private static final int OBJECT_BYTES_MAX = 64 << 10;

    public enum Reason {
        COMMAND,
        KEY,
        CHANNEL,
        AUTH;

        /** {@code command}. */
        public String redisName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Where a command was refused. */
    public enum Context {
        TOPLEVEL,
        MULTI,
        LUA;

        /** {@code toplevel}. */
        public String redisName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What was refused.
     *
     * @param object the command, key or channel, or AUTH or HELLO
     */
    public record Refusal(Reason reason, Context context, Bytes object, Bytes user) {
        public Refusal {
            object = cut(object);
            user = cut(user); // Who tries to log in may name anybody.
        }

        private static Bytes cut(Bytes bytes) {
            boolean isLong = bytes.array().length > OBJECT_BYTES_MAX;
            return isLong ? Bytes.of(Arrays.copyOf(bytes.array(), OBJECT_BYTES_MAX)) : bytes;
        }
    }

    /**
     * An entry.
     *
     * @param client the last one, as CLIENT LIST shows it
     * @param id counts from 0
     */
    public record Entry(long count, Refusal refusal, String client, long id, long createdMillis, long updatedMillis) {}

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private long nextId;

    /** Notes a refusal, and drops the oldest entries beyond {@code max}. */
    public void add(Refusal refusal, String client, long nowMillis, long max) {
        synchronized (entries) {
            Entry same = takeSame(refusal, nowMillis);
            if (same != null) {
                entries.addFirst(new Entry(same.count + 1, refusal, client, same.id, same.createdMillis, nowMillis));
                return;
            }
            entries.addFirst(new Entry(1, refusal, client, nextId++, nowMillis, nowMillis));
            while (entries.size() > max) {
                entries.removeLast();
            }
        }
    }

    private @Nullable Entry takeSame(Refusal refusal, long nowMillis) {
        int left = LOOKED_AT_MAX;
        for (Iterator<Entry> all = entries.iterator(); all.hasNext() && left > 0; left--) {
            Entry entry = all.next();
            if (entry.refusal.equals(refusal) && Math.abs(entry.updatedMillis - nowMillis) <= SAME_WITHIN_MILLIS) {
                all.remove();
                return entry;
            }
        }
        return null;
    }

    /** The newest entries, at most {@code count}. */
    public List<Entry> newest(long count) {
        synchronized (entries) {
            List<Entry> newest = new ArrayList<>();
            for (Entry entry : entries) {
                if (newest.size() >= count) {
                    break;
                }
                newest.add(entry);
            }
            return newest;
        }
    }

    /** ACL LOG RESET. */
    public void clear() {
        synchronized (entries) {
            entries.clear();
        }
    }
}
