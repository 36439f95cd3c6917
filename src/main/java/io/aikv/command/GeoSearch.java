package io.aikv.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.base.Numbers;
import io.aikv.data.GeoHash;
import io.aikv.data.GeoShape;
import io.aikv.data.ReadContext;
import io.aikv.data.ScoreRange;
import io.aikv.data.ScoredMember;
import io.aikv.data.SortedSetReader;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One search for positions: the options of GEOSEARCH, GEORADIUS and their relatives, taken in Redis' order, and what is
 * found. Used within one command.
 */
final class GeoSearch {
    /** Which options there are. */
    enum Dialect {
        SEARCH,
        SEARCH_STORE,
        RADIUS,
        RADIUS_RO;

        private boolean searches() {
            return this == SEARCH || this == SEARCH_STORE;
        }
    }

    private enum Order {
        AS_FOUND,
        NEAREST_FIRST,
        FARTHEST_FIRST
    }

    /** A member within the shape. */
    private record Found(byte[] member, double score, double meters) {}

    private final Args args;
    private final Dialect dialect;
    private final @Nullable SortedSetReader set;

    private double[] center = {0, 0};
    private double unitMeters = 1;
    private double width;
    private double height;
    private boolean hasCenter;
    private boolean fromMember;
    private boolean byRadius;
    private boolean byBox;

    private boolean withDistance;
    private boolean withHash;
    private boolean withPosition;
    private boolean any;
    private long count;
    private Order order = Order.AS_FOUND;
    private byte @Nullable [] destination;
    private boolean storesDistances;

    /** Looks the key up: {@code WRONGTYPE} comes before all other errors. */
    GeoSearch(ReadContext context, byte[] key, Args args, Dialect dialect) {
        this.args = args;
        this.dialect = dialect;
        this.set = SortedSetReader.find(context, key);
    }

    // ---- what is asked ----

    void storeTo(byte[] key) {
        destination = key;
    }

    /** {@code longitude latitude radius unit} */
    void takeCircle() {
        center = GeoCommands.takePosition(args);
        takeRadius();
    }

    /** {@code member radius unit}; without a key only skipped. */
    void takeMemberCircle() {
        byte[] member = args.take();
        if (set == null) {
            args.take();
            args.take();
            return;
        }
        center = positionOf(set, member);
        takeRadius();
    }

    private void takeRadius() {
        width = Numbers.parseDouble(args.take(), "ERR need numeric radius");
        if (width < 0) {
            throw new CommandError("ERR radius cannot be negative");
        }
        unitMeters = GeoCommands.metersPer(args.take());
        byRadius = true;
    }

    private void takeBox() {
        width = Numbers.parseDouble(args.take(), "ERR need numeric width");
        height = Numbers.parseDouble(args.take(), "ERR need numeric height");
        if (width < 0 || height < 0) {
            throw new CommandError("ERR height or width cannot be negative");
        }
        unitMeters = GeoCommands.metersPer(args.take());
        byBox = true;
    }

    private static double[] positionOf(SortedSetReader set, byte[] member) {
        Double score = set.score(member);
        if (score == null) {
            throw new CommandError("ERR could not decode requested zset member");
        }
        return new double[] {GeoHash.longitude(score), GeoHash.latitude(score)};
    }

    /** Takes everything that is left, and checks that it fits together. */
    void takeOptions() {
        while (args.hasNext()) {
            if (!takeFlag() && !takeDestination() && !(dialect.searches() && takeShape())) {
                throw Errors.syntax();
            }
        }
        if (destination != null && (withDistance || withHash || withPosition)) {
            String what = dialect == Dialect.SEARCH_STORE ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
            throw new CommandError("ERR " + what + " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
        }
        String command = Bytes.text(args.argv()[0]);
        if (dialect.searches() && !fromMember && !hasCenter) {
            throw new CommandError("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + command);
        }
        if (dialect.searches() && !byRadius && !byBox) {
            throw new CommandError("ERR exactly one of BYRADIUS and BYBOX can be specified for " + command);
        }
        if (any && count == 0) {
            throw new CommandError("ERR the ANY argument requires COUNT argument");
        }
    }

    private boolean takeFlag() {
        if (args.takeIf("WITHDIST")) {
            withDistance = true;
        } else if (args.takeIf("WITHHASH")) {
            withHash = true;
        } else if (args.takeIf("WITHCOORD")) {
            withPosition = true;
        } else if (args.takeIf("ANY")) {
            any = true;
        } else if (args.takeIf("ASC")) {
            order = Order.NEAREST_FIRST;
        } else if (args.takeIf("DESC")) {
            order = Order.FARTHEST_FIRST;
        } else if (args.takeIf("COUNT", 1)) {
            count = args.takeLong();
            if (count <= 0) {
                throw new CommandError("ERR COUNT must be > 0");
            }
        } else {
            return false;
        }
        return true;
    }

    private boolean takeDestination() {
        if (dialect == Dialect.SEARCH_STORE && args.takeIf("STOREDIST")) {
            storesDistances = true;
            return true;
        }
        if (dialect != Dialect.RADIUS) {
            return false;
        }
        if (args.takeIf("STORE", 1)) {
            storesDistances = false;
        } else if (args.takeIf("STOREDIST", 1)) {
            storesDistances = true;
        } else {
            return false;
        }
        destination = args.take();
        return true;
    }

    private boolean takeShape() {
        if (!hasCenter && args.takeIf("FROMMEMBER", 1)) {
            byte[] member = args.take();
            if (set != null) {
                center = positionOf(set, member);
            }
            fromMember = true;
        } else if (!fromMember && args.takeIf("FROMLONLAT", 2)) {
            center = GeoCommands.takePosition(args);
            hasCenter = true;
        } else if (!byBox && args.takeIf("BYRADIUS", 2)) {
            takeRadius();
        } else if (!byRadius && args.takeIf("BYBOX", 3)) {
            takeBox();
        } else {
            return false;
        }
        return true;
    }

    // ---- what is found ----

    private List<Found> run() {
        List<Found> found = new ArrayList<>();
        SortedSetReader members = set;
        if (members == null) {
            return found;
        }
        GeoShape shape = new GeoShape(center[0], center[1], !byBox, width * unitMeters, height * unitMeters);
        for (ScoreRange range : shape.scoreRanges()) {
            if (isEnough(found)) {
                break;
            }
            members.forEachWhile(members.span(range), entry -> {
                double meters = shape.distanceMeters(GeoHash.longitude(entry.score()), GeoHash.latitude(entry.score()));
                if (!(meters < 0)) {
                    found.add(new Found(entry.member(), entry.score(), meters));
                }
                return !isEnough(found);
            });
        }
        Order wanted = count != 0 && order == Order.AS_FOUND && !any ? Order.NEAREST_FIRST : order;
        Comparator<Found> nearestFirst = Comparator.comparingDouble(Found::meters);
        if (wanted != Order.AS_FOUND) {
            found.sort(wanted == Order.NEAREST_FIRST ? nearestFirst : nearestFirst.reversed());
        }
        return count == 0 || found.size() <= count ? found : found.subList(0, (int) count);
    }

    private boolean isEnough(List<Found> found) {
        return any && found.size() >= count;
    }

    /** Members, or each with what is asked for beside it. */
    Reply reply() {
        List<Reply> replies = new ArrayList<>();
        for (Found each : run()) {
            List<Reply> parts = new ArrayList<>(4);
            parts.add(Reply.bulk(each.member));
            if (withDistance) {
                parts.add(GeoCommands.distance(each.meters / unitMeters));
            }
            if (withHash) {
                parts.add(Reply.integer((long) each.score));
            }
            if (withPosition) {
                parts.add(GeoCommands.position(GeoHash.longitude(each.score), GeoHash.latitude(each.score)));
            }
            replies.add(parts.size() == 1 ? parts.get(0) : Reply.array(parts));
        }
        return Reply.array(replies);
    }

    /** Stores what is found where the options say so, otherwise answers with it. */
    Reply store(WriteContext context, String event) {
        byte[] key = destination;
        if (key == null) {
            return reply();
        }
        List<ScoredMember> members = new ArrayList<>();
        for (Found each : run()) {
            members.add(new ScoredMember(each.member, storesDistances ? each.meters / unitMeters : each.score));
        }
        return SortedSetRangeCommands.store(context, key, members, event);
    }
}
