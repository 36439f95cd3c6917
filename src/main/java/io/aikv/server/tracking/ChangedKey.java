package io.aikv.server.tracking;

/**
 * A key that an entry has changed.
 *
 * @param clientId the client of this node whose command did; 0 if it was none, or nobody knows
 */
record ChangedKey(byte[] key, long clientId) {}
