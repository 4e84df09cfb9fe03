#!/usr/bin/env python3
"""Rule files of a running program: broken ones change nothing, and those that are written on its page are checked, kept and run.

usage: rule_files.py MONITORAI

Exits 1 when something is not as it should be.
"""
import json

from receivers import check, eventually, tell

RULES = "groups:\n- name: g\n  interval: 1s\n  rules:\n  - {record: 'of:file', expr: vector(1)}\n  - {alert: Always, expr: vector(1)}\n"
OWN = "groups:\n- name: mine\n  interval: 1s\n  rules:\n  - {alert: Mine, expr: vector(2), labels: {shape: '<b>'}}\n"


def main():
    tell(files, own)


def rules(program):
    return {rule["name"]: rule for group in json.loads(program.get("/api/v1/rules"))["data"]["groups"] for rule in group["rules"]}


def fires(program, name):
    return lambda: any(a["labels"]["alertname"] == name and a["state"] == "firing" for a in json.loads(program.get("/api/v1/alerts"))["data"]["alerts"])


def files(program, folder):
    file = folder / "rules.yml"
    file.write_text(RULES)
    (folder / "monitorai.yml").write_text(f"rules: {{files: ['{file}']}}\n")
    program.start()
    check("the rules run", eventually(fires(program, "Always")))
    before = sorted(rules(program))
    for text, said in (
        ("groups: [", ("rules.yml:1:",)),
        (RULES.replace("expr: vector(1)}\n  - {alert", "expr: 'sum('}\n  - {alert"), ("rules.yml:5:", "g", "of:file", "could not parse expression")),
        (RULES.replace("alert: Always", "alert: Always, annotations: {a: '{{ $x }}'}"), ("rules.yml:6:", "Always")),
        (RULES.replace("alert: Always", "alert: Always, fro: 1m"), ("rules.yml:6:", "fro")),
        (RULES + RULES[len("groups:\n"):], ("is repeated in the same file",)),
        ("\xff", ("rules.yml",)),
    ):
        file.write_text(text, encoding="latin-1")
        code, answer = program.post("/-/reload", b"")
        check(f"a reload of {text[-40:]!r} is refused with its place", code == 500 and all(one in answer for one in said), answer)
        check("and the running rules stay", sorted(rules(program)) == before, rules(program))
    twice = RULES + "  - {alert: Always, expr: vector(3)}\n"
    file.write_text(twice)
    code, answer = program.post("/-/reload", b"")
    check("a rule that stands there twice runs, and is warned of", code == 200 and "Always" in (folder / "log").read_text(), answer)
    file.write_text(RULES)
    check("the good file is taken", program.post("/-/reload", b"")[0] == 200)


def own(program, folder):
    kept = lambda: json.loads(program.get("/api/v1/rules/own"))
    put = lambda text, version=None: program.post(f"/api/v1/rules/own?version={kept()['version'] if version is None else version}", text.encode(), "PUT")
    check("there are no own rules at first", kept()["text"] == "" and kept()["file"].endswith("data/rules.yml"), kept())

    code, answer = program.post("/api/v1/rules/check", OWN.encode())
    check("a check takes good ones", code == 200 and json.loads(answer) == {"problems": [], "warnings": [], "groups": 1, "rules": 1}, answer)
    code, answer = program.post("/api/v1/rules/check", OWN.replace("vector(2)", "'sum('").encode())
    problems = json.loads(answer)["problems"]
    check("and tells where bad ones are wrong", code == 200 and [(p["line"], p["column"]) for p in problems] == [(5, 25)] and "could not parse" in problems[0]["text"], answer)
    check("it keeps nothing", kept()["text"] == "")

    first = kept()["version"]
    code, answer = put(OWN)
    check("good ones are saved", code == 200 and json.loads(answer)["text"] == OWN, answer)
    check("and run", eventually(fires(program, "Mine")), rules(program))
    check("beside those of the configuration", fires(program, "Always")())
    code, answer = put(OWN.replace("Mine", "Other"), first)
    check("a save over another one is refused", code == 409 and "changed" in json.loads(answer)["error"], answer)
    code, answer = put(OWN + "x")
    check("bad ones are refused with their place", code == 400 and json.loads(answer)["problems"], answer)
    file = folder / "rules.yml"
    file.write_text("groups: [")
    code, answer = put(OWN.replace("Mine", "Other"))
    check("where a file of the configuration is broken it says so", code == 503 and "rules.yml:1" in json.loads(answer)["error"], answer)
    check("what is kept is as it was", kept()["text"] == OWN and "Mine" in rules(program) and "Other" not in rules(program), (kept(), list(rules(program))))
    file.write_text(RULES)

    program.process.terminate()
    program.process.wait()
    program.start()
    check("they run on after a restart", eventually(fires(program, "Mine")), list(rules(program)))
    code, answer = put("")
    check("an empty text ends them", code == 200 and not (folder / "data" / "rules.yml").exists() and "Mine" not in rules(program) and "Always" in rules(program), (answer, list(rules(program))))
    code, answer = put("#" * (2 << 20))
    check("a text that is too long is refused", code in (400, 413), (code, answer[:200]))


if __name__ == "__main__":
    main()
