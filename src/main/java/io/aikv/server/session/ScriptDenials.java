package io.aikv.server.session;

import io.aikv.data.DeniedCall;
import io.aikv.data.EventClass;
import io.aikv.raft.EntryObserver;
import java.util.ArrayList;
import java.util.List;

/**
 * Hears of what scripts were denied in the entries of one group, and has it noted on the node whose clients sent them, before they are
 * answered. Apply thread of the group only.
 */
final class ScriptDenials implements EntryObserver {
    /** Of more denials in one entry the first are noted. */
    private static final int DENIALS_MAX = 256;

    private record Denial(long clientId, DeniedCall call) {}

    private final ServerContext server;
    private final List<Denial> denials = new ArrayList<>();
    private long clientId;

    ScriptDenials(ServerContext server) {
        this.server = server;
    }

    @Override
    public void begins(long nextClientId) {
        clientId = nextClientId;
    }

    @Override
    public void changed(int database, EventClass eventClass, String event, byte[] key) {}

    @Override
    public void denied(DeniedCall call) {
        if (clientId != 0 && denials.size() < DENIALS_MAX) {
            denials.add(new Denial(clientId, call));
        }
    }

    @Override
    public void committed(long index, boolean leading) {
        clientId = 0;
        for (Denial denial : denials) {
            Session session = server.clients().find(denial.clientId);
            if (session != null) {
                server.gate().note(session, denial.call);
            }
        }
        denials.clear();
    }
}
