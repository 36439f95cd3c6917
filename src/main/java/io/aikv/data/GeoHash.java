package io.aikv.data;

/**
 * Positions on Earth as Redis keeps them: a cell of a grid of 2^26 by 2^26, whose number of 52 bits (longitude and
 * latitude interleaved) is the score of a member.
 *
 * <p>Trigonometry is {@link StrictMath}'s: every replica must come to the same distances.
 */
public final class GeoHash {
    public static final double LONGITUDE_MAX = 180;
    /** The poles are out of reach: limits of EPSG:900913. */
    public static final double LATITUDE_MAX = 85.05112878;

    static final int STEP_MAX = 26;
    static final double EARTH_RADIUS_METERS = 6372797.560856;

    private static final double RADIANS_PER_DEGREE = Math.PI / 180;
    private static final double STANDARD_LATITUDE_MAX = 90;
    private static final String ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
    private static final int TEXT_CHARACTERS = 11;

    private GeoHash() {}

    /** The score of a position within {@link #LONGITUDE_MAX} and {@link #LATITUDE_MAX}, in degrees. */
    public static long score(double longitude, double latitude) {
        return encode(longitude, latitude, LATITUDE_MAX, STEP_MAX);
    }

    /** The longitude in the middle of the cell that a score stands for, in degrees. */
    public static double longitude(double score) {
        long column = compact((long) score >>> 1);
        return middle(column, LONGITUDE_MAX);
    }

    /** The latitude in the middle of the cell that a score stands for, in degrees. */
    public static double latitude(double score) {
        return middle(compact((long) score), LATITUDE_MAX);
    }

    private static double middle(long index, double max) {
        double middle = (edge(index, max, STEP_MAX) + edge(index + 1, max, STEP_MAX)) / 2;
        return Math.max(-max, Math.min(max, middle));
    }

    /** Where the row or column of cells of an index begins. */
    static double edge(long index, double max, int step) {
        return -max + (index * 1.0 / (1L << step)) * (2 * max);
    }

    /** The cell of a position in a grid of 2^step by 2^step. */
    static long encode(double longitude, double latitude, double latitudeMax, int step) {
        double row = (latitude + latitudeMax) / (2 * latitudeMax) * (1L << step);
        double column = (longitude + LONGITUDE_MAX) / (2 * LONGITUDE_MAX) * (1L << step);
        return interleave((long) row) | interleave((long) column) << 1;
    }

    /** The standard geohash of a position: eleven characters, the last of which is always 0, as in Redis. */
    public static String text(double longitude, double latitude) {
        long bits = encode(longitude, latitude, STANDARD_LATITUDE_MAX, STEP_MAX);
        StringBuilder text = new StringBuilder(TEXT_CHARACTERS);
        for (int i = 1; i < TEXT_CHARACTERS; i++) {
            text.append(ALPHABET.charAt((int) (bits >>> (2 * STEP_MAX - 5 * i) & 0x1f)));
        }
        return text.append(ALPHABET.charAt(0)).toString();
    }

    /** The distance of two positions in meters, on a sphere (haversine formula). */
    public static double distanceMeters(double longitude1, double latitude1, double longitude2, double latitude2) {
        double lat1 = radians(latitude1);
        double lat2 = radians(latitude2);
        double u = StrictMath.sin((lat2 - lat1) / 2);
        double v = StrictMath.sin((radians(longitude2) - radians(longitude1)) / 2);
        double a = u * u + StrictMath.cos(lat1) * StrictMath.cos(lat2) * v * v;
        return 2.0 * EARTH_RADIUS_METERS * StrictMath.asin(Math.sqrt(a));
    }

    static double radians(double degrees) {
        return degrees * RADIANS_PER_DEGREE;
    }

    static double degrees(double radians) {
        return radians / RADIANS_PER_DEGREE;
    }

    // ---- every other bit ----

    /** The low 32 bits, with a zero ahead of each. */
    private static long interleave(long value) {
        long x = value & 0xffff_ffffL;
        x = (x | x << 16) & 0x0000_FFFF_0000_FFFFL;
        x = (x | x << 8) & 0x00FF_00FF_00FF_00FFL;
        x = (x | x << 4) & 0x0F0F_0F0F_0F0F_0F0FL;
        x = (x | x << 2) & 0x3333_3333_3333_3333L;
        return (x | x << 1) & 0x5555_5555_5555_5555L;
    }

    /** The bits in even places: what {@link #interleave} was given. */
    static long compact(long value) {
        long x = value & 0x5555_5555_5555_5555L;
        x = (x | x >>> 1) & 0x3333_3333_3333_3333L;
        x = (x | x >>> 2) & 0x0F0F_0F0F_0F0F_0F0FL;
        x = (x | x >>> 4) & 0x00FF_00FF_00FF_00FFL;
        x = (x | x >>> 8) & 0x0000_FFFF_0000_FFFFL;
        return (x | x >>> 16) & 0xffff_ffffL;
    }
}
