package io.aikv.server.command;

import io.aikv.base.Bytes;
import io.aikv.base.CommandError;
import io.aikv.resp.Reply;
import java.util.List;
import java.util.Locale;

/** DEBUG PROTOCOL: a value of each type, with which clients test their decoders. */
final class DebugProtocol {
    private DebugProtocol() {}

    static Reply value(byte[] type, int protocol) {
        return switch (Bytes.text(type).toLowerCase(Locale.ROOT)) {
            case "string" -> Reply.text("Hello World");
            case "integer" -> Reply.integer(12345);
            case "double" -> new Reply.Double(3.141);
            case "null" -> Reply.NULL;
            case "array" -> Reply.array(Reply.integer(0), Reply.integer(1), Reply.integer(2));
            case "set" -> new Reply.Set(List.of(Reply.integer(0), Reply.integer(1), Reply.integer(2)));
            case "map" ->
                Reply.map(
                        Reply.integer(0),
                        new Reply.Bool(false),
                        Reply.integer(1),
                        new Reply.Bool(true),
                        Reply.integer(2),
                        new Reply.Bool(false));
            case "attrib" ->
                new Reply.Sequence(List.of(
                        new Reply.Attribute(List.of(
                                Reply.text("key-popularity"), Reply.array(Reply.text("key:123"), Reply.integer(90)))),
                        Reply.text("Some real reply following the attribute")));
            case "push" -> push(protocol);
            case "true" -> new Reply.Bool(true);
            case "false" -> new Reply.Bool(false);
            case "verbatim" -> new Reply.Verbatim("txt", Bytes.utf8("This is a verbatim\nstring"));
            case "bignum" -> new Reply.BigNumber("1234567999999999999999999999999999999");
            default ->
                throw new CommandError("ERR Wrong protocol type name. Please use one of the following:"
                        + " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
        };
    }

    private static Reply push(int protocol) {
        if (protocol < 3) {
            throw new CommandError("ERR RESP2 is not supported by this command");
        }
        return new Reply.Sequence(List.of(
                new Reply.Push(List.of(Reply.text("server-cpu-usage"), Reply.integer(42))),
                Reply.text("Some real reply following the push reply")));
    }
}
