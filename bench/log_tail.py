#!/usr/bin/env python3
"""Live tail: how long a line takes from its sender to a WebSocket. Starts the program, pushes lines one by one, appends lines to a
followed file one by one, and prints p50, p95 and the maximum of each, beside a load of other lines when asked."""

import argparse
import base64
import contextlib
import http.client
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

TARGET_P95_MS = 100


class Tail:
    """A WebSocket client of one tail; frames of a server are unmasked."""

    def __init__(self, port, query):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        path = "/loki/api/v1/tail?" + urllib.parse.urlencode({"query": query, "limit": 1})
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(65536)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def take(self, size):
        while len(self.buffer) < size:
            part = self.socket.recv(65536)
            assert part, "the server closed the tail"
            self.buffer += part
        out, self.buffer = self.buffer[:size], self.buffer[size:]
        return out

    def lines(self):
        """The lines of the next message."""
        while True:
            first, length = self.take(2)
            if length == 126:
                length = int.from_bytes(self.take(2), "big")
            elif length == 127:
                length = int.from_bytes(self.take(8), "big")
            payload = self.take(length)
            if first & 0x0F == 1:
                return [line for stream in json.loads(payload).get("streams") or [] for _, line, *_ in stream["values"]]

    def wait_for(self, text):
        while not any(text in line for line in self.lines()):
            pass


class Pusher:
    def __init__(self, port, labels):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.labels = labels

    def push(self, lines):
        now = time.time_ns()
        values = [[str(now + i), line] for i, line in enumerate(lines)]
        self.connection.request("POST", "/loki/api/v1/push", json.dumps({"streams": [{"stream": self.labels, "values": values}]}),
                                {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        response.read()
        assert response.status == 204, response.status


@contextlib.contextmanager
def serve(build, folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([build / "monitorai", "serve", "--data", folder / "data", "--listen", f"127.0.0.1:{port}", "--set",
                                "exporters.process.listen=off", "--set", "exporters.gpu.listen=off", "--set", "metrics.listen=off", "--set", "logs.listen=off", "--set", "otlp.grpc.listen=off", "--set", "traces.listen=off", "--set", "otlp.http.listen=off", "--set",
                                "logs.detected=off"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def row(name, seconds):
    ms = sorted(1000 * s for s in seconds)
    p95 = ms[int(0.95 * (len(ms) - 1))]
    print(f"{name:<44}{len(ms):>7}{ms[len(ms) // 2]:>10.1f}{p95:>10.1f}{ms[-1]:>10.1f}   {'ok' if p95 <= TARGET_P95_MS else 'OVER'}")


def measure(tail, lines, send):
    out = []
    for i in range(lines):
        text = f"line {i} of this run"  # no long numbers: they would be masked as card numbers
        begin = time.monotonic()
        send(text)
        tail.wait_for(text)
        out.append(time.monotonic() - begin)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/bench"))
    parser.add_argument("--lines", type=int, default=500)
    parser.add_argument("--load", type=int, default=5000, help="lines a second that others push meanwhile")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "logs").mkdir()
        with serve(arguments.build.resolve(), folder) as port, open(folder / "logs" / "bench.log", "w", buffering=1) as log:
            print(f"{'from the sender to a WebSocket, ms':<44}{'lines':>7}{'p50':>10}{'p95':>10}{'max':>10}   target p95 {TARGET_P95_MS}")
            pusher = Pusher(port, {"job": "pushed"})
            pushed = Tail(port, '{job="pushed"}')
            row("pushed", measure(pushed, arguments.lines, lambda text: pusher.push([text])))
            log.write("begin\n")
            followed = Tail(port, '{job="bench"}')
            row("written to a followed file", measure(followed, arguments.lines, lambda text: log.write(text + "\n")))
            stop = threading.Event()

            def load():
                other = Pusher(port, {"job": "other"})
                while not stop.wait(0.1):
                    other.push([f"{os.urandom(40).hex()} of a load" for _ in range(arguments.load // 10)])

            thread = threading.Thread(target=load)
            thread.start()
            filtered = Tail(port, '{job=~"pushed|other"} |= "line"')
            row(f"pushed, beside {arguments.load} other lines a second", measure(filtered, arguments.lines, lambda text: pusher.push([text])))
            stop.set()
            thread.join()


if __name__ == "__main__":
    main()
