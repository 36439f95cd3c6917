package io.aikv.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import io.aikv.base.ConfigError;
import io.aikv.server.config.Config;
import io.aikv.server.config.Settings;
import java.nio.file.Path;

/**
 * Puts section {@code [logging]} over {@code conf/logback.xml}: what the section leaves at its default stays as the file
 * has it. Called once, by {@link Main}: a process that hosts several nodes sets up its log itself.
 */
final class LogSetup {
    /** As in {@code conf/logback.xml}. */
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{36} - %msg%n";

    private static final long FILE_BYTES_MAX = 64L << 20;
    private static final int OLD_FILES = 5;

    private LogSetup() {}

    /** Sets level, file and format, where they are given. @throws ConfigError if the file cannot be used */
    static void apply(LoggerContext context, Config config) {
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        Config.Logging logging = config.logging();
        if (config.isGiven("logging.level")) {
            root.setLevel(Level.toLevel(logging.level()));
        }
        if (config.isGiven("logging.file") || config.isGiven("logging.format")) {
            Encoder<ILoggingEvent> encoder = encoder(context, logging.format());
            OutputStreamAppender<ILoggingEvent> appender =
                    logging.file().isEmpty() ? console(context, encoder) : file(context, encoder, logging.file());
            root.detachAndStopAllAppenders();
            root.addAppender(appender);
        }
    }

    /** Lets {@code loglevel}, from CONFIG SET or the section {@code [redis]}, set the level as well. */
    static void follow(LoggerContext context, Settings settings) {
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        if (settings.changed().containsKey("loglevel")) {
            root.setLevel(level(settings.text("loglevel")));
        }
        settings.onChange("loglevel", (name, value) -> {
            root.setLevel(level(value));
            return null;
        });
    }

    private static Level level(String ofRedis) {
        return switch (ofRedis) {
            case "debug", "verbose" -> Level.DEBUG;
            case "warning" -> Level.WARN;
            default -> Level.INFO;
        };
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, String format) {
        if (format.equals("json")) {
            JsonEncoder json = new JsonEncoder();
            json.setContext(context);
            json.setWithFormattedMessage(true);
            json.setWithMessage(false);
            json.setWithArguments(false);
            json.setWithContext(false);
            json.setWithSequenceNumber(false);
            json.start();
            return json;
        }
        PatternLayoutEncoder text = new PatternLayoutEncoder();
        text.setContext(context);
        text.setPattern(PATTERN);
        text.start();
        return text;
    }

    private static OutputStreamAppender<ILoggingEvent> console(LoggerContext context, Encoder<ILoggingEvent> encoder) {
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setName("STDOUT");
        console.setEncoder(encoder);
        console.start();
        return console;
    }

    private static OutputStreamAppender<ILoggingEvent> file(
            LoggerContext context, Encoder<ILoggingEvent> encoder, String name) {
        String path = Path.of(name).toAbsolutePath().normalize().toString();
        if (path.contains("%")) {
            throw new ConfigError("logging.file: \"" + name + "\" is not allowed; use a path without %");
        }
        RollingFileAppender<ILoggingEvent> file = new RollingFileAppender<>();
        file.setContext(context);
        file.setName("FILE");
        file.setFile(path);
        file.setEncoder(encoder);

        FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
        rolling.setContext(context);
        rolling.setParent(file);
        rolling.setFileNamePattern(path + ".%i");
        rolling.setMinIndex(1);
        rolling.setMaxIndex(OLD_FILES);
        rolling.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> trigger = new SizeBasedTriggeringPolicy<>();
        trigger.setContext(context);
        trigger.setMaxFileSize(new FileSize(FILE_BYTES_MAX));
        trigger.start();
        file.setRollingPolicy(rolling);
        file.setTriggeringPolicy(trigger);
        file.start();
        if (!file.isStarted()) {
            throw new ConfigError("logging.file: \"" + name + "\" cannot be opened for writing");
        }
        return file;
    }
}
