"""The same rule files and unit tests give the same verdicts with promtool (Debian's prometheus) and with us.

usage: difference.py MONITORAI      exit 77: there is no promtool

Debian's promtool is of Prometheus 2.42: what came later (query_offset, labels of groups, new functions) is left to the unit tests.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

# ---- files: is it good? ----
RULE = "groups:\n- name: g\n  rules:\n  - {}\n"
FILES = [
    "",
    "groups: []\n",
    "groups:\n",
    "nothing: here\n",
    "groups: 5\n",
    "groups:\n- name: a\n",
    "groups:\n- rules: []\n",
    "groups:\n- name: a\n- name: a\n",
    "groups:\n- name: a\n- name: b\n",
    "groups:\n- name: a\n  interval: 5m\n  limit: 3\n  rules: []\n",
    "groups:\n- name: a\n  interval: soon\n",
    "groups:\n- name: a\n  limit: many\n",
    "groups:\n- name: a\n  unknown: 1\n",
    "groups:\n- name: a\n  name: b\n",
    "groups: [\n",
    "groups:\n\t- name: a\n",
    RULE.format("{record: a, expr: '1'}"),
    RULE.format("{record: 'a:b:c', expr: sum(up)}"),
    RULE.format("{record: 'a{b=\"c\"}', expr: sum(up)}"),
    RULE.format("{record: a, expr: 'sum(up'}"),
    RULE.format("{record: a, expr: ''}"),
    RULE.format("{record: a}"),
    RULE.format("{expr: up}"),
    RULE.format("{alert: A, record: b, expr: up}"),
    RULE.format("{alert: A, expr: up}"),
    RULE.format("{alert: 'any text, with blanks', expr: up}"),
    RULE.format("{alert: A, expr: up, for: 5m, keep_firing_for: 1h, labels: {a: b}, annotations: {c: d}}"),
    RULE.format("{alert: A, expr: up, for: 5}"),
    RULE.format("{alert: A, expr: up, for: 0}"),
    RULE.format("{alert: A, expr: up, for: -5m}"),
    RULE.format("{alert: A, expr: up, for: 1m1h}"),
    RULE.format("{record: a, expr: up, for: 5m}"),
    RULE.format("{record: a, expr: up, keep_firing_for: 5m}"),
    RULE.format("{record: a, expr: up, annotations: {a: b}}"),
    RULE.format("{record: a, expr: up, labels: {a: b}}"),
    RULE.format("{record: a, expr: up, labels: {__name__: b}}"),
    RULE.format("{alert: A, expr: up, labels: {__name__: b}}"),
    RULE.format("{alert: A, expr: up, labels: [a]}"),
    RULE.format("{alert: A, expr: up, annotation: {a: b}}"),
    RULE.format("{alert: A, expr: up, annotations: {a: '{{ $value }}'}}"),
    RULE.format("{alert: A, expr: up, annotations: {a: '{{ $values }}'}}"),
    RULE.format("{alert: A, expr: up, annotations: {a: '{{ nope }}'}}"),
    RULE.format("{alert: A, expr: up, annotations: {a: '{{ if }}'}}"),
    RULE.format("{alert: A, expr: up, annotations: {a: '{{ if $value }}'}}"),
    RULE.format("{alert: A, expr: up, annotations: {a: '{{ title }}'}}"),
    RULE.format("{alert: A, expr: up, annotations: {a: '{{ .Nope }}'}}"),
    RULE.format("{alert: A, expr: up, annotations: {a: '{{ $value'}}"),
    RULE.format("{alert: A, expr: up, annotations: {a: '{{ 1 | 2 }}'}}"),
    RULE.format("{alert: A, expr: up, annotations: {a: '{{ template \"x\" }}'}}"),
    RULE.format("{alert: A, expr: up, labels: {a: '{{ with query \"up\" }}{{ . | first | value }}{{ end }}'}}"),
    RULE.format("{alert: A, expr: 'rate(up)'}"),
    RULE.format("{alert: A, expr: 'up[5m]'}"),
    RULE.format("{alert: A, expr: '\"text\"'}"),
    RULE.format("{alert: A, expr: up}\n  - {alert: A, expr: up == 0}"),
    RULE.format("just text"),
]

# ---- templates: what do they give, for web{instance="a.b.c:80", job="j"} 1234.5 ----
TEMPLATES = [
    ("{{ $value }} {{ .Value }} {{ $labels.job }} {{ .Labels.instance }} {{ $labels.none }}|", "1234.5 1234.5 j a.b.c:80 |"),
    ("{{ $externalLabels.region }} {{ .ExternalLabels.region }}", "eu eu"),
    ("{{ humanize 1234567.0 }} {{ humanize 0.012 }} {{ humanize $value }} {{ humanize 0.0 }}", "1.235M 12m 1.234k 0"),
    ("{{ humanize1024 1536.0 }} {{ humanize1024 1048576.0 }} {{ humanize1024 0.5 }}", "1.5ki 1Mi 0.5"),
    ("{{ humanizeDuration $value }} {{ humanizeDuration 100000.0 }} {{ humanizeDuration 0.001 }} {{ humanizeDuration 5.678 }}", "20m 34s 1d 3h 46m 40s 1ms 5.678s"),
    ("{{ humanizePercentage 0.1234 }} {{ humanizePercentage 1.0 }}", "12.34% 100%"),
    ("{{ humanizeTimestamp 1435065584.128 }} {{ 1435065584.128 | toTime }}", "2015-06-23 13:19:44.128 +0000 UTC 2015-06-23 13:19:44.128 +0000 UTC"),
    ("{{ \"ab cd\" | title }} {{ \"ab\" | toUpper }} {{ \"AB\" | toLower }}", "Ab Cd AB ab"),
    ("{{ match \"a.*\" \"abc\" }} {{ match \"^b\" \"abc\" }} {{ reReplaceAll \"(.*):(.*)\" \"$2-$1\" $labels.instance }}", "true false 80-a.b.c"),
    ("{{ reReplaceAll \"\" \"-\" \"abc\" }} {{ reReplaceAll \"b*\" \"x\" \"abbc\" }}", "-a-b-c- xaxcx"),
    ("{{ stripPort $labels.instance }} {{ stripPort \"x\" }} {{ stripDomain $labels.instance }}", "a.b.c x a:80"),
    ("{{ parseDuration \"1h30m\" }}", "5400"),
    ("{{ graphLink \"sum(up)\" }} {{ tableLink \"up == 0\" }}", "/graph?g0.expr=sum%28up%29&g0.tab=0 /graph?g0.expr=up+%3D%3D+0&g0.tab=1"),
    ("{{ printf \"%.2f %5d|%-5s|%q|%v|%x\" $value 42 \"a\" \"b\" true 255 }}", "1234.50    42|a    |\"b\"|true|ff"),
    ("{{ printf \"%d\" $value }} {{ printf \"%s\" 1 }}", "%!d(float64=1234.5) %!s(int=1)"),
    ("{{ 1000000.0 }} {{ 123456.0 }} {{ 0.00001 }} {{ 1e21 }}", "1e+06 123456 1e-05 1e+21"),
    ("{{ if gt $value 1000.0 }}high{{ else }}low{{ end }} {{ if eq $labels.job \"j\" }}j{{ end }}", "high j"),
    ("{{ range query \"sort(other)\" }}{{ .Labels.i }}={{ .Value }};{{ end }}", "1=7;2=9;"),
    ("{{ range query \"other\" | sortByLabel \"i\" }}{{ .Labels.i }}{{ end }} {{ query \"other{i='2'}\" | first | value }} {{ query \"other{i='2'}\" | first | label \"i\" }}", "12 9 2"),
    ("{{ with query \"none\" }}some{{ else }}none{{ end }} {{ len (query \"other\") }}", "none 2"),
    ("{{ with $x := query \"sum(other)\" | first | value }}{{ $x }}{{ end }}", "16"),
    ("{{ define \"t\" }}[{{ .arg0 }} {{ .arg1 }}]{{ end }}{{ template \"t\" (args 1 \"b\") }}", "[1 b]"),
    ("{{ range $i, $e := query \"sort(other)\" }}{{ if $i }}, {{ end }}{{ $e.Value }}{{ end }}", "7, 9"),
    ("{{ range $k, $v := $labels }}{{ $k }}={{ $v }} {{ end }}", "__name__=web instance=a.b.c:80 job=j "),
    ("a {{- \" b \" -}} c{{/* note */}}", "a b c"),
    ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
    ("{{ and 1 0 }} {{ or 0 5 }} {{ not true }} {{ len $labels.job }} {{ index $labels \"job\" }} {{ print 1 2 \"a\" }}", "0 5 false 1 j 1 2a"),
    ("{{ html \"<b>\" }} {{ urlquery \"a b\" }} {{ safeHtml \"<i>\" }}", "&lt;b&gt; a+b <i>"),
]

# ---- unit tests: (rules, tests) that go well or do not ----
ALERT = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: x > 5, for: 2m, labels: {s: p}}\n"
HEAD = "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n"
SERIES = "- interval: 1m\n  input_series: [{series: 'x{i=\"1\"}', values: '1 1 6 6 6 6 6 1 1'}]\n"


def alert_test(time, expected, series=SERIES):
    labels = "".join(f"\n    - exp_labels: {json.dumps(labels)}" for labels in expected)
    return HEAD + series + f"  alert_rule_test:\n  - eval_time: {time}\n    alertname: A\n    exp_alerts:{labels or ' []'}\n"


def promql_test(expr, time, samples, series=SERIES, head=HEAD):
    lines = "".join("\n    - " + json.dumps({"labels": labels, "value": value}) for labels, value in samples)
    return head + series + f"  promql_expr_test:\n  - eval_time: {time}\n    expr: {json.dumps(expr)}\n    exp_samples:{lines or ' []'}\n"


FIRING = {"i": "1", "s": "p"}
RECORD = "groups:\n- name: g\n  rules:\n  - {record: y, expr: x * 2, labels: {i: '', t: u}}\n  - {record: z, expr: y + 1}\n"
TESTS = []
for minute in range(0, 9):
    TESTS.append((ALERT, alert_test(f"{minute}m", [FIRING])))
    TESTS.append((ALERT, alert_test(f"{minute}m", [])))
TESTS += [
    (ALERT, alert_test("4m30s", [FIRING])),
    (ALERT, alert_test("3m59s", [FIRING])),
    (ALERT, alert_test("4m", [{"i": "1"}])),
    (ALERT, alert_test("4m", [FIRING, FIRING])),
    (ALERT.replace("for: 2m", "for: 2m, keep_firing_for: 1m"), alert_test("7m", [FIRING])),
    (ALERT.replace("for: 2m", "for: 2m, keep_firing_for: 1m"), alert_test("8m", [FIRING])),
    (ALERT.replace("for: 2m, ", ""), alert_test("2m", [FIRING])),
    (ALERT.replace("labels: {s: p}", "labels: {i: ''}"), alert_test("4m", [{}])),
    (ALERT.replace("labels: {s: p}", "labels: {i: ''}"), alert_test("4m", [{}], SERIES.replace("]\n", ", {series: 'x{i=\"2\"}', values: '9x10'}]\n", 1))),
    (ALERT.replace("labels: {s: p}", "labels: {v: '{{ $value }}'}"), alert_test("4m", [{"i": "1", "v": "6"}])),
    (ALERT, promql_test("ALERTS", "4m", [('ALERTS{alertname="A",alertstate="firing",i="1",s="p"}', 1)])),
    (ALERT, promql_test("ALERTS", "3m", [('ALERTS{alertname="A",alertstate="pending",i="1",s="p"}', 1)])),
    (ALERT, promql_test("ALERTS", "7m", [])),
    (ALERT, promql_test("ALERTS_FOR_STATE", "5m", [('ALERTS_FOR_STATE{alertname="A",i="1",s="p"}', 120)])),
    (RECORD, promql_test("y", "3m", [('y{t="u"}', 12)])),
    (RECORD, promql_test("y", "3m", [('y{t="v"}', 12)])),
    (RECORD, promql_test("z", "3m", [('{t="u"}', 13)])),
    (RECORD, promql_test("z", "3m", [('z{t="u"}', 13)])),
    (RECORD, promql_test("z", "3m", [('z{t="u"}', 14)])),
    (RECORD, promql_test("1 + 1", "3m", [("", 2)])),
    (RECORD, promql_test("1 + 1", "3m", [("{}", 2)])),
    (RECORD, promql_test("x[5m]", "3m", [])),
    (RECORD, promql_test("sum(", "3m", [])),
    (RECORD, promql_test("sum(x offset 1m)", "3m", [("{}", 6)])),
    (RECORD, promql_test("x", "20m", [])),
    (RECORD, promql_test("x", "3m", [('x{i="1"', 6)])),
    (RECORD, promql_test("0/0", "3m", [("", ".nan")])),
    (RECORD, promql_test("count_over_time(y[10m:1m])", "5m", [('{t="u"}', 6)])),
    (RECORD.replace("  - {record: y", "  limit: 1\n  rules:\n  - {record: y").replace("  rules:\n  limit", "  limit"), promql_test("y", "3m", [('y{t="u"}', 12)])),
    ("groups: [{name: g, limit: 1, rules: [{record: y, expr: x}]}]", promql_test("y", "3m", [], SERIES.replace("]\n", ", {series: 'x{i=\"2\"}', values: '9x10'}]\n", 1))),
    ("groups: [{name: g, rules: [{record: y, expr: 'x + on() x'}]}]", promql_test("y", "3m", [], SERIES.replace("]\n", ", {series: 'x{i=\"2\"}', values: '9x10'}]\n", 1))),
    ("groups: [{name: g, rules: [{record: y, expr: x}, {record: y, expr: x + 1}]}]", promql_test("y", "3m", [('y{i="1"}', 6)])),
    ("groups: [{name: b, rules: [{record: z, expr: y}]}, {name: a, rules: [{record: y, expr: x}]}]",
     promql_test("z", "2m", [('z{i="1"}', 6)], head=HEAD.replace("tests:", "group_eval_order: [a, b]\ntests:"))),
    ("groups: [{name: b, rules: [{record: z, expr: y}]}, {name: a, rules: [{record: y, expr: x}]}]",
     promql_test("z", "2m", [('z{i="1"}', 1)], head=HEAD.replace("tests:", "group_eval_order: [b, a]\ntests:"))),
    (ALERT, promql_test("x", "3m", [], head=HEAD.replace("tests:", "group_eval_order: [a, a]\ntests:"))),
    (ALERT, HEAD),
    (ALERT, "rule_files: [none*.yml]\ntests: []\n"),
    (ALERT, HEAD.replace("tests:", "testing:")),
    (ALERT, HEAD + "- interval: 1m\n  input_series: [{series: 'x{', values: '1'}]\n"),
    (ALERT, HEAD + "- interval: 1m\n  input_series: [{series: 'x', values: '1 two'}]\n  promql_expr_test: [{expr: x, eval_time: 1m}]\n"),
    (ALERT, HEAD + "- interval: 1m\n  alert_rule_test: [{eval_time: 1m}]\n"),
    (ALERT.replace("x > 5", "x >"), alert_test("4m", [FIRING])),
]
TESTS += [
    ("groups: [{name: g, rules: [{record: y, expr: x}]}]",
     promql_test("y", time, [('y{i="1"}', value)], f"- interval: 30s\n  input_series: [{{series: 'x{{i=\"1\"}}', values: '{values}'}}]\n"))
    for values, time, value in [("0+1x10", "2m", 4), ("10-2x5", "1m", 6), ("1 _ _ 4", "1m", 1), ("1 _ _ 4", "2m", 4), ("1x3 stale", "2m", 1), ("1 2 3", "1m", 3),
                                ("-1.5e3x4", "1m", -1500), ("1+1x2 _x3 7", "3m", 7), ("5 _x20", "8m", 5), ("1 NaN Inf", "1m", 1)]
]


def template_case(template, expected):
    rules = {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "web", "annotations": {"t": template}}]}]}
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [{
        "interval": "1m", "external_labels": {"region": "eu"},
        "input_series": [{"series": 'web{instance="a.b.c:80",job="j"}', "values": "1234.5x3"}, {"series": 'other{i="1"}', "values": "7x3"}, {"series": 'other{i="2"}', "values": "9x3"}],
        "alert_rule_test": [{"eval_time": "1m", "alertname": "A", "exp_alerts": [{"exp_labels": {"instance": "a.b.c:80", "job": "j"}, "exp_annotations": {"t": expected}}]}]}]}
    return json.dumps(rules), json.dumps(tests)


def verdict(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    if done.returncode not in (0, 1):
        return f"exit {done.returncode}", done.stdout + done.stderr
    return done.returncode == 0, done.stdout + done.stderr


def main():
    monitorai = str(pathlib.Path(sys.argv[1]).resolve())
    if not shutil.which("promtool"):
        print("skipped: there is no promtool (package prometheus)")
        sys.exit(77)
    source = pathlib.Path(__file__).resolve().parent
    failed = 0
    counts = {True: 0, False: 0}

    def compare(what, files, ours, theirs, must=None):
        nonlocal failed
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                (pathlib.Path(folder) / name).write_text(text)
            mine, my_text = verdict([monitorai, *ours], folder)
            their, their_text = verdict(["promtool", *theirs], folder)
            if mine in counts:
                counts[mine] += 1
            if mine != their or (must is not None and mine is not must):
                failed += 1
                print(f"---- {what}: monitorai says {mine}, promtool {their}{'' if must is None else f', {must} was expected'}")
                print("\n".join(f"# {name}\n{text}" for name, text in files.items()))
                print(my_text + their_text)

    for text in FILES:
        compare("check rules", {"rules.yml": text}, ["check", "rules", "rules.yml"], ["check", "rules", "--lint=none", "rules.yml"])
    for template, expected in TEMPLATES:
        rules, tests = template_case(template, expected)
        compare("template", {"rules.yml": rules, "test.yml": tests}, ["test", "rules", "test.yml"], ["test", "rules", "test.yml"], must=True)
    for rules, tests in TESTS:
        compare("test rules", {"rules.yml": rules, "test.yml": tests}, ["test", "rules", "test.yml"], ["test", "rules", "test.yml"])
    for shipped in sorted(source.glob("*_test.yml")):
        mine, text = verdict([monitorai, "test", "rules", str(shipped)], source)
        their, their_text = verdict(["promtool", "test", "rules", str(shipped)], source)
        counts[mine] = counts.get(mine, 0) + 1
        if mine is not True or their is not True:
            failed += 1
            print(f"---- {shipped}: monitorai says {mine}, promtool {their}\n{text}{their_text}")
    print(f"{sum(counts.values())} cases ({counts[True]} good, {counts[False]} bad), {failed} differ")
    sys.exit(1 if failed else 0)


main()
