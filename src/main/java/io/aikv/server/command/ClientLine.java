package io.aikv.server.command;

import io.aikv.server.session.ClientState;
import io.aikv.server.session.CommandEntry;
import io.aikv.server.session.Session;

/** One connection as a line of CLIENT LIST: the fields of Redis 7.2 and the totals of Redis 7.4, in their order. */
final class ClientLine {
    private ClientLine() {}

    static String of(Session session, long nowMillis) {
        ClientState state = session.state();
        CommandEntry last = state.lastCommand;
        long queryBytes = session.inputBytes();
        long queuedBytes = session.queuedBytes();
        long outputBytes = session.outputBytes();
        return "id=" + session.id()
                + " addr=" + session.address()
                + " laddr=" + session.localAddress()
                + " fd=" + session.descriptor()
                + " name=" + state.name
                + " age=" + Math.max(0, (nowMillis - session.createdMillis()) / 1000)
                + " idle=" + Math.max(0, (nowMillis - state.lastInteractionMillis) / 1000)
                + " flags=" + flags(session)
                + " db=" + session.database()
                + " sub=0 psub=0 ssub=0 multi=-1"
                + " qbuf=" + queryBytes
                + " qbuf-free=0"
                + " argv-mem=" + queuedBytes
                + " multi-mem=0"
                + " rbs=" + outputBytes
                + " rbp=" + outputBytes
                + " obl=0"
                + " oll=" + (outputBytes > 0 ? 1 : 0)
                + " omem=" + outputBytes
                + " tot-mem=" + (queryBytes + queuedBytes + outputBytes)
                + " events=r"
                + " cmd=" + (last == null ? "NULL" : last.toString())
                + " user=" + state.user
                + " redir=-1"
                + " resp=" + session.protocol()
                + " lib-name=" + state.libraryName
                + " lib-ver=" + state.libraryVersion
                + " tot-net-in=" + state.netInBytes
                + " tot-net-out=" + state.netOutBytes
                + " tot-cmds=" + state.commands;
    }

    /** {@code normal}, as replicas and subscribers are connections of another kind here. */
    static String type(Session session) {
        return "normal";
    }

    private static String flags(Session session) {
        ClientState state = session.state();
        StringBuilder flags = new StringBuilder();
        append(flags, 'O', state.monitor);
        append(flags, 'b', session.isPaused());
        append(flags, 'r', state.readonly);
        append(flags, 'e', state.noEvict);
        append(flags, 'T', state.noTouch);
        return flags.length() == 0 ? "N" : flags.toString();
    }

    private static void append(StringBuilder flags, char flag, boolean set) {
        if (set) {
            flags.append(flag);
        }
    }
}
