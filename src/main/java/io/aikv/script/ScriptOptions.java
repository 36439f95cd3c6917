package io.aikv.script;

/**
 * How scripts run on this node.
 *
 * @param budget what the leader writes into entries, and what reads may use
 * @param databases how many logical databases there are; the same on every node
 * @param clusterEnabled whether keys of other slots are somewhere else; the same on every node
 */
public record ScriptOptions(Budget budget, int databases, boolean clusterEnabled) {
    public static ScriptOptions defaults() {
        return new ScriptOptions(Budget.defaults(), 16, false);
    }
}
