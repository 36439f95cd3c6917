package io.aikv.server.command;

import static io.aikv.command.Flag.ADMIN;
import static io.aikv.command.Flag.LOADING;
import static io.aikv.command.Flag.NOSCRIPT;
import static io.aikv.command.Flag.STALE;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.base.Errors;
import io.aikv.command.Args;
import io.aikv.command.Caller;
import io.aikv.command.CommandTable;
import io.aikv.command.Group;
import io.aikv.resp.Reply;
import io.aikv.server.config.ConfigRewriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** CONFIG: the parameters of {@link io.aikv.server.config.Settings}. */
public final class ConfigCommands {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigCommands.class);

    private final NodeFacts node;
    private final Rates rates;

    private ConfigCommands(NodeFacts node, Rates rates) {
        this.node = node;
        this.rates = rates;
    }

    static void register(CommandTable table, NodeFacts node, Rates rates) {
        ConfigCommands commands = new ConfigCommands(node, rates);
        table.group(Group.SERVER)
                .container("CONFIG", -2)
                .session("GET", -3, commands::get, ADMIN, NOSCRIPT, LOADING, STALE)
                .async("SET", -4, commands::set, ADMIN, NOSCRIPT, LOADING, STALE)
                .session("RESETSTAT", 2, commands::resetStat, ADMIN, NOSCRIPT, LOADING, STALE)
                .async("REWRITE", 2, commands::rewrite, ADMIN, NOSCRIPT, LOADING, STALE)
                .session("HELP", 2, ConfigCommands::help, LOADING, STALE);
    }

    private Reply get(Caller caller, Args args) {
        List<Reply> pairs = new ArrayList<>();
        node.settings().get(texts(args)).forEach((name, value) -> {
            pairs.add(Reply.text(name));
            pairs.add(Reply.text(value));
        });
        return new Reply.Map(pairs);
    }

    private void set(Caller caller, Args args, Consumer<Reply> reply) {
        if (args.remaining() % 2 != 0) {
            throw Errors.syntax();
        }
        node.changeSettings(texts(args), reply);
    }

    private static List<String> texts(Args args) {
        List<String> texts = new ArrayList<>(args.remaining());
        while (args.hasNext()) {
            texts.add(Bytes.text(args.take()));
        }
        return texts;
    }

    private Reply resetStat(Caller caller, Args args) {
        node.resetCounters();
        rates.reset();
        return Reply.OK;
    }

    /** Writes a file and waits for the disk: not on the event loop. */
    private void rewrite(Caller caller, Args args, Consumer<Reply> reply) {
        Path file = node.configFile();
        if (file == null) {
            throw new CommandError("ERR The server is running without a config file");
        }
        LongTask.run(node, reply, () -> {
            try {
                ConfigRewriter.rewrite(file, node.settings().changed());
                LOG.info("CONFIG REWRITE executed with success. file={}", file);
                return Reply.OK;
            } catch (IOException e) {
                LOG.warn("CONFIG REWRITE failed: file={}", file, e);
                return Reply.error("ERR Rewriting config file: " + e.getMessage());
            }
        });
    }

    private static Reply help(Caller caller, Args args) {
        return HelpReply.of(
                "CONFIG",
                "GET <pattern>",
                "    Return parameters matching the glob-like <pattern> and their values.",
                "SET <directive> <value>",
                "    Set the configuration <directive> to <value>.",
                "RESETSTAT",
                "    Reset statistics reported by the INFO command.",
                "REWRITE",
                "    Rewrite the configuration file.");
    }
}
