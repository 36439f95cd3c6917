package io.aikv.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.command.Command;
import io.aikv.command.CommandTable;
import io.aikv.command.Families;
import io.aikv.command.Handler;
import io.aikv.data.EventClass;
import io.aikv.data.EventSink;
import io.aikv.data.WriteContext;
import io.aikv.resp.Reply;
import io.aikv.store.AppliedPosition;
import io.aikv.store.GroupStore;
import io.aikv.store.StoreOptions;
import io.aikv.store.StoreResources;
import io.aikv.store.StoreTransaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ScriptsTest {
    private static final Budget SMALL = new Budget(200_000, 4 << 20);
    private static final long NOW_MILLIS = 1_700_000_000_000L;

    @TempDir
    private Path directory;

    private final StoreResources resources = StoreResources.small();
    private final AtomicLong clock = new AtomicLong();
    private final List<Replica> replicas = new ArrayList<>();
    private Replica replica;

    /** A store and the scripts of one node. */
    private final class Replica implements AutoCloseable, EventSink {
        private final GroupStore store;
        private final Scripts scripts;
        private final CommandTable table = new CommandTable();
        private final List<String> events = new ArrayList<>();
        private long index;

        Replica(String name, boolean clustered, Budget budget) throws IOException {
            store = GroupStore.open(resources, directory.resolve(name), StoreOptions.defaults());
            Families.register(table, 16);
            scripts = new Scripts(table, new ScriptOptions(budget, 16, clustered), new LocalCatalogs(), clock::get);
            scripts.register();
            replicas.add(this);
        }

        byte[][] stamp(String... words) {
            byte[][] argv = new byte[words.length][];
            for (int i = 0; i < words.length; i++) {
                argv[i] = Bytes.utf8(words[i]);
            }
            Command command = Objects.requireNonNull(table.find(argv));
            return command.stamped(argv, null);
        }

        Reply apply(byte[][] argv, long seed) {
            Command command = Objects.requireNonNull(table.find(argv));
            StoreTransaction transaction = store.begin();
            WriteContext context = new WriteContext(transaction, 0, NOW_MILLIS, new SplittableRandom(seed), this);
            Reply reply;
            try {
                reply = ((Handler.Write) command.handler()).run().run(context, command.args(argv));
            } catch (CommandError e) {
                reply = Reply.error(e);
            }
            transaction.commit(new AppliedPosition(1, ++index, NOW_MILLIS));
            return reply;
        }

        Reply run(String... words) {
            return apply(stamp(words), index);
        }

        @Override
        public void changed(int database, EventClass eventClass, String event, byte[] key) {
            events.add(event + " " + Bytes.text(key));
        }

        @Override
        public void published(boolean sharded, byte[] channel, byte[] message) {
            events.add("published " + Bytes.text(message));
        }

        @Override
        public void close() {
            scripts.close();
            store.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        replica = new Replica("first", false, SMALL);
    }

    @AfterEach
    void close() {
        replicas.forEach(Replica::close);
        resources.close();
    }

    private static String error(Reply reply) {
        return reply instanceof Reply.Error error ? error.line() : "no error: " + reply;
    }

    @Test
    void aScriptThatTakesTooManyStepsIsEndedAndUndone() {
        replica.run("SET", "k", "before");
        replica.run("RPUSH", "list", "a");
        replica.events.clear();

        Reply reply = replica.run(
                "EVAL",
                "redis.call('set', 'k', 'after') redis.call('del', 'list') redis.call('flushdb') while true do end",
                "0");

        assertTrue(error(reply).startsWith("ERR the script was ended and undone: it takes more than 200000 steps"));
        assertEquals(List.of(), replica.events);
        assertEquals(
                Reply.array(Reply.text("before"), Reply.array(Reply.text("a"))),
                replica.run("EVAL", "return {redis.call('get', 'k'), redis.call('lrange', 'list', 0, -1)}", "0"));
    }

    @Test
    void noScriptCatchesItsEnd() {
        for (String body : List.of(
                "while true do pcall(function() while true do end end) end",
                "local ok = pcall(function() while true do end end) return 5",
                "xpcall(function() while true do end end, function() while true do end end)",
                "local co = coroutine.wrap(function() while true do end end) pcall(co) return 1",
                "local function f() coroutine.wrap(f)() end while true do pcall(f) end",
                "while true do local co = coroutine.create(function() end) coroutine.resume(co) end",
                "table.sort({3, 2, 1}, function() while true do end end)",
                "string.gsub('aaa', 'a', function() while true do end end)",
                "setmetatable({}, {__index = function() while true do end end}).x = 1 local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
                "string.find(string.rep('a', 30), string.rep('a*', 20) .. 'b')",
                "while true do redis.pcall('get', 'k') end",
                "local t = {} for i = 1, 1e9 do table.insert(t, 1, i) end")) {
            String line = error(replica.run("EVAL", body, "0"));

            assertTrue(line.startsWith("ERR the script was ended and undone"), body + ": " + line);
            assertEquals(Reply.ONE, replica.run("EVAL", "return 1", "0"));
        }
    }

    /** Where the hook has no room in C's stack, and each call of it fails, errors that are caught are paid for. */
    @Test
    void noScriptHidesFromTheHookInTheDepthOfTheStack() {
        for (int depth = 185; depth < 200; depth++) {
            String body = "local function deep(n) if n == 0 then "
                    + "for i = 1, 20000 do pcall(function() while true do end end) end return 'evaded' end "
                    + "local ok, result = pcall(deep, n - 1) return result end return deep(" + depth + ")";

            assertNotEquals(Reply.text("evaded"), replica.run("EVAL", body, "0"), "depth " + depth);
        }
    }

    @Test
    void aScriptEndsAtTheSameStepWhateverItsStateWasUsedFor() throws IOException {
        Replica second = new Replica("second", false, SMALL);
        for (String body : List.of(
                "for i = 1, N do end return 1",
                "local x = N for i = 1, N do if i < x then x = x - 0 end end return 1",
                "local s for i = 1, N do s = 'long enough to take memory ' .. i end return 1",
                "for i = 1, N do pcall(redis.call, 'incr', 'n') end return 1",
                "for i = 1, N do pcall(error, {}) end return 1",
                "local f = coroutine.wrap(function() while true do coroutine.yield() end end) for i = 1, N do f() end return 1")) {
            int answered = 0;
            int ended = 400_000;
            while (ended - answered > 1) {
                int n = (answered + ended) / 2;
                // Strings that one of the states knows by now, and need no memory there.
                second.run(
                        "EVAL", "return {'long enough to take memory ' .. " + n + ", cjson.encode({" + n + "})}", "0");
                byte[][] entry = replica.stamp("EVAL", body.replace("N", Integer.toString(n)), "0");
                Reply reply = replica.apply(entry, n);

                assertEquals(reply, second.apply(entry, n), body + " of " + n);
                if (reply.equals(Reply.ONE)) {
                    answered = n;
                } else {
                    assertTrue(error(reply).startsWith("ERR the script was ended and undone"), error(reply));
                    ended = n;
                }
            }
            assertTrue(answered > 0 && ended < 400_000, body + ": " + answered);
        }
        assertEquals(replica.store.digest().hex(), second.store.digest().hex());
    }

    @Test
    void whatIsThrownAwayBetweenTwoLooksOfTheHookIsNoLackOfMemory() throws IOException {
        Replica patient = new Replica("patient", false, new Budget(100_000_000, 4 << 20));
        patient.run("SET", "big", "y".repeat(900_000));

        String body = "local n = 0 for i = 1, 100 do n = n + #redis.call('get', 'big') end return n";
        assertEquals(Reply.integer(90_000_000), patient.run("EVAL", body, "0"));
        String upper =
                "local s = redis.call('get', 'big') local n = 0 for i = 1, 100 do n = n + #s:upper() + #s:sub(2) end return n";
        assertEquals(Reply.integer(179_999_900), patient.run("EVAL", upper, "0"));
    }

    @Test
    void memoryIsBounded() {
        for (String body : List.of(
                "local s = 'x' while true do s = s .. s end",
                "local s = 'x' while true do s = s .. s .. s .. s .. s .. s .. s .. s end",
                "local t = {} while true do t[#t + 1] = {} end",
                "local t = {} for i = 1, 1e9 do t[i] = i end",
                "return string.rep('a', 1e9)",
                "local s = string.rep('a', 1e6) local t = {} for i = 1, 1e4 do t[i] = s end return table.concat(t)",
                "local s = string.rep('a', 1e6) return (string.gsub(s, 'a', string.rep('b', 1e4)))",
                "local s = string.rep('a', 1e6) return (string.gsub(s, 'a', function() return string.rep('b', 1e4) end))",
                "return cjson.decode('[' .. string.rep('{},', 1e6) .. '1]')",
                "local t = {} for i = 1, 1000 do t[i] = string.rep('x', 1e6) end return cjson.encode(t)",
                "local t = {string.rep('x', 1e6)} for i = 1, 30 do t = {t, t} end return cmsgpack.pack(t)")) {
            String line = error(replica.run("EVAL", body, "0"));

            assertTrue(line.startsWith("ERR the script was ended and undone"), body + ": " + line);
            assertEquals(Reply.ONE, replica.run("EVAL", "return 1", "0"));
        }
    }

    @Test
    void aReplyIsBounded() {
        assertEquals(
                "ERR reached lua stack limit",
                error(replica.run("EVAL", "local a = {} local b = {a} a[1] = b return a", "0")));
        assertEquals(
                "ERR the reply of the script is too large",
                error(replica.run("EVAL", "local t = {1} for i = 1, 40 do t = {t, t} end return t", "0")));
    }

    @Test
    void nothingOfAScriptIsSeenByTheNext() {
        for (String body : List.of(
                "string.rep = nil",
                "getmetatable('').__index = nil",
                "rawset(string, 'rep', 1)",
                "table.insert(string, 1)",
                "collectgarbage('stop')",
                "cjson.encode_max_depth(1) cjson.encode_sparse_array(true)",
                "KEYS = 1",
                "redis.setresp(3)",
                "loadstring('x = 1')()",
                "coroutine.wrap(function() coroutine.yield() end)()")) {
            replica.run("EVAL", body, "0");

            assertEquals(
                    Reply.array(Reply.text("aa"), Reply.text("[[[1]]]"), Reply.ZERO, Reply.NULL),
                    replica.run("EVAL", "return {string.rep('a', 2), cjson.encode({{{1}}}), #KEYS, false}", "0"),
                    body);
        }
    }

    @Test
    void noErrorTellsAnAddress() {
        for (String call : List.of(
                "collectgarbage, {}", "cjson.encode_invalid_numbers, {}", "cjson.decode_invalid_numbers, print")) {
            Reply reply = replica.run(
                    "EVAL", "local ok, text = pcall(" + call.replace("print", "error") + ") return text", "0");

            assertTrue(Bytes.text(((Reply.Bulk) reply).value()).contains("string expected, got "), call + ": " + reply);
        }
    }

    @Test
    void keysOfOtherSlotsAreElsewhereInACluster() throws IOException {
        Replica clustered = new Replica("clustered", true, SMALL);

        assertEquals(Reply.OK, clustered.run("EVAL", "return redis.call('set', KEYS[1], 1)", "1", "{a}1"));
        assertEquals(Reply.OK, clustered.run("EVAL", "return redis.call('set', '{a}2', 1)", "1", "{a}1"));
        String line = error(clustered.run("EVAL", "return redis.call('set', '{b}2', 1)", "1", "{a}1"));
        assertTrue(line.startsWith("ERR Script attempted to access a non local key in a cluster node script: "), line);
        assertEquals(
                "ERR Can not run script on cluster, 'no-cluster' flag is set.",
                error(clustered.run("EVAL", "#!lua flags=no-cluster\nreturn 1", "0")));
    }

    @Test
    void publishingWaitsForTheCommit() {
        replica.run("EVAL", "redis.call('set', 'k', 'v') return redis.call('publish', 'c', 'm')", "0");
        replica.run("EVAL", "redis.call('publish', 'c', 'never') while true do end", "0");

        assertEquals(List.of("new k", "set k", "published m"), replica.events);
    }

    @Test
    void functionsRunByTheCodeInTheirEntry() throws IOException {
        Replica other = new Replica("other", false, SMALL);
        String code = "#!lua name=lib\nlocal n = 0\n"
                + "redis.register_function('count', function(keys, args) n = n + 1 "
                + "return {n, redis.call('incr', keys[1]), args[1]} end)";
        Command load = Objects.requireNonNull(replica.table.find("function|load"));
        byte[][] argv = {Bytes.utf8("FUNCTION"), Bytes.utf8("LOAD"), Bytes.utf8(code)};
        List<Reply> loaded = new ArrayList<>();
        ((Handler.Async) load.handler()).run().run(null, load.args(argv), loaded::add);
        byte[][] entry = replica.stamp("FCALL", "count", "1", "k", "x");

        assertEquals(List.of(Reply.text("lib")), loaded);
        for (long expected = 1; expected <= 3; expected++) {
            Reply reply = Reply.array(Reply.ONE, Reply.integer(expected), Reply.text("x"));
            assertEquals(reply, replica.apply(entry, 1));
            assertEquals(reply, other.apply(entry, 1));
        }
        assertThrows(CommandError.class, () -> other.stamp("FCALL", "count", "1", "k"));
    }

    @Test
    void replicasWithDifferentPastsComeToTheSameState() throws IOException {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        System.out.println("aikv.seed=" + seed);
        Random random = new Random(seed);
        Replica second = new Replica("second", false, SMALL);
        Replica third = new Replica("third", false, SMALL);

        for (int i = 0; i < 200; i++) {
            byte[][] entry = replica.stamp("EVAL", randomScript(random), "1", "k" + random.nextInt(5), "v");
            // What only one of them runs: its states are used, and their memory is fragmented.
            for (int j = random.nextInt(3); j > 0; j--) {
                second.scripts.repeated();
                second.apply(second.stamp("EVAL", "return {'" + random.nextInt() + "'}", "0"), 0);
                third.apply(third.stamp("EVAL", "return string.rep('x', " + random.nextInt(100_000) + ")", "0"), 0);
            }
            Reply expected = replica.apply(entry, i);

            assertEquals(expected, second.apply(entry, i), () -> Bytes.text(Budget.rest(entry[1])));
            assertEquals(expected, third.apply(entry, i), () -> Bytes.text(Budget.rest(entry[1])));
        }

        assertEquals(replica.store.digest().hex(), second.store.digest().hex());
        assertEquals(replica.store.digest().hex(), third.store.digest().hex());
    }

    private static String randomScript(Random random) {
        String[] scripts = {
            "local t = {} for i = 1, N do t['f' .. math.random(1000)] = i end "
                    + "for k, v in pairs(t) do redis.call('rpush', 'l' .. KEYS[1], k, v) end return redis.call('llen', 'l' .. KEYS[1])",
            "return {tostring({}), tostring(function() end), tostring({}), collectgarbage('count')}",
            "local t = {} for i = 1, N * 50 do t[i] = {i} end redis.call('set', KEYS[1], #t) return cjson.encode(t)",
            "redis.call('set', KEYS[1], 'x') local s = 'a' for i = 1, N do s = s .. s end return #s",
            "for i = 1, N * 500 do redis.call('incr', KEYS[1] .. 'n') end return redis.call('get', KEYS[1] .. 'n')",
            "local t = {} for i = 1, N do t[{}] = i end for k in pairs(t) do redis.call('set', KEYS[1], t[k]) end",
            "local s = {} for i = 1, N do s[i] = math.random() end table.sort(s) return redis.call('set', KEYS[1], s[1] or '')",
            "return redis.call('sadd', 's' .. KEYS[1], math.random(100), N) + redis.call('scard', 's' .. KEYS[1])",
            "return redis.call('spop', 's' .. KEYS[1])",
            "local r = {} for w in ('one two three'):gmatch('%a+') do r[w] = N end return cmsgpack.pack(r)",
            "local co = coroutine.wrap(function() for i = 1, N do coroutine.yield(i) end end) local n = 0 for i = 1, N do n = n + co() end return n",
            "error('x' .. N)"
        };
        return scripts[random.nextInt(scripts.length)].replace("N", Integer.toString(1 + random.nextInt(40)));
    }

    @Test
    void whatCommandsTouchIsCharged() {
        replica.run("SET", "big", "y".repeat(2_000_000));
        fill("SADD", "set");
        fill("RPUSH", "list");
        String large = "local s = string.rep('x', 1e6) for i = 1, 200 do ";
        for (String body : List.of(
                "for i = 1, 200 do redis.call('bitcount', 'big') end",
                "for i = 1, 200 do redis.call('bitpos', 'big', 0, 1999999) redis.call('bitop', 'not', 'not', 'big') end",
                "for i = 1, 200 do redis.call('getrange', 'big', 0, -1) end",
                "for i = 1, 200 do redis.call('copy', 'big', 'copy', 'replace') end",
                "for i = 1, 200 do redis.call('lrange', 'list', 0, -1) end",
                "for i = 1, 200 do redis.call('lrem', 'list', 0, 'nosuch') end",
                "for i = 1, 200 do redis.call('smembers', 'set') end",
                "for i = 1, 200 do redis.call('sintercard', 2, 'set', 'set') end",
                "for i = 1, 200 do redis.call('sunionstore', 'union', 'set', 'set') end",
                "for i = 1, 200 do redis.call('zunionstore', 'union', 1, 'set') end",
                "for i = 1, 200 do redis.call('sort', 'list', 'alpha', 'limit', 0, 1) end",
                "for i = 1, 200 do redis.pcall('dump', 'set') end",
                large + "redis.call('set', 'k', s) end",
                large + "redis.pcall('nosuch', s) end",
                large + "redis.acl_check_cmd('get', s) end",
                large + "pcall(redis.sha1hex, s) end",
                large + "redis.log(redis.LOG_DEBUG, s) end")) {
            String line = error(replica.run("EVAL", body, "0"));

            assertTrue(line.startsWith("ERR the script was ended and undone"), body + ": " + line);
        }
        assertEquals(Reply.ZERO, replica.run("EVAL", "return redis.call('exists', 'union', 'copy', 'k', 'not')", "0"));
    }

    private void fill(String command, String key) {
        for (int from = 0; from < 10_000; from += 1_000) {
            List<String> words = new ArrayList<>(List.of(command, key));
            for (int i = from; i < from + 1_000; i++) {
                words.add("element:" + i);
            }
            byte[][] argv = words.stream().map(Bytes::utf8).toArray(byte[][]::new);
            replica.apply(argv, 0);
        }
    }

    @Test
    void everyKeyThatIsVisitedIsCharged() {
        for (int i = 0; i < 3_000; i++) {
            replica.run("SET", "key:" + i, "v");
        }
        for (String body : List.of(
                "for i = 1, 100 do redis.call('keys', 'nosuch*') end",
                "for i = 1, 100 do redis.call('scan', 0, 'count', 100000, 'match', 'nosuch*') end")) {
            String line = error(replica.run("EVAL", body, "0"));

            assertTrue(line.startsWith("ERR the script was ended and undone: it takes more than"), body + ": " + line);
        }
    }

    @Test
    void whatLuaDoesInOneInstructionIsCharged() {
        String large = "local s = string.rep('x', 1e6) ";
        for (String body : List.of(
                large + "local t = s .. 'y' local n = 0 for i = 1, 1000 do if s < t then n = n + 1 end end return n",
                large + "local t = s .. 'y' local n = 0 for i = 1, 1000 do n = (s <= t) and n + 1 or n end return n",
                large + "local t = s .. 'y' local function f() return s < t end for i = 1, 1000 do f() end",
                large + "local o = {s = s, t = s .. 'y'} for i = 1, 1000 do if o.s <= o.t then o.n = i end end",
                large + "local o = {s} for i = 1, 1000 do if o[1] > s .. 'y' then o.n = i end end",
                "local s = '" + "x".repeat(2000) + "y' for i = 1, 10000 do if s < '" + "x".repeat(2000)
                        + "' then s = 1 end end",
                "local s = '" + "x".repeat(2000) + "y' for i = 1, 10000 do if '" + "x".repeat(2000)
                        + "' >= s then s = 1 end end",
                large + "for i = 1, 1000 do string.byte(s, 1, 7000) end",
                large + "local t = {} for i = 1, 100 do t[i] = s .. i end table.sort(t)",
                large + "for i = 1, 1000 do pcall(cjson.encode, {s, function() end}) end",
                large + "for i = 1, 1000 do pcall(string.gsub, 'x', 'x', s .. '%9') end",
                large + "for i = 1, 1000 do pcall(struct.pack, s) end",
                large + "for i = 1, 1000 do struct.unpack('B', s) end",
                "local t = {} for i = 1, 5000 do t[i] = i end for i = 1, 1000 do table.insert(t, 0/0, 1) table.remove(t) end",
                "local t = {} for i = 1, 5000 do t[i] = i end for i = 1, 1000 do table.insert(t, 2^32 + 1, 1) table.remove(t, 2^32 + 1) end",
                "local t = {} for i = 1, 5000 do t[i] = i end for i = 1, 1000 do table.maxn(t) end",
                "local t = {} table.insert(t, -1e9, 1)",
                "string.find(string.rep('a', 1e4), '[' .. string.rep('b', 1e5) .. ']')",
                "local f f = function(n) local ok, e = xpcall(function() return f(n + 1) end, function() while true do end end) if not ok then error(e) end end f(1)",
                "local f f = function(n) return pcall(function() return f(n + 1) end) end while true do f(1) end")) {
            String line = error(replica.run("EVAL", body, "0"));

            assertTrue(line.startsWith("ERR the script was ended and undone"), body + ": " + line);
        }
    }

    @Test
    void noInstructionTakesMoreMemoryThanThereIs() {
        String many = "local s = string.rep('x', 1e6) local t = {} for i = 1, 200 do t[i] = s end ";
        for (String body : List.of(
                many + "return #(" + "s .. ".repeat(150) + "s)",
                many + "local u = s for i = 1, 3 do u = u " + ".. u".repeat(20) + " end",
                many + "return #string.format(string.rep('%s', 200), unpack(t))",
                many + "return #(string.gsub(s, '.*', string.rep('%0', 1e5)))",
                many + "return #table.concat(t, '', 2^32 + 1)",
                many + "return redis.call('echo', unpack(t))",
                many + "return redis.call('rpush', 'k', unpack(t))",
                many + "return cjson.encode(string.rep('\1', 2e6))",
                "return #string.rep('x', -2147483649)")) {
            String line = error(replica.run("EVAL", body, "0"));

            assertTrue(line.startsWith("ERR the script was ended and undone"), body + ": " + line);
        }
        assertEquals(Reply.ONE, replica.run("EVAL", many + "redis.log(redis.LOG_DEBUG, unpack(t)) return 1", "0"));
    }

    @Test
    void aFunctionOfAnySizeIsCompiled() {
        String numbers = "1, ".repeat(26_000);
        assertEquals(
                Reply.array(Reply.integer(26_003), Reply.text("ab"), Reply.ONE),
                replica.run(
                        "EVAL",
                        "local a, b = 'a', 'b' local t = {" + numbers
                                + "1, 1, 1} return {#t, a .. b, a < b and 1 or 0}",
                        "0"));
        String branches = "if a < b then n = n .. 'x' end ".repeat(500);
        assertEquals(
                Reply.integer(500),
                replica.run("EVAL", "local a, b, n = 1, 2, '' for i = 1, 1 do " + branches + "end return #n", "0"));
        String line = error(replica.run(
                "EVAL",
                "local a, b, n = 1, 2, '' while a do " + "if a < b then n = n .. 'x' end ".repeat(12_000) + "end",
                "0"));
        assertTrue(line.startsWith("ERR Error compiling script (new function): "), line);
    }

    @Test
    void chanceComesFromTheEntry() {
        byte[][] entry = replica.stamp("EVAL", "return {math.random(1e9), math.random(1e9)}", "0");
        Reply first = replica.apply(entry, 1);

        assertEquals(first, replica.apply(entry, 1));
        assertNotEquals(first, replica.apply(entry, 2));
    }
}
