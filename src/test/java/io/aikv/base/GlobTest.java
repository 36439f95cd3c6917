package io.aikv.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rows were compared with KEYS of redis-server 7.0.15. */
final class GlobTest {
    private static boolean matches(String pattern, String string) {
        return Glob.matches(Bytes.utf8(pattern), Bytes.utf8(string));
    }

    @ParameterizedTest
    @CsvSource({
        "h?llo, hello, true",
        "h?llo, hllo, false",
        "h*llo, heeeello, true",
        "h*llo, hllo, true",
        "h*llo, hllox, false",
        "h[ae]llo, hallo, true",
        "h[ae]llo, hillo, false",
        "h[^e]llo, hallo, true",
        "h[^e]llo, hello, false",
        "h[a-b]llo, hbllo, true",
        "h[b-a]llo, hallo, true",
        "h[a-b]llo, hcllo, false",
        "h\\?llo, h?llo, true",
        "h\\?llo, hallo, false",
        "[\\]], ], true",
        "[a-], -, false",
        "[a-], `, true",
        "[a, a, true",
        "[^, a, true",
        "[, [, false",
        "[], a, false",
        "[^], a, true",
        "\\, \\, true",
        "a**, a, true",
        "**, '', false",
        "*, '', false",
        "'', '', true",
        "'', a, false",
        "a, '', false",
        "*a*, bab, true",
        "a*b*c, axbxbxc, true",
        "a*b*c, axbxbx, false"
    })
    void patternsMatchAsInRedis(String pattern, String string, boolean expected) {
        assertEquals(expected, matches(pattern, string));
    }

    @Test
    void caseIsIgnoredOnRequestButNotForEscapesInClasses() {
        assertEquals(true, Glob.matchesIgnoreCase(Bytes.utf8("H[A-C]*O"), Bytes.utf8("hbllo")));
        assertEquals(false, Glob.matches(Bytes.utf8("H[A-C]*O"), Bytes.utf8("hbllo")));
        assertEquals(false, Glob.matchesIgnoreCase(Bytes.utf8("[\\A]"), Bytes.utf8("a")));
    }

    @Test
    void bytesInRangesAreSigned() {
        assertEquals(true, Glob.matches(new byte[] {'[', (byte) 0xf0, '-', 'a', ']'}, new byte[] {1}));
        assertEquals(false, Glob.matches(new byte[] {'[', 1, '-', (byte) 0x90, ']'}, new byte[] {'z'}));
    }

    @Test
    void manyStarsDoNotBlowUp() {
        String pattern = "a*".repeat(5000) + "b";
        String string = "a".repeat(20_000);

        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertFalse(matches(pattern, string)));
    }
}
