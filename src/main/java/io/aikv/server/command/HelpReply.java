package io.aikv.server.command;

import io.aikv.resp.Reply;
import java.util.stream.Stream;

/** What HELP answers in Redis' form. */
final class HelpReply {
    private HelpReply() {}

    /** @param lines without the first and the last two, which every container has */
    static Reply of(String container, String... lines) {
        String first = container + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:";
        return Reply.array(Stream.of(Stream.of(first), Stream.of(lines), Stream.of("HELP", "    Prints this help."))
                .flatMap(part -> part)
                .map(Reply::simple)
                .toList());
    }
}
