#include "judge/rules/alert_template.h"

#include <gtest/gtest.h>

namespace monitorai::judge {
namespace {

/// What a template makes of up{instance="web-1.example.com:9100", job="a"} 1234.5, or "error: ...".
std::string expanded(std::string_view text, double value = 1234.5) {
  const auto made = AlertTemplate::parse(text, "A");
  if (!made) return "error: " + made.error().message;
  const signals::Labels labels{{"__name__", "up"}, {"instance", "web-1.example.com:9100"}, {"job", "a"}};
  const RuleQuery query = [](std::string_view asked, TimeMs) -> Result<std::vector<VectorSample>> {
    if (asked == "none") return std::vector<VectorSample>{};
    if (asked == "bad") return Error{Code::invalid, "parse error"};
    return std::vector<VectorSample>{{{{"i", "b"}, {"__value__", "text"}}, 11}, {{{"i", "a"}}, 21}};
  };
  const TemplateSurroundings around{{{"region", "eu"}}, "http://host:9090/prom"};
  const auto output = made->expand({labels, value, {1'700'000'000'123}, query, around});
  return output ? *output : "error: " + output.error().message;
}

// Prometheus's template_test.go and documentation have these pairs, or ones like them.
TEST(AlertTemplate, functions_give_what_prometheus_gives) {
  const auto f = [](std::string_view text, std::string_view expected) { EXPECT_EQ(expanded(text), expected) << text; };
  f("plain text", "plain text");
  f("{{ $labels.instance }} {{ .Labels.job }} {{ $value }} {{ .Value }}", "web-1.example.com:9100 a 1234.5 1234.5");
  f("{{ $labels.missing }}|{{ $externalLabels.region }}|{{ $externalURL }}|{{ externalURL }}|{{ pathPrefix }}",
    "|eu|http://host:9090/prom|http://host:9090/prom|/prom");
  f("{{ query \"x\" | first | value }} {{ query \"x\" | first | label \"i\" }} {{ query \"x\" | first | strvalue }}", "11 b text");
  f("{{ range query \"x\" }}{{ .Labels.i }}={{ .Value }};{{ end }}", "b=11;a=21;");
  f("{{ range query \"x\" | sortByLabel \"i\" }}{{ .Labels.i }}{{ end }}", "ab");
  f("{{ with query \"none\" }}some{{ else }}none{{ end }}", "none");
  f("{{ humanize 0.0 }}:{{ humanize 1.0 }}:{{ humanize 1234567.0 }}:{{ humanize .12 }}:{{ humanize \"1234567\" }}:{{ humanize 1234567 }}",
    "0:1:1.235M:120m:1.235M:1.235M");
  f("{{ humanize1024 0.0 }}:{{ humanize1024 1.0 }}:{{ humanize1024 1048576.0 }}:{{ humanize1024 .12 }}", "0:1:1Mi:0.12");
  f("{{ humanizeDuration 0.0 }}:{{ humanizeDuration 1.0 }}:{{ humanizeDuration 60.0 }}:{{ humanizeDuration 3600.0 }}:{{ humanizeDuration "
    "86400.0 }}",
    "0s:1s:1m 0s:1h 0m 0s:1d 0h 0m 0s");
  f("{{ humanizeDuration 899.99 }}:{{ humanizeDuration -5.5 }}:{{ humanizeDuration .1 }}:{{ humanizeDuration .0001 }}:{{ humanizeDuration "
    "31536000.5 }}",
    "14m 59s:-5.5s:100ms:100us:365d 0h 0m 0s");
  f("{{ humanizePercentage 0.1234567 }}:{{ humanizePercentage 1.0 }}", "12.35%:100%");
  f("{{ humanizeTimestamp 1435065584.128 }}", "2015-06-23 13:19:44.128 +0000 UTC");
  f("{{ 1435065584.128 | toTime }}", "2015-06-23 13:19:44.128 +0000 UTC");
  f("{{ toDuration 1800.0 }} {{ toDuration 1.5 }} {{ toDuration 0.0 }} {{ toDuration 90061.5 | humanizeDuration }}",
    "30m0s 1.5s 0s 1d 1h 1m 1s");
  f("{{ \"aa bb CC\" | title }} {{ \"aa bb CC\" | toUpper }} {{ \"aa bb CC\" | toLower }}", "Aa Bb CC AA BB CC aa bb cc");
  f("{{ match \"a+\" \"aa\" }} {{ match \"a+\" \"b\" }}", "true false");
  f("{{ reReplaceAll \"(a)b\" \"x$1\" \"ab\" }} {{ reReplaceAll \"\" \"-\" \"abc\" }} {{ $labels.instance | reReplaceAll \"(.*):.*\" "
    "\"$1\" }}",
    "xa -a-b-c- web-1.example.com");
  f("{{ stripPort \"1.2.3.4:80\" }} {{ stripPort \"host\" }} {{ stripPort \"[::1]:80\" }} {{ stripPort \"a:b:c\" }}",
    "1.2.3.4 host ::1 a:b:c");
  f("{{ stripDomain $labels.instance }} {{ stripDomain \"1.2.3.4:80\" }} {{ stripDomain \"a.b.c\" }}", "web-1:9100 1.2.3.4:80 a");
  f("{{ parseDuration \"1h2m10ms\" }} {{ parseDuration \"-5m\" }}", "3720.01 -300");
  f("{{ graphLink \"up\" }} {{ tableLink \"a b\" }}", "/graph?g0.expr=up&g0.tab=0 /graph?g0.expr=a+b&g0.tab=1");
  f("{{ define \"t\" }}{{ .arg0 }}-{{ .arg1 }}{{ end }}{{ template \"t\" (args 1 \"x\") }}", "1-x");
  f("{{ printf \"%.2f %s %v\" $value $labels.job now }}", "1234.50 a 1.700000000123e+09");
  f("{{ if gt $value 1000.0 }}high{{ else }}low{{ end }}", "high");
  f("{{ urlQueryEscape \"a b\" }} {{ safeHtml \"<b>\" }}", "a+b <b>");
  f("{{ range $k, $v := $labels }}{{ $k }}={{ $v }} {{ end }}", "__name__=up instance=web-1.example.com:9100 job=a ");
}

TEST(AlertTemplate, special_numbers) {
  const auto f = [](double value, std::string_view expected) {
    EXPECT_EQ(expanded("{{ $value }}:{{ humanize $value }}:{{ humanize1024 $value }}:{{ humanizeDuration $value }}:{{ humanizePercentage "
                       "$value }}:{{ humanizeTimestamp $value }}",
                       value),
              expected);
  };
  f(std::numeric_limits<double>::infinity(), "+Inf:+Inf:+Inf:+Inf:+Inf%:+Inf");
  f(-std::numeric_limits<double>::infinity(), "-Inf:-Inf:-Inf:-Inf:-Inf%:-Inf");
  f(std::numeric_limits<double>::quiet_NaN(), "NaN:NaN:NaN:NaN:NaN%:NaN");
}

TEST(AlertTemplate, errors_are_sentences) {
  const auto f = [](std::string_view text, std::string_view expected) {
    const std::string got = expanded(text);
    EXPECT_TRUE(got.starts_with("error: ") && got.find(expected) != std::string::npos) << got;
  };
  f("{{ nope }}", "template: __alert_A:1: function \"nope\" not defined");
  f("a\n{{ $nope }}", "template: __alert_A:2: undefined variable \"$nope\"");
  f("{{ query \"none\" | first }}", "first() called on vector with no elements");
  f("{{ query \"bad\" }}", "error calling query: parse error");
  f("{{ humanize \"x\" }}", "strconv.ParseFloat: parsing \"x\": invalid syntax");
  f("{{ humanizeDuration $labels }}", "can't convert map[string]string to float");
  f("{{ first 3 }}", "wrong type for value; expected template.queryResult; got int");
  f("{{ .Nope }}", "can't evaluate field Nope in type struct");
  f("{{ match \"(\" \"a\" }}", "missing )");
  f("{{ toTime 1e300 }}", "cannot be represented as a nanoseconds timestamp");
  f("{{ title }}", "wrong number of args for title: want 1 got 0");
}

}  // namespace
}  // namespace monitorai::judge
