package io.aikv.script;

import io.aikv.resp.Reply;
import java.util.Locale;

/** How a script ended. */
sealed interface Outcome {
    /** Why a script was not allowed to go on. */
    enum Stop {
        /** It used up its steps. */
        STEPS,
        /** It holds more memory than it may. */
        MEMORY,
        /** Somebody asked for its end; reads only. */
        KILLED,
        /** Lua itself found no memory: nothing may follow from that, or replicas would differ. */
        FATAL;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Stop of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /** It ran to its end, or raised an error: what it wrote stays, as in Redis. */
    record Answered(Reply reply) implements Outcome {}

    /** It was cut off: nothing that it wrote may stay. */
    record Stopped(Stop reason) implements Outcome {}
}
