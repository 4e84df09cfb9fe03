#!/usr/bin/env python3
"""What `monitorai demo --incident KIND` promises: the shipped alerts fire and end, and a Slack-shaped receiver hears of both.

usage: incidents.py MONITORAI [KIND...]

One `monitorai serve` watches a demo for each incident, all at once. Its rules are the shipped files with every time divided
(tests/rules/faster.py), for the thresholds of hours are not waited for here. GPU memory is what the simulated workers write in their gpu-info
files; the stand-in for nvidia-smi tells of a GPU whose memory climbs. Exits 1 when something is not as it should be.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import receivers
from receivers import Program, Receiver, check, eventually

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "rules"))
import faster  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[2]
receivers.PATIENCE_S = 420
GPU_LEAK_AFTER_S, GPU_LEAK_FOR_S = 75, 120

# When each begins and how long it lasts; a drift needs a baseline before it.
TIMES = {"leak": ("20s", "150s"), "drift": ("45s", "150s")}
# For each incident: what is started, how much faster its rules are, and the alerts that it makes.
INCIDENTS = {
    "latency": ("vllm", 10, ("LLMLatencyP95High", "LLMLatencyP99High")),
    "errors": ("vllm", 10, ("LLMErrorRateHigh", "LLMLogErrorBurst")),
    "orphan": ("vllm", 10, ("LLMOrphanHoldsGPU",)),
    "leak": ("vllm", 120, ("LLMProcessVRAMLeak",)),
    "hallucination": ("vllm", 10, ("LLMHallucinationRateHigh", "HallucinationSpike")),
    "drift": ("vllm", 10, ("LLMPromptDrift",)),
}

CONFIG = """
route: {{receiver: slack, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers:
- name: slack
  slack_configs: [{{api_url: 'http://127.0.0.1:{port}/services/T/B/x', channel: '#llm', send_resolved: true}}]
"""

# What tests/fakes/nvidia-smi tells of: a GPU of 100 GiB.
GPU = "driver 535.0\ngpu NVIDIA L40S\nuuid GPU-5fd4f087-86f3-7a43-b711-4771313afc50\npci 00000000:65:00.0\nutilization 40 20\nmemory 102400 {used} 0\ntemperature 50\n"


def climb(path, end):
    """The GPU's memory, written anew each second: it climbs for a while, and is given back."""
    begin = time.monotonic() + GPU_LEAK_AFTER_S
    while not end.wait(1):
        since = time.monotonic() - begin
        used = 20480 + (int(since * 600) if 0 < since < GPU_LEAK_FOR_S else 0)
        path.with_suffix(".new").write_text(GPU.format(used=used))
        path.with_suffix(".new").rename(path)


class Demo:
    def __init__(self, binary, folder, incident, kind, url):
        folder.mkdir()
        after, lasts = TIMES.get(incident, ("20s", "90s"))
        arguments = [binary, "demo", "--json", "--only", kind, "--incident", incident, "--incident-after", after, "--incident-for", lasts, "--url", url]
        self.process = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"monitorai demo --incident {incident} does not start")
        self.pids = [str(p["pid"]) for p in json.loads(line)["processes"]]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


def rules(folder, factor, names):
    """The shipped alerts with what they stand on, `factor` times faster."""
    for file in ("llm.yml", "logs.yml"):
        text = faster.faster((SOURCE / "rules" / file).read_text(), factor)
        text = re.sub(r"(?m)^  - name: (\S+)$", rf"  - name: \1-{factor}", text)
        if file == "logs.yml":
            text = text.replace("interval: 1m", "interval: 1s")
        # Other speeds keep their alerts: each file has those that are asked for.
        parts = re.split(r"(?m)^(?=      - |  - name: )", text)
        kept = [p for p in parts if not (m := re.match(r"      - alert: (\w+)", p)) or m[1] in names]
        if factor != 10:
            kept = [p for p in kept if not re.match(r"      - (\{?record)", p) or "used_ratio" in p]
            kept = [p.replace("llm:gpu_memory:used_ratio", f"llm:gpu_memory:used_ratio:{factor}") for p in kept]
        (folder / f"rules{factor}-{file}").write_text("".join(kept))


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    wanted = sys.argv[2:] or list(INCIDENTS)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        os.environ["TMPDIR"] = temporary
        os.environ["MONITORAI_FAKE_GPU"] = str(folder / "gpu")
        (folder / "gpu").write_text(GPU.format(used=20480))
        end = threading.Event()
        gpu = threading.Thread(target=climb, args=(folder / "gpu", end))
        gpu.start()
        program, demos = Program(binary, folder), {}
        program.off = ("exporters.process.listen=off", "exporters.gpu.listen=off", "metrics.listen=off", "logs.listen=off", "otlp.http.listen=off", "otlp.grpc.listen=off", "traces.listen=off",
                       "collect.process.interval=1s", "scrape.interval=1s", "scrape.timeout=1s", "rules.interval=1s", "rules.resend_delay=5s", f"collect.gpu.info_path={folder}/*/logs/gpu-info-*.json",
                       f"collect.gpu.nvidia_smi_program={SOURCE}/tests/fakes/nvidia-smi", "collect.gpu.nvml=off",
                       "quality.hallucination.window=30s", "quality.drift.window=30s", "quality.drift.interval=5s", "quality.drift.baseline_rows=100")
        try:
            story(program, folder, demos, wanted)
        finally:
            for demo in demos.values():
                demo.end()
            if getattr(program, "process", None):
                program.process.terminate()
                program.process.wait()
            end.set()
            gpu.join()
    print(f"{len(receivers.problems)} problems")
    sys.exit(1 if receivers.problems else 0)


def story(program, folder, demos, wanted):
    slack = Receiver([200])
    (folder / "notify.yml").write_text(CONFIG.format(port=slack.port))
    speeds = {}
    for incident in wanted:
        _, factor, names = INCIDENTS[incident]
        speeds.setdefault(factor, []).extend(names)
    gpu = ("LLMVRAMLeak",) if "leak" in wanted else ()
    for factor, names in speeds.items():
        rules(folder, factor, [*names, *(gpu if factor == 120 else ())])
    (folder / "monitorai.yml").write_text(f"rules: {{files: ['{folder}/rules*.yml']}}\nalerting: {{config: {folder}/notify.yml}}\nlogs: {{files: ['{folder}/*/logs/*.log'], detected: off}}\n")
    for file in folder.glob("rules*.yml"):
        code, text = program.run("check", "rules", str(file))
        check(f"check rules takes {file.name}", code == 0, text)
    program.start()
    for incident in wanted:
        demos[incident] = Demo(program.binary, folder / incident, incident, INCIDENTS[incident][0], program.url)

    def messages(name, whose, status):
        return [body["attachments"][0] for _, body, _ in slack.taken if body["attachments"][0]["title"].startswith(f"[{status}") and name in body["attachments"][0]["title"] and whose(body["attachments"][0]["title"])]

    def fired(name, whose):
        return eventually(lambda: messages(name, whose, "FIRING"))

    def heard(incident, name, whose):
        shown = [body["attachments"][0]["title"] for _, body, _ in slack.taken]
        check(f"{incident}: {name} fires, and Slack hears it", fired(name, whose), shown)
        check(f"{incident}: {name} ends, and Slack hears it", eventually(lambda: messages(name, whose, "RESOLVED")), shown)
        for attachment in messages(name, whose, "FIRING")[:1]:
            check(f"{incident}: the message of {name} says what to do", attachment["color"] == "danger" and "What to do: " in attachment["text"], attachment)
            if incident == "hallucination" and name == "LLMHallucinationRateHigh":
                check("hallucination: it tells n, the interval, and the worst answers", re.search(r"Figures: \d+ of \d+ answers flagged: .* % \(95 % interval ", attachment["text"]) and re.search(r"The worst answers:\n- [01]\.\d\d", attachment["text"]), attachment)
            if incident == "drift":
                check("drift: it names what differs", re.search(r"(prompts|lengths|scores of answers).* are no longer as in the baseline \(drift score ", attachment["text"]) and "Figures: " in attachment["text"], attachment)
        for attachment in messages(name, whose, "RESOLVED")[:1]:
            check(f"{incident}: its end is good news", attachment["color"] == "good" and attachment["text"].startswith("Resolved:") or attachment["text"].startswith("•"), attachment)

    for incident in wanted:
        pids = demos[incident].pids
        own = lambda text, pids=pids: any(re.search(rf"(?<!\d){pid}(?!\d)", text) for pid in pids)
        for name in INCIDENTS[incident][2]:
            # Alerts of logs and answers know no process; this demo's service tells those of answers.
            whose = (lambda text: True) if name.startswith("LLMLog") else (lambda text, one=incident: f"demo/{one}" in text) if incident in ("hallucination", "drift") else own
            heard(incident, name, whose)
    for name in gpu:
        heard("leak", name, lambda text: "gpu0" in text)


if __name__ == "__main__":
    main()
