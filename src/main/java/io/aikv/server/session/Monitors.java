package io.aikv.server.session;

import io.aikv.base.Clock;
import io.aikv.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The connections that said MONITOR, and the lines they get. Any thread. */
public final class Monitors {
    private final List<Session> sessions = new CopyOnWriteArrayList<>();

    boolean any() {
        return !sessions.isEmpty();
    }

    public void add(Session session) {
        if (!sessions.contains(session)) {
            sessions.add(session);
        }
    }

    public void remove(Session session) {
        sessions.remove(session);
    }

    public int count() {
        return sessions.size();
    }

    /** Tells the monitors of a command that is about to run. */
    void feed(Call call, Clock clock) {
        CommandEntry entry = call.entry();
        if (!entry.monitored) {
            return;
        }
        long micros = clock.epochMillis() * 1000;
        byte[][] argv = Redaction.of(entry.command, call.argv);
        StringBuilder line = new StringBuilder(64);
        line.append(micros / 1_000_000).append('.').append(String.format("%06d", micros % 1_000_000));
        line.append(" [")
                .append(call.database)
                .append(' ')
                .append(call.session.address())
                .append(']');
        for (byte[] arg : argv) {
            line.append(' ');
            appendQuoted(arg, line);
        }
        Reply reply = Reply.simple(line.toString());
        for (Session session : sessions) {
            session.push(reply);
        }
    }

    /** As Redis prints strings for people: quoted, with escapes for what is not printable ASCII. */
    static void appendQuoted(byte[] bytes, StringBuilder out) {
        out.append('"');
        for (byte b : bytes) {
            switch (b) {
                case '\\', '"' -> out.append('\\').append((char) b);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case 7 -> out.append("\\a");
                case '\b' -> out.append("\\b");
                default -> {
                    if (b >= 0x20 && b < 0x7f) {
                        out.append((char) b);
                    } else {
                        out.append(String.format("\\x%02x", b & 0xff));
                    }
                }
            }
        }
        out.append('"');
    }

    /** {@link #appendQuoted} as bytes. */
    static byte[] quoted(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        appendQuoted(bytes, text);
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
