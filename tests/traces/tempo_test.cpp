// Tempo's API behind the real program, as Grafana uses it: a trace by its id in JSON and protobuf, searches, tags, metrics.

#include <gmock/gmock.h>

#include "traces/traces_program.h"

namespace monitorai::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kTrace = "5b8efff798038103d269b633813fc60c";

std::string texts(const std::vector<std::pair<std::string, std::string>>& attributes) {
  std::string out;
  for (const auto& [key, value] : attributes) out += fmt::format(R"({}{{"key":"{}","value":{{"stringValue":"{}"}}}})", out.empty() ? "" : ",", key, value);
  return ",\"attributes\":[" + out + "]";
}

void send_rag(const TracesProgram& program) {
  const int64_t now = now_ns() - 5'000'000'000;
  const auto span = [&](const std::string& id, const std::string& parent, const std::string& name, int64_t at_ms, int64_t ms, const std::string& more = {}) {
    return JsonSpan{kTrace, "00000000000000" + id, parent.empty() ? "" : "00000000000000" + parent, name, now + at_ms * 1'000'000, ms * 1'000'000, more};
  };
  const HttpAnswer answer = program.traces.post(
      "/v1/traces",
      otlp_json("rag", {span("01", "", "POST /ask", 0, 900), span("02", "01", "embed", 10, 40), span("03", "01", "retrieve", 60, 90, texts({{"db.system", "faiss"}})),
                        span("04", "01", "inference", 160, 700,
                             R"(,"attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.request.model","value":{"stringValue":"gpt2"}},
                                {"key":"gen_ai.usage.output_tokens","value":{"intValue":"30"}}],"status":{"code":2,"message":"cut off"})"),
                        span("05", "01", "post-process", 870, 20)}));
  ASSERT_EQ(answer.status, 200) << answer.body;
}

TEST(Tempo, a_trace_comes_by_its_id_as_tempo_gives_it) {
  TracesProgram program({"traces.listen=127.0.0.1:0"});
  send_rag(program);
  const std::string at = program.output().substr(program.output().find("Tempo API"));
  const TraceApi port{at.substr(at.find("http://") + 7, at.find('\n') - at.find("http://") - 7)};
  EXPECT_EQ(port.get("/api/echo").body, "echo");
  EXPECT_EQ(port.get("/ready").body, "ready\n");
  const HttpAnswer first = port.get("/api/traces/" + kTrace);
  EXPECT_EQ(first.status, 200);
  EXPECT_THAT(first.body, AllOf(testing::StartsWith(R"({"batches":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"rag"}}]})"),
                                HasSubstr(R"("traceId":"W47/95gDgQPSabYzgT/GDA==")"), HasSubstr(R"("name":"retrieve","kind":"SPAN_KIND_SERVER")"),
                                HasSubstr(R"("status":{"message":"cut off","code":"STATUS_CODE_ERROR"})")));
  EXPECT_THAT(port.get("/api/v2/traces/" + kTrace).body, testing::StartsWith(R"({"trace":{"resourceSpans":[)"));
  const HttpAnswer protobuf = port.get("/api/traces/" + kTrace, {}, "-H 'Accept: application/protobuf'");
  EXPECT_THAT(protobuf.body, AllOf(HasSubstr("post-process"), Not(HasSubstr("{\"batches"))));
  EXPECT_EQ(port.get("/api/traces/1").status, 404);
  EXPECT_EQ(port.get("/api/traces/xyz").status, 400);
}

TEST(Tempo, searches_find_traces_by_what_they_say) {
  TracesProgram program;
  send_rag(program);
  const auto search = [&](const std::string& query) { return program.traces.get("/api/search", {{"q", query}}); };
  const HttpAnswer found = search(R"({ resource.service.name = "rag" && name = "inference" && duration > 500ms } | select(span.gen_ai.request.model))");
  EXPECT_EQ(found.status, 200);
  EXPECT_THAT(found.body, AllOf(HasSubstr(R"("traceID":")" + kTrace), HasSubstr(R"("rootServiceName":"rag","rootTraceName":"POST /ask")"), HasSubstr(R"("durationMs":900)"),
                                HasSubstr(R"("matched":1)"), HasSubstr(R"({"key":"gen_ai.request.model","value":{"stringValue":"gpt2"}})"), HasSubstr(R"("rag":{"spanCount":5,"errorCount":1})")));
  EXPECT_THAT(search(R"({ name = "POST /ask" } > { span.db.system = "faiss" })").body, HasSubstr(kTrace));
  EXPECT_THAT(search(R"({ name = "nothing" })").body, HasSubstr(R"({"traces":[])"));
  EXPECT_EQ(search("{ name = }").status, 400);
  EXPECT_THAT(program.traces.get("/api/search", {{"tags", "service.name=rag db.system=faiss"}, {"minDuration", "100ms"}}).body, HasSubstr(kTrace));
  EXPECT_THAT(program.traces.get("/api/search", {{"minDuration", "1h"}}).body, Not(HasSubstr(kTrace)));
  EXPECT_EQ(program.traces.get("/api/search", {{"limit", "x"}}).status, 400);
  EXPECT_EQ(program.traces.get("/api/search", {{"start", "10"}, {"end", "5"}}).status, 400);
}

TEST(Tempo, tags_and_their_values_are_offered) {
  TracesProgram program;
  send_rag(program);
  EXPECT_THAT(program.traces.get("/api/search/tags").body, AllOf(HasSubstr("\"db.system\""), HasSubstr("\"service.name\"")));
  EXPECT_THAT(program.traces.get("/api/v2/search/tags", {{"scope", "resource"}}).body, HasSubstr(R"({"scopes":[{"name":"resource","tags":["service.name"]}])"));
  EXPECT_THAT(program.traces.get("/api/search/tag/service.name/values").body, HasSubstr(R"({"tagValues":["rag"]})"));
  EXPECT_THAT(program.traces.get("/api/v2/search/tag/resource.service.name/values").body, HasSubstr(R"({"tagValues":[{"type":"string","value":"rag"}])"));
  EXPECT_THAT(program.traces.get("/api/v2/search/tag/name/values", {{"q", "{ status = error }"}}).body, HasSubstr(R"({"tagValues":[{"type":"string","value":"inference"}])"));
  EXPECT_THAT(program.traces.get("/api/v2/search/tag/status/values").body, HasSubstr(R"({"type":"keyword","value":"error"})"));
}

TEST(Jaeger, its_ui_can_read_us) {
  TracesProgram program;
  send_rag(program);
  EXPECT_EQ(program.traces.get("/jaeger/api/services").body, R"({"data":["rag"],"total":1,"limit":0,"offset":0,"errors":null})");
  EXPECT_THAT(program.traces.get("/jaeger/api/services/rag/operations").body, HasSubstr(R"(["POST /ask","embed","inference","post-process","retrieve"])"));
  EXPECT_THAT(program.traces.get("/jaeger/api/operations", {{"service", "rag"}}).body, HasSubstr(R"({"name":"embed","spanKind":""})"));
  const HttpAnswer found = program.traces.get("/jaeger/api/traces", {{"service", "rag"}, {"operation", "inference"}, {"tags", R"({"error":"true","gen_ai.request.model":"gpt2"})"}, {"minDuration", "100ms"}});
  EXPECT_THAT(found.body, AllOf(HasSubstr(R"("traceID":")" + kTrace), HasSubstr(R"("operationName":"retrieve","references":[{"refType":"CHILD_OF","traceID":")" + kTrace),
                                HasSubstr(R"("processes":{"p1":{"serviceName":"rag","tags":[]}})"), HasSubstr(R"({"key":"gen_ai.usage.output_tokens","type":"int64","value":30})")));
  EXPECT_THAT(program.traces.get("/jaeger/api/traces", {{"service", "rag"}, {"tag", "db.system:none"}}).body, HasSubstr(R"("data":[])"));
  EXPECT_THAT(program.traces.get("/jaeger/api/traces/" + kTrace).body, HasSubstr("post-process"));
  EXPECT_EQ(program.traces.get("/jaeger/api/traces/1").status, 404);
  EXPECT_EQ(program.traces.get("/jaeger/api/traces").status, 400);
  EXPECT_EQ(program.traces.get("/jaeger/api/traces", {{"service", "rag"}, {"tags", "x"}}).status, 400);
}

TEST(Zipkin, spans_are_taken) {
  TracesProgram program;
  const int64_t now_us = now_ns() / 1000;
  const HttpAnswer answer = program.traces.post("/api/v2/spans", fmt::format(R"([{{"traceId":"5af7183fb1d4cf5f","id":"352bff9a74ca9ad2","name":"get","kind":"SERVER","timestamp":{},"duration":1500,
      "localEndpoint":{{"serviceName":"old"}},"tags":{{"http.method":"GET"}}}}])", now_us));
  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_THAT(program.traces.get("/api/search", {{"q", R"({ resource.service.name = "old" && .http.method = "GET" && duration = 1500us })"}}).body, HasSubstr("00000000000000005af7183fb1d4cf5f"));
  EXPECT_EQ(program.traces.post("/api/v2/spans", "{").status, 400);
}

TEST(Tempo, metrics_over_time_come_of_spans) {
  TracesProgram program;
  send_rag(program);
  EXPECT_THAT(program.traces.get("/api/metrics/query_range", {{"q", "{ } | count_over_time() by (name)"}, {"since", "10m"}, {"step", "1h"}}).body,
              AllOf(HasSubstr(R"({"key":"name","value":{"stringValue":"inference"}})"), HasSubstr(R"("value":1)")));
  EXPECT_THAT(program.traces.get("/api/metrics/query", {{"q", "{ } | count_over_time()"}}).body, HasSubstr(R"("value":5)"));
  EXPECT_EQ(program.traces.get("/api/metrics/query_range", {{"q", "{ }"}}).status, 400);
}

TEST(Tempo, the_metrics_of_a_service_come_of_its_spans_alone) {
  TracesProgram program;
  send_rag(program);
  const auto asked = [&] {
    const auto found = program.api.query(R"(sum(llm_requests_total{service="rag",model_name="gpt2",status="error"}))");
    return found.size() == 1 && found[0].value == 1;
  };
  EXPECT_TRUE(eventually(asked, std::chrono::seconds(60))) << program.output();
  const auto buckets = program.api.query(R"(sum(llm_inference_latency_seconds_bucket{service="rag"}) by (le))");
  EXPECT_EQ(buckets.size(), 16u);
  EXPECT_TRUE(eventually([&] { return !program.api.query("histogram_quantile(0.95, sum(rate(llm_inference_latency_seconds_bucket[5m])) by (le)) > 0").empty(); }, std::chrono::seconds(60)))
      << "the specification's query";
  EXPECT_THAT(program.traces.get("/api/v1/query_exemplars", {{"query", "llm_inference_latency_seconds_bucket"}, {"start", fmt::format("{}", now_ns() / 1'000'000'000 - 3600)}, {"end", fmt::format("{}", now_ns() / 1'000'000'000 + 3600)}}).body, HasSubstr(kTrace));
}

}  // namespace
}  // namespace monitorai::tests
