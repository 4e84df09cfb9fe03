#include "query/template/template.h"

#include <gtest/gtest.h>

#include "query/template/go_format.h"

namespace monitorai::query::templates {
namespace {

// What is expected was printed by Go 1.26's text/template over the same data.

class ListObject final : public Object {
 public:
  explicit ListObject(std::vector<std::string> texts) : texts_(std::move(texts)) {}
  std::string_view type_name() const override { return "[]string"; }
  std::string text() const override {
    std::string out = "[";
    for (const std::string& text : texts_) out += (out.size() > 1 ? " " : "") + text;
    return out + "]";
  }
  bool truth() const override { return !texts_.empty(); }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(texts_.size()); }
  ValueResult index(Run&, const Value& key) const override {
    if (!key.is(Value::Kind::integer)) return fmt::format("cannot index slice/array with type {}", templates::type_name(key));
    if (key.integer < 0 || key.integer >= *length()) return fmt::format("index out of range: {}", key.integer);
    return Value::of(std::string_view(texts_[static_cast<size_t>(key.integer)]));
  }
  bool items(Run&, std::vector<std::pair<Value, Value>>& out) const override {
    for (size_t i = 0; i < texts_.size(); ++i) out.emplace_back(Value::of(static_cast<int64_t>(i)), Value::of(std::string_view(texts_[i])));
    return true;
  }

 private:
  std::vector<std::string> texts_;
};

class MapObject final : public Object {
 public:
  MapObject(std::map<std::string, Value, std::less<>> values, Value absent, bool open)
      : values_(std::move(values)), absent_(absent), open_(open) {}
  std::string_view type_name() const override { return "map"; }
  std::string text() const override {
    std::string out = "map[";
    for (const auto& [name, value] : values_) out += (out.size() > 4 ? " " : "") + name + ":" + text_of(value);
    return out + "]";
  }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(values_.size()); }
  std::optional<Value> field(Run&, std::string_view name) const override {
    const auto found = values_.find(name);
    if (found == values_.end()) return open_ ? std::optional(absent_) : std::nullopt;
    return found->second;
  }
  ValueResult index(Run& run, const Value& key) const override { return *field(run, key.text); }
  bool items(Run&, std::vector<std::pair<Value, Value>>& out) const override {
    for (const auto& [name, value] : values_) out.emplace_back(Value::of(std::string_view(name)), value);
    return true;
  }

 private:
  std::map<std::string, Value, std::less<>> values_;
  Value absent_;
  bool open_;
};

Value text(std::string_view t) { return Value::of(t); }

/// The output, or "error: ...".
std::string expanded(std::string_view source, const Limits& limits = {}) {
  const auto made = Template::parse(source, "t", {});
  if (!made) return "error: " + made.error();
  const MapObject map({{"a", text("1")}, {"b", text("2")}}, text(""), true);
  const MapObject labels({{"x", text("y")}}, text(""), true);
  const MapObject structure({{"Labels", Value::of(labels)}, {"Value", Value::of(2.5)}}, {}, false);
  const ListObject list({"p", "q", "r", "s"});
  const ListObject empty({});
  const MapObject data({{"A", text("hello")},
                        {"Blank", text("")},
                        {"M", Value::of(map)},
                        {"L", Value::of(list)},
                        {"Empty", Value::of(empty)},
                        {"S", Value::of(structure)},
                        {"F", Value::of(2.5)}},
                       {}, true);
  Run run(limits);
  const auto output = made->run(run, Value::of(data));
  return output ? output->text : "error: " + output.error();
}

TEST(Template, gives_what_go_gives) {
  const auto f = [](std::string_view source, std::string_view expected) { EXPECT_EQ(expanded(source), expected) << source; };
  f(R"~(plain)~", R"~(plain)~");
  f(R"~({{.A}})~", R"~(hello)~");
  f(R"~({{ .A | printf "%q" }})~", R"~("hello")~");
  f(R"~({{- .A -}} x)~", R"~(hellox)~");
  f(R"~(a {{- /* c */ -}} b)~", R"~(ab)~");
  f(R"~({{ .Missing }})~", R"~(<no value>)~");
  f(R"~({{ .M.a }}{{ .M.zzz }}|)~", R"~(1|)~");
  f(R"~({{ index .M "a" }})~", R"~(1)~");
  f(R"~({{ if .A }}yes{{ else }}no{{ end }})~", R"~(yes)~");
  f(R"~({{ if eq .A "x" "hello" }}1{{ else if eq .A "y" }}2{{ else }}3{{ end }})~", R"~(1)~");
  f(R"~({{ range $k, $v := .M }}{{ $k }}={{ $v }};{{ end }})~", R"~(a=1;b=2;)~");
  f(R"~({{ range .L }}{{ . }},{{ else }}none{{ end }})~", R"~(p,q,r,s,)~");
  f(R"~({{ range .Empty }}x{{ else }}none{{ end }})~", R"~(none)~");
  f(R"~({{ range $i, $e := .L }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ if gt $i 2 }}{{ break }}{{ end }}{{ $e }}{{ end }})~", R"~(pr)~");
  f(R"~({{ with .A }}{{ . }}{{ end }}{{ with .Blank }}b{{ else }}e{{ end }})~", R"~(helloe)~");
  f(R"~({{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }})~", R"~(2)~");
  f(R"~({{ define "u" }}[{{ . }}]{{ end }}{{ template "u" .A }}{{ template "u" }})~", R"~([hello][<no value>])~");
  f(R"~({{ block "b" .A }}<{{ . }}>{{ end }})~", R"~(<hello>)~");
  f(R"~({{ define "u" }}{{ $.A }}{{ end }}{{ template "u" . }})~", R"~(hello)~");
  f(R"~({{ and 1 0 }} {{ or 0 "" "z" }} {{ not 1 }})~", R"~(0 z false)~");
  f(R"~({{ lt 1 2 }}{{ le 2 2 }}{{ gt 1.5 2.5 }}{{ ge 2 3 }}{{ ne 1 2 }}{{ ne "a" "a" }})~", R"~(truetruefalsefalsetruefalse)~");
  f(R"~({{ len .A }} {{ len .M }} {{ len .L }})~", R"~(5 2 4)~");
  f(R"~({{ slice .A 1 3 }})~", R"~(el)~");
  f(R"~({{ print 1 2 "a" "b" 3 }})~", R"~(1 2ab3)~");
  f(R"~({{ println "a" 1 }})~", R"~(a 1
)~");
  f(R"~({{ html "<a&b>" }} {{ urlquery "a b&c" }})~", R"~(&lt;a&amp;b&gt; a+b%26c)~");
  f(R"~({{ printf "%5d|%-5d|%05d|%+d|%x|%X|%o|%b|%c|%U" 42 42 42 42 255 255 8 5 65 65 }})~",
    R"~(   42|42   |00042|+42|ff|FF|10|101|A|U+0041)~");
  f(R"~({{ printf "%f|%.2f|%e|%g|%8.3f|%-8.1f|%.3g|%v" 3.14159 3.14159 31415.9 1e21 3.14159 2.5 1234.5 1e6 }})~",
    R"~(3.141590|3.14|3.141590e+04|1e+21|   3.142|2.5     |1.23e+03|1e+06)~");
  f(R"~({{ printf "%s|%q|%10s|%-10s|%.2s|%x" "ab" "a\"b" "r" "l" "long" "hi" }})~", R"~(ab|"a\"b"|         r|l         |lo|6869)~");
  f(R"~({{ printf "%t %v %d%%" true false 7 }})~", R"~(true false 7%)~");
  f(R"~({{ printf "%d" "s" }} {{ printf "%s" 1 }} {{ printf "%d" }} {{ printf "x" 1 }})~",
    R"~(%!d(string=s) %!s(int=1) %!d(MISSING) x%!(EXTRA int=1))~");
  f(R"~({{ 1e6 }} {{ 1234567.5 }} {{ 0.00001 }} {{ 100000.0 }} {{ 1.5 }} {{ 123456789.0 }})~",
    R"~(1e+06 1.2345675e+06 1e-05 100000 1.5 1.23456789e+08)~");
  f(R"~({{ 'a' }} {{ 0x1F }} {{ -3 }} {{ `raw\n` }})~", R"~(97 31 -3 raw\n)~");
  f(R"~({{ "tab\t\u00e9" }})~", R"~(tab	é)~");
  f(R"~({{ (index .L 1) }} {{ (printf "%s" .A) | len }})~", R"~(q 5)~");
  f(R"~({{ .S.Labels.x }} {{ .S.Value }})~", R"~(y 2.5)~");
  f(R"~({{ if and .A (eq .S.Labels.x "y") }}ok{{ end }})~", R"~(ok)~");
  f(R"~({{ range 3 }}{{ . }}{{ end }})~", R"~(012)~");
  f(R"~({{ $a := .A }}{{ range .L }}{{ $a }}{{ . }} {{ end }})~", R"~(hellop helloq hellor hellos )~");
  f(R"~({{ .F }} {{ .M }} {{ .L }})~", R"~(2.5 map[a:1 b:2] [p q r s])~");
  f(R"~({{ range $i, $c := .L }}{{ if $i }}, {{ end }}{{ $c }}{{ end }})~", R"~(p, q, r, s)~");
  f(R"~(x{{ "{{" }}y)~", R"~(x{{y)~");
  f(R"~({{ if false }}a{{ end -}}   b)~", R"~(b)~");
  f(R"~({{ with $x := .A }}{{ $x }}{{ end }})~", R"~(hello)~");
  f(R"~({{ not (and true false) }})~", R"~(true)~");
  f(R"~({{ eq 1.0 1.0 }} {{ lt .F 3.0 }})~", R"~(true true)~");
}

TEST(Template, refuses_what_go_refuses) {
  const auto f = [](std::string_view source, std::string_view expected) {
    const std::string got = expanded(source);
    EXPECT_TRUE(got.starts_with("error: ") && got.find(expected) != std::string::npos) << source << "\n" << got << "\n" << expected;
  };
  f(R"~({{ true }} {{ nil | printf "%v" }})~", R"~(nil is not a command)~");
  f(R"~({{ foo }})~", R"~(function "foo" not defined)~");
  f(R"~({{ .A)~", R"~(unclosed action)~");
  f(R"~({{ end }})~", R"~(unexpected {{end}})~");
  f(R"~({{ if }}x{{ end }})~", R"~(missing value for if)~");
  f(R"~({{ range .L }})~", R"~(unexpected EOF)~");
  f(R"~({{ $x }})~", R"~(undefined variable "$x")~");
  f(R"~({{ "a }})~", R"~(unterminated quoted string)~");
  f(R"~({{ 1 | 2 }})~", R"~(non executable command in pipeline stage 2)~");
  f(R"~({{ define "a" }})~", R"~(unexpected EOF)~");
  f(R"~({{ else }})~", R"~(unexpected {{else}})~");
  f(R"~({{ break }})~", R"~({{break}} outside {{range}})~");
  f(R"~({{ template "no" }})~", R"~(template "no" not defined)~");
  f(R"~({{ len 3 }})~", R"~(error calling len: len of type int)~");
  f(R"~({{ .A.B }})~", R"~(can't evaluate field B in type)~");
  f(R"~({{ index .L 9 }})~", R"~(error calling index: index out of range: 9)~");
  f(R"~({{ eq 1 "a" }})~", R"~(error calling eq: incompatible types for comparison)~");
  f(R"~({{ .S.Nope }})~", R"~(can't evaluate field Nope in type)~");
  f(R"~({{ range .A }}{{ end }})~", R"~(range can't iterate over hello)~");
  f(R"~({{ lt true false }})~", R"~(error calling lt: invalid type for comparison)~");
  f(R"~({{ ( .A }})~", R"~(unclosed left paren)~");
  f(R"~({{ print ) }})~", R"~(unexpected right paren)~");
  f(R"~({{ index .L "a" }})~", R"~(error calling index: cannot index slice/array with type string)~");
  f(R"~({{ define "u" }}a{{ end }}{{ define "u" }}b{{ end }})~", R"~(template: multiple definition of template "u")~");
}

TEST(Template, errors_tell_the_line) {
  const auto f = [](std::string_view source, std::string_view expected) { EXPECT_EQ(expanded(source), expected); };
  f("a\nb {{ foo }}", "error: template: t:2: function \"foo\" not defined");
  f("{{ if .A }}\n\n{{ $x }}{{ end }}", "error: template: t:3: undefined variable \"$x\"");
}

TEST(Template, ends_within_its_limits) {
  const auto f = [](std::string_view source, std::string_view expected) {
    const std::string got = expanded(source, {.output_bytes_max = 1000, .steps_max = 1000});
    EXPECT_NE(got.find(expected), std::string::npos) << got;
  };
  f("{{ range 900 }}{{ range 900 }}{{ end }}{{ end }}", "the template takes too long");
  f("{{ range 1000000000 }}{{ end }}", "the template takes too long");
  f("{{ range 500 }}0123456789{{ end }}", "the template makes too long a text");
  f("{{ define \"r\" }}{{ template \"r\" }}{{ end }}{{ template \"r\" }}", "exceeded maximum template depth");
  f(std::string(10'000, '(').insert(0, "{{ ") + " }}", "nested too deeply");
  f("{{ printf \"%1000000d%1000000d\" 1 1 }}", "the text would be too long");
}

TEST(GoFormat, prints_numbers_as_go_does) {
  const auto f = [](double value, std::string_view expected) { EXPECT_EQ(go_number(value), expected); };
  f(0, "0");
  f(-0.0, "-0");
  f(100000, "100000");
  f(999999.5, "999999.5");
  f(1e6, "1e+06");
  f(-1234567, "-1.234567e+06");
  f(0.0001, "0.0001");
  f(0.00001234, "1.234e-05");
  f(1e100, "1e+100");
  f(std::numeric_limits<double>::infinity(), "+Inf");
}

}  // namespace
}  // namespace monitorai::query::templates
