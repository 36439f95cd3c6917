package io.aikv.server.session;

import io.aikv.server.acl.AclLog;
import java.util.concurrent.atomic.LongAdder;

/** What INFO stats counts beside commands. Any thread. */
public final class ServerCounters {
    private final LongAdder netIn = new LongAdder();
    private final LongAdder netOut = new LongAdder();
    private final LongAdder connectionsReceived = new LongAdder();
    private final LongAdder connectionsRejected = new LongAdder();
    private final LongAdder evictedClients = new LongAdder();
    private final LongAdder outputLimitDisconnections = new LongAdder();
    private final LongAdder queryLimitDisconnections = new LongAdder();
    private final LongAdder reads = new LongAdder();
    private final LongAdder writes = new LongAdder();
    private final LongAdder longReads = new LongAdder();
    /** Refusals of access control, by their reason. */
    private final LongAdder[] accessDenied = {new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder()};

    private final LongAdder keyspaceHits = new LongAdder();
    private final LongAdder keyspaceMisses = new LongAdder();
    private final LongAdder expiredKeys = new LongAdder();

    void netIn(long bytes) {
        netIn.add(bytes);
        reads.increment();
    }

    void netOut(long bytes) {
        netOut.add(bytes);
        writes.increment();
    }

    void connectionReceived() {
        connectionsReceived.increment();
    }

    void connectionRejected() {
        connectionsRejected.increment();
    }

    void clientEvicted() {
        evictedClients.increment();
    }

    void outputLimitDisconnection() {
        outputLimitDisconnections.increment();
    }

    void queryLimitDisconnection() {
        queryLimitDisconnections.increment();
    }

    /** A read was handed to a reader. */
    void longRead() {
        longReads.increment();
    }

    /** Access control refused a request, or a wrong password. */
    void accessDenied(AclLog.Reason reason) {
        accessDenied[reason.ordinal()].increment();
    }

    /** Lookups of a read that was answered. */
    void lookups(int hits, int misses) {
        if (hits > 0) {
            keyspaceHits.add(hits);
        }
        if (misses > 0) {
            keyspaceMisses.add(misses);
        }
    }

    /** Keys were removed because they were due, by an entry that this node proposed. */
    public void keysExpired(long count) {
        expiredKeys.add(count);
    }

    /** Lookups of reads that found their key. */
    public long keyspaceHitsCount() {
        return keyspaceHits.sum();
    }

    /** Lookups of reads that found nothing. */
    public long keyspaceMissesCount() {
        return keyspaceMisses.sum();
    }

    public long expiredKeysCount() {
        return expiredKeys.sum();
    }

    public long netInBytes() {
        return netIn.sum();
    }

    public long netOutBytes() {
        return netOut.sum();
    }

    public long connectionsReceivedCount() {
        return connectionsReceived.sum();
    }

    public long connectionsRejectedCount() {
        return connectionsRejected.sum();
    }

    public long evictedClientsCount() {
        return evictedClients.sum();
    }

    public long outputLimitDisconnectionsCount() {
        return outputLimitDisconnections.sum();
    }

    public long queryLimitDisconnectionsCount() {
        return queryLimitDisconnections.sum();
    }

    /** Refusals of access control for that reason. */
    public long accessDeniedCount(AclLog.Reason reason) {
        return accessDenied[reason.ordinal()].sum();
    }

    /** Reads that ran on readers, because of their command or because they turned out to be long. */
    public long longReadsCount() {
        return longReads.sum();
    }

    public long readsCount() {
        return reads.sum();
    }

    public long writesCount() {
        return writes.sum();
    }

    /** CONFIG RESETSTAT. */
    public void reset() {
        netIn.reset();
        netOut.reset();
        connectionsReceived.reset();
        connectionsRejected.reset();
        evictedClients.reset();
        outputLimitDisconnections.reset();
        queryLimitDisconnections.reset();
        reads.reset();
        writes.reset();
        longReads.reset();
        for (LongAdder denied : accessDenied) {
            denied.reset();
        }
        keyspaceHits.reset();
        keyspaceMisses.reset();
        expiredKeys.reset();
    }
}
