package io.aikv.data;

import io.aikv.store.KeyLayout;
import io.aikv.store.Space;
import io.aikv.store.StoreTransaction;
import java.util.List;

/** Removes keys whose time has come, as an effect of an entry: the same keys on every replica. */
public final class Expiry {
    private Expiry() {}

    /**
     * Removes keys that are due at the context's time, with an {@code expired} event each.
     *
     * @param limit the most hints to look at
     * @return how many were looked at: less than {@code limit} means that nothing more is due
     */
    public static int removeDue(WriteContext context, int limit) {
        StoreTransaction transaction = context.store();
        List<byte[]> hints = transaction.dueHints(context.nowMillis(), limit);
        for (byte[] hint : hints) {
            WriteContext there = context.inDatabase(transaction.logicalDatabase(KeyLayout.expiryDatabase(hint)));
            byte[] key = KeyLayout.expiryUserKey(hint);
            byte[] row = transaction.get(Space.KEYS, there.keyRow(key));
            if (row != null && KeyRecord.decode(row).expireAtMillis() == KeyLayout.expiryMillis(hint)) {
                there.remove(key);
                there.changed(EventClass.EXPIRED, "expired", key);
            } else {
                transaction.delete(Space.EXPIRY, hint);
            }
        }
        return hints.size();
    }
}
