# A counter over the service seq-kv. Each node counts what it was told under a key of its own, by compare-and-set, and with
# it keeps which add was the last, as an answer may be lost. With "loses" as the argument all nodes read and write one key:
# of two adds at once, one is lost.
import sys
import threading
import time

from lib import Node

loses = sys.argv[1:] == ["loses"]
node = Node()
adding = threading.Lock()


def read(key):
    while True:
        reply = node.call("seq-kv", {"type": "read", "key": key})
        if reply and reply["type"] == "read_ok":
            return reply["value"]
        if reply and reply["code"] == 20:
            return None


def add(delta):
    add_id = time.time_ns()
    while True:
        old = read(node.id)
        count, last = old or [0, None]
        if last == add_id:
            return
        wish = {"key": node.id, "from": old, "to": [count + delta, add_id]}
        reply = node.call("seq-kv", {"type": "cas", **wish, "create_if_not_exists": True})
        if reply and reply["type"] == "cas_ok":
            return


def handle(body, src):
    if body["type"] == "add":
        if loses:
            count = read("count") or 0
            node.call("seq-kv", {"type": "write", "key": "count", "value": count + body["delta"]})
        else:
            with adding:
                add(body["delta"])
        return {"type": "add_ok"}
    if loses:
        return {"type": "read_ok", "value": read("count") or 0}
    return {"type": "read_ok", "value": sum((read(name) or [0])[0] for name in node.ids)}


node.run(handle, threads=True)
