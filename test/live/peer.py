"""A machine of a scale model as other programs write them: one connection for each direction, nothing
but clocks on it. Semantics and bytes after the descriptions of four programs (docs/reference/wires.md).
Ends after --seconds and prints what it did as JSON."""
import argparse, json, queue, random, resource, socket, struct, threading, time

parser = argparse.ArgumentParser()
parser.add_argument("--wire", required=True)
parser.add_argument("--udp", action="store_true")
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--peers", required=True, help="ports, comma separated")
parser.add_argument("--tag", default="3")
parser.add_argument("--rate", type=float, default=4)
parser.add_argument("--seconds", type=float, default=10)
parser.add_argument("--relative", action="store_true", help="sleep a period after each tick, as programs do")
args = parser.parse_args()
ports = [int(port) for port in args.peers.split(",")]
FORMATS = {"int32-be": ">i", "int32-le": "<i", "uint64-le": "<Q"}
# The program with the wire uint64-le, and the one with lines, send the clock from before the step.
stamp_before = args.wire in ("uint64-le", "decimal-line")
inbox = queue.Queue()
wrong = 0


def encode(clock):
    if args.wire in FORMATS:
        return struct.pack(FORMATS[args.wire], clock)
    if args.wire == "decimal-line":
        return f"{clock}\n".encode()
    return f"{clock}:{args.tag}".encode()


def decode(chunk):
    """As the programs do: one read is one message, or a line is."""
    global wrong
    try:
        if args.wire in FORMATS:
            size = struct.calcsize(FORMATS[args.wire])
            for at in range(0, len(chunk), size):
                inbox.put(struct.unpack(FORMATS[args.wire], chunk[at : at + size])[0])
        elif args.wire == "decimal-line":
            for line in chunk.decode().split():
                inbox.put(int(line))
        else:
            clock, _sender = chunk.decode().split(":")
            inbox.put(int(clock))
    except (ValueError, struct.error):
        wrong += 1


def listen_tcp(server):
    while True:
        connection, _ = server.accept()
        threading.Thread(target=read, args=(connection,), daemon=True).start()


def read(connection):
    while True:
        chunk = connection.recv(1024)
        if not chunk:
            return
        decode(chunk)


def listen_udp(server):
    while True:
        decode(server.recv(1024))


kind = socket.SOCK_DGRAM if args.udp else socket.SOCK_STREAM
server = socket.socket(socket.AF_INET, kind)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", args.port))
if args.udp:
    threading.Thread(target=listen_udp, args=(server,), daemon=True).start()
else:
    server.listen()
    threading.Thread(target=listen_tcp, args=(server,), daemon=True).start()

outgoing = []
for port in ports:
    while True:
        peer = socket.socket(socket.AF_INET, kind)
        try:
            peer.connect(("127.0.0.1", port))
            break
        except ConnectionRefusedError:
            time.sleep(0.2)
    outgoing.append(peer)

clock = sent = received = internal = 0
dice = random.Random(1)
start = time.monotonic()
tick = 0
while time.monotonic() - start < args.seconds:
    tick += 1
    time.sleep(1 / args.rate if args.relative else max(0, start + tick / args.rate - time.monotonic()))
    if not inbox.empty():
        clock = max(clock, inbox.get()) + 1
        received += 1
        continue
    face = dice.randint(1, 10)
    targets = {1: outgoing[:1], 2: outgoing[1:], 3: outgoing}.get(face, [])
    stamp = clock if stamp_before else clock + 1
    clock += 1
    for peer in targets:
        try:
            peer.send(encode(stamp))
            sent += 1
        except OSError:
            pass
    if not targets:
        internal += 1
used = resource.getrusage(resource.RUSAGE_SELF)
seconds = time.monotonic() - start
did = {"clock": clock, "sent": sent, "received": received, "wrong": wrong, "left": inbox.qsize()}
print(json.dumps({**did, "perSecond": tick / seconds, "cpuShare": (used.ru_utime + used.ru_stime) / seconds}))
