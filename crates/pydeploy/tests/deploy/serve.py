"""A service of one file: takes its socket from whoever started it and answers its release id.

serve.py [--die | --answer TEXT | --slow SECONDS]
"""

import os
import signal
import socket
import sys
import time

option, value = (sys.argv[1:] + ["", ""])[:2]
if option == "--die":
    sys.exit("no database")
if option == "--slow":
    time.sleep(float(value))
if os.environ["LISTEN_FDS"] != "1" or int(os.environ["LISTEN_PID"]) != os.getpid():
    sys.exit("the socket is not for this process")

answers = {
    "/-/release": value if option == "--answer" else os.environ["PYDEPLOY_RELEASE"],
    "/environment": "\n".join(f"{name}={value}" for name, value in sorted(os.environ.items())),
    "/folder": os.getcwd(),
}
stopping = False


def stop(*_):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)
listener = socket.socket(fileno=3)
listener.settimeout(0.05)
while not stopping:
    try:
        client, _ = listener.accept()
    except TimeoutError:
        continue
    with client:
        request = b""
        while b"\r\n\r\n" not in request and (chunk := client.recv(4096)):
            request += chunk
        if request:
            body = answers[request.split()[1].decode()].encode()
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            client.shutdown(socket.SHUT_WR)
            client.recv(1)
