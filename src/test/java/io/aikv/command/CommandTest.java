package io.aikv.command;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of commands have in common: an empty store for each, and a way to run a command line on it. */
abstract class CommandTest {
    @TempDir
    Path directory;

    CommandFixture redis;

    @BeforeEach
    void open() {
        redis = new CommandFixture(directory);
    }

    @AfterEach
    void close() {
        redis.close();
    }

    /** The reply to a line, as {@link CommandFixture#text} shows it. */
    String run(String line) {
        return CommandFixture.text(redis.run(line));
    }
}
