package io.aikv.base;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class TomlLinesTest {
    @Test
    void keysTablesAndArraysAreFound() {
        TomlLines lines = TomlLines.of("""
                top = 1 # [not.a.table]
                [raft]
                # rpc = "commented"
                list = [
                  "a", # rpc = "in a comment"
                  "rpc = ]",
                ]
                rpc = "x = y"
                text = \"""
                port = 1
                \"""
                port = 2
                [raft.properties]
                "raft.rpc.type" = "NETTY"
                [[nodes]]
                name = "n1"
                [[nodes]]
                name = "n2"
                a.b = 1
                """);

        assertEquals(1, lines.line("top"));
        assertEquals(2, lines.line("raft"));
        assertEquals(4, lines.line("raft.list"));
        assertEquals(8, lines.line("raft.rpc"));
        assertEquals(12, lines.line("raft.port"));
        assertEquals(14, lines.line("raft.properties.raft.rpc.type"));
        assertEquals(16, lines.line("nodes[0].name"));
        assertEquals(18, lines.line("nodes[1].name"));
        assertEquals(19, lines.line("nodes[1].a.b"));
    }

    @Test
    void aMissingKeyIsLocatedAtItsTable() {
        TomlLines lines = TomlLines.of("[raft]\n[[nodes]]\nname = 'x'\n");

        assertEquals(1, lines.line("raft.rpc"));
        assertEquals(2, lines.line("nodes[0].port"));
        assertEquals(0, lines.line("storage.dir"));
    }
}
