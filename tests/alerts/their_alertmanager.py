#!/usr/bin/env python3
"""Rules of ours, an Alertmanager of theirs (Debian's): it is told, and silences are made and asked for there, whichever door one takes.

usage: their_alertmanager.py MONITORAI

Exits 1 when something is not as it should be, 77 without Alertmanager or amtool.
"""
import json
import shutil
import subprocess
import sys
import urllib.request

import receivers
from receivers import check, eventually, tell

RULES = "groups:\n- {name: g, interval: 1s, rules: [{alert: Always, expr: vector(1), labels: {job: a}}]}\n"


def main():
    if not shutil.which("amtool") or not shutil.which("prometheus-alertmanager"):
        print("there is no Alertmanager (Debian: prometheus-alertmanager)")
        sys.exit(77)
    tell(with_alertmanager)


def with_alertmanager(program, folder):
    process, url = receivers.start_alertmanager(folder)
    try:
        story(program, folder, process, url)
    finally:
        process.terminate()
        process.wait()


def story(program, folder, process, url):
    (folder / "rules.yml").write_text(RULES)
    settings = f"rules: {{files: ['{folder}/rules.yml']}}\nalerting: {{alertmanagers: ['http://u:{receivers.SECRET}@127.0.0.1:{receivers.free_port()}', '{url}']}}\n"
    (folder / "monitorai.yml").write_text(settings)
    program.start()

    def at(base, path):
        try:
            return json.loads(urllib.request.urlopen(base + path, timeout=30).read())
        except OSError:
            return []

    def state(base):
        return [(a["labels"]["alertname"], a["status"]["state"]) for a in at(base, "/api/v2/alerts")]

    def amtool(base, *arguments):
        done = subprocess.run(["amtool", f"--alertmanager.url={base}", *arguments], capture_output=True, text=True, timeout=60)
        return done.returncode, (done.stdout + done.stderr).strip()

    check("Alertmanager hears the alert, though the first one of the list is away", eventually(lambda: state(url) == [("Always", "active")]), state(url))
    check("what is asked of us, it answers", at(program.url, "/api/v2/alerts") == at(url, "/api/v2/alerts"), (at(program.url, "/api/v2/alerts"), at(url, "/api/v2/alerts")))
    check("its status is shown", at(program.url, "/api/v2/status")["versionInfo"] == at(url, "/api/v2/status")["versionInfo"], at(program.url, "/api/v2/status"))

    code, silence = program.run("silence", "add", "Always", "--comment", "of ours", "--url", program.url)
    check("a silence by our command line", code == 0, silence)
    check("is Alertmanager's", [(s["id"], s["comment"]) for s in at(url, "/api/v2/silences")] == [(silence.strip(), "of ours")], at(url, "/api/v2/silences"))
    check("and silences there", eventually(lambda: state(url) == [("Always", "suppressed")] == state(program.url)), (state(url), state(program.url)))
    check("silence list shows it", "of ours" in program.run("silence", "list", "--url", program.url)[1])
    check("silence expire ends it", program.run("silence", "expire", silence.strip(), "--url", program.url)[0] == 0)
    check("it ended there", eventually(lambda: state(url) == [("Always", "active")]), state(url))
    code, silence = amtool(url, "silence", "add", "job=~\"a|b c\"", "--comment=of theirs", "--author=x", "--duration=1h")
    check("a silence by amtool, there", code == 0, silence)
    check("is seen by us", eventually(lambda: state(program.url) == [("Always", "suppressed")]), state(program.url))
    code, shown = amtool(program.url, "silence", "query", "-q", "job=~\"a|b c\"")
    check("amtool finds it at our address, with a filter", code == 0 and shown == silence, (shown, silence))
    code, shown = amtool(program.url, "silence", "expire", silence)
    check("and ends it", code == 0 and eventually(lambda: state(url) == [("Always", "active")]), shown)

    for method, path, body, status in (("POST", "/api/v2/silences", b"{}", 422), ("DELETE", "/api/v2/silence/nothing", b"", 422), ("GET", "/api/v2/silence/%2e%2e%3f", b"", 404)):
        code, text = program.post(path, body, method) if method != "GET" else program.post(path, None, method)
        check(f"{method} {path} is answered with {code}", code // 100 == 4 and (code == status or method == "DELETE"), (code, text))
    fingerprint = at(url, "/api/v2/alerts")[0]["fingerprint"]
    code, text = program.post("/api/v1/acknowledgements", {"fingerprint": fingerprint, "by": "me"})
    check("acknowledgements are not offered, so that the page has no button for them", at(program.url, "/api/v1/acknowledgements") ==
          {"offered": False, "reason": "Alertmanager knows no acknowledgements: silence the alert instead", "acknowledgements": []}, at(program.url, "/api/v1/acknowledgements"))
    check("an acknowledgement is refused with a reason", code == 400 and "silence the alert instead" in json.loads(text), (code, text))

    process.terminate()
    process.wait()
    code, text = program.post("/api/v2/silences", b"{}")
    check("user and password of an address are never shown", eventually(lambda: "cannot be sent" in (folder / "log").read_text()) and receivers.SECRET not in
          text + "".join(program.get(path) for path in ("/api/v1/alertmanagers", "/api/v1/status/config", "/metrics")) + (folder / "log").read_text(), program.get("/api/v1/alertmanagers"))
    check("where none answers it is said", code == 502 and json.loads(text).startswith("no Alertmanager answers: "), (code, text))
    check("our own API goes on", len(json.loads(program.get("/api/v1/alerts"))["data"]["alerts"]) == 1)
    # With receivers of ours, silences are ours.
    (folder / "notify.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    (folder / "monitorai.yml").write_text(settings.replace("alerting: {", f"alerting: {{config: {folder}/notify.yml, "))
    code, text = program.post("/-/reload", b"")
    check("a reload with receivers of ours", code == 200, text)
    check("makes the API ours", eventually(lambda: state(program.url) == [("Always", "active")]), state(program.url))
    check("and offers acknowledgements", at(program.url, "/api/v1/acknowledgements")["offered"] is True, at(program.url, "/api/v1/acknowledgements"))
    check("with its silences", program.run("silence", "add", "Always", "--comment", "ours", "--url", program.url)[0] == 0 and eventually(lambda: state(program.url) == [("Always", "suppressed")]), state(program.url))


if __name__ == "__main__":
    main()
