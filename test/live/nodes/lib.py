# What the nodes of the tests share: messages in and out, and requests to services from threads of their own.
import json
import sys
import threading

AGAIN = 0.5  # a request waits this long for its answer, s


class Node:
    def __init__(self):
        self.id = None
        self.ids = []
        self.lock = threading.Lock()
        self.next = 0
        self.waiting = {}

    def send(self, dest, body):
        with self.lock:
            print(json.dumps({"src": self.id, "dest": dest, "body": body}), flush=True)

    def call(self, dest, body):
        """One request; None if it is not answered in time."""
        done = threading.Event()
        with self.lock:
            self.next += 1
            number = self.next
        slot = self.waiting[number] = [done, None]
        self.send(dest, {**body, "msg_id": number})
        done.wait(AGAIN)
        del self.waiting[number]
        return slot[1]

    def run(self, handle, threads=False):
        for line in sys.stdin:
            message = json.loads(line)
            body = message["body"]
            if "in_reply_to" in body:
                slot = self.waiting.get(body["in_reply_to"])
                if slot:
                    slot[1] = body
                    slot[0].set()
                continue
            if body["type"] == "init":
                self.id, self.ids = body["node_id"], body["node_ids"]
                self.send(message["src"], {"type": "init_ok", "in_reply_to": body["msg_id"]})
                continue
            if threads:
                threading.Thread(target=self.answer, args=(handle, message), daemon=True).start()
            else:
                self.answer(handle, message)

    def answer(self, handle, message):
        reply = handle(message["body"], message["src"])
        if reply is not None:
            self.send(message["src"], {**reply, "in_reply_to": message["body"]["msg_id"]})
