// What a session can do, with node-redis against a cluster: see README.md for the arguments and the output.

import assert from 'node:assert/strict';
import { createCluster, defineScript } from 'redis';
import { main, RELEASE, until } from './harness.mjs';

const SET_AND_GET = "redis.call('SET', KEYS[1], ARGV[1]); return {KEYS[1], redis.call('GET', KEYS[1])}";
const setAndGet = defineScript({
    NUMBER_OF_KEYS: 1,
    SCRIPT: SET_AND_GET,
    parseCommand(parser, key, value) {
        parser.pushKey(key);
        parser.push(value);
    },
    transformReply: undefined,
});

/** A cluster whose connections give up soon when a node is gone, so that calls fail instead of waiting for it. */
async function open(nodes) {
    const cluster = createCluster({
        rootNodes: nodes.map(socket => ({ socket })),
        defaults: { socket: { reconnectStrategy: retries => (retries < 5 ? 50 : false), connectTimeout: 2000 } },
        minimizeConnections: true,
        scripts: { setAndGet },
    });
    cluster.on('error', () => {}); // Every call that fails says so itself.
    return cluster.connect();
}

async function features(nodes) {
    const cluster = await open(nodes);

    async function transactions() {
        const [a, l] = ['{nr}a', '{nr}l'];
        const replies = await cluster.multi().set(a, '1').incr(a).lPush(l, ['x', 'y']).lRange(l, 0, -1).exec();
        assert.deepEqual(replies, ['OK', 2, 2, ['y', 'x']]);
        await assert.rejects(cluster.multi().incr(a).lPush(a, 'x').exec(), error => {
            assert.equal(error.replies[0], 3);
            assert.match(error.replies[1].message, /^WRONGTYPE /);
            return true;
        });
        await assert.rejects(cluster.multi().incr(a).addCommand(a, false, ['HSET', a]).exec());
        // A watch belongs to the connection of one node.
        const slot = await cluster.sendCommand(undefined, true, ['CLUSTER', 'KEYSLOT', a]);
        const client = await cluster.nodeClient(cluster.slots[slot].master);
        await client.watch(a);
        assert.deepEqual(await client.multi().incr(a).exec(), [4]);
        const other = await open(nodes);
        await client.watch(a);
        await other.incr(a);
        await assert.rejects(client.multi().set(a, '0').exec(), /watched keys has been changed/i);
        assert.equal(await cluster.get(a), '5');
        other.destroy();
    }

    async function waiting() {
        const key = '{nr}queue';
        const waiters = await Promise.all([1, 2, 3].map(() => open(nodes)));
        const taken = waiters.map(waiter => waiter.blPop(key, 20));
        for (let i = 0; i < 3; i++) {
            await cluster.rPush(key, `job${i}`);
        }
        const jobs = await Promise.all(taken);
        assert.deepEqual(jobs.map(job => `${job.key},${job.element}`).sort(), [0, 1, 2].map(i => `${key},job${i}`));
        assert.equal(await waiters[0].blPop(key, 0.05), null);
        assert.equal(await waiters[1].bzPopMin('{nr}zqueue', 0.05), null);
        const moved = waiters[2].blMove(key, '{nr}taken', 'LEFT', 'RIGHT', 20);
        await cluster.rPush(key, 'moved');
        assert.equal(await moved, 'moved');
        waiters.forEach(waiter => waiter.destroy());
    }

    async function streams() {
        const key = '{nr}stream';
        await cluster.xGroupCreate(key, 'workers', '0', { MKSTREAM: true });
        const read = [];
        async function work(name) {
            const own = await open(nodes);
            while (read.length < 30) {
                const found = await own.xReadGroup('workers', name, { key, id: '>' }, { COUNT: 2, BLOCK: 200 });
                for (const { id, message } of found?.[0].messages ?? []) {
                    read.push(Number(message.n));
                    assert.equal(await own.xAck(key, 'workers', id), 1);
                }
            }
            own.destroy();
        }
        const workers = ['one', 'two', 'three'].map(work);
        for (let i = 0; i < 30; i++) {
            await cluster.xAdd(key, '*', { n: String(i) });
        }
        await Promise.all(workers);
        assert.deepEqual(read.sort((x, y) => x - y), [...Array(30).keys()]);
        assert.equal((await cluster.xPending(key, 'workers')).pending, 0);
    }

    async function messages() {
        const received = [];
        const matched = [];
        const sharded = [];
        await cluster.subscribe('nr-news', message => received.push(message));
        await cluster.pSubscribe('nr-*', message => matched.push(message));
        await cluster.sSubscribe('nr-slot', message => sharded.push(message));
        for (const master of cluster.masters) {
            await (await cluster.nodeClient(master)).publish('nr-news', master.address);
        }
        await cluster.sPublish('nr-slot', 'hello');
        const count = cluster.masters.length;
        await until(() => received.length >= count && matched.length >= count && sharded.length >= 1, 'messages');
        const names = cluster.masters.map(master => master.address).sort();
        assert.deepEqual(received.sort(), names);
        assert.deepEqual(matched.sort(), names);
        assert.deepEqual(sharded, ['hello']);
    }

    async function scripts() {
        const [key, lock] = ['{nr}s', '{nr}lock'];
        assert.deepEqual(await cluster.eval(SET_AND_GET, { keys: [key], arguments: ['value'] }), [key, 'value']);
        assert.deepEqual(await cluster.setAndGet(key, 'again'), [key, 'again']);
        const take = token => cluster.set(lock, token, { PX: 10_000, NX: true });
        const release = token => cluster.eval(RELEASE, { keys: [lock], arguments: [token] });
        assert.equal(await take('mine'), 'OK');
        assert.equal(await take('yours'), null);
        assert.equal(await release('yours'), 0);
        assert.equal(await release('mine'), 1);
        assert.equal(await take('yours'), 'OK');
    }

    return [transactions, waiting, streams, messages, scripts];
}

/**
 * A cluster that is opened anew after a call that failed because a node was gone. node-redis asks for the slots only when
 * a node redirects it, and never when a connection breaks: without this it would wait for the node to come back.
 */
class Reopened {
    #nodes;
    #current;
    #opening;
    #opened;

    constructor(nodes, opened = () => {}) {
        this.#nodes = nodes;
        this.#opened = opened;
    }

    async get() {
        if (!this.#current) {
            this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
            await this.#opening;
        }
        return this.#current;
    }

    async #open() {
        const cluster = await open(this.#nodes);
        try {
            await this.#opened(cluster);
        } catch (error) {
            cluster.destroy();
            throw error;
        }
        cluster.on('node-error', () => this.leave(cluster));
        this.#current = cluster;
    }

    /** Leaves `cluster`; the next call opens another. */
    leave(cluster) {
        if (this.#current === cluster) {
            this.#current = undefined;
            cluster.destroy();
        }
    }

    async call(action) {
        const cluster = await this.get();
        try {
            return await action(cluster);
        } catch (error) {
            this.leave(cluster);
            throw error;
        }
    }
}

async function connect(nodes) {
    const [calls, moves, reads] = [1, 2, 3].map(() => new Reopened(nodes));
    return {
        increment: key => calls.call(cluster => cluster.incr(key)),
        transaction: (counter, log, item) => calls.call(cluster => cluster.multi().incr(counter).rPush(log, item).exec()),
        script: (source, keys, args) => calls.call(cluster => cluster.eval(source, { keys, arguments: args })),
        push: (key, item) => calls.call(cluster => cluster.rPush(key, item)),
        move: (from, to, seconds) => moves.call(cluster => cluster.blMove(from, to, 'LEFT', 'RIGHT', seconds)),
        createGroup: (stream, group) =>
            calls.call(cluster => cluster.xGroupCreate(stream, group, '0', { MKSTREAM: true })),
        add: (stream, item) => calls.call(cluster => cluster.xAdd(stream, '*', { item })),
        async read(stream, group, consumer, from, millis) {
            const found = await reads.call(cluster =>
                cluster.xReadGroup(group, consumer, { key: stream, id: from }, { COUNT: 10, BLOCK: millis }));
            return (found?.[0].messages ?? []).map(({ id, message }) => [id, message.item]);
        },
        acknowledge: (stream, group, id) => calls.call(cluster => cluster.xAck(stream, group, id)),
        publish: (channel, item) => calls.call(cluster => cluster.publish(channel, item)),
        async subscribe(channel, listener) {
            const hearing = new Reopened(nodes, cluster => cluster.subscribe(channel, listener));
            await hearing.get();
            // Nothing calls it, so it looks whether it has been left.
            setInterval(() => hearing.get().catch(() => {}), 100).unref();
        },
        setIfAbsent: (key, token, millis) =>
            calls.call(async cluster => (await cluster.set(key, token, { PX: millis, NX: true })) === 'OK'),
    };
}

await main(features, connect);
