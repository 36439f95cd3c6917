"""What a session can do, with redis-py (Debian's python3-redis) against a cluster: README.md has arguments and output."""

import logging
import sys
import threading
import time

import redis
from redis.cluster import ClusterNode, RedisCluster

MODE = sys.argv[1]
ADDRESSES = sys.argv[3:] if MODE == "failover" else sys.argv[2:]


def open_cluster():
    nodes = [ClusterNode(*address.rsplit(":", 1)) for address in ADDRESSES]
    return RedisCluster(startup_nodes=nodes, decode_responses=True, socket_timeout=30)


cluster = open_cluster() if MODE == "features" else None


def leader(key, known=cluster):
    """A client of the node that serves the key now: transactions and waits belong to one connection."""
    known.exists(key)  # Learns of a leader that has moved.
    node = known.get_node_from_key(key)
    return redis.Redis(host=node.host, port=node.port, decode_responses=True, socket_timeout=30)


def check(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r}, expected {expected!r}")


def transactions():
    client = leader("{py}a")
    with client.pipeline(transaction=True) as pipe:
        pipe.set("{py}a", 1).incr("{py}a").lpush("{py}l", "x", "y").lrange("{py}l", 0, -1)
        check(pipe.execute(), [True, 2, 2, ["y", "x"]])
    with client.pipeline() as pipe:
        pipe.watch("{py}a")
        value = int(pipe.get("{py}a"))
        pipe.multi()
        pipe.set("{py}a", value + 1)
        check(pipe.execute(), [True])
    with client.pipeline() as pipe:
        pipe.watch("{py}a")
        client.incr("{py}a")
        pipe.multi()
        pipe.set("{py}a", 0)
        try:
            pipe.execute()
            raise AssertionError("a watch saw nothing")
        except redis.WatchError:
            pass
    check(client.get("{py}a"), "4")


    def increment(pipe):
        pipe.multi()
        pipe.incr("{py}a")

    check(client.transaction(increment, "{py}a"), [5])


def waiting():
    key = "{py}queue"
    taken = []
    threads = [threading.Thread(target=lambda: taken.append(leader(key).blpop(key, 20))) for _ in range(3)]
    for thread in threads:
        thread.start()
    client = leader(key)
    for i in range(3):
        client.rpush(key, f"job{i}")
    for thread in threads:
        thread.join(30)
    check(sorted(taken), [(key, f"job{i}") for i in range(3)])
    check(client.blpop(key, 0.05), None)
    check(client.bzpopmin("{py}zqueue", 0.05), None)


def streams():
    key = "{py}stream"
    client = leader(key)
    client.xgroup_create(key, "workers", id="0", mkstream=True)
    read = []

    def work(name):
        own = leader(key)
        while True:
            found = own.xreadgroup("workers", name, {key: ">"}, count=2, block=2000)
            if not found:
                return
            for entry, fields in found[0][1]:
                read.append(fields["n"])
                own.xack(key, "workers", entry)

    threads = [threading.Thread(target=work, args=(f"worker{i}",)) for i in range(3)]
    for thread in threads:
        thread.start()
    for i in range(30):
        cluster.xadd(key, {"n": i})
    for thread in threads:
        thread.join(60)
    check(sorted(map(int, read)), list(range(30)))
    check(client.xpending(key, "workers")["pending"], 0)


def messages():
    heard = cluster.pubsub(node=cluster.get_random_node())
    heard.subscribe("py-news")
    heard.psubscribe("py-*")
    deadline = time.monotonic() + 20
    received = []
    confirmed = 0
    while confirmed < 2 and time.monotonic() < deadline:
        message = heard.get_message(timeout=1)
        confirmed += 1 if message and message["type"].endswith("subscribe") else 0
    for node in cluster.get_nodes():
        node.redis_connection.publish("py-news", node.name)
    while time.monotonic() < deadline:
        message = heard.get_message(timeout=0.2)
        if message and message["type"] == "message":
            received.append(message["data"])
        if len(received) == len(cluster.get_nodes()):
            break
    check(sorted(received), sorted(node.name for node in cluster.get_nodes()))
    heard.close()


def scripts():
    source = "redis.call('SET', KEYS[1], ARGV[1]); return {KEYS[1], redis.call('GET', KEYS[1])}"
    check(cluster.eval(source, 1, "{py}s", "value"), ["{py}s", "value"])
    client = leader("{py}s")
    script = client.register_script(source)
    check(script(keys=["{py}s"], args=["again"]), ["{py}s", "again"])
    with client.lock("{py}lock", timeout=10) as lock:
        check(client.get("{py}lock") is not None, True)
        check(lock.locked(), True)
    check(client.get("{py}lock"), None)


def features():
    for part in (transactions, waiting, streams, messages, scripts):
        started = time.monotonic()
        part()
        print(f"ok {part.__name__} {time.monotonic() - started:.1f} s", flush=True)


# ---- while a leader is killed ----

PAUSE_SECONDS = 0.05
PAUSE_AFTER_ERROR_SECONDS = 0.1
LEASE_SECONDS = 3
LEASE_MARGIN_SECONDS = 0.5
COUNT = "local n = redis.call('INCR', KEYS[1]) redis.call('HSET', KEYS[2], ARGV[1], n) return n"
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Failover:
    """Loops of counted work on keys of one tag. Each has a thread, which has its own clients."""

    def __init__(self, tag):
        self.tag = tag
        self.stopped = False
        self.holder = None
        self.holding = threading.Lock()
        self.own = threading.local()
        self.printing = threading.Lock()

    def key(self, name):
        return f"{{{self.tag}}}{name}"

    def say(self, *words):
        with self.printing:
            print(*words, flush=True)

    def call(self, action):
        """
        A call of this thread's cluster, which is opened anew after one that failed: redis-py 4.3 cannot ask a node for the
        slots again once it has lost its connection to it ("cannot pickle '_thread.lock' object").
        """
        try:
            if getattr(self.own, "cluster", None) is None:
                self.own.cluster = open_cluster()
            return action(self.own.cluster)
        except Exception:
            self.own.cluster = self.own.leader = None
            raise

    def on_leader(self, action):
        """Transactions, scripts and waits go to the leader; after an error it is looked for again."""

        def ask(cluster):
            if getattr(self.own, "leader", None) is None:
                self.own.leader = leader(self.key(""), cluster)
            return action(self.own.leader)

        return self.call(ask)

    def loop(self, kind, step):
        i = 0
        while not self.stopped:
            i += 1
            try:
                step(i)
            except Exception as error:
                self.say("error", kind, repr(error).replace("\n", " "))
                time.sleep(PAUSE_AFTER_ERROR_SECONDS)
            time.sleep(PAUSE_SECONDS)

    def count(self, _):
        self.say("ack", "counter", self.call(lambda cluster: cluster.incr(self.key("counter"))))

    def transaction(self, i):
        def both(client):
            with client.pipeline(transaction=True) as pipe:
                pipe.incr(self.key("transactions")).rpush(self.key("log"), f"t{i}")
                pipe.execute()

        self.on_leader(both)
        self.say("ack", "transaction", f"t{i}")

    def script(self, i):
        self.on_leader(lambda client: client.eval(COUNT, 2, self.key("scripts"), self.key("hash"), f"s{i}"))
        self.say("ack", "script", f"s{i}")

    def push(self, i):
        self.call(lambda cluster: cluster.rpush(self.key("queue"), f"l{i}"))
        self.say("ack", "list", f"l{i}")

    def move(self, _):
        item = self.on_leader(
            lambda client: client.blmove(self.key("queue"), self.key("taken"), 0.5, "LEFT", "RIGHT")
        )
        if item:
            self.say("got", "list", item)

    def add(self, i):
        self.call(lambda cluster: cluster.xadd(self.key("stream"), {"item": f"x{i}"}))
        self.say("ack", "stream", f"x{i}")

    def handle(self, start):
        key = self.key("stream")
        found = self.on_leader(lambda client: client.xreadgroup("workers", "one", {key: start}, count=10, block=500))
        entries = found[0][1] if found else []
        for entry, fields in entries:
            self.say("got", "stream", fields["item"])
            self.on_leader(lambda client: client.xack(key, "workers", entry))
        return len(entries)

    def consume(self, _):
        # Entries whose delivery failed are pending: they come first after an error.
        try:
            start = getattr(self.own, "start", "0")
            self.own.start = "0"
            self.own.start = start if self.handle(start) else ">"
        except Exception:
            self.own.start = "0"
            raise

    def drain(self):
        for _ in range(100):
            try:
                while self.handle("0") + self.handle(">") > 0:
                    pass
                return
            except Exception as error:
                self.say("error", "stream", repr(error).replace("\n", " "))
                time.sleep(0.1)

    def publish(self, i):
        self.call(lambda cluster: cluster.publish(self.key("news"), f"m{i}"))
        self.say("ack", "message", f"m{i}")

    def hear(self, _):
        def listen(cluster):
            heard = cluster.pubsub(node=cluster.get_random_node())
            try:
                heard.subscribe(self.key("news"))
                while not self.stopped:
                    message = heard.get_message(timeout=0.2)
                    if message and message["type"] == "message":
                        self.say("got", "message", message["data"])
            finally:
                heard.close()

        self.call(listen)

    def lock(self, worker):
        def once(i):
            token = f"{worker}-{i}"
            sent = time.monotonic()
            try:
                if not self.call(lambda cluster: cluster.set(self.key("lock"), token, px=LEASE_SECONDS * 1000, nx=True)):
                    return
                with self.holding:
                    if self.holder and time.monotonic() - self.holder[1] < LEASE_SECONDS - LEASE_MARGIN_SECONDS:
                        self.say("violation", f"{token} got the lock that {self.holder[0]} holds")
                    self.holder = (token, sent)
                self.call(lambda cluster: cluster.incr(self.key("locked")))
                self.say("ack", "lock", token)
            finally:
                with self.holding:
                    self.holder = None if self.holder == (token, sent) else self.holder
                self.release(token, sent)

        return once

    def release(self, token, sent):
        while time.monotonic() - sent < LEASE_SECONDS:
            try:
                self.on_leader(lambda client: client.eval(RELEASE, 1, self.key("lock"), token))
                return
            except Exception:
                time.sleep(PAUSE_SECONDS)

    def create_group(self):
        """Tries for 30 s: the cluster may be slow at first."""
        deadline = time.monotonic() + 30
        while True:
            try:
                self.call(lambda cluster: cluster.xgroup_create(self.key("stream"), "workers", id="0", mkstream=True))
                return
            except Exception as error:
                if "BUSYGROUP" in str(error):
                    return  # Of a call that seemed to have failed.
                if time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE_AFTER_ERROR_SECONDS)

    def run(self):
        self.create_group()
        steps = [
            ("counter", self.count),
            ("transaction", self.transaction),
            ("script", self.script),
            ("list", self.push),
            ("list", self.move),
            ("stream", self.add),
            ("stream", self.consume),
            ("message", self.publish),
            ("message", self.hear),
            ("lock", self.lock("a")),
            ("lock", self.lock("b")),
        ]
        threads = [threading.Thread(target=self.loop, args=step, daemon=True) for step in steps]
        self.say("ready")
        for thread in threads:
            thread.start()
        for line in sys.stdin:
            if line.strip() == "stop":
                break
        self.stopped = True
        for thread in threads:
            thread.join(30)
        self.drain()
        self.say("done")


if MODE == "features":
    features()
elif MODE == "failover":
    logging.disable()  # Each call that fails is counted; redis-py would log the stack of each.
    Failover(sys.argv[2]).run()
else:
    sys.exit(f"no mode {MODE}; features or failover")
