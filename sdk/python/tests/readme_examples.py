"""Runs every example of the READMEs, each in an interpreter of its own, beside a real MonitorAI (MONITORAI_URL), and asks it what came of them.

usage: readme_examples.py [PIP]     with PIP also `pip install`, from a copy of the package
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import urllib.request

SDK = pathlib.Path(__file__).resolve().parents[1]
URL = os.environ["MONITORAI_URL"]
END = "\nassert monitorai.flush(60), monitorai.statistics()\nassert monitorai.statistics().sent == {sent}, monitorai.statistics()\n"
FACTS = '["The tower was built in 1889 in Paris."]'

# For each example, by a text that only it has: what stands before it in a program, what the program does with it, and how many answers go.
PROGRAMS = {
    "def generate(prompt, passages): ...": ("", f'assert generate("When?", {FACTS}) is None', 0),
    'model="llama-3.1-8b", facts="passages")\ndef generate(prompt, passages):\n    text': (
        'def my_model(prompt, passages): return "It was built in 1989 in Berlin."\n', f'assert generate("When?", {FACTS}) == "It was built in 1989 in Berlin."', 1),
    "def handle(request)": (
        "import monitorai\nfrom types import SimpleNamespace as Thing\n"
        'def my_service(request): return Thing(best="It was built in 1989 in Berlin.", sources=["The tower was built in 1889 in Paris."])\n',
        'assert handle(Thing(text="When?")).best.startswith("It was")\nassert handle(request=Thing(text="When?")).sources', 2),
    "monitorai.evaluate(": ("import monitorai\n", "", 1),
    "monitorai.configure(": ("import monitorai\n", 'monitorai.evaluate("Paris.", prompt="Capital of France?", facts=["Paris is the capital of France."], model="configured")', 1),
    "monitorai.expose_gpu()": ("import monitorai\n", "", 0),
    "numbers=lambda": ("import monitorai\nclass pool:\n    used = staticmethod(lambda: 4096)\n", "", 0),
}


def examples():
    for text in re.findall(r"(?:^    .*\n|^\n(?=    ))+", (SDK / "README.md").read_text(), re.M):
        if "pip install" not in text:
            yield textwrap.dedent(text).strip("\n")
    yield from re.findall(r"```python\n(.*?)```", (SDK.parents[1] / "README.md").read_text(), re.S)


def run(code, folder, path):
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env={**os.environ, "PYTHONPATH": str(path)}, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"FAIL: an example ends with {done.returncode}:\n{code}\n{done.stderr}")


def installed(folder):
    """The package as `pip install` puts it, without a network."""
    shutil.copytree(SDK, folder / "copy", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder / "site"), str(folder / "copy")], check=True)
    return folder / "site"


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        path = installed(folder) if "PIP" in sys.argv else SDK / "src"
        found = list(examples())
        for example in found:
            before, after, sent = next((program for mark, program in PROGRAMS.items() if mark in example), (None, None, None))
            if before is None:
                sys.exit(f"FAIL: nobody runs this example:\n{example}")
            # The address of the documentation is nobody's.
            example = example.replace("https://monitor.example:3000", URL).replace('token="...", ', "")
            gpu = "expose_gpu" in example
            look = "\nimport json, os\nfile = f'logs/gpu-info-{os.getpid()}.json'\nassert json.load(open(file))['pid'] == os.getpid()\n" if gpu else ""
            run(before + example + "\n" + after + look + END.format(sent=sent), folder, path)
            if gpu and any((folder / "logs").glob("*")):
                sys.exit("FAIL: the file of an ended program is still there")
        if len(found) != len(PROGRAMS):
            sys.exit(f"FAIL: {len(found)} examples, {len(PROGRAMS)} programs")
        # The answers that came: those of the decorator, of the functions, said outright, and by configure().
        while True:
            series = json.load(urllib.request.urlopen(URL + "/api/v1/quality/hallucination", timeout=60))["series"]
            came = {f"{one['model']}|{one['service']}|{one['route']}": one["judged"] for one in series}
            if sum(one["judged"] + one["unjudged"] for one in series) >= 5:
                break
        wanted = {"llama-3.1-8b||": 1, "||": 2, "llama-3.1-8b|quiz|/ask": 1, "configured|shop|": 1}
        if any(came.get(key) != count for key, count in wanted.items()):
            sys.exit(f"FAIL: {came}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
