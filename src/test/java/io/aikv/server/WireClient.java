package io.aikv.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;

/**
 * A blocking client that shows replies as text, for tests: {@code +OK}, {@code -ERR ...}, {@code :1}, {@code $value},
 * {@code $-1}, arrays as {@code [a, b]}, RESP3 aggregates with their marker before the bracket. Bytes are Latin-1.
 */
public final class WireClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Socket socket = new Socket();
    private final InputStream in;

    public WireClient(int port) throws IOException {
        this(port, 0);
    }

    /** @param receiveBytes size of the socket's receive buffer; 0: the system's */
    public WireClient(int port, int receiveBytes) throws IOException {
        if (receiveBytes > 0) {
            socket.setReceiveBufferSize(receiveBytes);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    }

    /** Sends text as it is. */
    public void raw(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** A request as bytes of the stream. */
    public static String request(String... words) {
        StringBuilder text = new StringBuilder("*").append(words.length).append("\r\n");
        for (String word : words) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return text.toString();
    }

    public void send(String... words) throws IOException {
        raw(request(words));
    }

    /** Sends a request of words separated by single spaces and waits for its reply. */
    public String call(String line) throws IOException {
        send(line.split(" "));
        return receive();
    }

    public String callWords(String... words) throws IOException {
        send(words);
        return receive();
    }

    /** Whether something has come that was not received yet. */
    public boolean hasReply() throws IOException {
        return in.available() > 0;
    }

    /** Waits for the next reply. @throws EOFException if the server has closed the connection */
    public String receive() throws IOException {
        String line = readLine();
        char marker = line.charAt(0);
        return switch (marker) {
            case '$', '=' -> {
                int size = Integer.parseInt(line.substring(1));
                yield size < 0 ? line : marker + bytes(size);
            }
            case '*' -> line.equals("*-1") ? line : aggregate(Integer.parseInt(line.substring(1)));
            case '~', '>' -> marker + aggregate(Integer.parseInt(line.substring(1)));
            case '%' -> marker + aggregate(2 * Integer.parseInt(line.substring(1)));
            default -> line;
        };
    }

    /** Waits for the first line of the next reply: of an aggregate, how many items follow. They are to be received next. */
    public String receiveHead() throws IOException {
        return readLine();
    }

    /** The items of an aggregate whose head was received. */
    public List<String> receiveItems(int count) throws IOException {
        List<String> items = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            items.add(receive());
        }
        return items;
    }

    private String aggregate(int size) throws IOException {
        return receiveItems(size).toString();
    }

    private String bytes(int size) throws IOException {
        byte[] bytes = in.readNBytes(size + 2);
        if (bytes.length < size + 2) {
            throw new EOFException();
        }
        return new String(bytes, 0, size, ISO_8859_1);
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("closed by the server");
            }
            if (next == '\n') {
                line.setLength(line.length() - 1);
                return line.toString();
            }
            line.append((char) next);
        }
    }

    /** Whether the server has closed the connection, or does within the timeout; replies that come before are dropped. */
    public boolean isClosedByServer() throws IOException {
        try {
            byte[] buffer = new byte[1 << 16];
            int got = 0;
            while (got >= 0) {
                got = in.read(buffer);
            }
            return true;
        } catch (SocketException reset) {
            return true;
        }
    }

    /** Sends no more; replies can still be received. */
    public void endInput() throws IOException {
        socket.shutdownOutput();
    }

    public int localPort() {
        return socket.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
