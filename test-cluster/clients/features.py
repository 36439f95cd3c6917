"""What a session can do, with redis-py (Debian's python3-redis) against a cluster.

    features.py HOST:PORT...

Prints a line for each part that went well; ends with an error at the first that did not.
"""

import sys
import threading
import time

import redis
from redis.cluster import ClusterNode, RedisCluster

nodes = [ClusterNode(*address.rsplit(":", 1)) for address in sys.argv[1:]]
cluster = RedisCluster(startup_nodes=nodes, decode_responses=True)


def leader(key):
    """A client of the node that serves the key now: transactions and waits belong to one connection."""
    cluster.exists(key)  # Learns of a leader that has moved.
    node = cluster.get_node_from_key(key)
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


for part in (transactions, waiting, streams, messages, scripts):
    started = time.monotonic()
    part()
    print(f"ok {part.__name__} {time.monotonic() - started:.1f} s", flush=True)
