"""A MonitorAI's ear: a real HTTP server on a free port of this machine that keeps what it is sent."""
import http.server
import json
import threading


class Receiver:
    """With `statuses` it answers those first, one a request; `hold` makes requests wait until it is set."""

    def __init__(self, statuses=(), hold=None):
        self.rows, self.headers, self.statuses, self.lock = [], [], list(statuses), threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hold is not None:
                    hold.wait(60)
                with receiver.lock:
                    status = receiver.statuses.pop(0) if receiver.statuses else 200
                    receiver.headers.append((self.path, dict(self.headers)))
                    if status == 200:
                        receiver.rows += json.loads(body, parse_constant=lambda name: self.fail(name))
                text = b'{"ok":true}' if status == 200 else b"no"
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                if status == 503:
                    self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(text)

            def fail(self, name):
                raise AssertionError(f"{name} is no JSON")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
