package io.aikv.data.rdb;

/** The checksum of payloads: CRC-64 with Jones' polynomial, reflected, beginning with zero. */
final class Crc64 {
    private static final long POLYNOMIAL = 0x95ac9329ac4bc9b5L;
    private static final int LANES = 8;
    private static final long[][] TABLES = new long[LANES][256];

    static {
        for (int i = 0; i < 256; i++) {
            long crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
            }
            TABLES[0][i] = crc;
        }
        for (int lane = 1; lane < LANES; lane++) {
            for (int i = 0; i < 256; i++) {
                long before = TABLES[lane - 1][i];
                TABLES[lane][i] = (before >>> 8) ^ TABLES[0][(int) before & 0xff];
            }
        }
    }

    private Crc64() {}

    /** The checksum of the first {@code size} bytes. Eight bytes a step: large payloads are checked while a group waits. */
    static long of(byte[] bytes, int size) {
        long crc = 0;
        int at = 0;
        for (; at + LANES <= size; at += LANES) {
            long next = 0;
            for (int lane = 0; lane < LANES; lane++) {
                int index = ((int) (crc >>> (8 * lane)) ^ bytes[at + lane]) & 0xff;
                next ^= TABLES[LANES - 1 - lane][index];
            }
            crc = next;
        }
        for (; at < size; at++) {
            crc = TABLES[0][((int) crc ^ bytes[at]) & 0xff] ^ (crc >>> 8);
        }
        return crc;
    }
}
