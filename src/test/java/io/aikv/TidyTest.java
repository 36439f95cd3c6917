package io.aikv;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the compiler cannot see about the tree: sizes, words, layout. Runs from the project's directory. */
final class TidyTest {

    @Test
    void theBuildIsStartedFromTheTopLevel() {
        assertTrue(Files.isRegularFile(Path.of("pom.xml")));
    }
}
