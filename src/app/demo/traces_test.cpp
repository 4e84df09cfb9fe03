#include "app/demo/traces.h"

#include <gtest/gtest.h>

#include "otlp/json.h"
#include "otlp/traces.h"

namespace monitorai::app::demo {
namespace {

constexpr int64_t kEpoch = 1'700'000'000'000'000'000;

/// "service name start+duration (of parent)" of each span, times in milliseconds since the epoch.
std::vector<std::string> sent(std::span<const Request> requests) {
  auto bytes = otlp::protobuf_of_json(otlp::kTraces, traces_json(requests, {{kEpoch}, 8000, "Qwen"}));
  EXPECT_TRUE(bytes) << bytes.error().message;
  auto read = otlp::read_traces(std::move(*bytes));
  EXPECT_TRUE(read) << read.error().message;
  std::vector<std::string> out;
  const auto& spans = (*read)->batch.spans;
  for (const signals::Span& span : spans) {
    std::string parent;
    for (const signals::Span& other : spans)
      if (span.parent.valid() && other.id == span.parent && other.trace == span.trace) parent = other.name;
    EXPECT_EQ(span.parent.valid(), !parent.empty());
    out.push_back(fmt::format("{} {} {}+{}{}{}", span.origin->service(), span.name, (span.start.ns - kEpoch) / 1'000'000,
                              span.duration_ns / 1'000'000, parent.empty() ? "" : " of " + parent,
                              span.status == signals::SpanStatus::error ? " failed" : ""));
  }
  return out;
}

TEST(DemoTraces, a_request_is_one_tree_over_two_services) {
  const Request request{.number = 5,
                        .arrived = 10,
                        .started = 10.1,
                        .first_token = 10.2,
                        .finished = 11,
                        .prompt_tokens = 200,
                        .output_tokens = 80,
                        .cached_tokens = 16};
  EXPECT_EQ(sent({&request, 1}),
            (std::vector<std::string>{"rag-demo POST /ask 9945+1059", "rag-demo prompt 9945+2 of POST /ask",
                                      "rag-demo embed 9947+18 of POST /ask", "rag-demo retrieve 9965+35 of POST /ask",
                                      "rag-demo inference 10000+1000 of POST /ask", "rag-demo post-process 11000+4 of POST /ask",
                                      "vllm-demo llm_request 10000+1000 of inference"}));
}

TEST(DemoTraces, a_failed_request_has_no_answer) {
  const Request request{
      .number = 6, .arrived = 1, .started = 1, .first_token = 1, .finished = 2, .prompt_tokens = 10, .finish = Finish::error};
  EXPECT_EQ(sent({&request, 1}), (std::vector<std::string>{"rag-demo POST /ask 945+1059 failed", "rag-demo prompt 945+2 of POST /ask",
                                                           "rag-demo embed 947+18 of POST /ask", "rag-demo retrieve 965+35 of POST /ask",
                                                           "rag-demo inference 1000+1000 of POST /ask failed",
                                                           "vllm-demo llm_request 1000+1000 of inference failed"}));
}

TEST(DemoTraces, requests_have_ids_of_their_own) {
  const auto f = [](uint64_t number, int64_t epoch) {
    const Request request{.number = number, .finished = 1};
    const std::string json = traces_json({&request, 1}, {{epoch}, 1, "m"});
    const size_t at = json.find("\"traceId\":\"") + 11;
    return json.substr(at, 32);
  };
  EXPECT_EQ(f(1, kEpoch), f(1, kEpoch));
  EXPECT_NE(f(1, kEpoch), f(2, kEpoch));
  EXPECT_NE(f(1, kEpoch), f(1, kEpoch + 1));
}

}  // namespace
}  // namespace monitorai::app::demo
