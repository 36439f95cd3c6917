package io.aikv.raft;

import com.codahale.metrics.MetricRegistry;
import io.aikv.base.Clock;
import io.aikv.command.CommandTable;
import io.aikv.store.StoreResources;
import java.util.function.Function;

/**
 * What all groups of a node share.
 *
 * @param observers called once per group that is opened, with its name
 */
public record NodeContext(
        RaftOptions options,
        CommandTable table,
        StoreResources resources,
        Clock clock,
        MetricRegistry metrics,
        Function<String, EntryObserver> observers) {

    /** With the machine's clocks, no observers and a registry of its own. */
    public static NodeContext of(RaftOptions options, CommandTable table, StoreResources resources) {
        return new NodeContext(
                options, table, resources, Clock.SYSTEM, new MetricRegistry(), group -> EntryObserver.NONE);
    }
}
