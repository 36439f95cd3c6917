package io.aikv.command;

import static io.aikv.command.Flag.DENYOOM;
import static io.aikv.command.KeySpec.Access.ACCESS;
import static io.aikv.command.KeySpec.Access.OW;
import static io.aikv.command.KeySpec.Access.RO;
import static io.aikv.command.KeySpec.Access.RW;
import static io.aikv.command.KeySpec.Access.UPDATE;
import static io.aikv.command.KeySpec.after;
import static io.aikv.command.KeySpec.key;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.command.SortedSetCommands.AddOptions;
import io.aikv.data.GeoHash;
import io.aikv.data.ReadContext;
import io.aikv.data.ScoredMember;
import io.aikv.data.SortedSetReader;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands on positions: members of a sorted set whose scores are {@link GeoHash} cells. Searches: {@link GeoSearch}. */
final class GeoCommands {
    /** Of the options of ZADD those that GEOADD has. */
    private static final List<String> ADD_TOKENS = List.of("NX", "XX", "CH");

    private GeoCommands() {}

    static void register(CommandTable table) {
        table.group(Group.GEO)
                .write("GEOADD", -5, key(1, RW, UPDATE), GeoCommands::geoadd, DENYOOM)
                .read("GEOPOS", -2, key(1, RO, ACCESS), GeoCommands::geopos)
                .read("GEOHASH", -2, key(1, RO, ACCESS), GeoCommands::geohash)
                .read("GEODIST", -4, key(1, RO, ACCESS), GeoCommands::geodist)
                .read("GEOSEARCH", -7, key(1, RO, ACCESS), GeoCommands::geosearch)
                .write(
                        "GEOSEARCHSTORE",
                        -8,
                        List.of(key(1, OW, UPDATE), key(2, RO, ACCESS)),
                        GeoCommands::geosearchstore,
                        DENYOOM)
                .read("GEORADIUS_RO", -6, key(1, RO, ACCESS), GeoCommands::georadiusRo)
                .read("GEORADIUSBYMEMBER_RO", -5, key(1, RO, ACCESS), GeoCommands::georadiusbymemberRo)
                .write("GEORADIUS", -6, storing(6), GeoCommands::georadius, DENYOOM)
                .write("GEORADIUSBYMEMBER", -5, storing(5), GeoCommands::georadiusbymember, DENYOOM);
    }

    private static List<KeySpec> storing(int optionsFrom) {
        return List.of(
                key(1, RO, ACCESS),
                after("STORE", optionsFrom, 0, 1, 0, OW, UPDATE),
                after("STOREDIST", optionsFrom, 0, 1, 0, OW, UPDATE));
    }

    // ---- positions ----

    /** Takes {@code longitude latitude} and returns both. */
    static double[] takePosition(Args args) {
        double longitude = args.takeDouble();
        double latitude = args.takeDouble();
        if (Math.abs(longitude) > GeoHash.LONGITUDE_MAX || Math.abs(latitude) > GeoHash.LATITUDE_MAX) {
            throw new CommandError(
                    "ERR invalid longitude,latitude pair " + decimal(longitude, 6) + "," + decimal(latitude, 6));
        }
        return new double[] {longitude, latitude};
    }

    /** The meters of a unit: {@code m}, {@code km}, {@code ft} or {@code mi} in any case. */
    static double metersPer(byte[] unit) {
        if (Bytes.equalsIgnoreCase(unit, "M")) {
            return 1;
        } else if (Bytes.equalsIgnoreCase(unit, "KM")) {
            return 1000;
        } else if (Bytes.equalsIgnoreCase(unit, "FT")) {
            return 0.3048;
        } else if (Bytes.equalsIgnoreCase(unit, "MI")) {
            return 1609.34;
        }
        throw new CommandError("ERR unsupported unit provided. please use M, KM, FT, MI");
    }

    /** As C's {@code %.Nf}. */
    private static String decimal(double value, int digits) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }
        BigDecimal rounded = new BigDecimal(Math.abs(value)).setScale(digits, RoundingMode.HALF_EVEN);
        boolean negative = Double.doubleToRawLongBits(value) < 0;
        return (negative ? "-" : "") + rounded.toPlainString();
    }

    /** A distance with four digits behind the point. */
    static Reply distance(double value) {
        return Reply.text(decimal(value, 4));
    }

    /** Longitude and latitude with up to 17 digits behind the point. */
    static Reply position(double longitude, double latitude) {
        return Reply.array(coordinate(longitude), coordinate(latitude));
    }

    private static Reply coordinate(double degrees) {
        BigDecimal rounded = new BigDecimal(degrees).setScale(17, RoundingMode.HALF_EVEN);
        return new Reply.Decimal(
                rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString());
    }

    // ---- adding and asking ----

    /** A ZADD of the cells of the positions. */
    private static Reply geoadd(WriteContext context, Args args) {
        byte[] key = args.take();
        AddOptions options = AddOptions.of(args.takeAnyOf(ADD_TOKENS), false);
        if (args.remaining() % 3 != 0 || args.remaining() == 0 || (options.nx() && options.xx())) {
            throw Errors.syntax();
        }
        List<ScoredMember> members = new ArrayList<>();
        while (args.hasNext()) {
            double[] position = takePosition(args);
            members.add(new ScoredMember(args.take(), GeoHash.score(position[0], position[1])));
        }
        return SortedSetCommands.add(context, key, members, options);
    }

    private static Reply geopos(ReadContext context, Args args) {
        SortedSetReader set = SortedSetReader.find(context, args.take());
        List<Reply> positions = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            Double score = score(set, args.take());
            positions.add(
                    score == null ? Reply.NULL_ARRAY : position(GeoHash.longitude(score), GeoHash.latitude(score)));
        }
        return Reply.array(positions);
    }

    private static Reply geohash(ReadContext context, Args args) {
        SortedSetReader set = SortedSetReader.find(context, args.take());
        List<Reply> hashes = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            Double score = score(set, args.take());
            hashes.add(
                    score == null
                            ? Reply.NULL
                            : Reply.text(GeoHash.text(GeoHash.longitude(score), GeoHash.latitude(score))));
        }
        return Reply.array(hashes);
    }

    private static Reply geodist(ReadContext context, Args args) {
        byte[] key = args.take();
        byte[] first = args.take();
        byte[] second = args.take();
        double meters = 1;
        if (args.remaining() == 1) {
            meters = metersPer(args.take());
        }
        args.requireEnd();
        SortedSetReader set = SortedSetReader.find(context, key);
        Double from = score(set, first);
        Double to = score(set, second);
        if (from == null || to == null) {
            return Reply.NULL;
        }
        return distance(GeoHash.distanceMeters(
                        GeoHash.longitude(from), GeoHash.latitude(from), GeoHash.longitude(to), GeoHash.latitude(to))
                / meters);
    }

    private static @Nullable Double score(@Nullable SortedSetReader set, byte[] member) {
        return set == null ? null : set.score(member);
    }

    // ---- searching ----

    private static Reply geosearch(ReadContext context, Args args) {
        GeoSearch search = new GeoSearch(context, args.take(), args, GeoSearch.Dialect.SEARCH);
        search.takeOptions();
        return search.reply();
    }

    private static Reply geosearchstore(WriteContext context, Args args) {
        byte[] destination = args.take();
        GeoSearch search = new GeoSearch(context, args.take(), args, GeoSearch.Dialect.SEARCH_STORE);
        search.storeTo(destination);
        search.takeOptions();
        return search.store(context, "geosearchstore");
    }

    private static Reply georadiusRo(ReadContext context, Args args) {
        GeoSearch search = new GeoSearch(context, args.take(), args, GeoSearch.Dialect.RADIUS_RO);
        search.takeCircle();
        search.takeOptions();
        return search.reply();
    }

    private static Reply georadiusbymemberRo(ReadContext context, Args args) {
        GeoSearch search = new GeoSearch(context, args.take(), args, GeoSearch.Dialect.RADIUS_RO);
        search.takeMemberCircle();
        search.takeOptions();
        return search.reply();
    }

    private static Reply georadius(WriteContext context, Args args) {
        GeoSearch search = new GeoSearch(context, args.take(), args, GeoSearch.Dialect.RADIUS);
        search.takeCircle();
        search.takeOptions();
        return search.store(context, "georadiusstore");
    }

    private static Reply georadiusbymember(WriteContext context, Args args) {
        GeoSearch search = new GeoSearch(context, args.take(), args, GeoSearch.Dialect.RADIUS);
        search.takeMemberCircle();
        search.takeOptions();
        return search.store(context, "georadiusstore");
    }
}
