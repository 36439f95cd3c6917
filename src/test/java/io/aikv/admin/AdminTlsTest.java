package io.aikv.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aikv.testcluster.FreePorts;
import io.aikv.testcluster.TestCluster;
import io.aikv.testcluster.TestClusterBuilder;
import io.aikv.transport.TestCertificates;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(120)
final class AdminTlsTest {
    @TempDir
    private Path directory;

    private static String run(int exitCode, List<String> words) {
        StringWriter out = new StringWriter();
        CommandLine line = Admin.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
        int code = line.execute(words.toArray(new String[0]));
        assertEquals(exitCode, code, out.toString());
        return out.toString();
    }

    @Test
    void nodesAreAskedByTls() throws Exception {
        TestCertificates authority = TestCertificates.authority(directory);
        TestCertificates.Pair node = authority.issue("node");
        TestCertificates.Pair client = authority.issue("client");
        String port = Integer.toString(FreePorts.next());
        TestClusterBuilder builder = TestCluster.builder().nodes(1).set("security.tls-port", port);
        for (String setting : authority.settings(node)) {
            int equals = setting.indexOf('=');
            builder.set(setting.substring(0, equals), setting.substring(equals + 1));
        }
        try (TestCluster cluster = builder.start()) {
            assertEquals(1, cluster.nodes().size());
            List<String> words = new ArrayList<>(List.of("status", "--port", port, "--tls"));
            assertTrue(run(Admin.UNREACHABLE, words).startsWith("aikv-admin: "));
            words.addAll(List.of("--cacert", authority.authorityFile().toString()));
            run(Admin.UNREACHABLE, words);
            words.addAll(List.of("--cert", client.certificate().toString()));
            assertEquals(
                    "aikv-admin: --cert and --key belong together",
                    run(CommandLine.ExitCode.USAGE, words).strip());
            words.addAll(List.of("--key", client.key().toString()));

            assertTrue(run(Admin.OK, words).startsWith("state ok, 1 nodes"));
            words.set(words.indexOf("--cacert"), "--insecure");
            words.remove(authority.authorityFile().toString());
            assertTrue(run(Admin.OK, words).startsWith("state ok, 1 nodes"));
        }
    }
}
