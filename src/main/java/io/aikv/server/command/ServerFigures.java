package io.aikv.server.command;

import io.aikv.server.acl.AclLog;

/**
 * What INFO shows about connections, traffic and keys beside commands. Counters count from the start of the node or the last
 * CONFIG RESETSTAT. What has a default is 0 on a node without the feature. Any thread; figures may be a little old.
 */
public interface ServerFigures {
    // ---- connections ----

    /** Connections of clients that are open. */
    int connectedClients();

    /** Links to other nodes that are open. */
    default int clusterConnections() {
        return 0;
    }

    /** Clients waiting in a blocking command or held by CLIENT PAUSE. */
    int blockedClients();

    /** Clients with CLIENT TRACKING on. */
    default int trackingClients() {
        return 0;
    }

    /** Clients with at least one subscription. */
    default int pubsubClients() {
        return 0;
    }

    /** Blocked clients that will time out. */
    default int clientsInTimeoutTable() {
        return 0;
    }

    /** The longest request of a client that is not complete, in bytes. */
    default long inputBytesMax() {
        return 0;
    }

    /** The most bytes of replies that a client has not taken. */
    default long outputBytesMax() {
        return 0;
    }

    /** Bytes of requests that are not answered and of replies that are not taken, over all clients. */
    default long clientBytes() {
        return 0;
    }

    long connectionsReceived();

    long connectionsRejected();

    default long clientsEvicted() {
        return 0;
    }

    default long queryLimitDisconnections() {
        return 0;
    }

    default long outputLimitDisconnections() {
        return 0;
    }

    /** Refusals of access control. */
    default long accessDenied(AclLog.Reason reason) {
        return 0;
    }

    // ---- traffic ----

    long netInBytes();

    long netOutBytes();

    /** Bytes received from other nodes. */
    default long peerInBytes() {
        return 0;
    }

    /** Bytes sent to other nodes. */
    default long peerOutBytes() {
        return 0;
    }

    /** Times a socket was read. */
    default long socketReads() {
        return 0;
    }

    /** Times a socket was written. */
    default long socketWrites() {
        return 0;
    }

    // ---- keys ----

    default long keyspaceHits() {
        return 0;
    }

    default long keyspaceMisses() {
        return 0;
    }

    default long expiredKeys() {
        return 0;
    }

    default long pubsubChannels() {
        return 0;
    }

    default long pubsubPatterns() {
        return 0;
    }

    default long pubsubShardChannels() {
        return 0;
    }

    /** Clients that watch keys. */
    default int watchingClients() {
        return 0;
    }

    default long watchedKeys() {
        return 0;
    }

    default long blockingKeys() {
        return 0;
    }

    default long trackedKeys() {
        return 0;
    }

    /** Tracked keys times the clients that have read them. */
    default long trackedItems() {
        return 0;
    }

    default long trackedPrefixes() {
        return 0;
    }

    default int libraries() {
        return 0;
    }

    default int functions() {
        return 0;
    }

    default int cachedScripts() {
        return 0;
    }

    // ---- memory ----

    /** Native memory of the stores: block cache with write buffers, and open tables. */
    default long storeBytes() {
        return 0;
    }

    /** Native memory of network buffers. */
    default long networkBytes() {
        return 0;
    }

    /** {@code epoll} or {@code nio}. */
    default String transport() {
        return "epoll";
    }
}
