package io.aikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.aikv.base.ConfigError;
import io.aikv.server.config.Config;
import io.aikv.server.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogSetupTest {
    @TempDir
    Path temp;

    private final LoggerContext context = new LoggerContext();
    private final Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);

    @BeforeEach
    void completeTheContext() {
        context.setMDCAdapter(new LogbackMDCAdapter());
    }

    private static Config config(String... settings) {
        return Config.parse("", "test", List.of(settings));
    }

    @Test
    void whatIsNotGivenStaysAsTheFileOfLogbackHasIt() {
        root.setLevel(Level.ERROR);

        LogSetup.apply(context, config());
        assertEquals(Level.ERROR, root.getLevel());

        LogSetup.apply(context, config("logging.level=warn"));
        assertEquals(Level.WARN, root.getLevel());
    }

    @Test
    void theFileTakesWhatIsLoggedInTheFormatAsked() throws IOException {
        Path text = temp.resolve("a (1).log");
        LogSetup.apply(context, config("logging.file=\"" + text + "\""));
        root.info("first");
        Path json = temp.resolve("b.log");
        LogSetup.apply(context, config("logging.file=\"" + json + "\"", "logging.format=json"));
        root.warn("the {} one", "second");
        context.stop();

        List<String> lines = Files.readAllLines(text);
        assertEquals(1, lines.size());
        assertTrue(lines.get(0).contains(" INFO  [") && lines.get(0).endsWith("] ROOT - first"), lines.get(0));
        List<String> objects = Files.readAllLines(json);
        assertEquals(1, objects.size());
        assertEquals(
                "the second one",
                new ObjectMapper()
                        .readTree(objects.get(0))
                        .get("formattedMessage")
                        .asText());
    }

    @Test
    void aFileThatCannotBeOpenedStopsTheStart() throws IOException {
        Path file = Files.createFile(temp.resolve("file"));
        Config below = config("logging.file=\"" + file.resolve("below") + "\"");
        Config sign = config("logging.file=\"" + temp.resolve("100%") + "\"");

        assertThrows(ConfigError.class, () -> LogSetup.apply(context, below));
        assertThrows(ConfigError.class, () -> LogSetup.apply(context, sign));
    }

    @Test
    void configSetLoglevelSetsTheLevel() {
        Settings settings = Settings.from(config());
        root.setLevel(Level.INFO);
        LogSetup.follow(context, settings);
        assertEquals(Level.INFO, root.getLevel());

        settings.set(List.of("loglevel", "debug"));
        assertEquals(Level.DEBUG, root.getLevel());
        settings.set(List.of("loglevel", "warning"));
        assertEquals(Level.WARN, root.getLevel());
    }
}
