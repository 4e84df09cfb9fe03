#include "collect/relabel/relabel.h"

#include <gtest/gtest.h>

namespace monitorai::collect {
namespace {

using signals::Labels;

std::string applied(RelabelSettings settings, const Labels& labels) {
  const auto rule = RelabelRule::make(std::move(settings));
  if (!rule) return rule.error().message;
  const auto out = relabel(labels, std::span(&*rule, 1));
  return out ? out->text() : "dropped";
}

TEST(Relabel, does_what_each_action_says) {
  const Labels labels{{"__address__", "box:9100"}, {"a", "Foo"}, {"b", "bar"}, {"__meta_x", "1"}};
  const auto f = [&](RelabelSettings settings, std::string_view want) { EXPECT_EQ(applied(std::move(settings), labels), want); };
  f({.source_labels = {"__address__"}, .regex = "([^:]+):.*", .target_label = "host"},
    R"({__address__="box:9100", __meta_x="1", a="Foo", b="bar", host="box"})");
  f({.source_labels = {"a", "b"}, .separator = "-", .target_label = "c"},
    R"({__address__="box:9100", __meta_x="1", a="Foo", b="bar", c="Foo-bar"})");
  f({.source_labels = {"a"}, .regex = "no", .target_label = "c"}, labels.text());
  f({.source_labels = {"a"}, .target_label = "b", .replacement = ""}, R"({__address__="box:9100", __meta_x="1", a="Foo"})");
  f({.source_labels = {"b"}, .regex = "(.*)", .target_label = "${1}_x", .replacement = "v"},
    R"({__address__="box:9100", __meta_x="1", a="Foo", b="bar", bar_x="v"})");
  f({.source_labels = {"a"}, .regex = "Foo|x", .action = "keep"}, labels.text());
  f({.source_labels = {"a"}, .regex = "foo", .action = "keep"}, "dropped");
  f({.source_labels = {"a"}, .regex = "F.*", .action = "drop"}, "dropped");
  f({.source_labels = {"a"}, .target_label = "b", .action = "keepequal"}, "dropped");
  f({.source_labels = {"a"}, .target_label = "b", .action = "dropequal"}, labels.text());
  f({.regex = "__meta_(.+)", .action = "labelmap"}, R"({__address__="box:9100", __meta_x="1", a="Foo", b="bar", x="1"})");
  f({.regex = "__.*", .action = "labeldrop"}, R"({a="Foo", b="bar"})");
  f({.regex = "a|b", .action = "labelkeep"}, R"({a="Foo", b="bar"})");
  f({.source_labels = {"a"}, .target_label = "a", .action = "lowercase"}, R"({__address__="box:9100", __meta_x="1", a="foo", b="bar"})");
  f({.source_labels = {"a"}, .target_label = "a", .action = "Uppercase"}, R"({__address__="box:9100", __meta_x="1", a="FOO", b="bar"})");
}

TEST(Relabel, hashmod_is_prometheus_own_hash) {
  // MD5("bar") = 37b51d194a7513e45b56f6524f2d51f2; its last eight bytes modulo 1000.
  EXPECT_EQ(applied({.source_labels = {"b"}, .modulus = 1000, .target_label = "h", .action = "hashmod"}, Labels{{"b", "bar"}}),
            fmt::format(R"({{b="bar", h="{}"}})", 0x5b56f6524f2d51f2ULL % 1000));
}

TEST(Relabel, refuses_rules_that_cannot_work) {
  const auto f = [](RelabelSettings settings, std::string_view want) {
    EXPECT_NE(applied(std::move(settings), {}).find(want), std::string::npos) << want;
  };
  f({.action = "replce"}, "did you mean replace?");
  f({.regex = "(", .target_label = "a"}, "cannot compile");
  f({}, "needs target_label");
  f({.target_label = "a", .action = "hashmod"}, "needs modulus");
  f({.source_labels = {"a"}, .action = "labeldrop"}, "takes only regex");
}

}  // namespace
}  // namespace monitorai::collect
