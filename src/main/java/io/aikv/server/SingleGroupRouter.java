package io.aikv.server;

import io.aikv.cluster.Route;
import io.aikv.cluster.Router;
import io.aikv.raft.GroupReplica;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A server that is no cluster: one group with one replica owns every slot. Any thread. */
final class SingleGroupRouter implements Router {
    private static final Route STARTING = new Route.Unknown("LOADING AiKv is not serving its data yet");
    private static final long LOOK_MILLIS = 10;

    private final GroupReplica group;
    private final Route leader;
    private final List<GroupReplica> all;
    private final ScheduledExecutorService scheduler;

    SingleGroupRouter(GroupReplica group, ScheduledExecutorService scheduler) {
        this.group = group;
        this.leader = new Route.Leader(group);
        this.all = List.of(group);
        this.scheduler = scheduler;
    }

    @Override
    public Route route(int slot, boolean readonlySession) {
        return group.leads() ? leader : STARTING;
    }

    @Override
    public List<GroupReplica> led() {
        return group.leads() ? all : List.of();
    }

    @Override
    public List<GroupReplica> hosted() {
        return all;
    }

    @Override
    public void onChange(long timeoutMillis, Runnable retry) {
        scheduler.schedule(retry, Math.min(timeoutMillis, LOOK_MILLIS), TimeUnit.MILLISECONDS);
    }
}
