package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.resp.Reply;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What {@link GeoComparisonTest} cannot see: stored distances, events, types, and that a search misses nothing. */
final class GeoCommandsTest extends CommandTest {
    @Test
    void theExamplesOfRedis() {
        redis.run("GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania");

        assertEquals("$11\r\n166274.1516\r\n", run("GEODIST Sicily Palermo Catania"));
        assertEquals("*2\r\n$11\r\nsqc8b49rny0\r\n$11\r\nsqdtr74hyu0\r\n", run("GEOHASH Sicily Palermo Catania"));
        assertEquals(
                "*2\r\n*2\r\n,13.36138933897018433\r\n,38.11555639549629859\r\n_\r\n", run("GEOPOS Sicily Palermo x"));
        assertEquals("$16\r\n3479099956230698\r\n", text(Reply.text(score("Sicily", "Palermo"))));
        assertEquals(
                "*2\r\n*2\r\n$7\r\nCatania\r\n$7\r\n56.4413\r\n*2\r\n$7\r\nPalermo\r\n$8\r\n190.4424\r\n",
                run("GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHDIST"));
    }

    private String score(String key, String member) {
        Reply.Double score = (Reply.Double) redis.run("ZSCORE " + key + " " + member);
        return Long.toString((long) score.value());
    }

    @Test
    void distancesAreStoredInTheUnitAskedFor() {
        redis.run("GEOADD k 13.361389 38.115556 Palermo 15.087269 37.502669 Catania");

        assertEquals(Reply.integer(2), redis.run("GEOSEARCHSTORE d k FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST"));
        assertEquals(190.4424, ((Reply.Double) redis.run("ZSCORE d Palermo")).value(), 0.0001);
        assertEquals(Reply.integer(1), redis.run("GEORADIUS k 15 37 100000 m STOREDIST d"));
        assertEquals(56441.2579, ((Reply.Double) redis.run("ZSCORE d Catania")).value(), 0.0001);
    }

    @Test
    void eventsAreThoseOfRedis() {
        redis.run("GEOADD k 13 38 a 15 37 b");
        redis.run("GEOSEARCHSTORE d k FROMMEMBER a BYRADIUS 1 km");
        redis.run("GEORADIUSBYMEMBER k a 1 km STORE d");
        redis.run("GEORADIUS k 100 50 1 km STORE d");

        assertEquals(
                List.of("0 new k", "0 zadd k", "0 new d", "0 geosearchstore d", "0 georadiusstore d", "0 del d"),
                redis.takeEvents());
    }

    @Test
    void aKeyOfAnotherTypeIsRefused() {
        redis.run("SET s x");

        for (String line : List.of(
                "GEOADD s 1 1 a",
                "GEOPOS s a",
                "GEOHASH s a",
                "GEODIST s a b",
                "GEORADIUS s 1 1 1 bad",
                "GEORADIUSBYMEMBER_RO s a 1 m",
                "GEOSEARCH s bad bad bad bad bad",
                "GEOSEARCHSTORE d s a b c d e")) {
            assertTrue(run(line).startsWith("-WRONGTYPE "), line);
        }
    }

    @Test
    void aSearchFindsExactlyWhatIsNear() {
        long seed = System.nanoTime();
        System.out.println("GeoCommandsTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        int count = 400;
        for (int i = 0; i < count; i++) {
            double spread = random.nextBoolean() ? 1 : 0.01;
            redis.run(String.format(
                    Locale.ROOT,
                    "GEOADD k %f %f m%d",
                    (random.nextDouble() * 2 - 1) * 90 * spread,
                    (random.nextDouble() * 2 - 1) * 60 * spread,
                    i));
        }
        for (int round = 0; round < 40; round++) {
            String center = "m" + random.nextInt(count);
            long meters = Math.round(Math.pow(10, 2 + random.nextDouble() * 4));

            TreeSet<String> near = new TreeSet<>();
            for (int i = 0; i < count; i++) {
                Reply.Bulk distance = (Reply.Bulk) redis.run("GEODIST k " + center + " m" + i);
                if (Double.parseDouble(Bytes.text(distance.value())) <= meters) {
                    near.add("m" + i);
                }
            }
            TreeSet<String> found = new TreeSet<>();
            Reply reply = redis.run("GEOSEARCH k FROMMEMBER " + center + " BYRADIUS " + meters + " m");
            for (Reply item : ((Reply.Array) reply).items()) {
                assertTrue(found.add(Bytes.text(((Reply.Bulk) item).value())), "twice");
            }
            assertEquals(near, found, center + " " + meters);
        }
    }
}
