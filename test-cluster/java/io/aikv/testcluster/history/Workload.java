package io.aikv.testcluster.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * An endless, seeded stream of operations of one client over few keys. Confined to one thread: each client has its own.
 * The same mix, seed, process and observations give the same stream.
 */
public final class Workload {

    /** Which operations come, in which proportion, and what they mean. */
    public enum Mix {
        /** GET, SET, CAS, and now and then DEL. */
        REGISTER(Models.register()),
        /** INCR and GET. */
        COUNTER(Models.counter()),
        /** APPEND and GET. */
        APPEND(Models.appendOnly()),
        /** SETNX, DEL and GET. */
        SET_IF_ABSENT(Models.setIfAbsent()),
        /**
         * MGET, MSET of one value, and DEL, of several keys of one slot: a register as long as every command is atomic. A
         * reply that shows two of its values, or half of a DEL, is one that no register gives.
         */
        SEVERAL_KEYS(Models.register());

        private static final int KEYS_AT_ONCE = 3;

        private final Model<?> model;

        Mix(Model<?> model) {
            this.model = model;
        }

        /** The model to check it with. */
        public Model<?> model() {
            return model;
        }

        /** The name of key {@code index}; no two mixes share a key. */
        public String key(int index) {
            return prefix() + index;
        }

        private String prefix() {
            return name().toLowerCase(Locale.ROOT) + "-";
        }

        /**
         * The mix whose {@link #key} made {@code key}, so that a history of several mixes can be checked at once.
         *
         * @throws IllegalArgumentException if none did
         */
        public static Mix of(String key) {
            int dash = key.lastIndexOf('-');
            if (dash < 0) {
                throw new IllegalArgumentException("not a key of a mix: " + key);
            }
            return valueOf(key.substring(0, dash).toUpperCase(Locale.ROOT));
        }
    }

    /**
     * The next thing to do.
     *
     * @param key of the operation; of {@link Mix#SEVERAL_KEYS} the hash tag of its keys
     */
    public record Step(String key, Operation operation) {

        /** The command line that asks a server for it; the second word is a key. */
        public List<String> command() {
            if (!isOfSeveralKeys()) {
                return operation.command(key);
            }
            List<String> words = new ArrayList<>();
            words.add(
                    switch (operation.kind()) {
                        case GET -> "MGET";
                        case SET -> "MSET";
                        default -> operation.kind().name();
                    });
            for (int i = 0; i < Mix.KEYS_AT_ONCE; i++) {
                words.add("{" + key + "}" + i);
                if (operation.kind() == Operation.Kind.SET) {
                    words.add(operation.argument());
                }
            }
            return words;
        }

        /**
         * What a reply says of the operation.
         *
         * @param texts of the reply's elements; of a reply that is none, the reply itself
         */
        public @Nullable String result(List<@Nullable String> texts) {
            String first = texts.get(0);
            if (!isOfSeveralKeys()) {
                return first;
            }
            if (operation.kind() == Operation.Kind.DEL) {
                return String.valueOf(Mix.KEYS_AT_ONCE).equals(first) ? "1" : first;
            }
            return texts.stream().allMatch(text -> Objects.equals(text, first)) ? first : "torn: " + texts;
        }

        private boolean isOfSeveralKeys() {
            return key.startsWith(Mix.SEVERAL_KEYS.prefix());
        }
    }

    private final Mix mix;
    private final int process;
    private final Random random;
    private final @Nullable String[] lastSeen;
    private int written;

    /**
     * @param seed the same for all clients of a run; each derives its own from it and {@code process}
     * @param process the client's number, part of every value it writes: values are unique in a history
     * @param keys how many keys, at least 1
     */
    public Workload(Mix mix, long seed, int process, int keys) {
        if (keys < 1) {
            throw new IllegalArgumentException("at least one key: " + keys);
        }
        this.mix = mix;
        this.process = process;
        this.random = new Random(seed * 1_000_003 + process);
        this.lastSeen = new String[keys];
    }

    /** The next operation. */
    public Step next() {
        int index = random.nextInt(lastSeen.length);
        int dice = random.nextInt(100);
        Operation operation = switch (mix) {
            case REGISTER -> register(index, dice);
            case COUNTER -> dice < 60 ? Operation.incr() : Operation.get();
            case APPEND -> dice < 60 ? Operation.append(unique() + ",") : Operation.get();
            case SEVERAL_KEYS -> dice < 45 ? Operation.get() : dice < 90 ? Operation.set(unique()) : Operation.del();
            case SET_IF_ABSENT -> dice < 50 ? Operation.setnx(unique()) : dice < 75 ? Operation.del() : Operation.get();
        };
        return new Step(mix.key(index), operation);
    }

    /** Tells the workload that {@code key} had {@code value} (null for absent); a later CAS may expect it. */
    public void observe(String key, @Nullable String value) {
        lastSeen[Integer.parseInt(key.substring(key.lastIndexOf('-') + 1))] = value;
    }

    private Operation register(int index, int dice) {
        if (dice < 45) {
            return Operation.get();
        }
        if (dice < 75) {
            return Operation.set(unique());
        }
        String expected = lastSeen[index];
        if (dice < 95 && expected != null) {
            return Operation.cas(expected, unique());
        }
        return dice < 95 ? Operation.set(unique()) : Operation.del();
    }

    private String unique() {
        return process + "." + written++;
    }
}
