package io.aikv.data;

import java.util.ArrayList;
import java.util.List;

/**
 * A circle or a rectangle around a position: what GEOSEARCH and GEORADIUS look in.
 *
 * @param longitude of the center, in degrees
 * @param latitude of the center, in degrees
 * @param circular whether it is a circle of the radius {@code width}; {@code height} is then without meaning
 * @param width in meters
 * @param height in meters
 */
public record GeoShape(double longitude, double latitude, boolean circular, double width, double height) {
    private static final double HALF_EQUATOR_METERS = 20037726.37;

    /**
     * The distance of a position from the center in meters, or a negative number if it is outside. Redis takes what it
     * cannot compute (NaN) for inside.
     */
    public double distanceMeters(double otherLongitude, double otherLatitude) {
        if (circular) {
            double distance = GeoHash.distanceMeters(longitude, latitude, otherLongitude, otherLatitude);
            return distance > width ? -1 : distance;
        }
        double east = GeoHash.distanceMeters(otherLongitude, otherLatitude, longitude, otherLatitude);
        double north = GeoHash.distanceMeters(otherLongitude, otherLatitude, otherLongitude, latitude);
        if (east > width / 2 || north > height / 2) {
            return -1;
        }
        return GeoHash.distanceMeters(longitude, latitude, otherLongitude, otherLatitude);
    }

    /** Ranges of scores that together hold whatever is inside, in the order in which Redis goes through them. */
    public List<ScoreRange> scoreRanges() {
        Bounds bounds = bounds();
        int step = step();
        Cell center = Cell.at(longitude, latitude, step);
        if (step > 1 && bounds.exceedNeighboursOf(center)) {
            step--;
            center = Cell.at(longitude, latitude, step);
        }
        List<Cell> cells = neededCells(center, bounds);
        List<ScoreRange> ranges = new ArrayList<>();
        Cell previous = null;
        for (int i = 0; i < cells.size(); i++) {
            Cell cell = cells.get(i);
            if (!cell.equals(previous)) {
                ranges.add(cell.scores());
                // A large shape has the same cell as several neighbours. As in Redis, the first does not count.
                previous = i == 0 ? null : cell;
            }
        }
        return ranges;
    }

    private static List<Cell> neededCells(Cell center, Bounds bounds) {
        // At the poles a bound may be no number: then nothing is left out.
        boolean all = center.step < 2;
        boolean south = all || !(center.south() < bounds.south);
        boolean north = all || !(center.north() > bounds.north);
        boolean west = all || !(center.west() < bounds.west);
        boolean east = all || !(center.east() > bounds.east);
        List<Cell> cells = new ArrayList<>();
        cells.add(center);
        addIf(north, cells, center, 0, 1);
        addIf(south, cells, center, 0, -1);
        addIf(east, cells, center, 1, 0);
        addIf(west, cells, center, -1, 0);
        addIf(north && east, cells, center, 1, 1);
        addIf(north && west, cells, center, -1, 1);
        addIf(south && east, cells, center, 1, -1);
        addIf(south && west, cells, center, -1, -1);
        return cells;
    }

    private static void addIf(boolean needed, List<Cell> cells, Cell center, int right, int up) {
        if (needed) {
            cells.add(center.moved(right, up));
        }
    }

    /** How fine a grid must be for nine cells to cover the shape. */
    private int step() {
        double range = circular ? width : Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2));
        if (range == 0) {
            return GeoHash.STEP_MAX;
        }
        int step = 1;
        while (range < HALF_EQUATOR_METERS) {
            range *= 2;
            step++;
        }
        step -= 2;
        if (Math.abs(latitude) > 66) {
            step -= Math.abs(latitude) > 80 ? 2 : 1;
        }
        return Math.max(1, Math.min(GeoHash.STEP_MAX, step));
    }

    private Bounds bounds() {
        double up = circular ? width : height / 2;
        double aside = circular ? width : width / 2;
        double latitudes = GeoHash.degrees(up / GeoHash.EARTH_RADIUS_METERS);
        double widest = GeoHash.radians(latitude < 0 ? latitude - latitudes : latitude + latitudes);
        double longitudes = GeoHash.degrees(aside / GeoHash.EARTH_RADIUS_METERS / StrictMath.cos(widest));
        return new Bounds(longitude - longitudes, longitude + longitudes, latitude - latitudes, latitude + latitudes);
    }

    /** The degrees that a shape lies between. */
    private record Bounds(double west, double east, double south, double north) {
        boolean exceedNeighboursOf(Cell cell) {
            return cell.moved(0, 1).north() < north
                    || cell.moved(0, -1).south() > south
                    || cell.moved(1, 0).east() < east
                    || cell.moved(-1, 0).west() > west;
        }
    }

    /** A cell of the grid of 2^step by 2^step; the grid wraps around. */
    private record Cell(long bits, int step) {
        private static final long COLUMN_BITS = 0xaaaa_aaaa_aaaa_aaaaL;
        private static final long ROW_BITS = 0x5555_5555_5555_5555L;

        static Cell at(double longitude, double latitude, int step) {
            return new Cell(GeoHash.encode(longitude, latitude, GeoHash.LATITUDE_MAX, step), step);
        }

        Cell moved(int right, int up) {
            long column = move(bits & COLUMN_BITS, right, COLUMN_BITS, ROW_BITS);
            long row = move(bits & ROW_BITS, up, ROW_BITS, COLUMN_BITS);
            return new Cell(column | row, step);
        }

        /** Adds to interleaved bits: ones in between carry. */
        private long move(long value, int by, long ownBits, long otherBits) {
            long carry = otherBits >>> (64 - 2 * step);
            if (by == 0) {
                return value;
            }
            long moved = by > 0 ? value + (carry + 1) : (value | carry) - (carry + 1);
            return moved & ownBits >>> (64 - 2 * step);
        }

        double west() {
            return GeoHash.edge(GeoHash.compact(bits >>> 1), GeoHash.LONGITUDE_MAX, step);
        }

        double east() {
            return GeoHash.edge(GeoHash.compact(bits >>> 1) + 1, GeoHash.LONGITUDE_MAX, step);
        }

        double south() {
            return GeoHash.edge(GeoHash.compact(bits), GeoHash.LATITUDE_MAX, step);
        }

        double north() {
            return GeoHash.edge(GeoHash.compact(bits) + 1, GeoHash.LATITUDE_MAX, step);
        }

        /** The scores of all positions in it. */
        ScoreRange scores() {
            int shift = 2 * (GeoHash.STEP_MAX - step);
            return new ScoreRange(bits << shift, false, (bits + 1) << shift, true);
        }
    }
}
