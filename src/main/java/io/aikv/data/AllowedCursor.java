package io.aikv.data;

import io.aikv.store.Cursor;

/** A cursor whose rows an {@link Allowance} pays for. Places that are only sought are not counted: who seeks may have known. */
final class AllowedCursor implements Cursor {
    private final Cursor rows;
    private final Allowance allowance;

    AllowedCursor(Cursor rows, Allowance allowance) {
        this.rows = rows;
        this.allowance = allowance;
    }

    @Override
    public boolean next() {
        boolean found = rows.next();
        if (found) {
            allowance.takeRow(rows.key().length + rows.value().length);
        }
        return found;
    }

    @Override
    public boolean seek(byte[] position) {
        return rows.seek(position);
    }

    @Override
    public byte[] key() {
        return rows.key();
    }

    @Override
    public byte[] value() {
        return rows.value();
    }

    @Override
    public void close() {
        rows.close();
    }
}
