#include "query/logql/explore.h"

#include <gtest/gtest.h>

#include "query/logql/testing/memory_log_source.h"

namespace monitorai::query {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

MemoryLogSource source() {
  MemoryLogSource out(2);
  out.add({{"app", "api"}, {"env", "prod"}, {"id", "17"}},
          {{{1 * kSecond}, "level=info status=200 took=15ms size=2KiB user=ann", {{"trace_id", "abc"}}},
           {{2 * kSecond}, "level=warn status=404 took=2s size=1KiB user=bob", {{"trace_id", "def"}}}});
  out.add({{"app", "web"}, {"env", "prod"}, {"id", "18"}},
          {{{11 * kSecond}, R"({"ok":true,"ratio":0.5,"request":{"path-name":"/a"},"app":"x"})", {}}, {{12 * kSecond}, "plain words", {}}});
  return out;
}

TEST(LogQlExplore, fields_are_detected_with_type_and_parser) {
  Pool pool(1);
  const LogQlEngine engine({}, pool);
  const auto f = [&](std::string_view query) {
    const auto fields = detected_fields(engine, source(), query, {{0}, {100 * kSecond}}, 100);
    if (!fields) return fields.error().message;
    std::string out;
    for (const DetectedField& field : *fields) {
      out += fmt::format("{} {} {}", field.label, field.type, field.cardinality);
      for (const std::string& parser : field.parsers) out += " " + parser;
      for (const std::string& part : field.json_path) out += " ." + part;
      out += "|";
    }
    return out;
  };
  EXPECT_EQ(f(R"({app="api"})"),
            "level string 2 logfmt|size bytes 2 logfmt|status int 2 logfmt|took duration 2 logfmt|trace_id string 2|user string 2 logfmt|");
  EXPECT_EQ(f(R"({app="web"})"),
            "app_extracted string 1 json .app|ok boolean 1 json .ok|ratio float 1 json .ratio|request_path_name string 1 json .request "
            ".path-name|");
  EXPECT_EQ(f(R"({app="api"} | logfmt | level="warn" | keep status)"), "status int 1 logfmt|");
  EXPECT_EQ(f("rate({a=\"b\"}[1m])"), "fields are detected in log queries only");
  EXPECT_EQ(*detected_field_values(engine, source(), R"({app="api"})", "user", {{0}, {100 * kSecond}}, 10),
            (std::vector<std::string>{"ann", "bob"}));
  EXPECT_TRUE(detected_field_values(engine, source(), R"({app="api"})", "nope", {{0}, {100 * kSecond}}, 10)->empty());
}

TEST(LogQlExplore, labels_that_are_ids_are_left_out) {
  const auto labels = detected_labels(source(), {}, {{0}, {100 * kSecond}});
  ASSERT_EQ(labels->size(), 2u);
  EXPECT_EQ((*labels)[0].label, "app");
  EXPECT_EQ((*labels)[0].cardinality, 2u);
  EXPECT_EQ((*labels)[1].label, "env");
}

TEST(LogQlExplore, patterns_of_lines) {
  MemoryLogSource lines(10);
  std::vector<MemoryLogSource::StoredLine> stored;
  for (int i = 0; i < 20; ++i)
    stored.push_back({{i * kSecond}, fmt::format("10:30:{:02} INFO request {} of user {} done in {}ms", i, i, i % 2 == 0 ? "ann" : "bob", i * 3), {}});
  for (int i = 0; i < 5; ++i) stored.push_back({{i * kSecond}, "model loaded", {}});
  lines.add({{"a", "b"}}, stored);
  Pool pool(1);
  const LogQlEngine engine({}, pool);
  const auto f = [&](std::string_view query, PatternLimits limits = {}) {
    const auto found = log_patterns(engine, lines, query, {{0}, {100 * kSecond}}, std::chrono::seconds(10), limits);
    if (!found) return found.error().message;
    std::string out;
    for (const LogPattern& p : *found) {
      out += fmt::format("{}x {}", p.total, p.pattern);
      for (const auto& [second, count] : p.samples) out += fmt::format(" {}@{}", count, second);
      out += "|";
    }
    return out;
  };
  EXPECT_EQ(f(R"({a="b"})"), "20x <_> INFO request <_> of user <_> done in <_> 10@0 10@10|5x model loaded 5@0|");
  EXPECT_EQ(f(R"({a="b"} |= "model")"), "5x model loaded 5@0|");
  EXPECT_EQ(f(R"({a="b"} |= "model")", {3, 300, 3000, 200}), "3x model loaded 3@0|");
  EXPECT_EQ(f(R"({a="b"} |= "model")", {100, 300, 7, 200}), "5x model l<_> 5@0|");
  EXPECT_EQ(f(R"({a="b"})", {100, 1, 3000, 200}).substr(0, 3), "20x");
  EXPECT_EQ(f("{"), "parse error at line 1, col 2: syntax error: unexpected end of query, expecting IDENTIFIER");
}

TEST(LogQlExplore, volume_by_series_labels_and_step) {
  const auto f = [](VolumeRequest request) {
    request.range = {{0}, {20 * kSecond}};
    std::string out;
    const auto volumes = log_volume(source(), request);
    for (const Volume& v : *volumes) {
      out += fmt::format("{}{} {}", v.labels.text(), v.label, v.bytes);
      for (const Volume::Sample& s : v.samples) out += fmt::format(" {}@{}", s.bytes, s.time.ns / kSecond);
      out += "|";
    }
    return out;
  };
  const auto matcher = [](std::string name, std::string value) {
    return std::move(*signals::Matcher::make(std::move(name), signals::MatchOp::regex, std::move(value)));
  };
  EXPECT_EQ(f({.matchers = {matcher("app", ".+")}}), R"({app="api"} 98 98@20|{app="web"} 73 73@20|)");
  EXPECT_EQ(f({.matchers = {matcher("app", ".+")}, .target_labels = {"env"}}), R"({env="prod"} 171 171@20|)");
  EXPECT_EQ(f({.matchers = {matcher("app", ".+")}, .by_labels = true, .step = std::chrono::seconds(10)}), "{}app 171 98@10 73@20|");
  EXPECT_EQ(f({.limit = 1}), R"({app="api", env="prod", id="17"} 98 98@20|)");
}

}  // namespace
}  // namespace monitorai::query
