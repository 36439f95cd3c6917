package io.aikv.data.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.Option;
import com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider;
import com.jayway.jsonpath.spi.mapper.JacksonMappingProvider;
import io.aikv.base.CommandError;
import io.aikv.data.ReadContext;
import io.aikv.store.StoreReader;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * Paths, against what RedisJSON's own tests expect; and against the json-path library where it and RedisJSON mean the same: names,
 * wildcards and recursion.
 */
final class JsonPathTest {
    private static final String STORE = "{\"book\":[{\"t\":\"Sayings\",\"price\":8.95,\"size\":[10,20]},"
            + "{\"t\":\"Sword\",\"price\":12.99,\"size\":[50]},"
            + "{\"t\":\"Moby Dick\",\"isbn\":\"0-553\",\"price\":8,\"size\":[5,10,20,30]},"
            + "{\"t\":\"Lord\",\"isbn\":null,\"price\":22.99,\"size\":[]}],"
            + "\"bicycle\":{\"color\":\"red\",\"price\":19.95},\"max\":10,\"regex\":\"^S\",\"e e\":true}";

    private static JsonWork work() {
        StoreReader none = (StoreReader) Proxy.newProxyInstance(
                JsonPathTest.class.getClassLoader(), new Class<?>[] {StoreReader.class}, (proxy, method, args) -> {
                    throw new AssertionError("no store here");
                });
        return new JsonWork(new ReadContext(none, 0, 0));
    }

    private static String find(String json, String path) {
        JsonWork work = work();
        JsonValue root = JsonText.parse(json.getBytes(UTF_8), work);
        List<JsonValue> values = new ArrayList<>();
        for (JsonPlace place : JsonQuery.places(JsonPath.of(path).steps(), root, work)) {
            values.add(place.value());
        }
        return new String(new JsonPrinter(JsonFormat.COMPACT, work).list(values).bytes(), UTF_8);
    }

    private static void assertFinds(String json, String... pathsAndResults) {
        for (int i = 0; i < pathsAndResults.length; i += 2) {
            assertEquals(pathsAndResults[i + 1], find(json, pathsAndResults[i]), pathsAndResults[i]);
        }
    }

    @Test
    void namesIndexesSlicesAndUnions() {
        assertFinds(
                "{\"a\":[1,2,3,4,5],\"b\":[\"c\",\"d\",\"e\"],\"c\":\"k\",\"x.y\":{\"it's\":1,\"q\\\"\":2}}",
                "$.a[1]",
                "[2]",
                "$.a[-1]",
                "[5]",
                "$.a[-99]",
                "[1]",
                "$.a[5]",
                "[]",
                "$.a[4,0,9,-2]",
                "[5,1,4]",
                "$.*[0,2]",
                "[1,3,\"c\",\"e\"]",
                "$.a[1:3]",
                "[2,3]",
                "$.a[:2]",
                "[1,2]",
                "$.a[-2:]",
                "[4,5]",
                "$.a[1:-1]",
                "[2,3,4]",
                "$.a[::2]",
                "[1,3,5]",
                "$.a[1:5:3]",
                "[2,5]",
                "$.a[:]",
                "[1,2,3,4,5]",
                "$.a[3:1]",
                "[]",
                "$.a[-9:2]",
                "[1,2]",
                "$['c','nope',\"b\"]",
                "[\"k\",[\"c\",\"d\",\"e\"]]",
                "$.[\"c\"]",
                "[\"k\"]",
                "$[\"x.y\"][\"it's\"]",
                "[1]",
                "$['x.y']['it\\'s']",
                "[1]",
                "$['x.y'][\"q\\\"\"]",
                "[2]",
                "$. a [ 0 , 1 ]",
                "[1,2]",
                "$.c.d",
                "[]",
                "$.c[0]",
                "[]",
                "$.b.0",
                "[]");
    }

    @Test
    void recursionMeetsAValueBeforeWhatItHolds() {
        String json = "{\"a\":{\"a\":1,\"b\":[2,{\"a\":3}]},\"c\":[[4],[5,6]]}";
        assertFinds(
                json,
                "$..a",
                "[{\"a\":1,\"b\":[2,{\"a\":3}]},1,3]",
                "$..[0]",
                "[2,[4],4,5]",
                "$..*",
                "[{\"a\":1,\"b\":[2,{\"a\":3}]},[[4],[5,6]],1,[2,{\"a\":3}],2,{\"a\":3},3,[4],[5,6],4,5,6]",
                "$..a..a",
                "[1,3]",
                "$..['b','c']",
                "[[[4],[5,6]],[2,{\"a\":3}]]",
                "$..[?(@>4)]",
                "[5,6,5,6]",
                "..c[1]",
                "[[5,6]]");
    }

    @Test
    void filtersAsRedisJsonHasThem() {
        assertFinds(
                STORE,
                "$.book[?(@.price<10)].size",
                "[[10,20],[5,10,20,30]]",
                "$.book[?(@.price<10&&@.t=='Moby Dick')].price",
                "[8]",
                "$.book[?(@.price<8.5||@.price>20)].t",
                "[\"Moby Dick\",\"Lord\"]",
                "$.book[?((@.price>20||@.price<9)&&@.isbn)].t",
                "[\"Moby Dick\",\"Lord\"]",
                "$.book[?(@.isbn)].t",
                "[\"Moby Dick\",\"Lord\"]",
                "$.book[?(!@.isbn)].t",
                "[\"Sayings\",\"Sword\"]",
                "$.book[?(@.isbn==null)].t",
                "[\"Lord\"]",
                "$.book[?(@.isbn!='x')].t",
                "[\"Sayings\",\"Sword\",\"Moby Dick\",\"Lord\"]",
                "$.book[?(@.price<$.max)].t",
                "[\"Sayings\",\"Moby Dick\"]",
                "$.book[?(@.price==8.0)].t",
                "[\"Moby Dick\"]",
                "$.book[?(@.t=~'(?i)^s')].t",
                "[\"Sayings\",\"Sword\"]",
                "$.book[?(@.t=~$.regex)].t",
                "[\"Sayings\",\"Sword\"]",
                "$.book[?(@.t=~'[')].t",
                "[]",
                "$.book[?@.size[2]>=20].t",
                "[\"Moby Dick\"]",
                "$.book[*].size[?(@>20)]",
                "[50,30]",
                "$.bicycle[?(@=='red')]",
                "[\"red\"]",
                "$.max[?(@>5)]",
                "[10]",
                "$.max[?(@>15)]",
                "[]",
                "$[?(@.color)].price",
                "[19.95]",
                "$.book[?(@.size[*]>1)].t",
                "[\"Sword\"]",
                "$.book[?(@.t>'Mz')].t",
                "[\"Sayings\",\"Sword\"]",
                "$[?(@==true)]",
                "[true]",
                "$.book[?( @.price > 8.5 && @.price < 13 )].t",
                "[\"Sayings\",\"Sword\"]");
        assertFinds("{\"a\":{\"x\":{\"i\":10}},\"b\":{\"x\":{\"i\":20,\"j\":5}}}", "$..x[?(@>10)]", "[20]");
    }

    @Test
    void whatIsNoPathIsRefusedWithItsPosition() {
        for (String path : List.of(
                "$.",
                "$[",
                "$[]",
                "$.a.",
                "$['a]",
                "$[1:2:0]",
                "$[a]",
                "$[?]",
                "$[?(@.a>)]",
                "$[?(@.a>1]",
                "$[1,]",
                "$.a b",
                "$[1,'a']",
                "$[01]",
                "$[99999999999999999999]",
                "$.arr[-inf]",
                "$...a",
                "$['\\x']",
                "$..",
                "$.a\u0007")) {
            CommandError error =
                    assertThrows(CommandError.class, () -> JsonPath.of(path).steps(), path);
            assertEquals("Error", error.code(), path);
        }
        CommandError error =
                assertThrows(CommandError.class, () -> JsonPath.of("$.a[x]").steps());
        assertEquals(
                "Error occurred on position 4, \"$.a[ ---->>>> x]\", expected a number, a string, '*', ':' or '?'.",
                error.line());
    }

    @Test
    void legacyPathsAreTold() {
        for (String path : List.of(".", ".a", "a", "..a", "[0]", "a.b", "$a", "foo$")) {
            assertEquals(true, JsonPath.of(path).isLegacy(), path);
        }
        for (String path : List.of("$", "$.a", "$[0]", "$..a")) {
            assertEquals(false, JsonPath.of(path).isLegacy(), path);
        }
        assertEquals("$.[0]", JsonPath.of("[0]").fixed());
        assertEquals("$..a", JsonPath.of("..a").fixed());
    }

    // ---- the library's opinion ----

    @RepeatedTest(20)
    void theLibraryAgreesWhereItMeansTheSame() throws IOException {
        long seed = Long.getLong("aikv.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        Configuration library = Configuration.builder()
                .jsonProvider(new JacksonJsonNodeJsonProvider())
                .mappingProvider(new JacksonMappingProvider())
                .options(Option.SUPPRESS_EXCEPTIONS, Option.ALWAYS_RETURN_LIST)
                .build();
        String json = value(random, 4);
        for (int i = 0; i < 50; i++) {
            String path = path(random);
            JsonNode theirs =
                    com.jayway.jsonpath.JsonPath.using(library).parse(json).read(path);
            String ours = find(json, path);
            assertEquals(theirs, new ObjectMapper().readTree(ours), path + " of " + json + " with seed " + seed);
        }
    }

    private static String path(SplittableRandom random) {
        StringBuilder path = new StringBuilder("$");
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            String name = String.valueOf((char) ('a' + random.nextInt(4)));
            switch (random.nextInt(6)) {
                case 0 -> path.append("..").append(name);
                case 1 -> path.append("[*]");
                case 2 -> path.append(".*");
                case 3 -> path.append("['").append(name).append("']");
                default -> path.append('.').append(name);
            }
        }
        return path.append(random.nextInt(6) == 0 ? "..*" : "").toString();
    }

    private static String value(SplittableRandom random, int depth) {
        int kind = depth == 4 ? 4 : random.nextInt(depth > 0 ? 6 : 4);
        kind = Math.min(kind, 4);
        StringBuilder json = new StringBuilder();
        if (kind == 4 && random.nextInt(3) == 0) {
            json.append('[');
            for (int i = 0; i < 3; i++) {
                json.append(i > 0 ? "," : "").append(value(random, depth - 1));
            }
            return json.append(']').toString();
        } else if (kind == 4) {
            json.append('{');
            for (int i = 0; i < 4; i++) {
                if (random.nextInt(3) > 0) {
                    json.append(json.length() > 1 ? "," : "")
                            .append('"')
                            .append((char) ('a' + i))
                            .append("\":");
                    json.append(value(random, depth - 1));
                }
            }
            return json.append('}').toString();
        }
        return new String[] {"null", "true", "\"s\"", Integer.toString(random.nextInt(9))}[kind];
    }
}
