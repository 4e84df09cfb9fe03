#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "judge/spans/span_pipeline.h"

namespace monitorai::judge {
namespace {

using signals::Attribute;
using signals::AttributeValue;
using signals::Span;
using testing::ElementsAre;
using testing::HasSubstr;

AttributeValue text(std::string_view value) { return AttributeValue::of(value); }
AttributeValue number(int64_t value) { return AttributeValue::of(value); }

const Attribute kService{"service.name", AttributeValue::of(std::string_view("rag"))};
const signals::SpanOrigin kOrigin{.resource = {&kService, 1}};

Span span(const std::vector<Attribute>& attributes, std::string_view name = "chat gpt-4", int64_t duration_ms = 200) {
  return {.trace = {1, 2}, .id = {3}, .origin = &kOrigin, .name = name, .start = {1'000'000'000}, .duration_ns = duration_ms * 1'000'000, .attributes = attributes};
}

std::string read(const std::vector<Attribute>& attributes, std::string_view name = "x") {
  const auto call = read_genai(span(attributes, name));
  if (!call) return "none";
  const auto count = [](const std::optional<int64_t>& value) { return value ? fmt::format("{}", *value) : "-"; };
  return fmt::format("{} {} {} {} in={} out={} cached={} ttft={}", call->dialect, genai_kind_name(call->kind), call->provider, call->model, count(call->input_tokens),
                     count(call->output_tokens), count(call->cached_tokens), call->first_token_seconds ? format_number(*call->first_token_seconds) : "-");
}

TEST(GenAi, every_dialect_says_the_same) {
  EXPECT_EQ(read({{"gen_ai.operation.name", text("chat")}, {"gen_ai.provider.name", text("openai")}, {"gen_ai.request.model", text("gpt-4")}, {"gen_ai.response.model", text("gpt-4-0613")},
                  {"gen_ai.usage.input_tokens", number(100)}, {"gen_ai.usage.output_tokens", number(20)}, {"gen_ai.usage.cache_read.input_tokens", number(60)},
                  {"gen_ai.response.time_to_first_chunk", AttributeValue::of(0.25)}}),
            "gen_ai inference openai gpt-4-0613 in=100 out=20 cached=60 ttft=0.25");
  EXPECT_EQ(read({{"gen_ai.system", text("vertex_ai")}, {"gen_ai.request.model", text("gemini")}, {"gen_ai.usage.prompt_tokens", number(7)}, {"gen_ai.usage.completion_tokens", number(8)}}),
            "gen_ai inference gcp.vertex_ai gemini in=7 out=8 cached=- ttft=-");
  EXPECT_EQ(read({{"llm.request.type", text("chat")}, {"gen_ai.system", text("Anthropic")}, {"gen_ai.request.model", text("claude")}, {"gen_ai.usage.input_tokens", number(10)},
                  {"gen_ai.usage.output_tokens", number(5)}, {"gen_ai.usage.cache_read_input_tokens", number(90)}}),
            "traceloop inference anthropic claude in=100 out=5 cached=90 ttft=-");
  EXPECT_EQ(read({{"openinference.span.kind", text("LLM")}, {"llm.provider", text("openai")}, {"llm.model_name", text("gpt-4o")}, {"llm.token_count.prompt", number(11)},
                  {"llm.token_count.completion", number(4)}, {"llm.token_count.prompt_details.cache_read", number(3)}}),
            "openinference inference openai gpt-4o in=11 out=4 cached=3 ttft=-");
  EXPECT_EQ(read({{"gen_ai.response.model", text("Qwen")}, {"gen_ai.usage.prompt_tokens", number(9)}, {"gen_ai.usage.completion_tokens", number(6)},
                  {"gen_ai.latency.time_to_first_token", AttributeValue::of(0.1)}, {"gen_ai.latency.e2e", AttributeValue::of(0.5)}},
                 "llm_request"),
            "vllm inference  Qwen in=9 out=6 cached=- ttft=0.1");
  EXPECT_EQ(read({{"prompt.length", number(12)}, {"tokens.generated", number(30)}, {"model", text("gpt2")}}, "inference"), "plain inference  gpt2 in=- out=30 cached=- ttft=-");
  EXPECT_EQ(read({{"gen_ai.operation.name", text("embeddings")}, {"gen_ai.request.model", text("minilm")}}), "gen_ai embedding  minilm in=- out=- cached=- ttft=-");
  EXPECT_EQ(read({{"gen_ai.operation.name", text("execute_tool")}}), "gen_ai tool   in=- out=- cached=- ttft=-");
  EXPECT_EQ(read({{"openinference.span.kind", text("CHAIN")}}), "none");
  EXPECT_EQ(read({{"http.method", text("GET")}, {"model", text("T")}}), "none");
  EXPECT_EQ(read({{"gen_ai.usage.output_tokens", text("17")}}), "gen_ai inference   in=- out=17 cached=- ttft=-") << "sent as text";
  EXPECT_EQ(read({{"gen_ai.usage.output_tokens", number(-5)}}), "gen_ai inference   in=- out=- cached=- ttft=-") << "no count";
}

TEST(GenAi, content_is_what_people_and_models_wrote) {
  for (const std::string_view key : {"gen_ai.prompt.0.content", "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.completion", "llm.input_messages.0.message.content", "input.value",
                                     "traceloop.entity.output", "gen_ai.tool.call.arguments", "prompt"})
    EXPECT_TRUE(is_content(key)) << key;
  for (const std::string_view key : {"gen_ai.prompt.name", "gen_ai.prompt.0.role", "gen_ai.completion.0.finish_reason", "gen_ai.request.model", "prompt.length", "http.url", "input.mime_type"})
    EXPECT_FALSE(is_content(key)) << key;
  EXPECT_TRUE(is_event_content("gen_ai.user.message", "content"));
  EXPECT_FALSE(is_event_content("exception", "message"));
}

std::vector<std::string> told(SpanMetrics& metrics, std::string_view prefix) {
  std::vector<signals::MetricFamily> families;
  metrics.append_families(families);
  std::vector<std::string> out;
  for (const auto& family : families)
    for (const auto& point : family.points)
      if (const std::string name = family.name + std::string(point.suffix); name.starts_with(prefix))
        out.push_back(fmt::format("{}{} {}{}", name, point.labels.text(), format_number(point.value), point.exemplar ? " # " + std::string(point.exemplar->labels.value("trace_id")) : ""));
  return out;
}

TEST(SpanMetrics, calls_of_models_become_the_metrics_of_a_service) {
  FakeClock clock;
  SpanMetrics metrics(clock);
  const std::vector<Attribute> attributes{{"gen_ai.operation.name", text("chat")},          {"gen_ai.provider.name", text("openai")},      {"gen_ai.request.model", text("gpt-4")},
                                          {"gen_ai.usage.input_tokens", number(100)},       {"gen_ai.usage.output_tokens", number(11)},    {"gen_ai.usage.cache_read.input_tokens", number(60)},
                                          {"gen_ai.response.time_to_first_chunk", AttributeValue::of(0.1)}};
  Span failed = span(attributes);
  failed.status = signals::SpanStatus::error;
  metrics.count(std::vector{span(attributes), failed, span({}, "GET /")});
  EXPECT_THAT(told(metrics, "llm_requests"), testing::Each(testing::EndsWith(" 0"))) << "first 0, so that rates see the first increase";
  EXPECT_THAT(told(metrics, "llm_requests"), ElementsAre(R"(llm_requests_total{model_name="gpt-4", operation="inference", provider="openai", service="rag", status="success"} 1)",
                                                         R"(llm_requests_total{model_name="gpt-4", operation="inference", provider="openai", service="rag", status="error"} 1)"));
  EXPECT_THAT(told(metrics, "llm_tokens"), ElementsAre(HasSubstr(R"(direction="input", model_name="gpt-4", operation="inference", provider="openai", service="rag"} 200)"),
                                                       HasSubstr(R"(direction="output")"), HasSubstr(R"(service="rag"} 120)")));
  const auto latency = told(metrics, "llm_inference_latency_seconds");
  EXPECT_THAT(latency, testing::Contains(HasSubstr(R"(le="0.25", model_name="gpt-4", operation="inference", provider="openai", service="rag"} 2 # 00000000000000010000000000000002)")));
  EXPECT_THAT(latency, testing::Contains(HasSubstr(R"(le="0.1", model_name="gpt-4", operation="inference", provider="openai", service="rag"} 0)")));
  EXPECT_THAT(latency, testing::Contains(HasSubstr("_sum")));
  EXPECT_THAT(told(metrics, "llm_time_per_output_token_seconds_sum"), ElementsAre(HasSubstr(" 0.02"))) << "(0.2 - 0.1) / 10, twice";
  EXPECT_THAT(told(metrics, "traces_spanmetrics_calls"), testing::Contains(R"(traces_spanmetrics_calls_total{service="rag", span_kind="SPAN_KIND_UNSPECIFIED", span_name="GET /", status_code="STATUS_CODE_UNSET"} 1)"));
}

TEST(SpanMetrics, calls_cost_what_the_price_table_says) {
  const auto f = [](std::string_view model, std::optional<int64_t> input, std::optional<int64_t> cached, std::optional<int64_t> output) {
    const std::vector<ModelPrice> prices{{.model = "gpt-4", .input = 10, .output = 30}, {.model = "claude*", .input = 3, .output = 15, .cached = 0.3}};
    return cost_of({.model = model, .input_tokens = input, .output_tokens = output, .cached_tokens = cached}, prices);
  };
  EXPECT_DOUBLE_EQ(f("gpt-4", 1'000'000, {}, 100'000).value(), 13);
  EXPECT_DOUBLE_EQ(f("gpt-4", 1000, 1000, {}).value(), 0.01) << "cached tokens cost the same where nothing else is said";
  EXPECT_DOUBLE_EQ(f("claude-opus", 1'000'000, 900'000, 0).value(), 0.57);
  EXPECT_EQ(f("gpt-4o", 1, {}, 1), std::nullopt);
  EXPECT_EQ(f("gpt-4", {}, {}, {}), std::nullopt) << "absent is not zero";
  FakeClock clock;
  SpanMetrics metrics(clock, {{.model = "*", .input = 1, .output = 2}});
  metrics.count(std::vector{span({{"gen_ai.usage.input_tokens", number(500'000)}, {"gen_ai.usage.output_tokens", number(250'000)}})});
  (void)told(metrics, "x");
  EXPECT_THAT(told(metrics, "llm_cost_dollars_total"), ElementsAre(R"(llm_cost_dollars_total{model_name="unknown", operation="inference", service="rag"} 1)"));
}

TEST(SpanMetrics, names_without_end_are_counted_together) {
  FakeClock clock;
  SpanMetrics metrics(clock);
  for (size_t i = 0; i < kSpanGroupsMax + 10; ++i) {
    const std::string name = fmt::format("/user/{}", i);
    metrics.count(std::vector{span({}, name)});
  }
  EXPECT_EQ(metrics.counts().over_limit, 10u);
  (void)told(metrics, "x");
  EXPECT_THAT(told(metrics, "traces_spanmetrics_calls"), testing::Contains(HasSubstr("span_name=\"(other)\"} 10")));
}

/// Keeps what it is given as text.
class FakeStore final : public signals::SpanWriter {
 public:
  Result<signals::SpanWriteOutcome> write(std::span<const Span> spans) override {
    if (error) return *error;
    for (const Span& one : spans) {
      std::string line(one.name);
      for (const auto& [key, value] : one.attributes) line += fmt::format(" {}={}", key, value.shown());
      for (const auto& event : one.events)
        for (const auto& [key, value] : event.attributes) line += fmt::format(" @{}={}", key, value.shown());
      written.push_back(line);
    }
    return signals::SpanWriteOutcome{.accepted = spans.size() - duplicates, .duplicates = duplicates};
  }
  std::vector<std::string> written;
  std::optional<Error> error;
  size_t duplicates = 0;
};

TEST(SpanPipeline, content_is_stored_as_the_user_said) {
  const auto f = [](SpanContent content) {
    FakeClock clock;
    SpanMetrics metrics(clock);
    FakeStore store;
    ServiceGraph graph(clock);
    SpanPipeline pipeline({.content = content, .redact = [](std::string& words) { if (words == "my key is sk-1") words = "my key is [key]"; }}, metrics, graph, store);
    const std::vector<Attribute> in_event{{"content", text("\xc3\xa4nd more")}};
    const signals::SpanEvent event{{5}, "gen_ai.user.message", in_event};
    const std::vector<Attribute> attributes{{"gen_ai.prompt.0.content", text("my key is sk-1")}, {"gen_ai.prompt.0.role", text("user")}};
    Span one = span(attributes, "chat");
    one.events = {&event, 1};
    EXPECT_TRUE(pipeline.write(std::vector{one}));
    return store.written.at(0);
  };
  EXPECT_EQ(f(SpanContent::off), "chat gen_ai.prompt.0.content=(14 characters) gen_ai.prompt.0.role=user @content=(8 characters)");
  EXPECT_EQ(f(SpanContent::redacted), "chat gen_ai.prompt.0.content=my key is [key] gen_ai.prompt.0.role=user @content=\xc3\xa4nd more");
  EXPECT_EQ(f(SpanContent::full), "chat gen_ai.prompt.0.content=my key is sk-1 gen_ai.prompt.0.role=user @content=\xc3\xa4nd more");
}

TEST(SpanPipeline, metrics_count_before_sampling_and_what_was_taken_once) {
  FakeClock clock;
  SpanMetrics metrics(clock);
  FakeStore store;
  ServiceGraph graph(clock);
  SpanPipeline pipeline({.head_share = 0.1}, metrics, graph, store);
  std::vector<Span> spans;
  for (uint64_t i = 0; i < 1000; ++i) {
    spans.push_back(span({}, "n"));
    spans.back().trace = {7, i * 0x9e3779b97f4a7c15u};
  }
  const auto outcome = pipeline.write(spans);
  ASSERT_TRUE(outcome);
  EXPECT_NEAR(static_cast<double>(store.written.size()), 100, 30);
  EXPECT_EQ(outcome->sampled_out + store.written.size(), 1000u);
  EXPECT_EQ(metrics.counts().spans, 1000u);
  store.error = Error{Code::exhausted, "too fast"};
  EXPECT_FALSE(pipeline.write(spans));
  EXPECT_EQ(metrics.counts().spans, 1000u) << "it will be sent again";
  store.error.reset();
  store.duplicates = outcome->accepted;
  EXPECT_TRUE(pipeline.write(spans));
  EXPECT_EQ(metrics.counts().spans, 1000u) << "it was counted before";
}

TEST(TailSampling, keeps_errors_slow_traces_and_a_share) {
  const TailSampling sampling{.share = 0, .slow_ns = 1'000'000'000};
  Span failed = span({});
  failed.status = signals::SpanStatus::error;
  EXPECT_TRUE(tail_keeps(sampling, std::vector{span({}), failed}));
  EXPECT_TRUE(tail_keeps(sampling, std::vector{span({}, "slow", 1000)}));
  Span later = span({}, "later", 300);
  later.start.ns += 800'000'000;
  EXPECT_TRUE(tail_keeps(sampling, std::vector{span({}), later})) << "from the first start to the last end";
  EXPECT_FALSE(tail_keeps(sampling, std::vector{span({})}));
  EXPECT_TRUE(tail_keeps({.share = 1, .slow_ns = INT64_MAX}, std::vector{span({})}));
}

}  // namespace
}  // namespace monitorai::judge
