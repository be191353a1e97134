"""Two Python processes hand lines to and fro over TCP, as fast as they can; no clock, no log."""
import os, resource, socket, sys, time

TOKENS = 64
seconds = float(sys.argv[1])
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen()
left = os.fork() == 0
if left:
    connection = socket.create_connection(server.getsockname())
    connection.sendall(b"0\n" * TOKENS)
else:
    connection, _ = server.accept()
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
count, rest, start = 0, b"", time.monotonic()
try:
    while time.monotonic() - start < seconds:
        lines = (rest + connection.recv(65536)).split(b"\n")
        rest = lines.pop()
        if not lines:
            break
        for line in lines:
            count += 1
            connection.sendall(b"%d\n" % (int(line) + 1))
except OSError:
    pass
if left:
    os._exit(0)
print(count / (time.monotonic() - start))
