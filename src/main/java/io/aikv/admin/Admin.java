package io.aikv.admin;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * {@code aikv-admin}: shows a cluster and moves leaderships.
 *
 * <p>Exit codes, as {@code --help} shows them: 0 done and well; 1 the cluster is not well, or a node refused, the password
 * perhaps; 2 wrong usage; 3 the node was not reached, or did not answer.
 */
@Command(
        name = "aikv-admin",
        versionProvider = Admin.JarVersion.class,
        description = "Shows an AiKv cluster and moves leaderships.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:Done, and the cluster is well.",
            "1:The cluster is not well (status), or a node refused: the command, or the password.",
            "2:Wrong usage.",
            "3:The node was not reached, or did not answer."
        },
        subcommands = {Admin.Status.class, Admin.Leaders.class, Admin.Transfer.class, Admin.Nodes.class})
public final class Admin {
    static final int OK = 0;
    static final int NOT_WELL = 1;
    static final int UNREACHABLE = 3;

    @Option(
            names = {"-h", "--host"},
            defaultValue = "127.0.0.1",
            scope = ScopeType.INHERIT,
            description = "A node of the cluster (default: ${DEFAULT-VALUE}).")
    private String host = "127.0.0.1";

    @Option(
            names = {"-p", "--port"},
            defaultValue = "7001",
            scope = ScopeType.INHERIT,
            description = "Its port for clients (default: ${DEFAULT-VALUE}).")
    private int port = 7001;

    @Option(names = "--user", scope = ScopeType.INHERIT, description = "User for AUTH.")
    private @Nullable String user;

    @Option(
            names = {"-a", "--password"},
            defaultValue = "${AIKV_PASSWORD}",
            scope = ScopeType.INHERIT,
            description = "Password for AUTH (default: the environment's AIKV_PASSWORD).")
    private @Nullable String password;

    @CommandLine.Mixin
    private TlsArguments tls = new TlsArguments();

    // Not picocli's own: there -h is help, here it is the host, as in redis-cli.
    @Option(names = "--help", usageHelp = true, scope = ScopeType.INHERIT, description = "Show this help and exit.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version and exit.")
    private boolean version;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandLine.Model.CommandSpec spec;

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Admin());
        line.setExecutionExceptionHandler((problem, command, parsed) -> {
            command.getErr().println("aikv-admin: " + problem.getMessage());
            return problem instanceof AdminError error ? error.exitCode() : CommandLine.ExitCode.SOFTWARE;
        });
        return line;
    }

    NodeConnection connect() {
        return NodeConnection.open(host, port, user, password, tls.context());
    }

    /** The same node's credentials, another node's address. */
    NodeConnection connect(String address) {
        int colon = address.lastIndexOf(':');
        return NodeConnection.open(
                address.substring(0, colon),
                Integer.parseInt(address.substring(colon + 1)),
                user,
                password,
                tls.context());
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** The version in the jar's manifest. */
    static final class JarVersion implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Admin.class.getPackage().getImplementationVersion();
            return new String[] {"aikv-admin " + (version == null ? "dev" : version)};
        }
    }

    /** What the subcommands share. */
    abstract static class Subcommand implements Callable<Integer> {
        @CommandLine.ParentCommand
        @SuppressWarnings("NullAway.Init") // picocli sets it
        Admin admin;
    }

    @Command(
            name = "status",
            description = "State of the cluster, its nodes and groups; exit code 1 if it is not well.")
    static final class Status extends Subcommand {
        @Override
        public Integer call() {
            try (NodeConnection node = admin.connect()) {
                ClusterStatus status = ClusterStatus.of(node);
                status.print(admin.out());
                return status.isWell() ? OK : NOT_WELL;
            }
        }
    }

    @Command(name = "leaders", description = "Who leads each group, and who is preferred to.")
    static final class Leaders extends Subcommand {
        @Override
        public Integer call() {
            try (NodeConnection node = admin.connect()) {
                ClusterStatus.of(node).printLeaders(admin.out());
                return OK;
            }
        }
    }

    @Command(name = "nodes", description = "The nodes as Redis clients see them (CLUSTER NODES).")
    static final class Nodes extends Subcommand {
        @Override
        public Integer call() {
            try (NodeConnection node = admin.connect()) {
                admin.out().print(node.text("CLUSTER", "NODES"));
                admin.out().flush();
                return OK;
            }
        }
    }

    @Command(name = "transfer", description = "Moves the leadership of a group to a node and waits until it is there.")
    static final class Transfer extends Subcommand {
        @Parameters(index = "0", paramLabel = "GROUP", description = "The group's name in the layout: g1.")
        private String group = "";

        @Parameters(index = "1", paramLabel = "NODE", description = "The node that is to lead: n2.")
        private String target = "";

        @Option(names = "--force", description = "Do not wait until the node has caught up.")
        private boolean force;

        @Option(names = "--timeout", defaultValue = "10", description = "Seconds (default: ${DEFAULT-VALUE}).")
        private int timeoutSeconds = 10;

        @Override
        public Integer call() throws InterruptedException {
            ClusterStatus.Group before;
            String address;
            try (NodeConnection node = admin.connect()) {
                before = ClusterStatus.of(node).require(group);
                address = before.require(target).address();
            }
            if (before.leader().equals(target)) {
                admin.out().println("group " + group + " is led by " + target + " already");
                return OK;
            }
            try (NodeConnection node = admin.connect(address)) {
                if (force) {
                    node.ask("CLUSTER", "FAILOVER", "GROUP", group, "FORCE");
                } else {
                    node.ask("CLUSTER", "FAILOVER", "GROUP", group);
                }
                ClusterStatus.awaitLeader(node, group, target, timeoutSeconds);
            }
            admin.out()
                    .println("group " + group + " is led by " + target + " (before: "
                            + (before.leader().isEmpty() ? "nobody" : before.leader()) + ")");
            return OK;
        }
    }
}
