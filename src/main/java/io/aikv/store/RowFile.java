package io.aikv.store;

import io.aikv.base.Check;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * All rows of a store in one file: the checkpoint of a store in memory, which has no files to link.
 *
 * <pre>
 * magic(8) then per row: space(1) keySize(4) key valueSize(4) value; then 0xff crc32c-of-everything-before(8)
 * </pre>
 */
final class RowFile {
    static final String NAME = "rows.aikv";

    private static final long MAGIC = 0x41694b76526f7731L; // "AiKvRow1"
    private static final int END = 0xff;
    private static final int BATCH_BYTES = 1 << 20;
    private static final byte[] FIRST = new byte[0];

    private RowFile() {}

    static void write(StoreSnapshot snapshot, Path file) throws IOException {
        CRC32C crc = new CRC32C();
        try (DataOutputStream out = new DataOutputStream(
                new CheckedOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16), crc))) {
            out.writeLong(MAGIC);
            for (Space space : Space.values()) {
                try (Cursor rows = snapshot.cursor(space, FIRST, null)) {
                    while (rows.next()) {
                        out.writeByte(space.ordinal());
                        writeBytes(out, rows.key());
                        writeBytes(out, rows.value());
                    }
                }
            }
            out.writeByte(END);
            out.writeLong(crc.getValue());
        }
    }

    /** Fills an empty store. */
    static void read(Path file, Engine engine) throws IOException {
        CRC32C crc = new CRC32C();
        try (DataInputStream in = new DataInputStream(
                        new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16), crc));
                WriteBatch batch = new WriteBatch()) {
            if (in.readLong() != MAGIC) {
                throw new IOException(file + " does not hold the rows of a store");
            }
            for (int space = in.readUnsignedByte(); space != END; space = in.readUnsignedByte()) {
                Check.state(space < Space.values().length, "no space %s in %s", space, file);
                byte[] key = readBytes(in);
                batch.put(engine.family(Space.values()[space]), key, readBytes(in));
                if (batch.getDataSize() >= BATCH_BYTES) {
                    engine.write(batch);
                    batch.clear();
                }
            }
            long expected = crc.getValue();
            if (in.readLong() != expected) {
                throw new IOException(file + " is damaged: its checksum is wrong");
            }
            engine.write(batch);
        } catch (RocksDBException e) {
            throw new IOException("cannot load " + file + ": " + e.getMessage(), e);
        }
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        return in.readNBytes(in.readInt());
    }
}
