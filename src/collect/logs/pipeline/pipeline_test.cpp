#include "collect/logs/pipeline/pipeline.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "collect/logs/pipeline/jmespath.h"
#include "collect/logs/pipeline/selector.h"

namespace monitorai::collect {
namespace {

constexpr TimeNs kNow{1'795'428'000'000'000'000};  // 2026-11-23T10:00:00Z

/// A template engine that knows "{{ .name }}" alone.
Result<FieldTemplate> tiny_templates(std::string_view text) {
  return FieldTemplate([text = std::string(text)](const Extracted& fields) -> Result<std::string> {
    std::string out = text;
    for (const auto& [name, value] : fields)
      for (size_t at; (at = out.find("{{ ." + name + " }}")) != std::string::npos;) out.replace(at, name.size() + 7, value);
    return out;
  });
}

struct Outcome {
  std::shared_ptr<const PipelinePlan> plan;
  std::vector<Entry> entries;
};

Outcome run(std::vector<StageSettings> stages, const std::vector<std::string>& lines, signals::Labels labels = {{"job", "x"}}) {
  auto plan = make_pipeline(stages, tiny_templates);
  EXPECT_TRUE(plan) << plan.error().message;
  if (!plan) return {};
  Outcome out{*plan, {}};
  const auto processor = (*plan)->make_processor(labels);
  uint64_t at = 0;
  for (const std::string& line : lines) {
    processor->line({.begin = at, .end = at + line.size() + 1, .text = line}, kNow, out.entries);
    at += line.size() + 1;
  }
  processor->flush(kNow, out.entries);
  EXPECT_FALSE(processor->held());
  return out;
}

std::string labels_of(const Entry& entry) { return signals::Labels::from(entry.labels).text(); }

TEST(Pipeline, a_pasted_pipeline_of_promtail_works_as_a_whole) {
  const Outcome got = run({{"1", JsonStage{{{"level", ""}, {"ts", "time"}, {"msg", "message.text"}, {"id", "ids[-1]"}}}},
                       {"2", TimestampStage{.source = "ts", .format = "RFC3339Nano"}},
                       {"3", LabelsStage{{{"level", ""}}}},
                       {"4", StructuredMetadataStage{{{"request", "id"}}}},
                       {"5", StaticLabelsStage{{{"env", "dev"}}}},
                       {"6", LabelDropStage{{"job"}}},
                       {"7", OutputStage{"msg"}}},
                      {R"({"level":"warn","time":"2026-11-23T09:59:59.5Z","message":{"text":"hi"},"ids":[1,7]})", "no json"});
  ASSERT_EQ(got.entries.size(), 2u);
  EXPECT_EQ(got.entries[0].text, "hi");
  EXPECT_EQ(got.entries[0].time->ns, kNow.ns - 500'000'000);
  EXPECT_EQ(labels_of(got.entries[0]), R"({env="dev", level="warn"})");
  EXPECT_EQ(got.entries[0].metadata, (std::vector<signals::Label>{{"request", "7"}}));
  EXPECT_EQ(got.entries[1].text, "no json");
  EXPECT_EQ(got.entries[1].time->ns, kNow.ns - 499'999'999) << "fudged: behind the line before";
}

TEST(Pipeline, regex_logfmt_and_template) {
  const Outcome got = run({{"1", RegexStage{R"((?P<who>\w+) says)"}},
                       {"2", LogfmtStage{{{"took", "duration"}}}},
                       {"3", TemplateStage{"line", "{{ .who }} took {{ .took }}"}},
                       {"4", OutputStage{"line"}}},
                      {R"(bob says x=1 duration="5 ms" y)"});
  EXPECT_EQ(got.entries[0].text, "bob took 5 ms");
}

TEST(Pipeline, replace_changes_groups_or_whole_matches) {
  EXPECT_EQ(run({{"1", ReplaceStage{.expression = R"(password (\S+))", .replace = "***"}}}, {"password a, password b"}).entries[0].text, "password *** password ***");
  EXPECT_EQ(run({{"1", ReplaceStage{.expression = "[0-9]+", .replace = "<{{ .Value }}>"}}}, {"a1b22"}).entries[0].text, "a<1>b<22>");
}

TEST(Pipeline, containers_formats) {
  const Outcome cri = run({{"1", CriStage{}}}, {"2026-11-23T09:00:00Z stderr P one ", "2026-11-23T09:00:00Z stdout F other", "2026-11-23T09:00:01Z stderr F line"});
  ASSERT_EQ(cri.entries.size(), 2u);
  EXPECT_EQ(cri.entries[0].text, "other");
  EXPECT_EQ(cri.entries[1].text, "one line");
  EXPECT_EQ(labels_of(cri.entries[1]), R"({stream="stderr"})");
  const Outcome docker = run({{"1", DockerStage{}}}, {R"({"log":"a\n","stream":"stdout","time":"2026-11-23T09:00:00Z"})"});
  EXPECT_EQ(docker.entries[0].text, "a");
}

TEST(Pipeline, drop_match_and_limit_count_what_they_drop) {
  const auto f = [](std::vector<StageSettings> stages, std::vector<std::string> lines, std::vector<std::string> want) {
    const Outcome got = run(stages, lines);
    std::vector<std::string> texts;
    for (const Entry& entry : got.entries) texts.push_back(entry.text);
    EXPECT_EQ(texts, want);
    EXPECT_EQ(got.plan->dropped(), lines.size() - want.size());
  };
  f({{"1", DropStage{.expression = "debug"}}}, {"a debug", "b"}, {"b"});
  f({{"1", DropStage{.longer_than = 3}}}, {"long line", "abc"}, {"abc"});
  f({{"1", RegexStage{"(?P<l>.*)"}}, {"2", DropStage{.source = {"l"}, .value = "x"}}}, {"x", "xx"}, {"xx"});
  f({{"1", MatchStage{.selector = R"({job="x"} |= "no")", .action = "drop"}}}, {"no way", "yes"}, {"yes"});
  f({{"1", MatchStage{.selector = R"({job!="x"})", .action = "drop"}}}, {"a"}, {"a"});
  f({{"1", LimitStage{.rate = 1, .burst = 2, .drop = true}}}, {"1", "2", "3"}, {"1", "2"});
  f({{"1", JsonStage{{{"a", ""}}, "", true}}}, {"{", R"({"a":1})"}, {R"({"a":1})"});
}

TEST(Pipeline, match_runs_its_stages_on_what_it_selects) {
  const Outcome got = run({{"1", MatchStage{.selector = R"({job=~"x|y"} |~ "a+")", .stages = {{"1.1", StaticLabelsStage{{{"hit", "yes"}}}}}}}}, {"aa", "b"});
  EXPECT_EQ(labels_of(got.entries[0]), R"({hit="yes"})");
  EXPECT_EQ(labels_of(got.entries[1]), "{}");
}

TEST(Pipeline, multiline_joins_until_the_next_first_line) {
  const Outcome got = run({{"1", MultilineStage{.firstline = "^\\d", .max_lines = 3}}}, {"before", "1 a", " b", "2 c", " d", " e", " f"});
  std::vector<std::string> texts;
  for (const Entry& entry : got.entries) texts.push_back(entry.text);
  EXPECT_EQ(texts, (std::vector<std::string>{"before", "1 a\n b", "2 c\n d\n e", " f"}));
  EXPECT_EQ(got.entries[1].begin, 7u);
  EXPECT_EQ(got.entries[1].end, 14u);
}

TEST(Pipeline, multiline_behind_cri_covers_what_it_joined) {
  const Outcome got = run({{"1", CriStage{}}, {"2", MultilineStage{.firstline = "^1"}}},
                          {"2026-11-23T09:00:00Z stderr P half", "2026-11-23T09:00:00Z stdout F 1 first"});
  ASSERT_EQ(got.entries.size(), 1u);
  EXPECT_EQ(got.entries[0].text, "1 first\nhalf");
  EXPECT_EQ(got.entries[0].begin, 0u);
  EXPECT_EQ(got.entries[0].end, 73u);
}

TEST(Pipeline, times_in_the_formats_of_promtail) {
  const auto f = [](std::string_view format, std::string text, int64_t ns) {
    const Outcome got = run({{"1", RegexStage{"^(?P<t>.*)$"}}, {"2", TimestampStage{.source = "t", .format = std::string(format), .action_on_failure = "skip"}}}, {text});
    if (ns == 0) EXPECT_FALSE(got.entries[0].time) << text;
    else EXPECT_EQ(got.entries[0].time.value_or(TimeNs{0}).ns, ns) << format << " " << text;
  };
  f("Unix", "1736937026", 1'736'937'026'000'000'000);
  f("Unix", "1736937026.25", 1'736'937'026'250'000'000);
  f("UnixMs", "1736937026123", 1'736'937'026'123'000'000);
  f("UnixUs", "1736937026123456", 1'736'937'026'123'456'000);
  f("UnixNs", "1736937026123456789", 1'736'937'026'123'456'789);
  f("RFC3339", "2025-01-15T11:30:26+01:00", 1'736'937'026'000'000'000);
  f("RFC1123", "Wed, 15 Jan 2025 10:30:26 UTC", 1'736'937'026'000'000'000);
  f("2006-01-02 15:04:05,000", "2025-01-15 10:30:26,123", 1'736'937'026'123'000'000);
  f("Jan _2 15:04:05", "Jan 15 10:30:26", 1'768'473'026'000'000'000);
  f("Unix", "soon", 0);
  f("UnixNs", "99999999999999999999", 0);
  f("RFC3339", "2025-13-15T11:30:26Z", 0);
}

TEST(Pipeline, decolorize_pack_and_labelallow) {
  EXPECT_EQ(run({{"1", DecolorizeStage{}}}, {"\x1b[32mgreen\x1b[0m \x1b["}).entries[0].text, "green ");
  const Outcome packed = run({{"1", PackStage{{"job"}}}}, {"a\"b"});
  EXPECT_EQ(packed.entries[0].text, R"({"job":"x","_entry":"a\"b"})");
  EXPECT_EQ(packed.entries[0].labels, (std::vector<signals::Label>{{"job", ""}}));
  const Outcome allowed = run({{"1", StaticLabelsStage{{{"a", "1"}, {"b", "2"}}}}, {"2", LabelAllowStage{{"a"}}}}, {"x"});
  EXPECT_EQ(labels_of(allowed.entries[0]), R"({a="1"})");
}

TEST(Pipeline, metrics_are_counted) {
  const Outcome got = run({{"1", RegexStage{"took (?P<took>[0-9.]+)"}},
                       {"2", MetricsStage{{{.name = "lines_total", .type = "Counter", .description = "lines", .action = "inc", .match_all = true},
                                           {.name = "took", .type = "Histogram", .buckets = {1, 5}},
                                           {.name = "last", .type = "Gauge", .source = "took", .action = "set"}}}}},
                      {"took 0.5", "took 7", "nothing"});
  std::vector<signals::MetricFamily> families;
  got.plan->append_families(families);
  ASSERT_EQ(families.size(), 3u);
  EXPECT_EQ(families[0].name, "promtail_custom_last");
  EXPECT_EQ(families[0].points[0].value, 7);
  EXPECT_EQ(families[1].name, "promtail_custom_lines");
  EXPECT_EQ(families[1].points[0].value, 3);
  EXPECT_EQ(families[2].points.size(), 5u);
  EXPECT_EQ(families[2].points[1].value, 1);
  EXPECT_EQ(families[2].points[3].value, 7.5);
}

TEST(Pipeline, what_is_wrong_is_named_with_its_place) {
  const auto f = [](StageSettings stage, std::string_view want) {
    const auto plan = make_pipeline({stage}, tiny_templates);
    ASSERT_FALSE(plan) << want;
    EXPECT_NE(plan.error().message.find(want), std::string::npos) << plan.error().message;
    EXPECT_TRUE(plan.error().message.starts_with("p.yml:7: ")) << plan.error().message;
  };
  f({"p.yml:7", RegexStage{"("}}, "cannot compile");
  f({"p.yml:7", RegexStage{"a"}}, "without a named group");
  f({"p.yml:7", JsonStage{{{"a", "b[*]"}}}}, "in [] stands an index");
  f({"p.yml:7", TimestampStage{.source = "a", .format = "Unix", .action_on_failure = "cry"}}, "fudge or skip");
  f({"p.yml:7", TimestampStage{.source = "a", .format = "Unix", .location = "Mars/Crater"}}, "no zone of this name");
  f({"p.yml:7", LabelsStage{{{"a-b", ""}}}}, "it is no name");
  f({"p.yml:7", MatchStage{.selector = "{a=b}"}}, "a text in quotes is expected at column 4");
  f({"p.yml:7", DropStage{}}, "names nothing to drop");
  f({"p.yml:7", LimitStage{}}, "without rate and burst");
  f({"p.yml:7", MetricsStage{{{.name = "a", .type = "Thing"}}}}, "its type is Counter");
  f({"p.yml:7", MultilineStage{}}, "without firstline");
}

TEST(JmesPath, finds_what_its_part_of_the_language_says) {
  const auto json = parse_json(R"({"a":{"b c":[10,{"d":true}]},"e-f":null,"g":"x"})");
  const auto f = [&](std::string_view path, std::string_view want) {
    const auto parsed = JmesPath::parse(path);
    ASSERT_TRUE(parsed) << path;
    const JsonValue* value = parsed->find(*json);
    EXPECT_EQ(value == nullptr ? "" : plain_text(*value), want) << path;
  };
  f("g", "x");
  f("a.\"b c\"[0]", "10");
  f("a.\"b c\"[-1].d", "true");
  f("a.\"b c\"[5]", "");
  f("e-f || g", "x");
  f("missing.deep", "");
  f("@.g", "x");
  f("a", R"({"b c":[10,{"d":true}]})");
  for (const std::string_view bad : {"", "a.", ".a", "a[x]", "a[*]", "a | b", "\"a", "a || "}) EXPECT_FALSE(JmesPath::parse(bad)) << bad;
}

}  // namespace
}  // namespace monitorai::collect
