// tests/traceql/*.test over the trace store: with all spans in its head, with all in a partition, and after a restart.

#include <gmock/gmock.h>

#include "base/files.h"
#include "query/traceql/engine.h"
#include "store/traces/fixture.h"

namespace monitorai::store {
namespace {

using signals::Attribute;
using signals::AttributeValue;
using signals::Span;

/// The words of a line; quotes hold spaces together and stay where they follow '='.
std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> out;
  for (size_t i = 0; i < line.size();) {
    if (line[i] == ' ') {
      ++i;
      continue;
    }
    std::string word;
    bool quoted = false;
    for (; i < line.size() && (quoted || line[i] != ' '); ++i) {
      if (line[i] == '"') quoted = !quoted;
      word += line[i];
    }
    if (word.front() == '"') word = word.substr(1, word.size() - 2);
    out.push_back(std::move(word));
  }
  return out;
}

class TraceQlScripts : public TraceStoreTest {
 protected:
  void run(const std::string& name) {
    const auto text = read_file(std::string(MAI_SOURCE_DIR "/tests/traceql/") + name, 1 << 20);
    ASSERT_TRUE(text);
    for (const std::string_view state : {"in the head", "in a partition", "after a restart"}) {
      store_.reset();
      if (state != "after a restart") {
        std::filesystem::remove_all(settings_.folder);
        std::filesystem::create_directories(settings_.folder);
      }
      open();
      size_t evaluated = 0;
      const std::vector<std::string_view> lines = split(*text, '\n');
      for (size_t i = 0; i < lines.size();) {
        const std::string_view line = lines[i++];
        std::vector<std::string> expected;
        while (i < lines.size() && lines[i].starts_with("  ")) expected.emplace_back(lines[i++].substr(2));
        const std::string where = fmt::format("{}:{} {}: {}", name, i, state, line);
        if (line == "load") {
          if (state != "after a restart") load(expected);
          ASSERT_TRUE(state != "in a partition" || store_->flush());
        } else if (line.starts_with("eval ")) {
          EXPECT_EQ(eval(line.substr(5)), expected) << where;
          ++evaluated;
        } else if (line.starts_with("fail ")) {
          EXPECT_EQ(eval(line.substr(5)), expected) << where;
          ++evaluated;
        } else if (line.starts_with("range ")) {
          EXPECT_EQ(range(line.substr(6)), expected) << where;
          ++evaluated;
        } else {
          ASSERT_TRUE(line.empty() || line.starts_with("#")) << where;
        }
      }
      EXPECT_GT(evaluated, 5u);
    }
  }

 private:
  void load(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
      const std::vector<std::string> w = words(line);
      ASSERT_GE(w.size(), 7u) << line;
      const auto number = [&](size_t i) { return parse_integer<int64_t>(w[i]).value(); };
      std::vector<Attribute> attributes, events, resource{{"service.name", AttributeValue::of(std::string_view(w[3]))}};
      Span span = make_.span(static_cast<uint64_t>(number(0)), static_cast<uint64_t>(number(1)), static_cast<uint64_t>(number(2)), w[3], w[4], number(5), number(6));
      span.kind = signals::SpanKind::internal;
      for (size_t i = 7; i < w.size(); ++i) {
        std::string key = w[i].substr(0, w[i].find('='));
        const std::string text = w[i].substr(key.size() + 1);
        AttributeValue value;
        if (key == "status") span.status = text == "error" ? signals::SpanStatus::error : signals::SpanStatus::ok;
        if (key == "kind") span.kind = text == "server" ? signals::SpanKind::server : signals::SpanKind::client;
        if (key == "status" || key == "kind") continue;
        if (text.front() == '"') value = AttributeValue::of(arena_.keep(text.substr(1, text.size() - 2)));
        else if (text == "true" || text == "false") value = AttributeValue::of(text == "true");
        else if (const auto integer = parse_integer<int64_t>(text)) value = AttributeValue::of(*integer);
        else value = AttributeValue::of(parse_number(text).value());
        auto* to = &attributes;
        for (const auto& [prefix, list] : {std::pair{std::string("resource."), &resource}, std::pair{std::string("event."), &events}}) {
          if (!key.starts_with(prefix)) continue;
          key = key.substr(prefix.size());
          to = list;
        }
        to->push_back({arena_.keep(key), value});
      }
      for (Attribute& attribute : resource) attribute.value.text = arena_.keep(attribute.value.text);
      span.origin = arena_.keep_one(signals::SpanOrigin{.resource = arena_.keep(std::span<const Attribute>(resource))});
      span.attributes = arena_.keep(std::span<const Attribute>(attributes));
      if (!events.empty()) span.events = arena_.keep(std::span<const signals::SpanEvent>(std::vector{signals::SpanEvent{span.start, "event", arena_.keep(std::span<const Attribute>(events))}}));
      write({span});
    }
  }

  static constexpr signals::SpanRange kAll{{kTestStartNs - 1'000'000'000}, {kTestStartNs + 3'600'000'000'000}};

  /// "trace: name, name" for each spanset, or the error.
  std::vector<std::string> eval(std::string_view query) {
    const auto result = engine_.search(*store_, query, {.range = kAll, .limit = 100, .spans_per_set = 100});
    if (!result) return {result.error().message};
    std::vector<std::string> out;
    for (const query::TraceHit& hit : result->traces) {
      for (const auto& set : hit.sets) {
        std::vector<std::string> names;
        for (const auto& span : set.spans) names.push_back(span.name);
        out.push_back(fmt::format("{}: {}", hit.id.high, join(names, ", ")));
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  /// "FROM TO STEP query", in ms from the first span's time.
  std::vector<std::string> range(std::string_view text) {
    const std::vector<std::string> w = words(text);
    const auto at = [&](size_t i) { return TimeNs{kTestStartNs + parse_integer<int64_t>(w[i]).value() * 1'000'000}; };
    const auto result = engine_.range(*store_, text.substr(text.find('{')), {at(0), at(1)}, parse_duration(w[2]).value());
    if (!result) return {result.error().message};
    std::vector<std::string> out;
    for (const query::TraceSeries& series : *result) {
      std::string line = "{";
      for (const query::TraceTag& tag : series.labels) line += fmt::format("{}{}=\"{}\"", line.size() > 1 ? ", " : "", tag.name, tag.value);
      line += "}";
      for (const auto& [time, value] : series.samples) line += fmt::format(" {}={}", time.ms - kTestStartNs / 1'000'000, format_number(std::round(value * 1e9) / 1e9));
      out.push_back(std::move(line));
    }
    return out;
  }

  const query::TraceQlEngine engine_;
  signals::SpanArena arena_;
};

TEST_F(TraceQlScripts, filters) { run("filters.test"); }
TEST_F(TraceQlScripts, structure) { run("structure.test"); }
TEST_F(TraceQlScripts, metrics) { run("metrics.test"); }
TEST_F(TraceQlScripts, errors) { run("errors.test"); }

TEST(TraceQlParser, long_and_deep_queries_end_in_an_error) {
  const auto f = [](std::string query) {
    const auto parsed = query::parse_traceql(query);
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, testing::AnyOf(testing::HasSubstr("nested deeper"), testing::HasSubstr("bytes, of at most")));
  };
  std::string chain = "{}", deep, many = "{ .a = 1";
  for (int i = 0; i < 5000; ++i) {
    chain += "&&{}";
    deep += "(";
    many += "||.a=1";
  }
  f(chain);
  f(deep);
  f(many + "}");
  f("{ " + std::string(5000, '!') + ".a }");
  f("{ " + std::string(5000, '(') + ".a }");
  f(std::string(70'000, ' '));
  std::string wide = "{ .a = 1";
  for (int i = 0; i < 150; ++i) wide += " || .a = 1";
  EXPECT_TRUE(query::parse_traceql(wide + " }"));
}

}  // namespace
}  // namespace monitorai::store
