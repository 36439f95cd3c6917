package io.aikv.server.session;

import io.aikv.base.Clock;

/** CLIENT PAUSE: which commands are held, and until when. Any thread; a lock guards changes. */
public final class PauseGate {
    /** What is held. */
    public enum Mode {
        NONE,
        WRITE,
        ALL
    }

    private record Pause(Mode mode, long endMillis) {}

    private static final Pause OPEN = new Pause(Mode.NONE, 0);

    private final Clock clock;
    private volatile Pause pause = OPEN;

    PauseGate(Clock clock) {
        this.clock = clock;
    }

    /** Whether a command is held now. */
    boolean holds(boolean write) {
        Pause now = pause;
        return now != OPEN && (now.mode == Mode.ALL || write) && clock.epochMillis() < now.endMillis;
    }

    /** What is held now. */
    public Mode mode() {
        Pause now = pause;
        return now != OPEN && clock.epochMillis() < now.endMillis ? now.mode : Mode.NONE;
    }

    /** When the pause ends, in milliseconds since the epoch; 0 without one. */
    public long endMillis() {
        return mode() == Mode.NONE ? 0 : pause.endMillis;
    }

    /** Begins a pause, or changes the one that is: the later end and the stricter mode win, as in Redis. */
    synchronized void begin(Mode mode, long millis) {
        long now = clock.epochMillis();
        long end = millis > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + millis;
        Mode current = mode();
        Mode stricter = mode.compareTo(current) > 0 ? mode : current;
        long later = current == Mode.NONE ? end : Math.max(end, pause.endMillis);
        pause = new Pause(stricter, later);
    }

    synchronized void end() {
        pause = OPEN;
    }
}
