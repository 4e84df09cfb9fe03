#!/usr/bin/env python3
"""The same configuration, alerts and silences in a real Alertmanager (Debian's) and in monitorai; amtool drives and asks both.

usage: difference.py MONITORAI

Compared: every notification (webhook, Slack, PagerDuty, mail) of every group in its order, and what amtool prints of alerts, silences, routes and
configuration. Exits 1 when they differ, 77 without Alertmanager or amtool.
"""
import collections
import email
import http.server
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

CONFIG = """
global:
  smtp_smarthost: 127.0.0.1:{smtp}
  smtp_from: us@example.org
  smtp_require_tls: false
  slack_api_url: http://127.0.0.1:{port}/slack
  pagerduty_url: http://127.0.0.1:{port}/pagerduty
templates: [own.tmpl]
route:
  receiver: hooks
  group_by: [alertname]
  group_wait: 2s
  group_interval: 8s
  repeat_interval: 20s
  routes:
  - matchers: ['team="chat"']
    receiver: chat
    group_by: [team, node]
  - matchers: ['team="pager"']
    receiver: pager
    continue: true
  - matchers: ['team=~"pager|mail"', 'severity!="low"']
    receiver: mail
    group_by: ['...']
  - matchers: ['team="muted"']
    receiver: hooks
    mute_time_intervals: [always]
time_intervals:
- name: always
  time_intervals: [{{years: ['2000:2999']}}]
inhibit_rules:
- source_matchers: ['alertname="NodeDown"']
  target_matchers: ['severity="warning"']
  equal: [node]
receivers:
- name: hooks
  webhook_configs: [{{url: 'http://127.0.0.1:{port}/hooks'}}]
- name: chat
  slack_configs:
  - channel: '#{{{{ .GroupLabels.team }}}}'
    username: same
    title: '{{{{ template "own.title" . }}}}'
    title_link: http://same/
    fallback: same
    text: '{{{{ range .Alerts }}}}{{{{ .Status }}}} {{{{ .Labels.SortedPairs.Values | join " " }}}} {{{{ .Annotations.summary }}}};{{{{ end }}}}'
    send_resolved: true
    fields: [{{title: n, value: '{{{{ .Alerts.Firing | len }}}}', short: true}}]
    actions: [{{type: button, text: look, url: 'http://same/'}}]
- name: pager
  pagerduty_configs:
  - routing_key: abc
    client: same
    client_url: http://same/
    severity: '{{{{ .CommonLabels.severity }}}}'
    details: {{extra: '{{{{ .CommonLabels.node }}}}'}}
- name: mail
  email_configs:
  - to: a@example.org
    html: ''
    text: '{{{{ range .Alerts }}}}{{{{ .Status }}}} {{{{ .Labels.alertname }}}} {{{{ end }}}}'
    send_resolved: true
"""
TEMPLATE = '{{ define "own.title" }}{{ .Status | toUpper }} {{ .CommonLabels.Remove (stringSlice "team") }}{{ end }}'


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Sink:
    """What one of the two sends: HTTP bodies and mails, in their order."""

    def __init__(self):
        self.got = []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.got.append((self.path, json.loads(body)))
                self.send_response(200 if self.path != "/pagerduty" else 202)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.smtp = socket.create_server(("127.0.0.1", 0))
        self.smtp_port = self.smtp.getsockname()[1]
        threading.Thread(target=self.serve_mail, daemon=True).start()

    def serve_mail(self):
        while True:
            connection, _ = self.smtp.accept()
            threading.Thread(target=self.take_mail, args=(connection,), daemon=True).start()

    def take_mail(self, connection):
        lines = connection.makefile("rb")
        say = lambda text: connection.sendall(text.encode() + b"\r\n")
        say("220 here")
        for line in lines:
            word = line[:4].upper()
            if word == b"DATA":
                say("354 go on")
                body = b""
                for part in lines:
                    if part == b".\r\n":
                        break
                    body += part
                message = email.message_from_bytes(body)
                parts = [p.get_payload(decode=True).decode().strip() for p in message.walk() if not p.is_multipart()]
                self.got.append(("/mail", {"to": message["To"], "from": message["From"], "subject": str(email.header.make_header(
                    email.header.decode_header(message["Subject"]))).strip(), "text": parts}))
                say("250 taken")
            elif word == b"QUIT":
                say("221 bye")
                break
            elif word == b"EHLO":
                say("250 here")
            else:
                say("250 ok")
        connection.close()


def wait_for(url):
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{url} does not answer")


class Side:
    def __init__(self, name, folder, command):
        self.name = name
        self.sink = Sink()
        self.folder = folder / name
        self.folder.mkdir()
        (self.folder / "own.tmpl").write_text(TEMPLATE)
        (self.folder / "am.yml").write_text(CONFIG.format(port=self.sink.port, smtp=self.sink.smtp_port))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(command(self), stdout=(self.folder / "log").open("w"), stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def amtool(self, *arguments):
        done = subprocess.run(["amtool", f"--alertmanager.url={self.url}", *arguments], capture_output=True, text=True, timeout=60,
                              env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "USER": "tester"})
        # What it says of versions that differ is its own affair.
        complaints = "".join(line for line in done.stderr.splitlines(True) if "amtool version" not in line)
        return done.returncode, done.stdout + complaints

    def post(self, alerts):
        request = urllib.request.Request(self.url + "/api/v2/alerts", json.dumps(alerts).encode(), {"Content-Type": "application/json"})
        try:
            return urllib.request.urlopen(request, timeout=30).status
        except urllib.error.HTTPError as error:
            return error.code


def alert(name, ends=None, **labels):
    out = {"labels": {"alertname": name, **labels}, "annotations": {"summary": f"{name} & <co>"}, "generatorURL": "http://p/graph"}
    if ends is not None:
        out["endsAt"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + ends))
    return out


def plain(notification):
    """Without what names the sender or holds a time."""
    path, body = notification
    text = json.dumps(body, sort_keys=True)
    text = re.sub(r'"(externalURL|startsAt|endsAt)": "[^"]*"', lambda m: f'"{m[1]}": ' + ('"0001"' if "0001-01-01" in m[0] else '"..."'), text)
    return path, text


def by_group(sink):
    out = collections.defaultdict(list)
    for path, text in map(plain, sink.got):
        body = json.loads(text)
        group = body.get("groupKey") or body.get("dedup_key") or body.get("channel") or body.get("subject", "").split("]")[-1]
        out[path, group].append(text)
    return out


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    if not shutil.which("prometheus-alertmanager") or not shutil.which("amtool"):
        print("no prometheus-alertmanager or no amtool: skipped")
        sys.exit(77)
    quiet = [f"--set={key}" for key in ("exporters.process.listen=off", "exporters.gpu.listen=off", "scrape.runtimes=off", "logs.enabled=off",
                                         "metrics.listen=off", "rules.files=[]")]
    sides = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        try:
            sides.append(Side("alertmanager", folder, lambda s: [
                "prometheus-alertmanager", f"--config.file={s.folder}/am.yml", f"--storage.path={s.folder}/data", f"--web.listen-address=127.0.0.1:{s.port}",
                "--cluster.listen-address="]))
            sides.append(Side("monitorai", folder, lambda s: [
                program, "serve", "--listen", f"127.0.0.1:{s.port}", "--data", f"{s.folder}/data", *quiet, f"--set=alerting.config={s.folder}/am.yml"]))
            for side in sides:
                wait_for(side.url + "/-/healthy")
            sys.exit(compare(sides))
        finally:
            for side in sides:
                side.process.terminate()
                side.process.wait()


def compare(sides):
    differences = []

    def both(what, ask, same=lambda text: text):
        answers = [ask(side) for side in sides]
        if same(answers[0]) != same(answers[1]):
            differences.append(f"{what}:\n  alertmanager: {answers[0]}\n  monitorai:    {answers[1]}")
        return answers

    def everywhere(*arguments):
        return both(" ".join(arguments), lambda side: side.amtool(*arguments))

    # amtool's questions about the configuration.
    everywhere("config", "routes", "show")
    everywhere("config", "routes", "test", "team=chat", "node=1")
    everywhere("config", "routes", "test", "--verify.receivers=pager,mail", "team=pager")
    for side in sides:
        code, text = side.amtool("config", "show")
        if code != 0 or "name: \"hooks\"" not in text.replace("name: hooks", "name: \"hooks\"") or "abc" in text:
            differences.append(f"{side.name}: amtool config show: {text}")
    # Bad requests.
    both("alert without labels", lambda s: s.post([{"labels": {}}]))
    both("alerts that are no list", lambda s: s.post({"labels": {"a": "b"}}) in (400, 422))
    both("end before begin", lambda s: s.post([{"labels": {"a": "b"}, "startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"}]))
    both("silence that is empty", lambda s: s.amtool("silence", "add", "--comment=x", "a=~.*"), lambda answer: (answer[0], "must not match the empty string" in answer[1]))
    both("silence that is not there", lambda s: s.amtool("silence", "expire", "00000000-0000-4000-8000-000000000000"), lambda answer: answer[0])

    # A story: each step a while after the turns of the groups that it concerns.
    def silence(*arguments):
        for side in sides:
            code, text = side.amtool("silence", "add", "--author=me", "--comment=known", *arguments)
            if code != 0:
                differences.append(f"{side.name}: amtool silence add: {text}")
            side.silence = text.strip()

    def post(*alerts):
        for side in sides:
            side.post(list(alerts))

    silence("--duration=1h", "alertname=Quiet", "node=~.+")
    post(alert("A", node="1"), alert("A", node="2", severity="warning"), alert("Quiet", node="1"), alert("Quiet"), alert("M", team="muted"),
         alert("C", team="chat", node="1", severity="warning"), alert("C2", team="chat", node="1", job="z"), alert("P", team="pager", node="3", severity="critical"),
         alert("L", team="mail", severity="low"), alert("L", team="mail"))
    time.sleep(5)  # told at 2 s
    post(alert("NodeDown", node="1"), alert("A", ends=0, node="2", severity="warning"))
    both("alerts", lambda s: s.amtool("alert", "query", "-o", "json"), without_times)
    both("silenced alerts", lambda s: s.amtool("alert", "query", "-s", "-o", "json"), without_times)
    both("inhibited alerts", lambda s: s.amtool("alert", "query", "-i", "-o", "json"), without_times)
    both("filtered alerts", lambda s: s.amtool("alert", "query", "alertname=~A|C", "node=1", "-o", "json"), without_times)
    both("alerts of a receiver", lambda s: s.amtool("alert", "query", "--receiver=chat", "-o", "json"), without_times)
    both("alerts as a table", lambda s: s.amtool("alert", "query", "-o", "extended"), without_times)
    both("silences", lambda s: s.amtool("silence", "query", "-o", "json"), without_times)
    both("groups", lambda s: urllib.request.urlopen(s.url + "/api/v2/alerts/groups", timeout=30).read().decode(), without_times)
    both("receivers", lambda s: urllib.request.urlopen(s.url + "/api/v2/receivers", timeout=30).read().decode(), lambda t: json.loads(t))
    time.sleep(8)  # turns at 10 s
    for side in sides:
        side.amtool("silence", "expire", side.silence)
    post(alert("C2", ends=0, team="chat", node="1", job="z"), alert("P", ends=0, team="pager", node="3", severity="critical"))
    both("silences after one ended", lambda s: s.amtool("silence", "query", "--expired", "-o", "json"), without_times)
    time.sleep(8)  # turns at 18 s
    post(*[alert(n, ends=0, **labels) for n, labels in (("A", {"node": "1"}), ("NodeDown", {"node": "1"}), ("C", {"team": "chat", "node": "1", "severity": "warning"}))])
    time.sleep(16)  # turns at 26 and 34 s

    groups = [by_group(side.sink) for side in sides]
    total = 0
    for key in sorted(set(groups[0]) | set(groups[1]), key=str):
        total += len(groups[0][key])
        if groups[0][key] != groups[1][key]:
            shown = [f"  {side.name}:\n" + "".join(f"    {text}\n" for text in group[key]) for side, group in zip(sides, groups)]
            differences.append(f"notifications of {key}:\n" + "".join(shown))
    print(f"{total} notifications of {len(groups[0])} groups, {len(differences)} differences")
    for difference in differences:
        print(difference)
    return 1 if differences else 0


def without_times(answer):
    text = answer if isinstance(answer, str) else answer[1]
    if text.lstrip().startswith("["):
        try:
            kept, end = json.JSONDecoder().raw_decode(text.lstrip())
        except ValueError:
            return text
        if text.lstrip()[end:].strip():
            return text

        def strip(node):
            if isinstance(node, dict):
                node = {k: strip(v) for k, v in node.items() if k not in ("startsAt", "endsAt", "updatedAt", "mutedBy")}
                if "silencedBy" in node:
                    node["silencedBy"] = len(node["silencedBy"])
                if "comment" in node:
                    node["id"] = "..."
            if isinstance(node, list):
                node = sorted((strip(n) for n in node), key=lambda n: json.dumps(n, sort_keys=True))
            return node

        return strip(kept)
    return sorted(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME", re.sub(r" +", " ", text)).splitlines())


if __name__ == "__main__":
    main()
