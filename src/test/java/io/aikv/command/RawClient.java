package io.aikv.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;

/** One request, one reply, and the reply's bytes exactly as they came: for comparing servers. Blocks. */
final class RawClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
    }

    byte[] call(String... words) throws IOException {
        byte[][] argv = new byte[words.length][];
        for (int i = 0; i < words.length; i++) {
            argv[i] = words[i].getBytes(ISO_8859_1);
        }
        return call(argv);
    }

    byte[] call(byte[]... argv) throws IOException {
        out.write(("*" + argv.length + "\r\n").getBytes(ISO_8859_1));
        for (byte[] word : argv) {
            out.write(("$" + word.length + "\r\n").getBytes(ISO_8859_1));
            out.write(word);
            out.write('\r');
            out.write('\n');
        }
        out.flush();
        return receive();
    }

    /** Waits for one reply or message. */
    byte[] receive() throws IOException {
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        readReply(reply);
        return reply.toByteArray();
    }

    private void readReply(ByteArrayOutputStream reply) throws IOException {
        String line = readLine(reply);
        switch (line.charAt(0)) {
            case '$', '=' -> readBytes(Integer.parseInt(line.substring(1)), reply);
            case '*', '~', '>' -> readReplies(Long.parseLong(line.substring(1)), reply);
            case '%' -> readReplies(2 * Long.parseLong(line.substring(1)), reply);
            default -> {}
        }
    }

    private void readReplies(long count, ByteArrayOutputStream reply) throws IOException {
        for (long i = 0; i < count; i++) {
            readReply(reply);
        }
    }

    private void readBytes(int length, ByteArrayOutputStream reply) throws IOException {
        if (length >= 0) {
            reply.write(in.readNBytes(length + 2));
        }
    }

    private String readLine(ByteArrayOutputStream reply) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the server closed the connection");
            }
            reply.write(next);
            if (next == '\n') {
                line.setLength(line.length() - 1);
                return line.toString();
            }
            line.append((char) next);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
