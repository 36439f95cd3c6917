package io.aikv.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.base.CommandError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SettingsTest {
    private static String refused(Settings settings, String... namesAndValues) {
        return assertThrows(CommandError.class, () -> settings.set(List.of(namesAndValues)))
                .line();
    }

    @Test
    void valuesBeginWithTheConfiguration() {
        Settings settings = Settings.from(Config.parse(
                "[server]\nport = 7001\n[limits]\nmaxclients = 7\n[redis]\nmaxmemory-policy = \"allkeys-lru\"\n",
                "t",
                List.of()));

        assertEquals("7001", settings.text("port"));
        assertEquals(7, settings.number("maxclients"));
        assertEquals("allkeys-lru", settings.text("maxmemory-policy"));
        assertEquals(512L << 20, settings.number("proto-max-bulk-len"));
        assertTrue(settings.flag("protected-mode"));
        assertEquals(Map.of("maxmemory-policy", "allkeys-lru"), settings.changed());
    }

    @Test
    void theRedisTableWinsOverTheSection() {
        Settings settings =
                Settings.from(Config.parse("[limits]\nmaxclients = 7\n[redis]\nmaxclients = \"9\"\n", "t", List.of()));

        assertEquals(9, settings.number("maxclients"));
    }

    @Test
    void whatReplicasMustAgreeOnIsFixed() {
        Settings settings = Settings.defaults();

        settings.set(List.of("stream-node-max-entries", "100"));
        assertEquals(
                "ERR CONFIG SET failed (possibly related to argument 'stream-node-max-entries') - argument must be 100:"
                        + " replicas must trim streams alike",
                refused(settings, "stream-node-max-entries", "10"));
        assertEquals("100", settings.text("stream-node-max-entries"));
    }

    @Test
    void allOrNothing() {
        Settings settings = Settings.defaults();
        List<String> told = new ArrayList<>();
        settings.onChange("maxmemory", (name, value) -> {
            told.add(name + "=" + value);
            return null;
        });

        assertEquals(
                "ERR CONFIG SET failed (possibly related to argument 'appendonly') - argument must be 'yes' or 'no'",
                refused(settings, "maxmemory", "5", "appendonly", "bad"));

        assertEquals("0", settings.text("maxmemory"));
        assertEquals(List.of(), told);
    }

    @Test
    void listenersHearOfChangesOnly() {
        Settings settings = Settings.defaults();
        List<String> told = new ArrayList<>();
        settings.onChange("lua-time-limit", (name, value) -> {
            told.add(name + "=" + value);
            return null;
        });

        settings.set(List.of("busy-reply-threshold", "5000"));
        settings.set(List.of("lua-time-limit", "7", "maxmemory", "1"));

        assertEquals(List.of("busy-reply-threshold=7"), told);
    }

    @Test
    void aRefusingListenerUndoesEverything() {
        Settings settings = Settings.defaults();
        List<String> told = new ArrayList<>();
        settings.onChange("maxmemory", (name, value) -> {
            told.add(value);
            return null;
        });
        settings.onChange("maxclients", (name, value) -> value.equals("10000") ? null : "too many for this machine");

        assertEquals(
                "ERR CONFIG SET failed (possibly related to argument 'maxclients') - too many for this machine",
                refused(settings, "maxmemory", "1mb", "maxclients", "99999"));

        assertEquals(List.of("1048576", "0"), told);
        assertEquals("0", settings.text("maxmemory"));
        assertEquals("10000", settings.text("maxclients"));
    }

    @Test
    void whatThisServerCannotChangeIsImmutable() {
        for (String name : List.of("port", "bind", "databases", "cluster-announce-ip")) {
            assertEquals(
                    "ERR CONFIG SET failed (possibly related to argument '" + name + "') - can't set immutable config",
                    refused(Settings.defaults(), name, "1"));
        }
    }

    @Test
    void getMatchesNamesAndAliasesOnce() {
        Settings settings = Settings.defaults();

        assertEquals(
                Map.of(
                        "hash-max-listpack-entries", "512",
                        "hash-max-ziplist-entries", "512",
                        "hash-max-listpack-value", "64",
                        "hash-max-ziplist-value", "64"),
                settings.get(List.of("HASH-MAX-*", "hash-max-listpack-*")));
        assertEquals(Map.of("MAXmemory", "0"), settings.get(List.of("MAXmemory", "x")));
        assertFalse(settings.get(List.of("*")).containsKey("watchdog-period"));
        assertEquals(Map.of("watchdog-period", "0"), settings.get(List.of("watchdog-period")));
    }

    @Test
    void rewriteTouchesOnlyItsTable(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("aikv.toml");
        Files.writeString(
                file, "# mine\n[server]\nport = 7001 # keep\n\n[redis] # here\n# note\ntimeout = \"5\"\n[metrics]\n");
        Settings settings = Settings.from(Config.load(file, List.of()));

        settings.set(List.of("timeout", "0", "requirepass", "a\"b\\c\u00e9", "maxmemory", "1gb"));
        ConfigRewriter.rewrite(file, settings.changed());

        assertEquals(
                "# mine\n[server]\nport = 7001 # keep\n\n[redis] # here\nmaxmemory = \"1073741824\"\n"
                        + "requirepass = \"a\\\"b\\\\c\u00e9\"\n# note\n[metrics]\n",
                Files.readString(file));
        Settings again = Settings.from(Config.load(file, List.of()));
        assertEquals("a\"b\\c\u00e9", again.text("requirepass"));
        assertEquals(settings.changed(), again.changed());
    }

    @Test
    void rewriteAddsTheTableWhereThereIsNone() {
        assertEquals("[server]\n\n[redis]\nhz = \"20\"\n", ConfigRewriter.rewritten("[server]\n", Map.of("hz", "20")));
        assertEquals("[server]\n", ConfigRewriter.rewritten("[server]\n", Map.of()));
    }

    @Test
    void percentagesAndHugeNumbersAreNumbers() {
        Settings settings = Settings.defaults();

        settings.set(List.of("maxmemory-clients", "5%", "maxmemory", "18446744073709551615"));

        assertEquals(-5, settings.number("maxmemory-clients"));
        assertEquals(Long.MAX_VALUE, settings.number("maxmemory"));
        assertEquals("5%", settings.text("maxmemory-clients"));
        assertEquals(-2, settings.number("list-max-listpack-size"));
    }
}
