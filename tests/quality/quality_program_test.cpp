// The judge behind the real program: answers by its API, spans and log lines as services send them, floods, bad input, and kill -9.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "quality/served.h"

namespace monitorai::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kWrong =
    R"({"model":"m","prompt":"How tall is it?","answer":"The tower is 450 metres tall.","facts":["The tower is 330 metres tall."],"trace_id":"5b8efff798038103d269b633813fc60c"})";
constexpr std::string_view kSound =
    R"({"model":"m","prompt":"How tall is it?","answer":"The tower is 330 metres tall.","facts":["The tower is 330 metres tall."]})";

TEST(QualityProgram, answers_are_judged_counted_and_kept) {
  TemporaryDirectory folder;
  Served served(folder.path());
  EXPECT_THAT(served.get("/metrics"), Not(HasSubstr("monitorai_quality_"))) << "nothing of it exists before there is something to judge";
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "data/quality.db"));
  EXPECT_THAT(served.post("/api/v1/quality/evaluate", kWrong), HasSubstr(R"("flagged":true,"verdict":"hallucinated")"));
  EXPECT_THAT(served.post("/api/v1/quality/evaluate", fmt::format("[{},{}]", kSound, kWrong)),
              HasSubstr(R"("flagged":false,"verdict":"supported")"));
  EXPECT_THAT(served.post("/api/v1/quality/evaluate?wait=false", kSound), testing::StartsWith("202 "));
  EXPECT_TRUE(served.shows("/metrics", "llm_evaluated_responses_total{model_name=\"m\"} 4\n"));
  const std::string metrics = served.get("/metrics");
  EXPECT_THAT(metrics, HasSubstr("llm_hallucinations_total{model_name=\"m\"} 2\n"));
  EXPECT_THAT(metrics, HasSubstr("llm_hallucination_score_count{model_name=\"m\"} 4\n"));
  EXPECT_THAT(metrics, HasSubstr("llm_hallucination_share{model_name=\"m\"} 0.5\n"));
  EXPECT_THAT(metrics, HasSubstr("llm_hallucination_rate{model_name=\"m\"} "));
  EXPECT_THAT(served.get("/api/v1/quality/answers?flagged=true"), HasSubstr(R"("trace_id":"5b8efff798038103d269b633813fc60c")"));
  EXPECT_THAT(served.post("/api/v1/quality/labels", R"({"kept":1,"hallucinated":true})"),
              HasSubstr(R"({"labels":{"hallucinated":1,"sound":0)"));
  EXPECT_THAT(served.get("/api/v1/quality/answers/1"), HasSubstr(R"("hallucinated":true)"));
  EXPECT_THAT(served.get("/api/v1/quality/weights"), HasSubstr(R"("shipped":true)"));
  // SPEC's rule, as it stands: the counter is in the store and its rate is a share.
  EXPECT_TRUE(served.shows("/api/v1/query?query=rate(llm_hallucination_rate%5B5m%5D)%20%3E%200.1", R"("model_name":"m")"));
}

TEST(QualityProgram, bad_input_is_refused_and_loses_nothing) {
  TemporaryDirectory folder;
  Served served(folder.path());
  const auto f = [&](const std::string& body) { return served.post("/api/v1/quality/evaluate", body); };
  EXPECT_THAT(f(""), HasSubstr("400 {\"error\":\"cannot read the evaluations: "));
  EXPECT_THAT(f("{}"), HasSubstr("400 {"));
  EXPECT_THAT(f("[]"), HasSubstr("200 {\"results\":[]}"));
  EXPECT_THAT(f(R"({"answer":""})"), HasSubstr(R"("verdict":"not judged")"));
  EXPECT_THAT(f(R"({"answer":"Yes"})"), HasSubstr("it has none of the signs"));
  EXPECT_THAT(f(R"({"answer":"Paris","facts":["Paris"]})"), HasSubstr(R"("verdict":"supported")"));
  EXPECT_THAT(f(R"({"answer":"巴黎是法国的首都。","facts":["巴黎是法国的首都。"]})"), HasSubstr(R"("verdict":"supported")"));
  EXPECT_THAT(f(R"({"answer":"Paris","facts":["Paris"],"logprobs":[NaN,-Infinity,null]})"), HasSubstr("200 {"));
  std::string megabyte;
  while (megabyte.size() < (1 << 20) - 100) megabyte += "The tower is tall and very old. ";
  EXPECT_THAT(f(fmt::format(R"({{"prompt":"{0}","answer":"{0}","facts":["{0}"]}})", megabyte)),
              testing::AnyOf(HasSubstr(R"("verdict":"supported")"), HasSubstr("202 {\"queued\":1}")))
      << "a machine may take over 5 s for it";
  EXPECT_THAT(f(fmt::format(R"({{"answer":"{0}{0}"}})", megabyte)),
              HasSubstr("413 {\"error\":\"cannot read the evaluations: the answer is longer than"));
  std::string many = "[";
  for (int i = 0; i < 1001; ++i) many += fmt::format("{}{}", i > 0 ? "," : "", kSound);
  EXPECT_THAT(f(many + "]"), HasSubstr("1001 evaluations in one request: the limit is 1000"));
  EXPECT_THAT(served.post("/api/v1/quality/labels", R"({"kept":77,"hallucinated":true})"), HasSubstr("404 {"));
  EXPECT_THAT(served.post("/api/v1/quality/labels", R"({"kept":"x"})"), HasSubstr("400 {"));
  EXPECT_THAT(served.post("/api/v1/quality/fit", ""), HasSubstr("400 {"));
  EXPECT_THAT(served.post("/api/v1/quality/baselines", R"({"prompts":["a","b","c"]})"), HasSubstr("cannot make a baseline of 3 prompts"));
  EXPECT_THAT(served.get("/api/v1/quality/answers?limit=x"), HasSubstr("400 {"));
  EXPECT_THAT(served.get("/api/v1/quality/answers/x"), HasSubstr("404 {"));
  EXPECT_THAT(f(std::string(kSound)), HasSubstr(R"("verdict":"supported")")) << "it still works";
}

TEST(QualityProgram, spans_are_judged_against_the_documents_of_their_trace) {
  TemporaryDirectory folder;
  Served served(folder.path(), {"logs.content=off"});
  const auto span = [](std::string id, std::string attributes) {
    const int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    return fmt::format(
        R"({{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{}","name":"x","kind":3,"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{}]}})",
        id, now - 1'000'000, now, attributes);
  };
  const auto text = [](std::string_view key, std::string_view value) {
    return fmt::format(R"({{"key":"{}","value":{{"stringValue":{}}}}})", key, json_string(value));
  };
  const std::string call = span(
      "eee19b7ec3c1b174",
      text("gen_ai.operation.name", "chat") + "," + text("gen_ai.request.model", "gpt") + "," +
          text("gen_ai.input.messages", R"([{"role":"user","parts":[{"type":"text","content":"How tall is it?"}]}])") + "," +
          text("gen_ai.output.messages", R"([{"role":"assistant","parts":[{"type":"text","content":"The tower is 450 metres tall."}]}])"));
  const std::string found = span("eee19b7ec3c1b175", text("openinference.span.kind", "RETRIEVER") + "," +
                                                         text("retrieval.documents.0.document.content", "The tower is 330 metres tall."));
  const std::string body = fmt::format(R"({{"resourceSpans":[{{"resource":{{"attributes":[{}]}},"scopeSpans":[{{"spans":[{},{}]}}]}}]}})",
                                       text("service.name", "rag"), call, found);
  EXPECT_EQ(served.post("/v1/traces", body), "200 {}");
  EXPECT_TRUE(served.shows("/metrics", "llm_hallucinations_total{model_name=\"gpt\",service=\"rag\"} 1\n"));
  EXPECT_EQ(served.post("/v1/traces", body), "200 {}");
  EXPECT_THAT(served.get("/metrics"), HasSubstr("monitorai_quality_received_total{source=\"span\"} 1\n"))
      << "a repeated request is not judged again";
  const std::string kept = served.get("/api/v1/quality/answers");
  EXPECT_THAT(kept, HasSubstr(R"("source":"span")"));
  EXPECT_THAT(kept, HasSubstr(R"("trace_id":"5b8efff798038103d269b633813fc60c")"));
  EXPECT_THAT(kept, Not(HasSubstr("450"))) << "content is off: judged, and its text dropped";
}

TEST(QualityProgram, a_call_that_comes_as_a_span_and_as_an_event_is_judged_once_in_either_order) {
  for (const bool span_first : {true, false}) {
    TemporaryDirectory folder;
    Served served(folder.path());
    const int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    const auto text = [](std::string_view key, std::string_view value) {
      return fmt::format(R"({{"key":"{}","value":{{"stringValue":{}}}}})", key, json_string(value));
    };
    const std::string said =
        text("gen_ai.operation.name", "chat") + "," + text("gen_ai.request.model", "gpt") + "," +
        text("gen_ai.input.messages", R"([{"role":"user","parts":[{"type":"text","content":"How tall is it?"}]}])") + "," +
        text("gen_ai.output.messages", R"([{"role":"assistant","parts":[{"type":"text","content":"The tower is 450 metres tall."}]}])");
    constexpr std::string_view kTrace = "5b8efff798038103d269b633813fc60c";
    const auto span = [&](std::string_view id, std::string_view attributes) {
      return fmt::format(
          R"({{"traceId":"{}","spanId":"{}","name":"x","kind":3,"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{}]}})",
          kTrace, id, now - 1'000'000, now, attributes);
    };
    const auto send_spans = [&] {
      const std::string found =
          span("eee19b7ec3c1b175", text("openinference.span.kind", "RETRIEVER") + "," +
                                       text("retrieval.documents.0.document.content", "The tower is 330 metres tall."));
      EXPECT_EQ(served.post("/v1/traces",
                            fmt::format(R"({{"resourceSpans":[{{"resource":{{"attributes":[{}]}},"scopeSpans":[{{"spans":[{},{}]}}]}}]}})",
                                        text("service.name", "rag"), found, span("eee19b7ec3c1b174", said))),
                "200 {}");
    };
    const auto send_event = [&] {
      const std::string record = fmt::format(
          R"({{"timeUnixNano":"{}","traceId":"{}","spanId":"eee19b7ec3c1b174","body":{{"stringValue":""}},"attributes":[{},{}]}})", now,
          kTrace, text("event.name", "gen_ai.client.inference.operation.details"), said);
      EXPECT_EQ(served.post("/v1/logs",
                            fmt::format(R"({{"resourceLogs":[{{"resource":{{"attributes":[{}]}},"scopeLogs":[{{"logRecords":[{}]}}]}}]}})",
                                        text("service.name", "rag"), record)),
                "200 {}");
    };
    span_first ? send_spans() : send_event();
    EXPECT_TRUE(
        served.shows("/metrics", fmt::format("monitorai_quality_received_total{{source=\"{}\"}} 1\n", span_first ? "span" : "log")));
    span_first ? send_event() : send_spans();
    EXPECT_TRUE(served.shows("/metrics",
                             fmt::format("monitorai_quality_told_twice_total{{outcome=\"{}\"}} 1\n", span_first ? "left_out" : "joined")));
    EXPECT_TRUE(served.shows("/metrics", "llm_hallucinations_total{model_name=\"gpt\",service=\"rag\"} 1\n"));
    const std::string metrics = served.get("/metrics");
    EXPECT_THAT(metrics, HasSubstr("llm_evaluated_responses_total{model_name=\"gpt\",service=\"rag\"} 1\n"));
    EXPECT_THAT(metrics, HasSubstr("llm_unjudged_responses_total{model_name=\"gpt\",service=\"rag\"} 0\n"));
    EXPECT_THAT(metrics, HasSubstr("monitorai_quality_evaluated_total 1\n"));
    EXPECT_THAT(served.get("/api/v1/quality/answers"), HasSubstr(R"("missing":["450"])")) << "beside the documents of its trace";
  }
}

TEST(QualityProgram, log_lines_are_read_from_files_pushes_and_patterns) {
  TemporaryDirectory folder;
  std::ofstream log(folder.path() / "llm-model.log");
  log << "2025-01-15 10:30:26,123 - INFO - [USER] Request #1: Hello there\n" << std::flush;
  Served served(folder.path(), {fmt::format("logs.files=[{}/*.log]", folder.path().native()),
                                "quality.patterns=[{name: ours, pattern: 'ASK=(?P<prompt>.*) SAY=(?P<answer>.*) FROM=(?P<facts>.*)'}]"});
  log << "2025-01-15 10:30:27,123 - INFO - [MODEL] Response #1: Hi!\n" << std::flush;
  EXPECT_TRUE(served.shows("/metrics", "monitorai_quality_received_total{source=\"log\"} 1\n"));
  EXPECT_TRUE(served.shows("/metrics", "llm_unjudged_responses_total{")) << "an answer without facts cannot be judged";
  const int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const std::string pushed =
      fmt::format(R"({{"streams":[{{"stream":{{"job":"rag","model_name":"m"}},"values":[["{}",{}]]}}]}})", now,
                  json_string(R"({"prompt":"p","answer":"The tower is 450 metres tall.","contexts":["The tower is 330 metres tall."]})"));
  EXPECT_THAT(served.post("/loki/api/v1/push", pushed), HasSubstr("204"));
  EXPECT_TRUE(served.shows("/metrics", "llm_hallucinations_total{model_name=\"m\",service=\"rag\"} 1\n"));
  log << "ASK=how tall SAY=The tower is 450 metres tall. FROM=The tower is 330 metres tall.\n" << std::flush;
  EXPECT_TRUE(served.shows("/api/v1/quality/answers", R"("prompt":"how tall")"));
}

TEST(QualityProgram, nothing_acknowledged_is_lost_by_a_kill) {
  TemporaryDirectory folder;
  std::string prompts;
  for (int i = 0; i < 60; ++i) prompts += fmt::format(R"({}"prompt number {} about printers")", i > 0 ? "," : "", i);
  {
    Served served(folder.path());
    EXPECT_THAT(served.post("/api/v1/quality/evaluate", kWrong), HasSubstr(R"("kept":1)"));
    EXPECT_THAT(served.post("/api/v1/quality/labels", R"({"kept":1,"hallucinated":true})"), HasSubstr("200"));
    EXPECT_THAT(served.post("/api/v1/quality/baselines", fmt::format(R"({{"model":"m","name":"mine","prompts":[{}]}})", prompts)),
                HasSubstr("201 {"));
    served.program.signal(SIGKILL);
    served.program.wait();
  }
  Served again(folder.path());
  EXPECT_THAT(again.get("/api/v1/quality/answers"), HasSubstr(R"("hallucinated":true)"));
  EXPECT_THAT(again.get("/api/v1/quality/baselines"), HasSubstr(R"("name":"mine")"));
  EXPECT_THAT(again.get("/api/v1/quality/hallucination"), HasSubstr(R"("window":{"judged":1,"flagged":1)"));
  EXPECT_THAT(again.get("/api/v1/quality/drift"), HasSubstr(R"("name":"mine")"));
  again.program.signal(SIGTERM);
  EXPECT_EQ(again.program.wait(), 0);
}

TEST(QualityProgram, a_flood_is_sampled_and_others_are_served) {
  TemporaryDirectory folder;
  Served served(folder.path(), {"quality.queue_max=150"});
  std::string batch = "[";
  for (int i = 0; i < 100; ++i) batch += fmt::format("{}{}", i > 0 ? "," : "", kWrong);
  batch += "]";
  size_t sent = 0, refused = 0;
  {
    std::vector<std::jthread> senders;
    std::mutex mutex;
    for (int sender = 0; sender < 2; ++sender)
      senders.emplace_back([&] {
        net::HttpClient http;
        for (int i = 0; i < 20; ++i) {
          const auto answer = http.post(served.url + "/api/v1/quality/evaluate?wait=false", batch, kJson);
          const std::lock_guard lock(mutex);
          ++sent;
          refused += answer && answer->status == 503 ? 1u : 0u;
        }
      });
    // Meanwhile others bring what they measure and log, and all of it is there.
    EXPECT_THAT(served.get("/-/healthy"), HasSubstr("200"));
    const int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    for (int i = 0; i < 20; ++i) {
      EXPECT_THAT(
          served.post(
              "/v1/metrics",
              fmt::format(
                  R"({{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"meanwhile","gauge":{{"dataPoints":[{{"timeUnixNano":"{}","asInt":"{}"}}]}}}}]}}]}}]}})",
                  now + i * 1'000'000, i)),
          HasSubstr("200"));
      EXPECT_THAT(served.post("/loki/api/v1/push",
                              fmt::format(R"({{"streams":[{{"stream":{{"job":"meanwhile"}},"values":[["{}","line {}"]]}}]}})", now + i, i)),
                  HasSubstr("204"));
    }
  }
  EXPECT_EQ(sent, 40u);
  EXPECT_GT(refused, 0u) << "4,000 at once do not fit";
  EXPECT_THAT(served.get("/api/v1/query?query=count_over_time(meanwhile%5B1h%5D)"), HasSubstr(R"("20"])"));
  EXPECT_THAT(served.get("/loki/api/v1/query?query=count_over_time(%7Bjob%3D%22meanwhile%22%7D%5B1h%5D)"), HasSubstr(R"("20"])"));
  const std::string metrics = served.get("/metrics");
  EXPECT_THAT(metrics, HasSubstr("monitorai_quality_received_total{source=\"api\"} 4000\n"));
  EXPECT_THAT(metrics, HasSubstr(fmt::format("monitorai_quality_dropped_total{{limit=\"queue\"}} {}\n", refused * 100)));
  EXPECT_TRUE(served.shows("/metrics", fmt::format("monitorai_quality_evaluated_total {}\n", (sent - refused) * 100)));
}

TEST(QualityProgram, alerts_tell_the_figures_the_worst_answers_and_their_traces) {
  const auto f =
      [](std::string_view content) {
        TemporaryDirectory folder;
        std::ofstream(folder.path() / "rules.yml")
            << "groups:\n  - name: quality\n    interval: 1s\n    rules:\n      - alert: Hallucinations\n "
               "       expr: llm_hallucination_share_low > 0.1\n"
               "        labels: {quality: hallucination}\n        annotations: {summary: 'too many'}\n";
        Served served(folder.path(), {fmt::format("rules.files=[{}/rules.yml]", folder.path().native()),
                                      "rules.external_url=https://watch.example/", fmt::format("logs.content={}", content)});
        EXPECT_THAT(served.post("/api/v1/quality/evaluate", fmt::format("[{0},{0},{0},{0},{0}]", kWrong)), HasSubstr("200"));
        EXPECT_TRUE(served.shows("/api/v2/alerts", "too many"));
        return served.get("/api/v2/alerts");
      };
  const std::string link = "https://watch.example/traces/5b8efff798038103d269b633813fc60c";
  const auto times = [](std::string_view text, std::string_view wanted) {
    size_t out = 0;
    for (size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) ++out;
    return out;
  };
  const std::string full = f("full"), off = f("off");
  for (const std::string& alerts : {full, off}) {
    EXPECT_THAT(alerts, HasSubstr("5 of 5 answers flagged: 100.0 % (95 % interval 56.6 to 100.0 %)"));
    EXPECT_EQ(times(alerts, link), 3u) << "the three worst; the page of the trace, for a person\n" << alerts;
    EXPECT_THAT(alerts, Not(HasSubstr("/api/traces/")));
  }
  EXPECT_EQ(times(full, "The tower is 450 metres tall."), 3u);
  EXPECT_THAT(full, HasSubstr("(the facts lack: 450)"));
  EXPECT_THAT(off, Not(HasSubstr("450")));
}

TEST(QualityProgram, it_can_be_off) {
  TemporaryDirectory folder;
  Served served(folder.path(), {"quality.enabled=off"});
  EXPECT_THAT(served.post("/api/v1/quality/evaluate", kWrong), HasSubstr("503 {\"error\":\"quality.enabled is off\"}"));
}

}  // namespace
}  // namespace monitorai::tests
