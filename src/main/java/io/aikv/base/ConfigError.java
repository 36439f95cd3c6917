package io.aikv.base;

import org.jspecify.annotations.Nullable;

/**
 * A file or option written by an operator is wrong: the program does not start. The message is one line for the
 * operator: {@code conf/aikv.toml:12: raft.rpc: "foo" is not allowed; use "netty" or "grpc"}.
 */
public final class ConfigError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigError(String message) {
        super(message);
    }

    public ConfigError(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * An error at a place.
     *
     * @param source the file's name or {@code --set}
     * @param line 1-based, or 0 where there is none
     * @param key the key at fault, or the empty string
     * @param problem what was found and what is allowed
     */
    public static ConfigError at(String source, int line, String key, String problem) {
        String place = line > 0 ? source + ":" + line : source;
        return new ConfigError(place + ": " + (key.isEmpty() ? "" : key + ": ") + problem);
    }
}
