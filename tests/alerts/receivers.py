#!/usr/bin/env python3
"""Rules of a running monitorai against receivers that refuse, are broken, do not answer, or take: each notification arrives, once.

usage: receivers.py MONITORAI

Local servers stand for Slack, PagerDuty and a webhook; where Debian's Alertmanager is installed, it gets the alerts too. Exits 1 when
something is not as it should be.
"""
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

PATIENCE_S = 150
SECRET = "T0PSECRET"
problems = []


def check(what, holds, shown=""):
    print(("ok       " if holds else "NOT SO   ") + what)
    if not holds:
        problems.append(what)
        print(f"         {shown}")


def eventually(condition):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


class Receiver:
    """Answers with the given statuses in turn, the last one for ever. None: it takes the request and never answers."""

    def __init__(self, statuses, headers=()):
        self.statuses = list(statuses)
        self.tries = 0
        self.taken = []
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.lock:
                    status = receiver.statuses[min(receiver.tries, len(receiver.statuses) - 1)]
                    receiver.tries += 1
                    if status is not None and status < 300:
                        receiver.taken.append((self.path, json.loads(body), self.headers["X-MonitorAI-Delivery"]))
                if status is None:
                    try:
                        self.connection.recv(1)  # until the client gives up
                    except OSError:
                        pass
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"ok" if status < 300 else b"not now")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Program:
    off = ("exporters.process.listen=off", "exporters.gpu.listen=off", "scrape.runtimes=off", "logs.enabled=off", "metrics.listen=off")

    def __init__(self, binary, folder):
        self.binary, self.folder, self.port = binary, folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        quiet = [f"--set={key}" for key in self.off]
        self.log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen([self.binary, "serve", "--config", self.folder / "monitorai.yml", "--listen", f"127.0.0.1:{self.port}", "--data", self.folder / "data", *quiet],
                                        stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, env={**os.environ, "PAGER_KEY": SECRET + "-pager"})
        if not eventually(self.answers):
            sys.exit("monitorai does not start:\n" + (self.folder / "log").read_text())

    def answers(self):
        try:
            return self.get("/-/healthy") is not None
        except OSError:
            return self.process.poll() is not None and sys.exit("monitorai ended:\n" + (self.folder / "log").read_text())

    def get(self, path):
        return urllib.request.urlopen(self.url + path, timeout=30).read().decode()

    def post(self, path, body, method="POST"):
        request = urllib.request.Request(self.url + path, body if isinstance(body, bytes) else json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=30)
            return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def run(self, *arguments):
        done = subprocess.run([self.binary, *arguments], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def deliveries(self, **filters):
        query = "&".join(f"{k}={v}" for k, v in filters.items())
        return json.loads(self.get("/api/v1/deliveries?" + query))["deliveries"]

    def metric(self, name):
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.get("/metrics").splitlines() if line.startswith(name + "{") or line.startswith(name + " "))


RULES = """
groups:
- name: g
  interval: 1s
  rules:
  - alert: Always
    expr: vector(1)
    labels: {severity: critical, shape: '<b>"x"&amp;'}
    annotations: {summary: 'value {{ $value }}', broken: '{{ index 1 2 }}'}
"""
CONFIG = """
route:
  receiver: all
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
- name: all
  slack_configs: [{{api_url_file: {folder}/slack_url, channel: '#a', send_resolved: true}}]
  pagerduty_configs: [{{routing_key: '${{PAGER_KEY}}', url: 'http://127.0.0.1:{pager}/v2/enqueue'}}]
  webhook_configs: [{{url: 'http://127.0.0.1:{hook}/{secret}-hook'}}, {{url: 'http://127.0.0.1:{dead}/{secret}-dead'}}]
"""


def tell(*stories):
    """Each story(program, folder) after the other about one program, that of the first argument. Ends it and this one: 1 where a check failed."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        program = Program(str(pathlib.Path(sys.argv[1]).resolve()), folder)
        try:
            for story in stories:
                story(program, folder)
        finally:
            if getattr(program, "process", None):
                program.process.terminate()
                program.process.wait()
    print(f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


def main():
    def with_alertmanager(program, folder):
        alertmanager = start_alertmanager(folder)
        try:
            story(program, folder, alertmanager)
        finally:
            if alertmanager:
                alertmanager[0].terminate()
                alertmanager[0].wait()

    tell(with_alertmanager)


def start_alertmanager(folder):
    if not shutil.which("prometheus-alertmanager"):
        return None
    (folder / "am.yml").write_text("route: {receiver: x}\nreceivers: [{name: x}]\n")
    port = free_port()
    log = (folder / "am.log").open("wb")
    return subprocess.Popen(["prometheus-alertmanager", f"--config.file={folder}/am.yml", f"--storage.path={folder}/am", f"--web.listen-address=127.0.0.1:{port}",
                             "--cluster.listen-address="], stdout=log, stderr=log, stdin=subprocess.DEVNULL), f"http://127.0.0.1:{port}"


def story(program, folder, alertmanager):
    slack = Receiver([429, 200], headers=[("Retry-After", "1")])
    pager = Receiver([500, 503, 202])
    hook = Receiver([None, 200])
    dead_port = free_port()
    (folder / "slack_url").write_text(f"http://127.0.0.1:{slack.port}/{SECRET}-slack\n")
    (folder / "rules.yml").write_text(RULES)
    config = CONFIG.format(folder=folder, pager=pager.port, hook=hook.port, dead=dead_port, secret=SECRET)
    (folder / "notify.yml").write_text(config)
    settings = f"rules: {{files: [{folder}/rules.yml]}}\nalerting:\n  config: {folder}/notify.yml\n"
    if alertmanager:
        settings += f"  alertmanagers: ['{alertmanager[1]}']\n"
    (folder / "monitorai.yml").write_text(settings)
    code, text = program.run("check", "alerting", str(folder / "notify.yml"))
    check("check alerting takes the file", code == 0, text)
    program.start()

    check("Slack takes it after a 429", eventually(lambda: len(slack.taken) == 1))
    check("PagerDuty takes it after a 500 and a 503", eventually(lambda: len(pager.taken) == 1))
    check("the webhook takes it after a try without an answer", eventually(lambda: len(hook.taken) == 1))
    check("all see the id of their delivery", all(r.taken[0][2] for r in (slack, pager, hook)))
    check("PagerDuty's key comes from the environment", pager.taken[0][1]["routing_key"] == SECRET + "-pager")
    attachment = slack.taken[0][1]["attachments"][0]
    check("Slack's title is the subject", attachment["title"].startswith("[FIRING:1] ") and "Always" in attachment["title"], attachment["title"])
    annotations = hook.taken[0][1]["alerts"][0]["annotations"]
    check("an annotation that fails does not hold the alert back", annotations["broken"].startswith("<error expanding template") and annotations["summary"] == "value 1", annotations)
    check("one that is away waits, with its error", eventually(lambda: any(d["number"] == 1 and d["tries"] >= 2 and d["error"] for d in program.deliveries(state="waiting"))))
    check("deliveries are listed", len(program.deliveries(state="sent")) == 3, program.deliveries())

    program.process.send_signal(signal.SIGKILL)
    program.process.wait()
    program.start()
    check("the alert is known after kill -9", eventually(lambda: len(json.loads(program.get("/api/v2/alerts"))) == 1))
    waiting = program.deliveries(state="waiting")
    check("what waited still waits", len(waiting) == 1 and waiting[0]["number"] == 1, waiting)
    tries = waiting[0]["tries"] if waiting else 0
    check("and is tried again", eventually(lambda: program.deliveries(state="waiting")[0]["tries"] > tries))
    check("nobody is told twice", [len(r.taken) for r in (slack, pager, hook)] == [1, 1, 1], [len(r.taken) for r in (slack, pager, hook)])
    late = Receiver([200])
    (folder / "notify.yml").write_text(config.replace(f":{dead_port}/", f":{late.port}/"))
    program.post("/-/reload", b"")
    check("a reload sends it to the new address", eventually(lambda: len(late.taken) == 1))

    (folder / "notify.yml").write_text(config.replace("repeat_interval", "repeat_intervall"))
    code, text = program.post("/-/reload", b"")
    check("a broken file is refused with its place", code == 500 and "notify.yml:6:3" in text and "repeat_intervall" in text, text)
    check("and the running one stays", json.loads(program.get("/api/v2/receivers")) == [{"name": "all"}])
    (folder / "notify.yml").write_text(config.replace(f":{dead_port}/", f":{late.port}/"))

    fingerprint = json.loads(program.get("/api/v2/alerts"))[0]["fingerprint"]
    code, _ = program.post("/api/v1/acknowledgements", {"fingerprint": fingerprint, "by": "me", "comment": "on it"})
    check("an alert is acknowledged", code == 200 and json.loads(program.get("/api/v2/alerts"))[0]["acknowledged"]["by"] == "me")
    code, text = program.run("silence", "add", "Always", "--comment", "known", "--url", program.url)
    check("silence add", code == 0, text)
    check("the alert is suppressed", json.loads(program.get("/api/v2/alerts"))[0]["status"]["silencedBy"] == [text.strip()])
    check("silence list", "known" in program.run("silence", "list", "--url", program.url)[1])
    check("silence expire", program.run("silence", "expire", text.strip(), "--url", program.url)[0] == 0)
    check("and it is active again", json.loads(program.get("/api/v2/alerts"))[0]["status"]["state"] == "active")

    for body in (b"", b"[", b"{}", b"[1]", b'[{"labels":{"a":1}}]', b'[{"labels":{"a":"b"},"startsAt":"yesterday"}]', b"\xff\xfe"):
        code, text = program.post("/api/v2/alerts", body)
        check(f"POST /api/v2/alerts of {body!r} is refused", code == 400 and text.startswith('"'), (code, text))
    for body in (b"{}", b'{"matchers":[]}', b'{"matchers":[{"name":"a","value":"(","isRegex":true}],"startsAt":"2030-01-01T00:00:00Z","endsAt":"2031-01-01T00:00:00Z"}'):
        code, text = program.post("/api/v2/silences", body)
        check(f"POST /api/v2/silences of {body[:40]!r} is refused", code == 400, (code, text))
    check("an unknown silence is 404", program.post("/api/v2/silence/nothing", b"", "DELETE")[0] == 404)

    if alertmanager:
        def theirs():
            try:
                return json.loads(urllib.request.urlopen(alertmanager[1] + "/api/v2/alerts", timeout=30).read())
            except OSError:
                return []
        told = json.loads(program.get("/api/v1/alertmanagers"))["data"]
        check("/api/v1/alertmanagers tells of it", told == {"activeAlertmanagers": [{"url": alertmanager[1] + "/api/v2/alerts"}], "droppedAlertmanagers": []}, told)
        check("Debian's Alertmanager has the alert", eventually(lambda: [a["labels"]["alertname"] for a in theirs()] == ["Always"]), theirs())

    (folder / "rules.yml").write_text(RULES.replace("vector(1)", "vector(1) > 1"))
    program.post("/-/reload", b"")
    check("all hear the end", eventually(lambda: [len(r.taken) for r in (slack, pager, hook, late)] == [2, 2, 2, 2]), [len(r.taken) for r in (slack, pager, hook, late)])
    check("PagerDuty resolves by the same key", pager.taken[1][1]["event_action"] == "resolve" and pager.taken[1][1]["dedup_key"] == pager.taken[0][1]["dedup_key"])
    check("the webhook's end has a time", not hook.taken[1][1]["alerts"][0]["endsAt"].startswith("0001"))
    if alertmanager:
        check("so does Debian's Alertmanager", eventually(lambda: theirs() == []), theirs())
    check("our metrics count it", program.metric("monitorai_notify_deliveries_sent_total") >= 5)

    shown = program.get("/api/v2/status") + program.get("/api/v1/deliveries") + program.get("/api/v1/status/config") + program.get("/metrics") + (folder / "log").read_text()
    check("no secret is shown", SECRET not in shown, [shown[max(0, i - 60):i + 40] for i in [shown.find(SECRET)]])
    program.process.terminate()
    check("it ends well", program.process.wait(timeout=60) == 0)


if __name__ == "__main__":
    main()
