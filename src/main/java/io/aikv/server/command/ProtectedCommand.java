package io.aikv.server.command;

import io.aikv.base.CommandError;
import io.aikv.command.Caller;

/** A command that a parameter allows to nobody ({@code no}), to connections over the loopback ({@code local}), or to all. */
enum ProtectedCommand {
    /** By {@code enable-debug-command}; the default here is {@code local}, in Redis it is {@code no}. */
    DEBUG("enable-debug-command"),
    /** By {@code enable-module-command}. */
    MODULE("enable-module-command");

    private final String parameter;

    ProtectedCommand(String parameter) {
        this.parameter = parameter;
    }

    /** @throws CommandError {@code ERR DEBUG command not allowed. If the enable-debug-command option is set to ...} */
    void require(NodeFacts node, Caller caller) {
        String allowed = node.settings().text(parameter);
        if (allowed.equals("yes") || (allowed.equals("local") && node.isLocal(caller))) {
            return;
        }
        throw new CommandError("ERR " + name() + " command not allowed. If the " + parameter
                + " option is set to \"local\", you can run it from a local connection, otherwise you need to set this"
                + " option in the configuration file, and then restart the server.");
    }
}
