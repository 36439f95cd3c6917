// What the programs for Node.js share: their arguments, the parts of `features`, and the loops of `failover`.
// README.md in this directory says what a program prints and reads.

import assert from 'node:assert/strict';
import readline from 'node:readline';

const PAUSE_MILLIS = 50;
const PAUSE_AFTER_ERROR_MILLIS = 100;
const LEASE_MILLIS = 3000;
const LEASE_MARGIN_MILLIS = 500;
const COUNT = "local n = redis.call('INCR', KEYS[1]) redis.call('HSET', KEYS[2], ARGV[1], n) return n";
export const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

export const pause = millis => new Promise(resolve => setTimeout(resolve, millis));

/** Resolves when `condition` holds, or rejects after 20 s. */
export async function until(condition, what) {
    for (const deadline = Date.now() + 20_000; !condition(); await pause(5)) {
        assert.ok(Date.now() < deadline, `not within 20 s: ${what}`);
    }
}

/** What `action` gives, which is tried again for 30 s: the cluster may be slow at first. */
async function retried(action) {
    for (const deadline = Date.now() + 30_000; ; await pause(100)) {
        try {
            return await action();
        } catch (error) {
            if (Date.now() > deadline) {
                throw error;
            }
        }
    }
}

/** Runs the mode that the arguments name, and ends the process. */
export async function main(features, connect) {
    const [mode, ...rest] = process.argv.slice(2);
    try {
        if (mode === 'features') {
            for (const part of await features(addresses(rest))) {
                const started = Date.now();
                await part();
                console.log(`ok ${part.name} ${((Date.now() - started) / 1000).toFixed(1)} s`);
            }
        } else if (mode === 'failover') {
            await failover(rest[0], await retried(() => connect(addresses(rest.slice(1)))));
        } else {
            throw new Error(`no mode ${mode}; features or failover`);
        }
        process.exit(0);
    } catch (error) {
        console.error(error);
        process.exit(1);
    }
}

function addresses(texts) {
    return texts.map(text => ({ host: text.split(':')[0], port: Number(text.split(':')[1]) }));
}

function say(...words) {
    console.log(words.join(' '));
}

async function failover(tag, client) {
    const key = name => `{${tag}}${name}`;
    const stream = key('stream');
    let stopped = false;
    let holder;

    await retried(() =>
        client.createGroup(stream, 'workers').catch(error => {
            if (!String(error).includes('BUSYGROUP')) { // Of a call that seemed to have failed.
                throw error;
            }
        }));
    await retried(() => client.subscribe(key('news'), item => say('got', 'message', item)));
    say('ready');

    async function loop(kind, step) {
        for (let i = 1; !stopped; i++) {
            try {
                await step(i);
            } catch (error) {
                say('error', kind, String(error).replaceAll('\n', ' '));
                await pause(PAUSE_AFTER_ERROR_MILLIS);
            }
            await pause(PAUSE_MILLIS);
        }
    }

    async function handle(from) {
        const entries = await client.read(stream, 'workers', 'one', from, 500);
        for (const [id, item] of entries) {
            say('got', 'stream', item);
            await client.acknowledge(stream, 'workers', id);
        }
        return entries.length;
    }

    // Entries whose delivery failed are pending: they come first after an error.
    let from = '0';
    async function consume() {
        try {
            from = (await handle(from)) === 0 ? '>' : from;
        } catch (error) {
            from = '0';
            throw error;
        }
    }

    async function drain() {
        for (let left = 100; left > 0; left--) {
            try {
                while ((await handle('0')) + (await handle('>')) > 0);
                return;
            } catch (error) {
                say('error', 'stream', String(error).replaceAll('\n', ' '));
                await pause(100);
            }
        }
    }

    async function release(token, sent) {
        while (Date.now() - sent < LEASE_MILLIS) {
            try {
                await client.script(RELEASE, [key('lock')], [token]);
                return;
            } catch (error) {
                await pause(PAUSE_MILLIS);
            }
        }
    }

    const lock = worker => async i => {
        const mine = { token: `${worker}-${i}`, sent: Date.now() };
        try {
            if (!(await client.setIfAbsent(key('lock'), mine.token, LEASE_MILLIS))) {
                return;
            }
            if (holder && Date.now() - holder.sent < LEASE_MILLIS - LEASE_MARGIN_MILLIS) {
                say('violation', `${mine.token} got the lock that ${holder.token} holds`);
            }
            holder = mine;
            await client.increment(key('locked'));
            say('ack', 'lock', mine.token);
        } finally {
            holder = holder === mine ? undefined : holder;
            await release(mine.token, mine.sent);
        }
    };

    const loops = [
        loop('counter', async () => say('ack', 'counter', await client.increment(key('counter')))),
        loop('transaction', async i => {
            await client.transaction(key('transactions'), key('log'), `t${i}`);
            say('ack', 'transaction', `t${i}`);
        }),
        loop('script', async i => {
            await client.script(COUNT, [key('scripts'), key('hash')], [`s${i}`]);
            say('ack', 'script', `s${i}`);
        }),
        loop('list', async i => {
            await client.push(key('queue'), `l${i}`);
            say('ack', 'list', `l${i}`);
        }),
        loop('list', async () => {
            const item = await client.move(key('queue'), key('taken'), 0.5);
            if (item) {
                say('got', 'list', item);
            }
        }),
        loop('stream', async i => {
            await client.add(stream, `x${i}`);
            say('ack', 'stream', `x${i}`);
        }),
        loop('stream', consume),
        loop('message', async i => {
            await client.publish(key('news'), `m${i}`);
            say('ack', 'message', `m${i}`);
        }),
        loop('lock', lock('a')),
        loop('lock', lock('b')),
    ];
    for await (const line of readline.createInterface({ input: process.stdin })) {
        if (line === 'stop') {
            break;
        }
    }
    stopped = true;
    await Promise.all(loops);
    await drain();
    say('done');
}
