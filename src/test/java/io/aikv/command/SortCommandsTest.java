package io.aikv.command;

import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aikv.base.CommandError;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SortCommandsTest extends CommandTest {
    private static final String DENIED =
            " option of SORT denied in cluster mode when keys formed by the pattern may be in different slots.\r\n";

    /** The elements of a reply, {@code ~} for null. */
    private String sort(String line) {
        Reply reply = redis.run(line);
        if (!(reply instanceof Reply.Array array)) {
            return text(reply);
        }
        List<String> words = new ArrayList<>();
        for (Reply item : array.items()) {
            words.add(item instanceof Reply.Bulk bulk ? new String(bulk.value(), ISO_8859_1) : "~");
        }
        return String.join(" ", words);
    }

    @Test
    void elementsOfListsSetsAndSortedSetsAreSorted() {
        redis.run("RPUSH l 3 -1 10 2.5");
        redis.run("SADD s 3 -1 10 2.5");
        redis.run("ZADD z 1 3 2 -1 3 10 4 2.5");

        for (String key : List.of("l", "s", "z")) {
            assertEquals("-1 2.5 3 10", sort("SORT " + key));
            assertEquals("10 3 2.5 -1", sort("SORT_RO " + key + " DESC"));
            assertEquals("-1 10 2.5 3", sort("SORT " + key + " ALPHA"));
            assertEquals("2.5 3", sort("SORT " + key + " LIMIT 1 2"));
        }
        assertEquals("", sort("SORT absent"));
        redis.run("SET text x");
        assertEquals("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", sort("SORT text"));
    }

    @Test
    void whatIsNoNumberIsRefusedWherever() {
        redis.run("RPUSH l 1 2 x");

        String refused = "-ERR One or more scores can't be converted into double\r\n";
        assertEquals(refused, sort("SORT l"));
        assertEquals(refused, sort("SORT l LIMIT 0 0"));
        assertEquals(refused, sort("SORT l STORE out"));
        assertEquals("1 2 x", sort("SORT l ALPHA"));
        redis.run("DEL l");
        redis.run("RPUSH l 1e400");
        assertEquals(refused, sort("SORT l"));
        redis.run("DEL l");
        redis.run("RPUSH l nan");
        assertEquals(refused, sort("SORT l"));
    }

    @Test
    void patternsNameStringsAndFields() {
        redis.run("RPUSH l a b c");
        redis.run("MSET w_a 3 w_b 1 w_c 2 n_a A n_c C");
        redis.run("HSET h_a f 10 g x");
        redis.run("HSET h_b f 30");

        assertEquals("b c a", sort("SORT l BY w_*"));
        assertEquals("~ C A", sort("SORT l BY w_* GET n_*"));
        assertEquals("b ~ 1 c C 2 a A 3", sort("SORT l BY w_* GET # GET n_* GET w_*"));
        assertEquals("c a b", sort("SORT l BY h_*->f"));
        assertEquals("b a c", sort("SORT l BY h_*->f DESC"));
        assertEquals("10 30 ~", sort("SORT l BY nosort GET h_*->f"));
        assertEquals("~ ~ ~", sort("SORT l BY nosort GET h_*"));
        assertEquals("~ ~ ~", sort("SORT l BY nosort GET fixed"));
        assertEquals("a b c", sort("SORT l BY absent_* ALPHA"));
    }

    @Test
    void withoutSortingTheOrderIsThatOfTheKey() {
        redis.run("RPUSH l c a b");
        redis.run("ZADD z 1 c 2 a 3 b");

        for (String key : List.of("l", "z")) {
            assertEquals("c a b", sort("SORT " + key + " BY nosort"));
            assertEquals("b a c", sort("SORT " + key + " BY nosort DESC"));
            assertEquals("a", sort("SORT " + key + " BY nosort LIMIT 1 1"));
            assertEquals("b a", sort("SORT " + key + " BY nosort DESC LIMIT 0 2"));
            assertEquals("", sort("SORT " + key + " BY nosort LIMIT 9 2"));
        }
        redis.run("SADD s c a b");
        redis.run("SORT s BY nosort STORE out");
        assertEquals("*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", run("LRANGE out 0 -1"));
    }

    @Test
    void resultsAreStoredAsLists() {
        redis.run("RPUSH l 3 1 2");
        redis.run("SET w_1 x");
        redis.takeEvents();

        assertEquals(":3\r\n", run("SORT l STORE out"));
        assertEquals("*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n", run("LRANGE out 0 -1"));
        assertEquals(List.of("0 new out", "0 sortstore out"), redis.takeEvents());
        redis.run("EXPIRE out 100");
        redis.takeEvents();

        assertEquals(":3\r\n", run("SORT l GET w_* STORE out"));
        assertEquals("*3\r\n$1\r\nx\r\n$0\r\n\r\n$0\r\n\r\n", run("LRANGE out 0 -1"));
        assertEquals(":-1\r\n", run("TTL out"));
        assertEquals(List.of("0 sortstore out"), redis.takeEvents());

        assertEquals(":0\r\n", run("SORT absent STORE out"));
        assertEquals(":0\r\n", run("SORT absent STORE out"));
        assertEquals(List.of("0 del out"), redis.takeEvents());
        assertEquals("-ERR syntax error\r\n", run("SORT_RO l STORE out"));
        assertEquals(":3\r\n", run("SORT l STORE l"));
        assertEquals("*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n", run("LRANGE l 0 -1"));
    }

    @Test
    void inAClusterPatternsMustNameTheSlotOfTheKey() {
        CommandTable table = new CommandTable();
        Families.register(table, 1, true);
        redis.run("RPUSH {k}l a b");
        redis.run("MSET {k}a 2 {k}b 1");

        assertEquals("b a", inCluster(table, "SORT_RO {k}l BY {k}*"));
        assertEquals("2 1", inCluster(table, "SORT_RO {k}l BY nosort GET {k}*"));
        assertEquals("a b", inCluster(table, "SORT_RO {k}l BY nosort GET #"));
        assertEquals("-ERR BY" + DENIED, inCluster(table, "SORT_RO {k}l BY w_*"));
        assertEquals("-ERR BY" + DENIED, inCluster(table, "SORT_RO {k}l BY *{k}"));
        assertEquals("-ERR BY" + DENIED, inCluster(table, "SORT_RO {k}l BY {j}*"));
        assertEquals("-ERR BY" + DENIED, inCluster(table, "SORT_RO {k}l BY {}{k}*"));
        assertEquals("-ERR GET" + DENIED, inCluster(table, "SORT_RO {k}l BY nosort GET fixed"));
        assertEquals("-ERR GET" + DENIED, inCluster(table, "SORT_RO {k}l BY nosort GET {k?}*"));
    }

    private String inCluster(CommandTable table, String line) {
        byte[][] argv = CommandFixture.words(line);
        Command command = table.find(argv);
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        try {
            Reply reply = ((Handler.Read) command.handler()).run().run(context, command.args(argv));
            List<String> words = new ArrayList<>();
            for (Reply item : ((Reply.Array) reply).items()) {
                words.add(new String(((Reply.Bulk) item).value(), ISO_8859_1));
            }
            return String.join(" ", words);
        } catch (CommandError e) {
            return "-" + e.line() + "\r\n";
        }
    }

    @Test
    void theKeyOfStoreIsFoundForRouting() {
        assertEquals(List.of(1, 5), keys("SORT k BY store STORE out"));
        assertEquals(List.of(1, 8), keys("SORT k LIMIT STORE STORE store a STORE b"));
        assertEquals(List.of(1), keys("SORT k GET store"));
        assertEquals(List.of(1), keys("SORT k STORE"));
        assertEquals(List.of(1), keys("SORT_RO k STORE out"));
    }

    private List<Integer> keys(String line) {
        byte[][] argv = CommandFixture.words(line);
        List<Integer> keys = new ArrayList<>();
        redis.table().find(argv).forEachKey(argv, keys::add);
        return keys;
    }

    @Test
    void limitsOfLongListsFindTheSameAsSortingThemAll() {
        SplittableRandom random = new SplittableRandom(7);
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 6000; i++) {
            numbers.add(random.nextInt(3000));
        }
        StringBuilder line = new StringBuilder("RPUSH l");
        numbers.forEach(number -> line.append(' ').append(number));
        redis.run(line.toString());
        Collections.sort(numbers);

        assertEquals(words(numbers.subList(10, 25)), sort("SORT l LIMIT 10 15"));
        assertEquals(words(numbers.subList(5990, 6000)), sort("SORT l LIMIT 5990 100"));
        assertEquals(words(numbers), sort("SORT l"));
        numbers.sort(Comparator.reverseOrder());
        assertEquals(words(numbers.subList(1000, 1003)), sort("SORT l DESC LIMIT 1000 3"));
    }

    private static String words(List<Integer> numbers) {
        return String.join(" ", numbers.stream().map(String::valueOf).toList());
    }
}
