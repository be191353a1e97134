# Ids that are new for ever: the node's name, the instant of its start, a number. With "forgets" as the argument the start
# is left out, so that a node that starts again gives out what it has given out before.
import sys
import time

from lib import Node

forgets = sys.argv[1:] == ["forgets"]
node = Node()
start = "" if forgets else f"-{time.time_ns()}"
count = 0


def handle(body, src):
    global count
    count += 1
    return {"type": "generate_ok", "id": f"{node.id}{start}-{count}"}


node.run(handle)
