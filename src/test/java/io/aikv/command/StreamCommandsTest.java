package io.aikv.command;

import static io.aikv.command.CommandFixture.START_MILLIS;
import static io.aikv.command.CommandFixture.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.data.LongRead;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * What {@link StreamComparisonTest} and {@link StreamProperty} cannot see: time, size, and what is newer than Redis 7.0.
 */
final class StreamCommandsTest extends CommandTest {
    private static final String NOT_GREATER =
            "-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n";

    /** A reply with its markers and sizes removed, arrays in brackets: {@code [1-0 [f v]]}. */
    private String read(String line) {
        return shown(redis.run(line));
    }

    private static String shown(Reply reply) {
        if (reply instanceof Reply.Bulk bulk) {
            return new String(bulk.value(), ISO_8859_1);
        }
        List<Reply> items = reply instanceof Reply.Array array
                ? array.items()
                : reply instanceof Reply.Map map
                        ? map.pairs()
                        : reply instanceof Reply.MapOrPairs pairs ? pairs.pairs() : null;
        if (items != null) {
            return "["
                    + String.join(
                            " ", items.stream().map(StreamCommandsTest::shown).toList()) + "]";
        }
        return reply instanceof Reply.Null ? "nil" : text(reply).strip();
    }

    private void add(String key, int from, int to) {
        List<String> lines = new ArrayList<>();
        for (int i = from; i <= to; i++) {
            lines.add("XADD " + key + " " + i + "-0 f " + i);
        }
        redis.entry(lines.toArray(String[]::new));
        redis.takeEvents();
    }

    // ---- ids ----

    @Test
    void idsComeFromTheEntrysTimeAndNeverGoBack() {
        assertEquals(START_MILLIS + "-0", read("XADD s * f v"));
        assertEquals(START_MILLIS + "-1", read("XADD s * f v"));
        redis.advance(5);
        assertEquals((START_MILLIS + 5) + "-0", read("XADD s * f v"));
        assertEquals((START_MILLIS + 9) + "-7", read("XADD s " + (START_MILLIS + 9) + "-7 f v"));
        assertEquals((START_MILLIS + 9) + "-8", read("XADD s * f v"));
        assertEquals((START_MILLIS + 9) + "-9", read("XADD s " + (START_MILLIS + 9) + "-* f v"));
        assertEquals(NOT_GREATER, run("XADD s 5-* f v"));
    }

    @Test
    void theLastPossibleIdEndsAStream() {
        assertEquals("18446744073709551615-0", read("XADD s 18446744073709551615-* f v"));
        assertEquals(
                "18446744073709551615-18446744073709551615",
                read("XADD s 18446744073709551615-18446744073709551615 f v"));
        assertEquals(
                "-ERR The stream has exhausted the last possible ID, unable to add more items\r\n",
                run("XADD s * f v"));
        assertEquals("-ERR The ID specified in XADD must be greater than 0-0\r\n", run("XADD t 0-0 f v"));
        assertEquals("0-1", read("XADD t 0-* f v"));
        assertEquals("[[18446744073709551615-0 [f v]]]", read("XRANGE s - (18446744073709551615-18446744073709551615"));
    }

    @Test
    void aRefusedXaddMakesNoKey() {
        assertEquals(Reply.NULL, redis.run("XADD s NOMKSTREAM * f v"));
        assertEquals("-ERR wrong number of arguments for 'xadd' command\r\n", run("XADD s * f v g"));
        assertEquals("none", read("TYPE s").substring(1));
    }

    // ---- events and the empty stream ----

    @Test
    void eventsComeInRedisOrder() {
        run("XADD s MAXLEN 0 1-0 f v");
        run("XGROUP CREATE s g 0");
        run("XREADGROUP GROUP g c STREAMS s >");
        run("XADD s 2-0 f v");
        run("XREADGROUP GROUP g c STREAMS s >");
        run("XACKDEL s g IDS 1 2-0");
        run("XSETID s 9-0");
        run("XGROUP SETID s g $");
        run("XGROUP DELCONSUMER s g c");
        run("XGROUP DESTROY s g");
        run("XTRIM s MAXLEN 0");

        assertEquals(
                List.of(
                        "0 new s",
                        "0 xadd s",
                        "0 xtrim s",
                        "0 xgroup-create s",
                        "0 xgroup-createconsumer s",
                        "0 xadd s",
                        "0 xdel s",
                        "0 xsetid s",
                        "0 xgroup-setid s",
                        "0 xgroup-delconsumer s",
                        "0 xgroup-destroy s"),
                redis.takeEvents());
        assertEquals("+stream", read("TYPE s"));
        assertEquals("stream", read("OBJECT ENCODING s"));
        assertEquals(":0", read("XLEN s"));
    }

    @Test
    void aStreamKeepsItsExpiryAndGroupsUnderAnotherName() {
        add("s", 1, 3);
        run("XGROUP CREATE s g 0");
        run("XREADGROUP GROUP g c COUNT 2 STREAMS s >");
        run("PEXPIRE s 1000");

        run("RENAME s other");
        run("COPY other third");
        run("XACK other g 1-0");

        assertEquals("[:1 2-0 2-0 [[c 1]]]", read("XPENDING other g"));
        assertEquals("[:2 1-0 2-0 [[c 2]]]", read("XPENDING third g"));
        assertEquals("[third [[3-0 [f 3]]]]", read("XREADGROUP GROUP g d STREAMS third >"));
        redis.advance(1000);
        assertEquals(":0", read("EXISTS other third s"));
    }

    // ---- trimming ----

    @Test
    void exactTrimsOfManyEntriesLeaveWhatTheyShould() {
        int[][] lengths = {{5_000, 4_999}, {5_000, 4_000}, {5_000, 2_500}, {5_000, 500}, {5_000, 1}, {5_000, 0}};
        for (int[] length : lengths) {
            add("s", 1, length[0]);
            assertEquals(":" + (length[0] - length[1]), read("XTRIM s MAXLEN " + length[1]));
            assertEquals(":" + length[1], read("XLEN s"));
            int first = length[0] - length[1] + 1;
            String expected = length[1] == 0 ? "[]" : "[[" + first + "-0 [f " + first + "]]]";
            assertEquals(expected, read("XRANGE s - + COUNT 1"));
            assertEquals(
                    length[1], ((Reply.Array) redis.run("XRANGE s - +")).items().size());
            run("DEL s");
        }
    }

    @Test
    void exactTrimsByIdCountWhatTheyRemove() {
        for (int keepFrom : new int[] {1, 2, 70, 2_600, 4_900, 5_000, 6_000}) {
            add("s", 1, 5_000);
            assertEquals(":" + Math.min(keepFrom - 1, 5_000), read("XTRIM s MINID " + keepFrom));
            assertEquals(":" + Math.max(5_001 - keepFrom, 0), read("XLEN s"));
            run("DEL s");
        }
    }

    @Test
    void entriesAddedAfterARangeWasRemovedInTheSameEntryStay() {
        add("s", 1, 5_000);

        redis.entry("XTRIM s MAXLEN 0", "XADD s 5001-0 f a", "XTRIM s MAXLEN 0", "XADD s 5002-0 f b");

        assertEquals("[[5002-0 [f b]]]", read("XRANGE s - +"));
    }

    @Test
    void approximateTrimsRemoveBlocksOfAHundred() {
        add("s", 1, 1_000);

        assertEquals(":400", read("XTRIM s MAXLEN ~ 555"));
        assertEquals(":0", read("XTRIM s MAXLEN ~ 555"));
        assertEquals(":0", read("XTRIM s MINID ~ 480"));
        assertEquals(":100", read("XTRIM s MINID ~ 501"));
        assertEquals(":0", read("XTRIM s MAXLEN ~ 0 LIMIT 99"));
        assertEquals(":200", read("XTRIM s MAXLEN ~ 0 LIMIT 299"));
        assertEquals(":30", read("XTRIM s MAXLEN 270"));
        assertEquals(":70", read("XTRIM s MAXLEN ~ 150"));
        assertEquals(":200", read("XTRIM s MAXLEN ~ 0 LIMIT 0"));
    }

    @Test
    void approximateTrimsWithoutALimitStopAtTenThousand() {
        add("s", 1, 10_250);

        assertEquals(":10000", read("XTRIM s MAXLEN ~ 0"));
        assertEquals(":250", read("XTRIM s MAXLEN ~ 0"));
    }

    @Test
    void trimsDealWithReferencesAsTheyAreTold() {
        add("s", 1, 4);
        run("XGROUP CREATE s g 0");
        run("XREADGROUP GROUP g c COUNT 3 STREAMS s >");
        run("XACK s g 2-0");

        assertEquals(":1", read("XTRIM s MAXLEN 0 ACKED"));
        assertEquals("[[1-0 [f 1]] [3-0 [f 3]] [4-0 [f 4]]]", read("XRANGE s - +"));
        assertEquals(":1", read("XTRIM s MAXLEN = 2 DELREF"));
        assertEquals("[:1 3-0 3-0 [[c 1]]]", read("XPENDING s g"));
        assertEquals(":2", read("XTRIM s KEEPREF MAXLEN 0"));
        assertEquals("[:1 3-0 3-0 [[c 1]]]", read("XPENDING s g"));
        assertEquals("-ERR syntax error", read("XTRIM s MAXLEN 0 ACKED DELREF"));
        assertEquals("-ERR syntax error", read("XADD s ACKED KEEPREF * f v"));
    }

    // ---- XREAD ----

    @Test
    void xreadAnswersAMapOrAnArrayByProtocol() {
        add("a", 1, 1);
        add("b", 2, 2);
        Reply reply = redis.run("XREAD COUNT 5 STREAMS a x b 0 0 0");

        String entryA = "*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n";
        String entryB = "*1\r\n*2\r\n$3\r\n2-0\r\n*2\r\n$1\r\nf\r\n$1\r\n2\r\n";
        assertEquals("%2\r\n$1\r\na\r\n" + entryA + "$1\r\nb\r\n" + entryB, text(reply));
        assertEquals(
                "*2\r\n*2\r\n$1\r\na\r\n" + entryA + "*2\r\n$1\r\nb\r\n" + entryB,
                new String(CommandFixture.encode(reply, 2), ISO_8859_1));
        assertEquals(Reply.NULL_ARRAY, redis.run("XREAD BLOCK 0 STREAMS a $"));
    }

    @Test
    void xreadPlusIsTheLastEntry() {
        add("s", 1, 5);

        assertEquals("[s [[5-0 [f 5]]]]", read("XREAD STREAMS s +"));
        assertEquals("[s [[5-0 [f 5]]]]", read("XREAD COUNT 10 STREAMS s absent + +"));
        run("XDEL s 5-0");
        assertEquals("[s [[4-0 [f 4]]]]", read("XREAD STREAMS s +"));
        run("XTRIM s MAXLEN 0");
        assertEquals("nil", read("XREAD STREAMS s +"));
        assertTrue(read("XREADGROUP GROUP g c STREAMS s +").startsWith("-NOGROUP"));
    }

    @Test
    void xreadChecksItsArguments() {
        assertEquals(
                "-ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
                read("XREAD STREAMS a b 0"));
        assertEquals(
                "-ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.",
                read("XREADGROUP GROUP g c STREAMS a b 0"));
        assertEquals("-ERR timeout is out of range", read("XREAD BLOCK 9223372036854775807 STREAMS s 0"));
        assertEquals("-ERR Missing GROUP option for XREADGROUP", read("XREADGROUP COUNT 1 NOACK STREAMS s >"));
        run("SET string x");
        assertTrue(read("XREAD STREAMS string abc").startsWith("-WRONGTYPE"));
    }

    // ---- groups ----

    @Test
    void aConsumerThatFindsNothingIsMadeAllTheSame() {
        run("XGROUP CREATE s g $ MKSTREAM");

        assertEquals("nil", read("XREADGROUP GROUP g c STREAMS s >"));
        redis.advance(70);
        assertEquals("[[name c pending :0 idle :70 inactive :-1]]", read("XINFO CONSUMERS s g"));
        run("XADD s 1-0 f v");
        run("XREADGROUP GROUP g c STREAMS s >");
        redis.advance(30);
        assertEquals("nil", read("XREADGROUP GROUP g c STREAMS s >"));
        assertEquals("[[name c pending :1 idle :0 inactive :30]]", read("XINFO CONSUMERS s g"));
        assertEquals("[[1-0 c :30 :1]]", read("XPENDING s g - + 10"));
        assertEquals("[]", read("XPENDING s g IDLE 31 - + 10"));
        assertEquals("[[1-0 c :30 :1]]", read("XPENDING s g IDLE 30 - + 10 c"));
    }

    @Test
    void infoFullShowsTimesAndPendingEntries() {
        add("s", 1, 2);
        run("XGROUP CREATE s g 0");
        run("XREADGROUP GROUP g c COUNT 1 STREAMS s >");

        assertEquals(
                "[length :2 radix-tree-keys :1 radix-tree-nodes :2 last-generated-id 2-0 max-deleted-entry-id 0-0"
                        + " entries-added :2 recorded-first-entry-id 1-0 entries [[1-0 [f 1]] [2-0 [f 2]]]"
                        + " groups [[name g last-delivered-id 1-0 entries-read :1 lag :1 pel-count :1"
                        + " pending [[1-0 c :T :1]] consumers [[name c seen-time :T active-time :T pel-count :1"
                        + " pending [[1-0 :T :1]]]]]]]",
                read("XINFO STREAM s FULL").replace(Long.toString(START_MILLIS), "T"));
        assertEquals(
                "-ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.",
                read("XINFO STREAM s FULL COUNT"));
    }

    @Test
    void claimsGoByIdleTime() {
        add("s", 1, 3);
        run("XGROUP CREATE s g 0");
        run("XREADGROUP GROUP g a COUNT 1 STREAMS s >");
        redis.advance(50);
        run("XREADGROUP GROUP g a STREAMS s >");
        redis.advance(50);

        assertEquals("[1-0]", read("XCLAIM s g b 100 1-0 2-0 3-0 JUSTID"));
        assertEquals("[[1-0 b :0 :1] [2-0 a :50 :1] [3-0 a :50 :1]]", read("XPENDING s g - + 10"));
        run("XDEL s 2-0");
        assertEquals("[0-0 [[3-0 [f 3]]] [2-0]]", read("XAUTOCLAIM s g c 50 -"));
        assertEquals("[[1-0 b :0 :1] [3-0 c :0 :2]]", read("XPENDING s g - + 10"));
        assertEquals("[3-0 [1-0] []]", read("XAUTOCLAIM s g c 0 0 COUNT 1 JUSTID"));
        assertEquals("[[3-0 [f 3]]]", read("XCLAIM s g d 0 3-0 IDLE 1000 RETRYCOUNT 7"));
        assertEquals("[[3-0 d :1000 :7]]", read("XPENDING s g - + 10 d"));
    }

    @Test
    void lagIsKnownUntilEntriesGoFromTheMiddle() {
        add("s", 1, 5);
        run("XGROUP CREATE s g 0");
        assertEquals("[[name g consumers :0 pending :0 last-delivered-id 0-0 entries-read nil lag :5]]", groups());
        run("XREADGROUP GROUP g c COUNT 1 STREAMS s >");
        assertEquals("[[name g consumers :1 pending :1 last-delivered-id 1-0 entries-read :1 lag :4]]", groups());
        run("XDEL s 3-0");
        assertEquals("[[name g consumers :1 pending :1 last-delivered-id 1-0 entries-read :1 lag nil]]", groups());
        run("XREADGROUP GROUP g c COUNT 1 STREAMS s >");
        assertEquals("[[name g consumers :1 pending :2 last-delivered-id 2-0 entries-read nil lag nil]]", groups());
        run("XREADGROUP GROUP g c STREAMS s >");
        assertEquals("[[name g consumers :1 pending :4 last-delivered-id 5-0 entries-read :5 lag :0]]", groups());
    }

    private String groups() {
        return read("XINFO GROUPS s");
    }

    @Test
    void largeGroupsAndConsumersAreRemovedWhole() {
        add("s", 1, 6_000);
        run("XGROUP CREATE s g 0");
        run("XGROUP CREATE s h 0");
        run("XREADGROUP GROUP g a COUNT 3000 STREAMS s >");
        run("XREADGROUP GROUP g b STREAMS s >");
        run("XREADGROUP GROUP h a STREAMS s >");

        assertEquals(":3000", read("XGROUP DELCONSUMER s g a"));
        assertEquals("[:3000 3001-0 6000-0 [[b 3000]]]", read("XPENDING s g"));
        assertEquals(":3000", read("XGROUP DELCONSUMER s g b"));
        assertEquals("[:0 nil nil nil]", read("XPENDING s g"));
        assertEquals(":1", read("XGROUP DESTROY s h"));
        run("XGROUP CREATE s h 0");
        assertEquals("[:0 nil nil nil]", read("XPENDING s h"));
        assertEquals("[]", read("XINFO CONSUMERS s h"));
    }

    @Test
    void groupErrorsAreRedis() {
        add("s", 1, 1);
        run("XGROUP CREATE s g 0");

        assertEquals("-BUSYGROUP Consumer Group name already exists", read("XGROUP CREATE s g 0"));
        assertEquals("-NOGROUP No such consumer group 'x' for key name 's'", read("XGROUP SETID s x 0"));
        assertEquals("-NOGROUP No such consumer group 'x' for key name 's'", read("XINFO CONSUMERS s x"));
        assertEquals("-NOGROUP No such key 's' or consumer group 'x'", read("XPENDING s x"));
        assertEquals("-NOGROUP No such key 'y' or consumer group 'x'", read("XAUTOCLAIM y x c 0 0"));
        assertEquals(
                "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the"
                        + " MKSTREAM option to create an empty stream automatically.",
                read("XGROUP CREATE absent g $"));
        assertEquals(
                "-ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.",
                read("XGROUP CREATE s g 0 NOTHING"));
        assertEquals("-ERR no such key", read("XINFO STREAM absent"));
        assertTrue(read("XGROUP HELP").contains("+CREATE <key> <groupname> <id|$> [option]"));
        assertTrue(read("XINFO HELP").startsWith("[+XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
    }

    // ---- newer than the comparison ----

    @Test
    void xsetidDoesNotGoBehindWhatWasDeleted() {
        add("s", 1, 9);
        run("XDEL s 9-0");

        assertEquals(
                "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id", read("XSETID s 8-5"));
        assertEquals("+OK", read("XSETID s 9-5"));
    }

    @Test
    void xdelexTellsOfEachId() {
        add("s", 1, 4);
        run("XGROUP CREATE s g 1-0");
        run("XREADGROUP GROUP g c COUNT 1 STREAMS s >");

        assertEquals("[:1 :2 :2 :-1]", read("XDELEX s ACKED IDS 4 1-0 2-0 3-0 0-5"));
        assertEquals("[:1]", read("XDELEX s IDS 1 2-0"));
        assertEquals("[:1 2-0 2-0 [[c 1]]]", read("XPENDING s g"));
        assertEquals("[:-1 :1]", read("XDELEX s IDS 2 2-0 3-0 DELREF"));
        assertEquals("[:0 nil nil nil]", read("XPENDING s g"));
        assertEquals("[:-1 :-1]", read("XDELEX absent IDS 2 1-0 2-0"));
    }

    @Test
    void xackdelDeletesWhatNoGroupNeeds() {
        add("s", 1, 2);
        run("XGROUP CREATE s g 0");
        run("XGROUP CREATE s h 0");
        run("XREADGROUP GROUP g c STREAMS s >");
        run("XREADGROUP GROUP h c STREAMS s >");

        assertEquals("[:2 :2]", read("XACKDEL s g ACKED IDS 2 1-0 2-0"));
        assertEquals("[:-1]", read("XACKDEL s g ACKED IDS 1 1-0"));
        assertEquals("[:1]", read("XACKDEL s h ACKED IDS 1 1-0"));
        assertEquals(":1", read("XDEL s 2-0"));
        assertEquals("[:1]", read("XACKDEL s h IDS 1 2-0"));
        assertEquals("[:-1 :-1]", read("XACKDEL s absent IDS 2 1-0 2-0"));
    }

    @Test
    void xackdelChecksItsArguments() {
        String number = "-ERR Number of IDs must be a positive integer";
        for (String ids : List.of("abc", "0", "-5")) {
            assertEquals(number, read("XACKDEL s g IDS " + ids + " 1-1"));
        }
        assertEquals(
                "-ERR The `numids` parameter must match the number of arguments", read("XACKDEL s g IDS 3 1-1 2-2"));
        for (String line :
                List.of("IDS 1 1-1 2-2", "KEEPREF ACKED IDS 1 1-1", "KEEPREF ACKED DELREF", "IDS 1 1 IDS 1 1")) {
            assertEquals("-ERR syntax error", read("XACKDEL s g " + line));
        }
        assertEquals("-ERR Invalid stream ID specified as stream command argument", read("XDELEX s IDS 1 x"));
    }

    // ---- size ----

    @Test
    void longReadsAreAnnounced() {
        add("s", 1, 5_000);
        run("XGROUP CREATE s g 0");
        run("XREADGROUP GROUP g c STREAMS s >");

        for (String line : List.of(
                "XRANGE s - +",
                "XREVRANGE s + -",
                "XREAD STREAMS s 0",
                "XPENDING s g - + 5000",
                "XPENDING s g IDLE 1 - + 1",
                "XPENDING s g - + 5000 c",
                "XINFO STREAM s FULL COUNT 0")) {
            byte[][] argv = CommandFixture.words(line);
            Command command = Objects.requireNonNull(redis.table().find(argv));
            Handler.OnRead handler = ((Handler.Read) command.handler()).run();
            ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
            context.limitBytes(10_000);

            assertThrows(LongRead.class, () -> handler.run(context, command.args(argv)), line);
        }
    }

    @Test
    void digestsDoNotDependOnGroups() {
        add("a", 1, 3);
        add("b", 1, 3);
        run("XGROUP CREATE b g 0");

        assertEquals(digest("a"), digest("b"));
        run("XADD b 9-0 f v");
        assertEquals(false, digest("a").equals(digest("b")));
    }

    private String digest(String key) {
        byte[][] argv = CommandFixture.words(key);
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        return shown(KeyCommands.debugDigestValue(context, new Args(argv, 0)));
    }

    @Test
    void fieldsOfAnySizeComeBack() {
        for (int size : new int[] {0, 1, 127, 128, 16_383, 16_384, 100_000}) {
            byte[][] argv = CommandFixture.words("XADD s * field value");
            argv[4] = new byte[size];
            redis.run(argv);
            Reply.Array range = (Reply.Array) redis.run("XREVRANGE s + - COUNT 1");
            Reply.Array fields =
                    (Reply.Array) ((Reply.Array) range.items().get(0)).items().get(1);
            assertEquals(size, ((Reply.Bulk) fields.items().get(1)).value().length);
        }
    }
}
