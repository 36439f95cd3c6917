package io.aikv.server.command;

import io.aikv.command.Handler;
import io.aikv.command.KeyCommands;

/**
 * The data families' part of the containers that live here. Each handler's {@code args} stand behind the subcommand.
 *
 * @param memoryUsage {@code MEMORY USAGE key [SAMPLES count]}
 * @param debugObject {@code DEBUG OBJECT key}
 * @param debugDigestValue {@code DEBUG DIGEST-VALUE [key ...]}: an array of 40 hexadecimal digits each
 */
public record KeyProbes(Handler.OnRead memoryUsage, Handler.OnRead debugObject, Handler.OnRead debugDigestValue) {
    /** Those of the data families. */
    public static KeyProbes ofData() {
        return new KeyProbes(KeyCommands::memoryUsage, KeyCommands::debugObject, KeyCommands::debugDigestValue);
    }
}
