package io.aikv.resp;

import io.aikv.base.Elements;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A reply that is written in pieces while the socket takes them: its values are copied once, piece by piece, and no buffer
 * holds all of it. Belongs to the event loop of its connection; one that is streamed, to whoever reads its next piece.
 */
public final class LargeReply implements ChunkedInput<ByteBuf> {
    /** Who is told about each piece that is handed to the socket. */
    @FunctionalInterface
    public interface Listener {
        /**
         * @param bytes size of the piece
         * @param stringBytes how many of them {@link #stringBytes} had counted
         */
        void handedOver(int bytes, int stringBytes);
    }

    /** Replies with this many bytes of strings are worth it. */
    public static final int SIZE_MIN = 256 << 10;

    static final int PIECE_SIZE = 64 << 10;

    private static final byte[] CRLF = {'\r', '\n'};

    private final int protocol;
    private final Iterator<Reply> items;
    private final Listener listener;
    private @Nullable Reply head;
    private byte[] value = CRLF;
    private int written = CRLF.length;
    private boolean inValue;
    /** The rest of the string that is being written, if it is one that comes in parts. */
    private @Nullable Promised parts;

    private int stringBytes;
    private long progress;

    /** @param reply a bulk string, or an aggregate */
    public LargeReply(Reply reply, int protocol, Listener listener) {
        List<Reply> children = ReplyWriter.items(reply);
        this.protocol = protocol;
        this.items = (children == null ? List.of(reply) : children).iterator();
        this.head = children == null ? null : reply;
        this.listener = listener;
    }

    /**
     * For a reply whose elements are read while they are sent. {@link #readChunk} then reads rows, throws what that throws,
     * and {@link IllegalStateException} if there are fewer elements than were promised. The caller closes the elements.
     */
    public LargeReply(Reply.Streamed reply, int protocol) {
        boolean isString = reply.form() == Reply.Form.STRING;
        this.protocol = protocol;
        this.items = isString ? List.<Reply>of(reply).iterator() : new Promised(reply);
        this.head = isString ? null : reply;
        this.listener = (bytes, strings) -> {};
    }

    /** As many items as the head says; of a map the keys and values, of a string the parts. */
    private static final class Promised implements Iterator<Reply> {
        private final Elements<Reply> elements;
        private final boolean flat;
        private final boolean isString;
        private long left;
        private @Nullable Reply second;

        Promised(Reply.Streamed reply) {
            this.elements = reply.elements();
            this.flat = reply.form() == Reply.Form.MAP;
            this.isString = reply.form() == Reply.Form.STRING;
            this.left = reply.count();
        }

        @Override
        public boolean hasNext() {
            return left > 0 || second != null;
        }

        @Override
        public Reply next() {
            Reply waiting = second;
            if (waiting != null) {
                second = null;
                return waiting;
            }
            if (left == 0) {
                throw new NoSuchElementException();
            }
            Reply element = elements.next();
            if (element == null) {
                throw new IllegalStateException(left + " elements fewer than promised");
            }
            left -= isString ? ((Reply.Bulk) element).value().length : 1;
            if (left < 0) {
                throw new IllegalStateException("a string longer than promised");
            }
            if (flat) {
                Reply.Pair pair = (Reply.Pair) element;
                second = pair.second();
                return pair.first();
            }
            return element;
        }
    }

    /** The bytes of the strings in a reply: itself, or what it or its pairs directly hold. Costs a look at each item. */
    public static long stringBytes(Reply reply) {
        List<Reply> items = ReplyWriter.items(reply);
        if (items == null) {
            return itemBytes(reply);
        }
        long sum = 0;
        for (int i = 0; i < items.size(); i++) {
            sum += itemBytes(items.get(i));
        }
        return sum;
    }

    private static int itemBytes(Reply item) {
        if (item instanceof Reply.Bulk bulk) {
            return bulk.value().length;
        }
        return item instanceof Reply.Pair pair ? itemBytes(pair.first()) + itemBytes(pair.second()) : 0;
    }

    @Override
    public boolean isEndOfInput() {
        return head == null && written == value.length && !inValue && parts == null && !items.hasNext();
    }

    @Override
    public @Nullable ByteBuf readChunk(ByteBufAllocator allocator) {
        if (isEndOfInput()) {
            return null;
        }
        ByteBuf piece = allocator.ioBuffer(PIECE_SIZE + 32);
        stringBytes = 0;
        if (head != null) {
            ReplyWriter.writeHead(head, protocol, piece);
            head = null;
        }
        boolean filled = false;
        try {
            while (piece.readableBytes() < PIECE_SIZE && !isEndOfInput()) {
                fill(piece);
            }
            filled = true;
        } finally {
            if (!filled) {
                piece.release();
            }
        }
        progress += piece.readableBytes();
        listener.handedOver(piece.readableBytes(), stringBytes);
        return piece;
    }

    private void fill(ByteBuf piece) {
        if (written < value.length) {
            int count = Math.min(value.length - written, PIECE_SIZE - piece.readableBytes());
            piece.writeBytes(value, written, count);
            written += count;
            stringBytes += inValue ? count : 0;
        } else if (parts != null && parts.hasNext()) {
            value = ((Reply.Bulk) parts.next()).value();
            written = 0;
        } else if (inValue || parts != null) {
            inValue = false;
            parts = null;
            value = CRLF;
            written = 0;
        } else {
            Reply item = items.next();
            if (item instanceof Reply.Streamed string) {
                ReplyWriter.writeHead(string, protocol, piece);
                parts = new Promised(string);
            } else if (item instanceof Reply.Bulk bulk && bulk.value().length > PIECE_SIZE / 4) {
                ReplyWriter.writeBulkHead(bulk.value().length, piece);
                value = bulk.value();
                written = 0;
                inValue = true;
            } else {
                stringBytes += itemBytes(item);
                ReplyWriter.write(item, protocol, piece);
            }
        }
    }

    @Override
    @Deprecated
    public @Nullable ByteBuf readChunk(ChannelHandlerContext context) {
        return readChunk(context.alloc());
    }

    /** Not known before the end. */
    @Override
    public long length() {
        return -1;
    }

    @Override
    public long progress() {
        return progress;
    }

    @Override
    public void close() {
        // Nothing is held but heap memory.
    }
}
