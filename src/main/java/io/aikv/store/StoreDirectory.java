package io.aikv.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Puts a whole store directory in the place of another, so that a crash at any moment leaves one of the two.
 *
 * <pre>
 * live             the store
 * live.preparing   being filled; worthless until it is renamed
 * live.installing  complete and on disk: it is the store, whatever {@code live} holds
 * </pre>
 *
 * {@link #recover} ends an installation that was cut off after the rename, and forgets one that was cut off before.
 */
final class StoreDirectory {
    private StoreDirectory() {}

    /** Replaces {@code live} by the files of {@code from}, which stays as it is. The store must be closed. */
    static void install(Path from, Path live) throws IOException {
        recover(live);
        Path preparing = preparing(live);
        Files.createDirectories(preparing);
        for (Path file : files(from)) {
            String name = file.getFileName().toString();
            if (isStoreFile(name)) {
                Path target = preparing.resolve(name);
                linkOrCopy(file, target);
                sync(target);
            }
        }
        sync(preparing);
        publish(preparing, installing(live));
        recover(live);
    }

    /** Renames a complete directory, durably. {@code to} must not exist. */
    static void publish(Path complete, Path to) throws IOException {
        Files.move(complete, to, StandardCopyOption.ATOMIC_MOVE);
        sync(parent(to));
    }

    /** Leaves {@code live} as the one directory, or none if there never was one. */
    static void recover(Path live) throws IOException {
        delete(preparing(live));
        if (Files.exists(installing(live))) {
            delete(live);
            publish(installing(live), live);
        }
    }

    /** Removes a store and what an installation left. Cut off by a crash, each is whole or forgotten, never a part. */
    static void destroy(Path live) throws IOException {
        discard(installing(live), preparing(live));
        discard(live, preparing(live));
    }

    /** Removes a directory under a name that says it is worthless. */
    private static void discard(Path directory, Path worthless) throws IOException {
        delete(worthless);
        if (Files.exists(directory)) {
            publish(directory, worthless);
            delete(worthless);
        }
    }

    static void delete(Path tree) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(tree)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        } catch (NoSuchFileException absent) {
            return;
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }

    /** Forces a file, or the names in a directory, to disk. */
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** The directory that holds {@code path}. */
    static Path parent(Path path) {
        return java.util.Objects.requireNonNull(path.toAbsolutePath().getParent(), "no parent");
    }

    static Path preparing(Path live) {
        return live.resolveSibling(live.getFileName() + ".preparing");
    }

    static Path installing(Path live) {
        return live.resolveSibling(live.getFileName() + ".installing");
    }

    /** Not the checksums that Ratis puts beside the files of a snapshot, nor RocksDB's lock and log. */
    private static boolean isStoreFile(String name) {
        return !name.endsWith(".md5") && !name.equals("LOCK") && !name.startsWith("LOG");
    }

    /** Tables never change, so both directories may share them; the other files are small and do. */
    private static void linkOrCopy(Path file, Path target) throws IOException {
        if (file.toString().endsWith(".sst")) {
            try {
                Files.createLink(target, file);
                return;
            } catch (UnsupportedOperationException | FileSystemException otherVolume) {
                Files.deleteIfExists(target);
            }
        }
        Files.copy(file, target);
    }

    private static List<Path> files(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> list = Files.list(directory)) {
            list.filter(Files::isRegularFile).forEach(files::add);
        }
        return files;
    }
}
