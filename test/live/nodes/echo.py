# A node that answers what it is told.
import json
import sys

name = None
for line in sys.stdin:
    message = json.loads(line)
    body = message["body"]
    if body["type"] == "init":
        name = body["node_id"]
        reply = {"type": "init_ok"}
    else:
        reply = {"type": "echo_ok", "echo": body["echo"]}
    reply["in_reply_to"] = body["msg_id"]
    print(json.dumps({"src": name, "dest": message["src"], "body": reply}), flush=True)
