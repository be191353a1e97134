# A set that only grows: nodes tell each other all that they have, again and again.
import threading
import time

from lib import Node

node = Node()
elements = set()
PERIOD = 0.2  # s


def handle(body, src):
    kind = body["type"]
    if kind == "add":
        elements.add(body["element"])
        return {"type": "add_ok"}
    if kind == "read":
        return {"type": "read_ok", "value": list(elements)}
    elements.update(body["value"])
    return None


def gossip():
    while True:
        time.sleep(PERIOD)
        for other in node.ids:
            if other != node.id:
                node.send(other, {"type": "merge", "value": list(elements)})


threading.Thread(target=gossip, daemon=True).start()
node.run(handle)
