package io.aikv.server.command;

import io.aikv.base.Bytes;
import io.aikv.command.Args;
import io.aikv.command.Handler;
import io.aikv.data.KeyRecord;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import io.aikv.store.Cursor;
import io.aikv.store.KeyLayout;
import io.aikv.store.Space;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * DEBUG DIGEST: a fingerprint of what clients see, whatever its history: of every key its database, name, value and whether it
 * expires. The keys' digests are combined by exclusive or, so groups can be added up and no keys give 40 zeros.
 */
final class DatasetDigest {
    private static final int BYTES = 20;

    private final byte[] sum = new byte[BYTES];
    private final Handler.OnRead digestValue;

    /** @param digestValue DEBUG DIGEST-VALUE */
    DatasetDigest(Handler.OnRead digestValue) {
        this.digestValue = digestValue;
    }

    /** Adds one database of one group. Cost: reads every row; entries may be applied meanwhile. */
    void add(HostedGroup group, int database) {
        ReadContext context = group.context(database);
        byte[] prefix = KeyLayout.databasePrefix(group.reader().physicalDatabase(database));
        try (Cursor rows = group.reader().cursor(Space.KEYS, prefix, Bytes.prefixEnd(prefix))) {
            while (rows.next()) {
                byte[] key = KeyLayout.userKey(rows.key());
                KeyRecord record = context.find(key);
                if (record != null) {
                    add(context, key, record);
                }
            }
        }
    }

    private void add(ReadContext context, byte[] key, KeyRecord record) {
        MessageDigest sha1 = sha1();
        sha1.update(Bytes.utf8(context.database() + " " + key.length + " "));
        sha1.update(key);
        sha1.update(Bytes.utf8(valueDigest(context, key)));
        sha1.update((byte) (record.hasExpiry() ? 1 : 0));
        byte[] digest = sha1.digest();
        for (int i = 0; i < BYTES; i++) {
            sum[i] ^= digest[i];
        }
    }

    private String valueDigest(ReadContext context, byte[] key) {
        Reply reply = digestValue.run(context, new Args(new byte[][] {key}, 0));
        List<Reply> items = ((Reply.Array) reply).items();
        return ((Reply.Simple) items.get(0)).text();
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** 40 lower-case hexadecimal digits. */
    String hex() {
        return HexFormat.of().formatHex(sum);
    }
}
