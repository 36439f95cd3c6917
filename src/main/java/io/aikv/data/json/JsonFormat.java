package io.aikv.data.json;

import io.aikv.base.Bytes;

/**
 * How JSON text is laid out.
 *
 * @param indent put once for each level of nesting in front of an element or member
 * @param newline put in front of each element, member and closing bracket that is not of an empty container
 * @param space put behind the colon of a member
 */
public record JsonFormat(byte[] indent, byte[] newline, byte[] space) {
    /** Nothing between the tokens: as documents are stored. */
    public static final JsonFormat COMPACT = new JsonFormat(Bytes.EMPTY, Bytes.EMPTY, Bytes.EMPTY);

    /** Whether nothing stands between the tokens. */
    public boolean isCompact() {
        return indent.length == 0 && newline.length == 0 && space.length == 0;
    }
}
