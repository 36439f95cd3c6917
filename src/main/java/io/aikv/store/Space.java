package io.aikv.store;

/** The column families of a group's store; {@link KeyLayout} draws their keys. */
public enum Space {
    /** One row per user key: header, and for a string its bytes. */
    KEYS,
    /** One row per element of a collection, and per chunk of a large string. */
    ROWS,
    /** Hints: which keys are due when, in order of time. Checked against the header before anything is removed. */
    EXPIRY,
    /** A few small fixed keys: applied position, counters, database map, garbage queue. */
    SYSTEM
}
