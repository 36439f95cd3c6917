// What a session can do, with ioredis against a cluster: see README.md for the arguments and the output.

import assert from 'node:assert/strict';
import Redis from 'ioredis';
import { main, RELEASE, until } from './harness.mjs';

function open(nodes) {
    const cluster = new Redis.Cluster(nodes, { redisOptions: { connectTimeout: 2000 } });
    cluster.on('error', () => {}); // Every call that fails says so itself.
    return cluster;
}

/** A connection of its own, as each waiting command needs one. */
async function another(cluster) {
    const own = cluster.duplicate();
    own.on('error', () => {});
    await own.ping();
    return own;
}

async function features(nodes) {
    const cluster = open(nodes);

    async function transactions() {
        const [a, l] = ['{io}a', '{io}l'];
        const replies = await cluster.multi().set(a, 1).incr(a).lpush(l, 'x', 'y').lrange(l, 0, -1).exec();
        assert.deepEqual(replies, [[null, 'OK'], [null, 2], [null, 2], [null, ['y', 'x']]]);
        await cluster.watch(a);
        assert.deepEqual(await cluster.multi().incr(a).exec(), [[null, 3]]);
        const other = await another(cluster);
        await cluster.watch(a);
        await other.incr(a);
        assert.equal(await cluster.multi().set(a, 0).exec(), null);
        assert.equal(await cluster.get(a), '4');
        const [[, ok], [error]] = await cluster.multi().incr(a).lpush(a, 'x').exec();
        assert.equal(ok, 5);
        assert.match(error.message, /^WRONGTYPE /);
        await assert.rejects(cluster.multi().incr(a).call('hset', a).exec(), /EXECABORT/);
        assert.equal(await cluster.get(a), '5');
        other.disconnect();
    }

    async function waiting() {
        const key = '{io}queue';
        const waiters = await Promise.all([1, 2, 3].map(() => another(cluster)));
        const taken = waiters.map(waiter => waiter.blpop(key, 20));
        for (let i = 0; i < 3; i++) {
            await cluster.rpush(key, `job${i}`);
        }
        const jobs = await Promise.all(taken);
        assert.deepEqual(jobs.map(job => job.join()).sort(), [`${key},job0`, `${key},job1`, `${key},job2`]);
        assert.equal(await waiters[0].blpop(key, 0.05), null);
        assert.equal(await waiters[1].bzpopmin('{io}zqueue', 0.05), null);
        const moved = waiters[2].blmove(key, '{io}taken', 'LEFT', 'RIGHT', 20);
        await cluster.rpush(key, 'moved');
        assert.equal(await moved, 'moved');
        waiters.forEach(waiter => waiter.disconnect());
    }

    async function streams() {
        const key = '{io}stream';
        await cluster.xgroup('CREATE', key, 'workers', '0', 'MKSTREAM');
        const read = [];
        async function work(name) {
            const own = await another(cluster);
            while (read.length < 30) {
                const found = await own.xreadgroup('GROUP', 'workers', name, 'COUNT', 2, 'BLOCK', 200, 'STREAMS', key, '>');
                for (const [id, fields] of found?.[0][1] ?? []) {
                    assert.equal(fields[0], 'n');
                    read.push(Number(fields[1]));
                    assert.equal(await own.xack(key, 'workers', id), 1);
                }
            }
            own.disconnect();
        }
        const workers = ['one', 'two', 'three'].map(work);
        for (let i = 0; i < 30; i++) {
            await cluster.xadd(key, '*', 'n', i);
        }
        await Promise.all(workers);
        assert.deepEqual(read.sort((x, y) => x - y), [...Array(30).keys()]);
        assert.equal((await cluster.xpending(key, 'workers'))[0], 0);
    }

    async function messages() {
        const heard = await another(cluster);
        const received = [];
        const matched = [];
        heard.on('message', (channel, message) => received.push(message));
        heard.on('pmessage', (pattern, channel, message) => matched.push(message));
        assert.equal(await heard.subscribe('io-news'), 1);
        assert.equal(await heard.psubscribe('io-*'), 2);
        const all = cluster.nodes('master');
        const names = all.map(node => `${node.options.host}:${node.options.port}`).sort();
        await Promise.all(all.map((node, i) => node.publish('io-news', `${node.options.host}:${node.options.port}`)));
        await until(() => received.length >= all.length && matched.length >= all.length, 'messages');
        assert.deepEqual(received.sort(), names);
        assert.deepEqual(matched.sort(), names);
        heard.disconnect();
    }

    async function scripts() {
        const source = "redis.call('SET', KEYS[1], ARGV[1]); return {KEYS[1], redis.call('GET', KEYS[1])}";
        assert.deepEqual(await cluster.eval(source, 1, '{io}s', 'value'), ['{io}s', 'value']);
        cluster.defineCommand('setAndGet', { numberOfKeys: 1, lua: source });
        assert.deepEqual(await cluster.setAndGet('{io}s', 'again'), ['{io}s', 'again']);
        assert.equal(await cluster.set('{io}lock', 'mine', 'PX', 10_000, 'NX'), 'OK');
        assert.equal(await cluster.set('{io}lock', 'yours', 'PX', 10_000, 'NX'), null);
        assert.equal(await cluster.eval(RELEASE, 1, '{io}lock', 'yours'), 0);
        assert.equal(await cluster.eval(RELEASE, 1, '{io}lock', 'mine'), 1);
        assert.equal(await cluster.set('{io}lock', 'yours', 'PX', 10_000, 'NX'), 'OK');
    }

    return [transactions, waiting, streams, messages, scripts];
}

async function connect(nodes) {
    const cluster = open(nodes);
    const [moving, reading, hearing] = await Promise.all([1, 2, 3].map(() => another(cluster)));
    return {
        increment: key => cluster.incr(key),
        async transaction(counter, log, item) {
            const replies = await cluster.multi().incr(counter).rpush(log, item).exec();
            const failed = replies.find(([error]) => error);
            if (failed) {
                throw failed[0];
            }
        },
        script: (source, keys, args) => cluster.eval(source, keys.length, ...keys, ...args),
        push: (key, item) => cluster.rpush(key, item),
        move: (from, to, seconds) => moving.blmove(from, to, 'LEFT', 'RIGHT', seconds),
        createGroup: (stream, group) => cluster.xgroup('CREATE', stream, group, '0', 'MKSTREAM'),
        add: (stream, item) => cluster.xadd(stream, '*', 'item', item),
        async read(stream, group, consumer, from, millis) {
            const found = await reading.xreadgroup(
                'GROUP', group, consumer, 'COUNT', 10, 'BLOCK', millis, 'STREAMS', stream, from);
            return (found?.[0][1] ?? []).map(([id, fields]) => [id, fields[1]]);
        },
        acknowledge: (stream, group, id) => cluster.xack(stream, group, id),
        publish: (channel, item) => cluster.publish(channel, item),
        subscribe(channel, listener) {
            hearing.on('message', (_, message) => listener(message));
            return hearing.subscribe(channel);
        },
        setIfAbsent: async (key, token, millis) => (await cluster.set(key, token, 'PX', millis, 'NX')) === 'OK',
    };
}

await main(features, connect);
