// The built-in templates, under the names that Alertmanager's configurations call. Slack's text, Telegram and Teams tell what each alert
// says, those about drift and hallucination with their figures and examples; the subject is Alertmanager's, so that rules of mail programs go on working.

#include "forward/notify/template_set.h"

namespace monitorai::forward {

std::string_view default_templates() {
  static constexpr std::string_view kText = R"(
{{ define "__alertmanager" }}MonitorAI{{ end }}
{{ define "__alertmanagerURL" }}{{ .ExternalURL }}/alerts{{ end }}
{{ define "__subject" }}[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .GroupLabels.SortedPairs.Values | join " " }} {{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }}){{ end }}{{ end }}
{{ define "__description" }}{{ end }}
{{ define "__text_alert_list" }}{{ range . }}Labels:
{{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}Annotations:
{{ range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}Source: {{ .GeneratorURL }}
{{ end }}{{ end }}
{{ define "__text_alert_list_markdown" }}{{ range . }}
Labels:
{{ range .Labels.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Annotations:
{{ range .Annotations.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Source: {{ .GeneratorURL }}
{{ end }}{{ end }}
{{ define "__one_line" }}{{ with .Annotations.summary }}{{ . }}{{ else }}{{ .Labels.alertname }}{{ end }}{{ end }}
{{ define "__short_list" }}{{ range . }}• {{ template "__one_line" . }}{{ with .Annotations.description }}
   {{ . }}{{ end }}{{ with .Annotations.figures }}
   Figures: {{ . }}{{ end }}{{ with .Annotations.worst_answers }}
   The worst answers:
{{ . }}{{ end }}{{ with .Annotations.what_is_new }}
   What is new:
{{ . }}{{ end }}{{ with .Annotations.runbook }}
   What to do: {{ . }}{{ end }}
{{ end }}{{ end }}

{{ define "slack.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "slack.default.username" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "slack.default.fallback" }}{{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}{{ end }}
{{ define "slack.default.callbackid" }}{{ end }}
{{ define "slack.default.pretext" }}{{ end }}
{{ define "slack.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "slack.default.iconemoji" }}{{ end }}
{{ define "slack.default.iconurl" }}{{ end }}
{{ define "slack.default.text" }}{{ template "__short_list" .Alerts.Firing }}{{ if .Alerts.Resolved }}{{ if .Alerts.Firing }}Resolved:
{{ end }}{{ range .Alerts.Resolved }}• {{ template "__one_line" . }}
{{ end }}{{ end }}{{ end }}
{{ define "slack.default.footer" }}{{ end }}

{{ define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end }}
{{ define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end }}

{{ define "telegram.default.message" }}{{ if gt (len .Alerts.Firing) 0 }}
Alerts Firing:
{{ template "__text_alert_list" .Alerts.Firing }}
{{ end }}{{ if gt (len .Alerts.Resolved) 0 }}
Alerts Resolved:
{{ template "__text_alert_list" .Alerts.Resolved }}
{{ end }}{{ end }}

{{ define "msteams.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "msteams.default.summary" }}{{ template "__subject" . }}{{ end }}
{{ define "msteams.default.text" }}{{ if gt (len .Alerts.Firing) 0 }}
# Alerts Firing:
{{ template "__text_alert_list_markdown" .Alerts.Firing }}
{{ end }}{{ if gt (len .Alerts.Resolved) 0 }}
# Alerts Resolved:
{{ template "__text_alert_list_markdown" .Alerts.Resolved }}
{{ end }}{{ end }}
{{ define "msteamsv2.default.title" }}{{ template "msteams.default.title" . }}{{ end }}
{{ define "msteamsv2.default.text" }}{{ template "msteams.default.text" . }}{{ end }}

{{ define "email.default.subject" }}{{ template "__subject" . }}{{ end }}
{{ define "__email_alerts" }}{{ range . }}<tr><td style="padding:10px 0;border-top:1px solid #ddd">
<b>{{ template "__one_line" . }}</b><br>
{{ with .Annotations.description }}{{ . }}<br>{{ end }}{{ with .Annotations.figures }}<i>Figures:</i> {{ . }}<br>{{ end }}{{ with .Annotations.worst_answers }}<i>The worst answers:</i><div style="white-space:pre-line">{{ . }}</div>{{ end }}{{ with .Annotations.what_is_new }}<i>What is new:</i><div style="white-space:pre-line">{{ . }}</div>{{ end }}{{ with .Annotations.runbook }}<i>What to do:</i> {{ . }}<br>{{ end }}
<span style="color:#666">{{ range .Labels.SortedPairs }}{{ .Name }} = {{ .Value }}<br>{{ end }}since {{ .StartsAt.Format "2006-01-02 15:04:05 MST" }}</span>
{{ if .GeneratorURL }}<br><a href="{{ .GeneratorURL }}">Expression</a>{{ end }}</td></tr>
{{ end }}{{ end }}
{{ define "email.default.html" }}<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{ template "__subject" . }}</title></head>
<body style="font-family:Helvetica,Arial,sans-serif;font-size:14px;color:#222">
<table style="max-width:640px;margin:0 auto" cellspacing="0">
<tr><td style="padding:16px;color:#fff;background:{{ if eq .Status "firing" }}#b3261e{{ else }}#1b6e3c{{ end }}"><b>{{ .Alerts | len }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for {{ range .GroupLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}</b></td></tr>
{{ if .Alerts.Firing }}<tr><td style="padding:16px 0 6px"><b>[{{ .Alerts.Firing | len }}] Firing</b></td></tr>
{{ template "__email_alerts" .Alerts.Firing }}{{ end }}
{{ if .Alerts.Resolved }}<tr><td style="padding:16px 0 6px"><b>[{{ .Alerts.Resolved | len }}] Resolved</b></td></tr>
{{ template "__email_alerts" .Alerts.Resolved }}{{ end }}
<tr><td style="padding:16px 0"><a href="{{ template "__alertmanagerURL" . }}">View in {{ template "__alertmanager" . }}</a></td></tr>
</table></body></html>
{{ end }}
)";
  return kText;
}

}  // namespace monitorai::forward
