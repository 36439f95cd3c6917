package io.aikv.data;

import io.aikv.store.KeyLayout;
import java.util.List;

/**
 * Removal of keys, and of fields of hashes, that are due. Called while an entry is applied, before its commands: what goes when is a function of
 * the log alone. A due key is absent for every command from its instant on, removed or not.
 */
public final class Expiry {
    private Expiry() {}

    /**
     * Removes keys of every database that are due at the context's time and tells of each by the event {@code expired};
     * and due fields of hashes: {@code hexpired} for each hash, then {@code del} if none is left. Costs nothing while
     * nothing is due.
     *
     * @param context of the entry; its database does not matter
     * @param limit how many keys and fields to remove, at most
     * @return how many were looked at; {@code limit} means that there may be more
     */
    public static int removeDue(WriteContext context, int limit) {
        List<byte[]> due = context.store().dueHints(context.nowMillis(), limit);
        WriteContext there = context;
        int done = 0;
        for (byte[] hint : due) {
            if (done >= limit) {
                break;
            }
            int database = context.store().logicalDatabase(KeyLayout.expiryDatabase(hint));
            if (there.database() != database) {
                there = context.inDatabase(database);
            }
            done += there.removeIfDue(hint, KeyLayout.expiryUserKey(hint), limit - done);
        }
        return done;
    }
}
