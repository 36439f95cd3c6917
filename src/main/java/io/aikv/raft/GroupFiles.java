package io.aikv.raft;

import io.aikv.store.StoreOptions;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The groups a node has opened, one file each, so that a restart knows them before anybody tells: Ratis opens every log it
 * finds by itself.
 *
 * <pre>
 * name=g1
 * inMemory=false
 * replica.0=n1 127.0.0.1 7101
 * </pre>
 */
final class GroupFiles {
    private final Path directory;

    GroupFiles(Path directory) {
        this.directory = directory;
    }

    List<GroupSpec> load() throws IOException {
        List<GroupSpec> specs = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return specs;
        }
        try (Stream<Path> list = Files.list(directory)) {
            for (Path file : list.sorted().toList()) {
                if (!file.getFileName().toString().endsWith(".new")) {
                    specs.add(read(file));
                }
            }
        }
        return specs;
    }

    private static GroupSpec read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(in);
        }
        try {
            List<GroupSpec.Replica> replicas = new ArrayList<>();
            for (int i = 0; properties.containsKey("replica." + i); i++) {
                String[] parts = properties.getProperty("replica." + i).split(" ", 3);
                replicas.add(new GroupSpec.Replica(parts[0], parts[1], Integer.parseInt(parts[2])));
            }
            return new GroupSpec(
                    properties.getProperty("name", ""),
                    UUID.fromString(file.getFileName().toString()),
                    replicas,
                    new StoreOptions(Boolean.parseBoolean(properties.getProperty("inMemory"))));
        } catch (RuntimeException e) {
            throw new IOException(file + " does not describe a group: " + e.getMessage(), e);
        }
    }

    void save(GroupSpec spec) throws IOException {
        Files.createDirectories(directory);
        Properties properties = new Properties();
        properties.setProperty("name", spec.name());
        properties.setProperty("inMemory", Boolean.toString(spec.storeOptions().inMemory()));
        for (int i = 0; i < spec.replicas().size(); i++) {
            GroupSpec.Replica replica = spec.replicas().get(i);
            properties.setProperty("replica." + i, replica.node() + " " + replica.host() + " " + replica.port());
        }
        Path file = directory.resolve(spec.uuid().toString());
        Path fresh = directory.resolve(spec.uuid() + ".new");
        StringWriter text = new StringWriter();
        properties.store(text, null);
        // On disk before it has its name: a node with half of such a file does not start.
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void clear() throws IOException {
        Snapshots.deleteTree(directory);
    }
}
