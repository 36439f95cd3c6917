package io.aikv.server.command;

import java.security.SecureRandom;
import java.util.HexFormat;

/** What the administration families share: the node's run id, rates, memory, saves. One per node; any thread. */
final class ServerState {
    private static final int ID_BYTES = 20;

    private final String runId = randomId();
    private final PeakMemory memory;
    private final Rates rates;
    private final Saves saves;
    private final KeyspaceFigures keyspace;
    private volatile String historyId;

    ServerState(NodeFacts node) {
        memory = new PeakMemory(node);
        rates = new Rates(node, memory);
        saves = new Saves(node);
        keyspace = new KeyspaceFigures(node);
        historyId = "";
    }

    private static String randomId() {
        byte[] id = new byte[ID_BYTES];
        new SecureRandom().nextBytes(id);
        return HexFormat.of().formatHex(id);
    }

    /** 40 hexadecimal digits, another at every start. */
    String runId() {
        return runId;
    }

    /** What DEBUG CHANGE-REPL-ID has put in the place of the node's history id; empty: nothing. */
    String changedHistoryId() {
        return historyId;
    }

    void changeHistoryId() {
        historyId = randomId();
    }

    PeakMemory memory() {
        return memory;
    }

    Rates rates() {
        return rates;
    }

    Saves saves() {
        return saves;
    }

    KeyspaceFigures keyspace() {
        return keyspace;
    }
}
