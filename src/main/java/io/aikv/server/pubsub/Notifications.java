package io.aikv.server.pubsub;

import io.aikv.base.Bytes;
import io.aikv.data.EventClass;
import io.aikv.server.config.Settings;
import java.util.List;

/**
 * Keyspace notifications: which events become messages ({@code notify-keyspace-events}), on which channels, and whether they
 * go to every node ({@code notify-cluster}) or only to the subscribers of the node where they happen. Any thread.
 */
public final class Notifications {
    /** The classes that {@code A} stands for: all but new keys and misses. */
    private static final String ALL = "g$lshzxetd";

    private static final int KEYSPACE = 1 << 30;
    private static final int KEYEVENT = 1 << 29;

    private final PubSub pubsub;
    private volatile int enabled;
    private volatile boolean everywhere;

    public Notifications(PubSub pubsub, Settings settings) {
        this.pubsub = pubsub;
        enabled = parse(settings.text("notify-keyspace-events"));
        everywhere = settings.flag("notify-cluster");
        settings.onChange("notify-keyspace-events", (name, value) -> {
            enabled = parse(value);
            return null;
        });
        settings.onChange("notify-cluster", (name, value) -> {
            everywhere = value.equals("yes");
            return null;
        });
    }

    /** A bit for each class and form; 0 if there is no form or no class, so nothing to tell. */
    static int parse(String letters) {
        int forms = (letters.indexOf('K') >= 0 ? KEYSPACE : 0) | (letters.indexOf('E') >= 0 ? KEYEVENT : 0);
        int classes = 0;
        for (EventClass each : EventClass.values()) {
            char letter = each.letter();
            if (letters.indexOf(letter) >= 0 || (letters.indexOf('A') >= 0 && ALL.indexOf(letter) >= 0)) {
                classes |= 1 << each.ordinal();
            }
        }
        return forms == 0 || classes == 0 ? 0 : forms | classes;
    }

    /** Whether events of this class become messages. Cost: a volatile read. */
    public boolean wants(EventClass eventClass) {
        return (enabled & 1 << eventClass.ordinal()) != 0;
    }

    /** Publishes an event that has happened. */
    public void happened(int database, EventClass eventClass, String event, byte[] key) {
        int now = enabled;
        boolean heard = everywhere || pubsub.hasListeners();
        if ((now & 1 << eventClass.ordinal()) == 0 || !heard) {
            return;
        }
        if ((now & KEYSPACE) != 0) {
            publish(Bytes.concat(Bytes.utf8("__keyspace@" + database + "__:"), key), Bytes.utf8(event));
        }
        if ((now & KEYEVENT) != 0) {
            publish(Bytes.utf8("__keyevent@" + database + "__:" + event), key);
        }
    }

    /** A read has found no such keys. */
    public void missed(int database, List<byte[]> keys) {
        for (byte[] key : keys) {
            happened(database, EventClass.MISSED, "keymiss", key);
        }
    }

    private void publish(byte[] channel, byte[] message) {
        if (everywhere) {
            pubsub.publish(channel, message);
        } else {
            pubsub.publishHere(channel, message);
        }
    }
}
