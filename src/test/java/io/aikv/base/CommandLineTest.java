package io.aikv.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandLineTest {
    private static List<String> split(String line) {
        byte[][] words = CommandLine.split(line.getBytes(StandardCharsets.ISO_8859_1));
        assertNotNull(words);
        List<String> texts = new ArrayList<>();
        for (byte[] word : words) {
            texts.add(new String(word, StandardCharsets.ISO_8859_1));
        }
        return texts;
    }

    @Test
    void wordsAreSeparatedByWhiteSpace() {
        assertEquals(List.of("set", "a", "b"), split("  set\ta   b \r"));
        assertEquals(List.of(), split(" \t "));
        assertEquals(List.of(), split(""));
    }

    @Test
    void quotesHoldSpacesAndEscapes() {
        assertEquals(List.of("a b", "c"), split("\"a b\" c"));
        assertEquals(List.of("\n\r\t\b\u0007\u00ffq\"\\"), split("\"\\n\\r\\t\\b\\a\\xfF\\q\\\"\\\\\""));
        assertEquals(List.of("xg1"), split("\"\\xg1\""));
        assertEquals(List.of("a'b\\n"), split("'a\\'b\\n'"));
        assertEquals(List.of("", ""), split("\"\" ''"));
        assertEquals(List.of("foobar"), split("foo\"bar\""));
    }

    @Test
    void nulEndsTheLine() {
        assertEquals(List.of("a"), split("a\0b c"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"a", "'a", "\"a\"b", "'a'b", "\"a\\\"", "'a\\'", "\"a\0\""})
    void unbalancedQuotesGiveNull(String line) {
        assertNull(CommandLine.split(Bytes.utf8(line)));
    }
}
