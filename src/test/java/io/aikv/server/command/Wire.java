package io.aikv.server.command;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aikv.base.Bytes;
import io.aikv.base.CommandLine;
import io.aikv.resp.ReplyWriter;
import io.aikv.testcluster.FreePorts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real redis-server on a free port, and the bytes that it answers. */
public record Wire(Process process, int port) implements AutoCloseable {
    /** Starts one in an empty directory; the test is skipped where none is installed. */
    public static Wire start(Path directory, String... options) throws IOException {
        assumeTrue(
                Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
                        .anyMatch(each -> Path.of(each, "redis-server").toFile().canExecute()),
                "redis-server is not installed");
        int port = FreePorts.next();
        List<String> command = new ArrayList<>(List.of("redis-server", "--port", Integer.toString(port)));
        command.addAll(List.of("--bind", "127.0.0.1", "--save", "", "--dir", directory.toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader log = process.inputReader(StandardCharsets.UTF_8);
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            assumeTrue(!line.contains("version=") || line.contains("version=7.0."), "is not Redis 7.0: " + line);
            if (line.contains("Ready to accept connections")) {
                break;
            }
        }
        return new Wire(process, port);
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    /** A connection that finds the end of a reply of any type by a second command behind it. */
    static final class Connection implements AutoCloseable {
        private final Socket socket;
        private int number;

        Connection(Wire redis, int protocol) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), redis.port());
            socket.setTcpNoDelay(true);
            if (protocol == 3) {
                answer("HELLO 3");
            }
        }

        /** The reply's bytes, escaped. */
        String answer(String line) throws IOException {
            byte[] mark = Bytes.utf8("mark" + number++);
            ByteBuf request = Unpooled.buffer();
            ReplyWriter.writeRequest(CommandLine.split(line.getBytes(StandardCharsets.ISO_8859_1)), request);
            ReplyWriter.writeRequest(new byte[][] {Bytes.utf8("ECHO"), mark}, request);
            request.readBytes(socket.getOutputStream(), request.readableBytes());
            byte[] end = Bytes.utf8("$" + mark.length + "\r\n" + Bytes.text(mark) + "\r\n");
            ByteArrayOutputStream in = new ByteArrayOutputStream();
            while (!endsWith(in.toByteArray(), end)) {
                int b = socket.getInputStream().read();
                if (b < 0) {
                    throw new IOException("closed by " + line);
                }
                in.write(b);
                in.writeBytes(socket.getInputStream()
                        .readNBytes(socket.getInputStream().available()));
            }
            return escape(Arrays.copyOf(in.toByteArray(), in.size() - end.length));
        }

        private static boolean endsWith(byte[] bytes, byte[] end) {
            int from = bytes.length - end.length;
            return from >= 0 && Arrays.equals(bytes, from, bytes.length, end, 0, end.length);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** One line of text: {@code \r}, {@code \n}, {@code \\}, and {@code \xff} for what is not ASCII. */
    static String escape(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            switch (b) {
                case '\r' -> out.append("\\r");
                case '\n' -> out.append("\\n");
                case '\\' -> out.append("\\\\");
                default -> out.append(b >= 0x20 && b < 0x7f ? String.valueOf((char) b) : String.format("\\x%02x", b));
            }
        }
        return out.toString();
    }
}
