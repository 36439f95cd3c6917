package io.aikv.data;

import io.aikv.store.KeyLayout;
import java.util.List;

/**
 * Removal of keys that are due. Called while an entry is applied, before its commands: what goes when is a function of
 * the log alone. A due key is absent for every command from its instant on, removed or not.
 */
public final class Expiry {
    private Expiry() {}

    /**
     * Removes keys of every database that are due at the context's time and tells of each by the event {@code expired}.
     * Costs nothing while nothing is due.
     *
     * @param context of the entry; its database does not matter
     * @param limit how many expiry hints to look at, at most; each normally is one key
     * @return how many hints were consumed; {@code limit} means that there may be more
     */
    public static int removeDue(WriteContext context, int limit) {
        List<byte[]> due = context.store().dueHints(context.nowMillis(), limit);
        WriteContext there = context;
        for (byte[] hint : due) {
            int database = context.store().logicalDatabase(KeyLayout.expiryDatabase(hint));
            if (there.database() != database) {
                there = context.inDatabase(database);
            }
            there.removeIfDue(hint, KeyLayout.expiryUserKey(hint));
        }
        return due.size();
    }
}
