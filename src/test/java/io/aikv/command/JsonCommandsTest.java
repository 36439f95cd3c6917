package io.aikv.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.data.LongRead;
import io.aikv.data.ReadContext;
import io.aikv.resp.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * JSON commands against what RedisJSON answers: its documentation and its own tests. A script is lines of {@code COMMAND => reply};
 * replies are written as {@link #show} does: bulk strings as they are, integers in parentheses, arrays in brackets, {@code nil}.
 */
final class JsonCommandsTest {
    @TempDir
    private Path directory;

    private CommandFixture redis;

    @BeforeEach
    void open() {
        redis = new CommandFixture(directory);
    }

    @AfterEach
    void close() {
        redis.close();
    }

    private Reply run(String... argv) {
        byte[][] bytes = new byte[argv.length][];
        for (int i = 0; i < argv.length; i++) {
            bytes[i] = argv[i].getBytes(UTF_8);
        }
        return redis.run(bytes);
    }

    private void script(String lines) {
        script(2, lines);
    }

    private void script(int protocol, String lines) {
        for (String line : lines.lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] sides = line.split(" => ", 2);
            assertEquals(sides[1], show(run(sides[0].split(" ", -1)), protocol), sides[0]);
        }
    }

    private static String show(Reply reply, int protocol) {
        if (reply instanceof Reply.ByProtocol choice) {
            return show(protocol == 3 ? choice.resp3() : choice.resp2(), protocol);
        } else if (reply instanceof Reply.Bulk bulk) {
            return new String(bulk.value(), UTF_8);
        } else if (reply instanceof Reply.Int integer) {
            return "(" + integer.value() + ")";
        } else if (reply instanceof Reply.Null) {
            return "nil";
        } else if (reply instanceof Reply.Array array) {
            return "["
                    + String.join(
                            ", ",
                            array.items().stream()
                                    .map(item -> show(item, protocol))
                                    .toList()) + "]";
        } else if (reply instanceof Reply.Map map) {
            return "{"
                    + String.join(
                            ", ",
                            map.pairs().stream()
                                    .map(item -> show(item, protocol))
                                    .toList()) + "}";
        } else if (reply instanceof Reply.Error error) {
            return "-" + error.line();
        } else if (reply instanceof Reply.Simple simple) {
            return simple.text();
        } else if (reply instanceof Reply.Double number) {
            return "," + number.value();
        } else if (reply instanceof Reply.Bool bool) {
            return "#" + bool.value();
        }
        throw new AssertionError("unexpected reply " + reply);
    }

    // ---- the documentation's examples ----

    @Test
    void settingAndGettingAsDocumented() {
        script("""
                JSON.SET doc $ {"a":2} => OK
                JSON.SET doc $.a 3 => OK
                JSON.GET doc $ => [{"a":3}]
                JSON.SET doc $.b 8 => OK
                JSON.GET doc $ => [{"a":3,"b":8}]
                JSON.SET doc $ {"f1":{"a":1},"f2":{"a":2}} => OK
                JSON.SET doc $..a 3 => OK
                JSON.GET doc => {"f1":{"a":3},"f2":{"a":3}}
                JSON.SET doc $ {"a":2,"b":3,"nested":{"a":4,"b":null}} => OK
                JSON.GET doc $..b => [3,null]
                JSON.GET doc ..a $..b => {"..a":[2,4],"$..b":[3,null]}
                JSON.GET doc ..a ..b => {"..a":2,"..b":3}
                JSON.SET doc2 $ {"a":4,"b":5,"nested":{"a":6},"c":null} => OK
                JSON.MGET doc doc2 $..a => [[2,4], [4,6]]
                JSON.MGET doc doc2 missing .a => [2, 4, nil]
                JSON.MSET doc1 $ {"a":1} doc2 $ {"f":{"a":0}} doc3 $ {"f1":{"a":0},"f2":{"a":0}} => OK
                JSON.MSET doc1 $ {"a":2} doc2 $.f.a 3 doc3 $ {"f1":{"a":1},"f2":{"a":2}} => OK
                JSON.MGET doc1 doc2 doc3 $ => [[{"a":2}], [{"f":{"a":3}}], [{"f1":{"a":1},"f2":{"a":2}}]]
                """);
    }

    @Test
    void mergingAsDocumented() {
        script("""
                JSON.SET doc $ {"a":2} => OK
                JSON.MERGE doc $.b 8 => OK
                JSON.GET doc $ => [{"a":2,"b":8}]
                JSON.MERGE doc $.a 3 => OK
                JSON.GET doc $ => [{"a":3,"b":8}]
                JSON.MERGE doc $ {"a":null} => OK
                JSON.GET doc $ => [{"b":8}]
                JSON.SET doc $ {"a":[2,4,6,8]} => OK
                JSON.MERGE doc $.a [10,12] => OK
                JSON.GET doc $ => [{"a":[10,12]}]
                JSON.SET doc $ {"f1":{"a":1},"f2":{"a":2}} => OK
                JSON.MERGE doc $ {"f1":null,"f2":{"a":3,"b":4},"f3":[2,4,6]} => OK
                JSON.GET doc => {"f2":{"a":3,"b":4},"f3":[2,4,6]}
                JSON.MERGE new $ {"a":null} => OK
                JSON.GET new => {"a":null}
                JSON.MERGE other $.a 1 => -ERR new objects must be created at the root
                JSON.MERGE doc $.f2.c.d 1 => nil
                JSON.MERGE doc $..f9 1 => -Err wrong static path
                JSON.MERGE doc $..a {"x":{"y":null,"z":1}} => OK
                JSON.GET doc => {"f2":{"a":{"x":{"z":1}},"b":4},"f3":[2,4,6]}
                """);
    }

    @Test
    void numbersAndBooleansAsDocumented() {
        script("""
                JSON.SET doc . {"a":"b","b":[{"a":2},{"a":5},{"a":"c"}]} => OK
                JSON.NUMINCRBY doc $.a 2 => [null]
                JSON.NUMINCRBY doc $..a 2 => [null,4,7,null]
                JSON.NUMMULTBY doc $..a 2 => [null,8,14,null]
                JSON.NUMINCRBY doc $.b[0].a 2.5 => [10.5]
                JSON.NUMINCRBY doc $.b[0].a 3.5 => [14.0]
                JSON.NUMINCRBY doc .b[1].a 3 => 17
                JSON.NUMINCRBY doc $.nowhere 3 => []
                JSON.NUMINCRBY doc .a 2 => -ERR Path '$.a' does not exist or does not contains a number
                JSON.NUMINCRBY none $.a 2 => -ERR could not perform this operation on a key that doesn't exist
                JSON.NUMINCRBY doc $.b[1].a "1" => -bad input number
                JSON.NUMINCRBY doc $.b[1].a x => -expected value at line 1 column 1
                JSON.NUMINCRBY doc $.a x => [null]
                JSON.SET doc $ {"bool":true} => OK
                JSON.TOGGLE doc $.bool => [(0)]
                JSON.GET doc $ => [{"bool":false}]
                JSON.TOGGLE doc .bool => true
                JSON.TOGGLE doc $ => [nil]
                JSON.TOGGLE doc .x => -ERR Path '$.x' does not exist or not a bool
                JSON.SET doc $ {"a":["foo"],"nested1":{"a":false},"nested2":{"a":31},"nested3":{"a":true}} => OK
                JSON.TOGGLE doc $..a => [nil, (1), nil, (0)]
                """);
    }

    @Test
    void stringsAsDocumented() {
        script("""
                JSON.SET doc $ {"a":"foo","nested":{"a":"hello"},"nested2":{"a":31}} => OK
                JSON.STRAPPEND doc $..a "baz" => [(6), (8), nil]
                JSON.GET doc $ => [{"a":"foobaz","nested":{"a":"hellobaz"},"nested2":{"a":31}}]
                JSON.STRLEN doc $..a => [(6), (8), nil]
                JSON.STRLEN doc ..a => (6)
                JSON.STRLEN doc .nested2.a => -WRONGTYPE wrong type of path value - expected string but found integer
                JSON.STRLEN doc .x => -ERR Path '$.x' does not exist
                JSON.STRLEN none .x => nil
                JSON.STRLEN none $.x => -ERR could not perform this operation on a key that doesn't exist
                JSON.STRAPPEND doc $.a 1 => -WRONGTYPE wrong type of path value - expected string but found 1
                JSON.STRAPPEND doc .*.a "bar" => (11)
                JSON.STRAPPEND doc .nested2.a "x" => -ERR Path '$.nested2.a' does not exist or not a string
                JSON.SET doc $ "kantele\u00e4" => OK
                JSON.STRLEN doc => (9)
                JSON.STRAPPEND doc "piu" => (12)
                """);
    }

    @Test
    void arraysAsRedisJsonTestsThem() {
        script("""
                JSON.SET d $ {"a":["foo"],"nested1":{"a":["hello",null,"world"]},"nested2":{"a":31}} => OK
                JSON.ARRAPPEND d $..a "bar" "racuda" => [(3), (5), nil]
                JSON.ARRAPPEND d .nested1.a "baz" => (6)
                JSON.ARRLEN d $..a => [(3), (6), nil]
                JSON.ARRLEN d ..a => (3)
                JSON.ARRINSERT d $..a 1 1 2 => [(5), (8), nil]
                JSON.ARRINSERT d $.nested1.a -2 3 => [(9)]
                JSON.GET d $ => [{"a":["foo",1,2,"bar","racuda"],"nested1":{"a":["hello",1,2,null,"world","bar",3,"racuda","baz"]},"nested2":{"a":31}}]
                JSON.ARRPOP d $..a 1 => [1, 1, nil]
                JSON.ARRPOP d $..a -1 => ["racuda", "baz", nil]
                JSON.ARRPOP d ..a => "racuda"
                JSON.ARRTRIM d $..a 1 -1 => [(1), (5), nil]
                JSON.ARRTRIM d $.nested1.a 1 0 => [(0)]
                JSON.GET d => {"a":[2],"nested1":{"a":[]},"nested2":{"a":31}}
                JSON.SET d $ [1,2,3,4,5,6,7,8,9] => OK
                JSON.ARRPOP d => 9
                JSON.ARRPOP d . => 8
                JSON.ARRPOP d . -2 => 6
                JSON.ARRPOP d . 0 => 1
                JSON.ARRPOP d . 99 => 7
                JSON.ARRPOP d . -99 => 2
                JSON.ARRPOP d . x => 5
                JSON.GET d => [3,4]
                JSON.ARRTRIM d . 5 9 => (0)
                JSON.ARRPOP d => nil
                JSON.ARRPOP d $ => [nil]
                JSON.ARRINSERT d . 0 1 => (1)
                JSON.ARRINSERT d . -1 2 => (2)
                JSON.ARRINSERT d . 3 2 => -ERR index out of bounds
                JSON.ARRINSERT d . -3 2 => -ERR index out of bounds
                JSON.ARRINSERT d . x 2 => -Couldn't parse as integer
                JSON.GET d => [2,1]
                JSON.SET d . [[1,2,3],[4,5,6]] => OK
                JSON.ARRPOP d $..* => [3, 6, nil, nil, nil, nil, nil, nil]
                """);
    }

    @Test
    void searchingArraysAsRedisJsonTestsIt() {
        script("""
                JSON.SET t . {"arr":[0,1,2,3,2,1,0,{"val":4},{"val":9},[3,4,8],["a","b",8]]} => OK
                JSON.ARRINDEX t .arr 0 => (0)
                JSON.ARRINDEX t .arr 4 => (-1)
                JSON.ARRINDEX t .arr 0 1 => (6)
                JSON.ARRINDEX t .arr 0 -5 => (6)
                JSON.ARRINDEX t .arr 0 4 -0 => -Couldn't parse as integer
                JSON.ARRINDEX t .arr 0 4 0 => (6)
                JSON.ARRINDEX t .arr 0 5 -1 => (6)
                JSON.ARRINDEX t .arr 2 -2 6 => (-1)
                JSON.ARRINDEX t .arr {"val":9} => (8)
                JSON.ARRINDEX t .arr ["a","b",8] => (10)
                JSON.ARRINDEX t $.arr 2 1 4 => [(2)]
                JSON.ARRINDEX t $.arr 3 0 2 => [(-1)]
                JSON.ARRINDEX t $.nowhere 1 => []
                JSON.ARRINDEX t .nowhere 1 => -ERR Path '$.nowhere' does not exist
                JSON.ARRINDEX t .arr[0] 1 => -WRONGTYPE wrong type of path value - expected array but found integer
                JSON.ARRINDEX none .arr 1 => -ERR Path '.arr' does not exist
                JSON.SET t . [{"arr":[0,1,3.0,3,2,1,0,3]},{"nested1_found":{"arr":[5,4,3,2,1,0,1,2,3.0,2,4,5]}},{"nested2_not_found":{"arr":[2,4,6]}},{"nested3_scalar":{"arr":"3"}},[{"nested41_not_arr":{"arr_renamed":[1,2,3]}},{"nested42_empty_arr":{"arr":[]}}]] => OK
                JSON.ARRINDEX t $..arr 3 => [(3), (2), (-1), nil, (-1)]
                JSON.ARRINDEX t $..arr 3.0 => [(2), (8), (-1), nil, (-1)]
                JSON.ARRINDEX t $..arr 5 7 0 => [(-1), (11), (-1), nil, (-1)]
                JSON.ARRINDEX t $..arr 5 7 -1 => [(-1), (-1), (-1), nil, (-1)]
                """);
    }

    @Test
    void objectsAndTypesAsDocumented() {
        script("""
                JSON.SET doc $ {"nested1":{"a":{"foo":10,"bar":20}},"a":["foo"],"nested2":{"a":{"baz":50}}} => OK
                JSON.OBJKEYS doc $..a => [nil, [foo, bar], [baz]]
                JSON.OBJKEYS doc .*.a => [foo, bar]
                JSON.OBJKEYS doc => [nested1, a, nested2]
                JSON.OBJKEYS doc .a => -ERR Path '$.a' does not exist or not an object
                JSON.OBJKEYS doc .nowhere => nil
                JSON.OBJKEYS doc $.nowhere => []
                JSON.OBJKEYS none $ => -ERR could not perform this operation on a key that doesn't exist
                JSON.OBJLEN doc $..a => [nil, (2), (1)]
                JSON.OBJLEN doc => (3)
                JSON.OBJLEN doc .nowhere => nil
                JSON.OBJLEN doc .a => -WRONGTYPE wrong type of path value - expected object but found array
                JSON.OBJLEN none $ => -ERR Path '$' does not exist or not an object
                JSON.OBJLEN none => nil
                JSON.SET doc $ {"a":1,"b":1.5,"c":"x","d":true,"e":null,"f":[],"g":{},"h":18446744073709551615} => OK
                JSON.TYPE doc $.* => [integer, number, string, boolean, null, array, object, integer]
                JSON.TYPE doc => object
                JSON.TYPE doc .nowhere => nil
                JSON.TYPE doc $.nowhere => []
                JSON.TYPE none => nil
                JSON.ARRLEN doc .a => -ERR Path '.a' does not exist or not an array
                JSON.ARRLEN none .a => nil
                JSON.ARRLEN none $.a => -ERR could not perform this operation on a key that doesn't exist
                """);
    }

    @Test
    void deletingAsRedisJsonTestsIt() {
        script("""
                JSON.SET doc $ {"a":1,"nested":{"a":2,"b":3}} => OK
                JSON.DEL doc $..a => (2)
                JSON.GET doc $ => [{"nested":{"b":3}}]
                JSON.SET doc $ {"a":{"a":2,"b":3},"b":["a","b"],"nested":{"b":[true,"a","b"]}} => OK
                JSON.FORGET doc $..a => (1)
                JSON.GET doc $ => [{"b":["a","b"],"nested":{"b":[true,"a","b"]}}]
                JSON.SET doc $ [[1],[1,2,3]] => OK
                JSON.DEL doc $..[0] => (2)
                JSON.GET doc $ => [[[2,3]]]
                JSON.SET doc $ {"a":[[1],[1,2,3,[4,5,[{"a":6},7,8]]],[10,{"11":11}],["12","13"]],"b":[[1,2],{"a":[3,4,5]}]} => OK
                JSON.DEL doc $..[0] => (8)
                JSON.GET doc => {"a":[[2,3,[5,[7,8]]],[{"11":11}],["13"]],"b":[{"a":[4,5]}]}
                JSON.SET doc $ [1,2,3] => OK
                JSON.DEL doc $[1,2,0] => (3)
                JSON.GET doc => []
                JSON.DEL doc $.x => (0)
                JSON.DEL doc => (1)
                JSON.DEL doc => (0)
                JSON.GET doc => nil
                """);
    }

    @Test
    void clearingAsRedisJsonTestsIt() {
        script("""
                JSON.SET t . {"n":42,"s":"42","arr":[{"n":44},"s",{"n":{"a":1,"b":2}},{"n2":{"x":3.02,"n":["to","be","cleared",4],"y":4.91}},null]} => OK
                JSON.GET t $..n => [42,44,{"a":1,"b":2},["to","be","cleared",4]]
                JSON.CLEAR t $.arr[2].n => (1)
                JSON.CLEAR t $.arr[3].n2.n => (1)
                JSON.CLEAR t $.arr[4] => (0)
                JSON.GET t $..n => [42,44,{},[]]
                JSON.CLEAR t $.arr.* => (3)
                JSON.CLEAR t $.n => (1)
                JSON.CLEAR t $.n => (0)
                JSON.GET t => {"n":0,"s":"42","arr":[{},"s",{},{},null]}
                JSON.CLEAR t => (1)
                JSON.GET t => {}
                JSON.CLEAR t $.c => (0)
                JSON.CLEAR none $ => -ERR could not perform this operation on a key that doesn't exist
                """);
    }

    @Test
    void respAndDebugAsDocumented() {
        script("""
                JSON.SET doc $ {"a":10,"b":false,"c":{"x":null},"d":["y",-19.5,{"z":true}]} => OK
                JSON.RESP doc $.c => [[{, x, nil]]
                JSON.RESP doc => [{, a, (10), b, false, c, [{, x, nil], d, [[, y, ,-19.5, [{, z, true]]]
                JSON.RESP doc .nowhere => -ERR Path '$.nowhere' does not exist
                JSON.RESP none => nil
                JSON.SET doc $ {"n1":{"a":{}},"n2":{"a":[]},"n3":{"a":42},"n4":{"a":1.2},"n5":{"a":false},"n6":{"a":null}} => OK
                JSON.DEBUG MEMORY doc $..a => [(8), (8), (8), (16), (8), (8)]
                JSON.DEBUG MEMORY none => (0)
                JSON.DEBUG MEMORY none $ => []
                JSON.DEBUG HELP => [MEMORY <key> [path] - reports memory usage, HELP                - this message]
                """);
    }

    // ---- conditions and errors ----

    @Test
    void setKnowsConditionsAndWhatItCanCreate() {
        script("""
                JSON.SET t . {} XX => nil
                JSON.SET t . {} NX => OK
                JSON.SET t . {} NX => nil
                JSON.SET t . {} XX => OK
                JSON.SET t .foo [] XX => nil
                JSON.SET t .foo [] NX => OK
                JSON.SET t .foo [] NX => nil
                JSON.SET t .foo [1] XX => OK
                JSON.SET t .foo[1] null NX => -ERR array index out of range
                JSON.SET t .foo[0] null NX => nil
                JSON.SET t .foo [] NN => -ERR syntax error
                JSON.SET t .foo [] XX NX => -ERR syntax error
                JSON.SET t .foo [] FORMAT TT => -ERR wrong format
                JSON.SET t $.a.b 1 => nil
                JSON.SET t $..f 1 => -Err wrong static path
                JSON.SET t $[0] 1 => -ERR array index out of range
                JSON.SET other $.a 1 => -ERR new objects must be created at the root
                JSON.SET t $ x => -expected value at line 1 column 1
                JSON.SET x . {} => OK
                JSON.SET x .["f1"] {} => OK
                JSON.SET x .["f1"].f2 [0,0,0] => OK
                JSON.SET x .["f1"].f2[1] {} => OK
                JSON.SET x .["f1"].f2[1]["f.]$.f"] {} => OK
                JSON.SET x .["f1"]["f2"][1]["f.]$.f"] 1 => OK
                JSON.SET x .["f3"].f2 1 => nil
                JSON.GET x => {"f1":{"f2":[0,{"f.]$.f":1},0]}}
                JSON.SET t $ [] => OK
                JSON.SET t [-1] 0 => -ERR array index out of range
                JSON.SET t $a 12 => nil
                JSON.SET t $ {"a":{"a":5}} => OK
                JSON.SET t $..a {"a":1} => OK
                JSON.GET t => {"a":{"a":{"a":1}}}
                """);
    }

    @Test
    void otherTypesAreRefusedAsRedisJsonDoes() {
        redis.run("HSET h a 1");
        String wrong = " => -Existing key has wrong Redis type\n";
        script("JSON.GET h $" + wrong
                + "JSON.SET h $ x" + wrong
                + "JSON.TYPE h" + wrong
                + "JSON.DEL h $.a" + wrong
                + "JSON.ARRAPPEND h $ 1" + wrong
                + "JSON.NUMINCRBY h $ 1" + wrong
                + "JSON.MSET h $.a 1" + wrong
                + "JSON.MERGE h $ {}" + wrong
                + "JSON.MGET h $ => [nil]\n"
                + "JSON.SET d $ {} => OK\n"
                + "GET d => -WRONGTYPE Operation against a key holding the wrong kind of value\n"
                + "TYPE d => ReJSON-RL\n"
                + "OBJECT ENCODING d => raw\n"
                + "SCAN 0 TYPE ReJSON-RL => [0, [d]]\n");
    }

    @Test
    void argumentsAreCountedAndMustBeUtf8() {
        script("""
                JSON.SET t $ => -ERR wrong number of arguments for 'json.set' command
                JSON.MSET a $ 1 b $ => -ERR wrong number of arguments for 'json.mset' command
                JSON.ARRAPPEND t $ => -ERR wrong number of arguments for 'json.arrappend' command
                JSON.GET t INDENT => -ERR wrong number of arguments for 'json.get' command
                JSON.ARRINDEX t $ 1 2 3 4 => -ERR wrong number of arguments for 'json.arrindex' command
                """);
        Reply reply = redis.run(CommandFixture.words("JSON.ARRAPPEND t $ \u0080abc"));
        assertEquals("-Couldn't parse as UTF-8 string", show(reply, 2));
    }

    @Test
    void brokenJsonIsToldOfAsSerdeDoes() {
        for (String[] pair : new String[][] {
            {"", "EOF while parsing a value at line 1 column 0"},
            {"{", "EOF while parsing an object at line 1 column 1"},
            {"[1,", "EOF while parsing a value at line 1 column 3"},
            {"[1", "EOF while parsing a list at line 1 column 2"},
            {"[1 2]", "expected `,` or `]` at line 1 column 4"},
            {"[1,]", "trailing comma at line 1 column 4"},
            {"{\"a\" 1}", "expected `:` at line 1 column 6"},
            {"{a:1}", "key must be a string at line 1 column 2"},
            {"{\"a\":1,}", "trailing comma at line 1 column 8"},
            {"foo", "expected ident at line 1 column 2"},
            {"nul", "EOF while parsing a value at line 1 column 3"},
            {"1 2", "trailing characters at line 1 column 3"},
            {"01", "invalid number at line 1 column 2"},
            {"-", "EOF while parsing a value at line 1 column 1"},
            {"1.", "EOF while parsing a value at line 1 column 2"},
            {"1e999", "number out of range at line 1 column 5"},
            {"1e99999999999999999999", "number out of range at line 1 column 22"},
            {"\"abc", "EOF while parsing a string at line 1 column 4"},
            {"\"\\x\"", "invalid escape at line 1 column 3"},
            {"\"\\ud800\"", "unexpected end of hex escape at line 1 column 8"},
            {"\n\n  x", "expected value at line 3 column 3"},
            {"[".repeat(128), "recursion limit exceeded at line 1 column 128"},
        }) {
            assertEquals("-" + pair[1], show(run("JSON.SET", "t", "$", pair[0]), 2), pair[0]);
        }
        assertEquals("OK", show(run("JSON.SET", "t", "$", "[".repeat(127) + "]".repeat(127)), 2));
        assertEquals(
                "-ERR recursion limit exceeded",
                show(run("JSON.SET", "t", "$" + "[0]".repeat(126), "[".repeat(9) + "]".repeat(9)), 2));
    }

    // ---- numbers and text ----

    @Test
    void numbersKeepTheirKindAndPrintAsSerdeDoes() {
        script("""
                JSON.SET n $ [1,1.0,-0,0.1,1e2,1e15,1e16,1e20,1e-5,1e-7,1.5e300,9223372036854775807,9223372036854775808,18446744073709551615,18446744073709551616,-9223372036854775808,-9223372036854775809] => OK
                JSON.GET n => [1,1.0,-0.0,0.1,100.0,1000000000000000.0,1e16,1e20,0.00001,1e-7,1.5e300,9223372036854775807,9223372036854775808,18446744073709551615,1.8446744073709552e19,-9223372036854775808,-9.223372036854776e18]
                JSON.SET n $ [1512060373.222988,5e-324,1.7976931348623157e308,2.2250738585072014e-308,123456789012345680.0,0.30000000000000004] => OK
                JSON.GET n => [1512060373.222988,5e-324,1.7976931348623157e308,2.2250738585072014e-308,1.2345678901234568e17,0.30000000000000004]
                JSON.SET n $ 9223372036854775807 => OK
                JSON.NUMINCRBY n $ 1 => -ERR numeric overflow
                JSON.NUMMULTBY n $ 2 => -ERR numeric overflow
                JSON.NUMINCRBY n $ 1.0 => [9.223372036854776e18]
                JSON.SET n . 1.6350000000001313e+308 => OK
                JSON.NUMINCRBY n . 1.6350000000001313e+308 => -result is not a number
                JSON.NUMMULTBY n . 2 => -result is not a number
                JSON.GET n . => 1.6350000000001313e308
                JSON.SET n $ 18446744073709551615 => OK
                JSON.NUMINCRBY n $ 1 => [1.8446744073709552e19]
                """);
    }

    @Test
    void stringsAreUnescapedAndEscapedAgain() {
        String json = "\"\\u00e4\\ud83d\\ude00\\n\\u0001\\/\\\"\u20ac\"";
        run("JSON.SET", "s", "$", json);

        assertEquals("\"\u00e4\ud83d\ude00\\n\\u0001/\\\"\u20ac\"", show(run("JSON.GET", "s"), 2));
        assertEquals("(13)", show(run("JSON.STRLEN", "s"), 2));
    }

    @Test
    void theLastOfDuplicateMembersCountsAtThePlaceOfTheFirst() {
        script("""
                JSON.SET d $ {"b":1,"a":2,"b":3} => OK
                JSON.GET d => {"b":3,"a":2}
                """);
    }

    @Test
    void getLaysTextOut() {
        run("JSON.SET", "d", "$", "{\"obj\":{\"f\":\"v\"},\"e\":[],\"arr\":[0,1]}");

        assertEquals(
                "{\n\t\"obj\": {\n\t\t\"f\": \"v\"\n\t},\n\t\"e\": [],\n\t\"arr\": [\n\t\t0,\n\t\t1\n\t]\n}",
                show(run("JSON.GET", "d", "INDENT", "\t", "NEWLINE", "\n", "SPACE", " "), 2));
        assertEquals(
                "{\n--\"$..f\": [\n----\"v\"\n--]\n}",
                show(run("JSON.GET", "d", "INDENT", "--", "NEWLINE", "\n", "SPACE", " ", "$..f", "$..f"), 2));
        script("""
                JSON.GET d NOESCAPE .obj => {"f":"v"}
                JSON.GET d .x => -ERR Path '$.x' does not exist
                JSON.GET d .obj .x => -ERR Path '.x' does not exist
                JSON.GET d FORMAT EXPAND $ => -ERR FORMAT argument is not supported on RESP2
                JSON.GET d $...$$ => -Error occurred on position 3, "$.. ---->>>> .$$", expected a name, '*' or '['.
                """);
    }

    // ---- RESP3 ----

    @Test
    void resp3HasItsOwnShapes() {
        script(3, """
                JSON.SET t $ {"a1":{"b":{"c":true,"d":null}},"a2":{"b":{"c":2,"e":[1,true,{"f":null}]}}} => OK
                JSON.GET t $..b => [{"c":true,"d":null},{"c":2,"e":[1,true,{"f":null}]}]
                JSON.GET t FORMAT STRING $.a3 => []
                JSON.GET t FORMAT EXPAND $.a1 $.a3 => [[{b, {c, #true, d, nil}}], []]
                JSON.GET t FORMAT EXPAND1 $..c $.a2.b => [[#true, (2)], [{"c":2,"e":[1,true,{"f":null}]}]]
                JSON.GET t FORMAT STRINGS $ => -ERR wrong reply format
                JSON.GET none FORMAT EXPAND $ => nil
                JSON.SET t $ {"a1":{"b":{"c":1}},"a2":{"b":{"c":2.5}},"a3":{"b":{"c":"val"}}} => OK
                JSON.NUMINCRBY t $.a1.b.c 1 => [(2)]
                JSON.NUMINCRBY t $..c 2 => [(4), ,4.5, nil]
                JSON.NUMMULTBY t .a2.b.c 2 => [,9.0]
                JSON.NUMMULTBY t .a3.b.c 2 => [nil]
                JSON.TYPE t $..c => [[integer, number, string]]
                JSON.TYPE t .a1 => [object]
                JSON.TYPE t $.x => [[]]
                JSON.TYPE none $.x => [nil]
                JSON.SET t $ [1,{"a":2}] => OK
                JSON.ARRPOP t FORMAT EXPAND . => -Legacy paths are supported only with FORMAT STRINGS
                JSON.ARRPOP t FORMAT EXPAND $ => [{a, (2)}]
                JSON.ARRPOP t $ => [1]
                """);
    }

    // ---- events, expiry, storage ----

    @Test
    void eventsAreRedisJsons() {
        script("""
                JSON.SET k $ {"foo":1,"bar":"baro","arr":[],"t":true} => OK
                JSON.NUMINCRBY k $.foo 3 => [4]
                JSON.NUMMULTBY k $.bar 3 => [null]
                JSON.NUMMULTBY k $.foo 3 => [12]
                JSON.STRAPPEND k $.bar "x" => [(5)]
                JSON.STRAPPEND k $.foo "x" => [nil]
                JSON.ARRAPPEND k $.arr 1 2 => [(2)]
                JSON.ARRINSERT k $.arr 0 3 => [(3)]
                JSON.ARRPOP k $.arr => [2]
                JSON.ARRTRIM k $.arr 5 6 => [(0)]
                JSON.ARRPOP k $.arr => [nil]
                JSON.TOGGLE k .t => false
                JSON.CLEAR k $.foo => (1)
                JSON.CLEAR k $.foo => (0)
                JSON.MERGE k $ {"arr":null} => OK
                JSON.MSET k $.a 1 l $ 2 k $.b 2 => OK
                JSON.SET k $.foo.a 1 => nil
                JSON.DEL k $.foo => (1)
                JSON.DEL k $.foo => (0)
                JSON.DEL k => (1)
                """);

        List<String> expected = new ArrayList<>(List.of("0 new k"));
        for (String event :
                "set numincrby nummultby strappend arrappend arrinsert arrpop arrtrim toggle clear merge".split(" ")) {
            expected.add("0 json." + event + " k");
        }
        expected.addAll(List.of("0 new l", "0 json.mset k", "0 json.mset l", "0 json.mset k"));
        expected.addAll(List.of("0 json.del k", "0 json.del k"));
        assertEquals(expected, redis.takeEvents());
    }

    @Test
    void aDeadlineStaysAndADocumentIsCopiedAndRenamed() {
        script("""
                JSON.SET k $ {"a":1} => OK
                EXPIRE k 1000 => (1)
                JSON.SET k $ {"a":2} => OK
                JSON.SET k $.b 2 => OK
                TTL k => (1000)
                COPY k l => (1)
                RENAME k m => OK
                JSON.MGET k l m $ => [nil, [{"a":2,"b":2}], [{"a":2,"b":2}]]
                """);
        redis.advance(1_000_000);
        script("JSON.GET m => nil\nJSON.SET m $.a 1 => -ERR new objects must be created at the root\n");
    }

    @Test
    void aLongDocumentIsKeptInRowsAndFreedWithItsKey() {
        String text = "[" + "\"0123456789\",".repeat(20_000) + "1]";
        run("JSON.SET", "{k}a", "$", text);
        run("JSON.SET", "{k}b", "$", text);

        assertEquals(text, show(run("JSON.GET", "{k}a"), 2));
        script("""
                COPY {k}a {k}c => (1)
                RENAME {k}a {k}d => OK
                JSON.ARRPOP {k}d => 1
                JSON.ARRLEN {k}d => (20000)
                JSON.ARRLEN {k}c => (20001)
                OBJECT ENCODING {k}c => raw
                """);
        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        Reply digests = KeyCommands.debugDigestValue(context, new Args(CommandFixture.words("{k}b {k}c {k}d"), 0));
        List<Reply> items = ((Reply.Array) digests).items();
        assertEquals(items.get(0), items.get(1));
        assertTrue(!items.get(0).equals(items.get(2)));
        Reply usage = KeyCommands.memoryUsage(context, new Args(CommandFixture.words("{k}b"), 0));
        assertTrue(((Reply.Int) usage).value() > text.length());
        script("DEL {k}b {k}c {k}d => (3)\nJSON.GET {k}b => nil\n");
    }

    @Test
    void anErrorAtOnePlaceChangesNone() {
        script("""
                JSON.SET k $ [[1,2,3],[]] => OK
                JSON.ARRINSERT k $[*] 2 9 => -ERR index out of bounds
                JSON.GET k => [[1,2,3],[]]
                JSON.SET k $ [1,9223372036854775807] => OK
                JSON.NUMINCRBY k $[*] 1 => -ERR numeric overflow
                JSON.GET k => [1,9223372036854775807]
                JSON.MSET a $ 1 b $ x => -expected value at line 1 column 1
                EXISTS a b => (0)
                """);
    }

    // ---- bounds ----

    @Test
    void whatExplodesIsRefused() {
        String deep = "[".repeat(127) + "1" + "]".repeat(127);
        run("JSON.SET", "k", "$", deep);
        String tooMany = "-ERR JSON command visits or returns too many values";

        assertEquals(tooMany, show(run("JSON.GET", "k", "$" + "..*".repeat(20)), 2));
        assertEquals(tooMany, show(run("JSON.DEL", "k", "$" + "..[0]".repeat(40)), 2));
        run("JSON.SET", "k", "$", "[" + "\"" + "a".repeat(200_000) + "\"]");
        assertEquals("[]", show(run("JSON.GET", "k", "$[?(@=~\"(a+)+b\")]"), 2));
        assertEquals("[]", show(run("JSON.GET", "k", "$[?(@=~\"((a{1000}){1000}){1000}\")]"), 2));
        assertEquals("-ERR JSON path is too long", show(run("JSON.GET", "k", "$." + "a".repeat(70_000)), 2));
        String nested = "$[?(" + "(".repeat(40) + "@>1" + ")".repeat(40) + ")]";
        assertTrue(show(run("JSON.GET", "k", nested), 2).contains("nested too deeply"));
        assertTrue(show(run("JSON.GET", "k", "$" + "[0]".repeat(300)), 2).contains("too many path elements"));
    }

    @Test
    void documentsBeyondTheLimitsAreRefused() {
        String tooLarge = "-ERR JSON document exceeds the maximum size of 33554432 bytes or 1048576 values";

        assertEquals(tooLarge, show(run("JSON.SET", "k", "$", "\"" + "a".repeat(32 << 20) + "\""), 2));
        assertEquals(tooLarge, show(run("JSON.SET", "k", "$", "[" + "1,".repeat(1 << 20) + "1]"), 2));
        run("JSON.SET", "k", "$", "[" + "[],".repeat(1 << 11) + "[]]");
        String thousand = "[" + "1,".repeat(999) + "1]";
        assertEquals(tooLarge, show(run("JSON.SET", "k", "$[*]", thousand), 2));
        assertEquals("(2049)", show(run("JSON.ARRLEN", "k"), 2));
    }

    @Test
    void aLongReadLeavesTheShortThread() {
        run("JSON.SET", "k", "$", "[" + "1,".repeat(5_000) + "1]");
        Handler.Read get = (Handler.Read) redis.table().find("json.get").handler();

        ReadContext context = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        context.limitBytes(15_000);
        assertThrows(
                LongRead.class, () -> get.run().run(context, new Args(CommandFixture.words("JSON.GET k $..*"), 1)));
        ReadContext other = new ReadContext(redis.store().reader(), 0, redis.nowMillis());
        other.limitBytes(15_000);
        assertTrue(get.run().run(other, new Args(CommandFixture.words("JSON.GET k $"), 1)) instanceof Reply.Bulk);
    }
}
