// OTLP over HTTP behind the real program: traces, metrics and logs come in, what is wrong gets its answer, and nothing acknowledged is lost.

#include <gmock/gmock.h>

#include <fstream>

#include "traces/traces_program.h"

namespace monitorai::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kJson = "-H 'Content-Type: application/json'";

double own_metric(const TracesProgram& program, const std::string& line) {
  const std::string text = program.traces.get("/metrics").body;
  const size_t at = text.find("\n" + line + " ");
  if (at == std::string::npos) return -1;
  const size_t begin = at + line.size() + 2;
  return parse_number(std::string_view(text).substr(begin, text.find('\n', begin) - begin)).value_or(-1);
}

double stored_spans(const TracesProgram& program) { return own_metric(program, R"(monitorai_trace_store_spans_total{outcome="accepted"})"); }

TEST(Otlp, traces_metrics_and_logs_are_taken_on_both_ports) {
  TracesProgram program({"otlp.http.listen=127.0.0.1:0"});
  const std::string at = program.output().substr(program.output().find("OTLP"));
  const TraceApi port{at.substr(at.find("http://") + 7, at.find('\n') - at.find("http://") - 7)};
  const JsonSpan span{"5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "", "request", now_ns(), 1000};
  EXPECT_EQ(port.post("/v1/traces", otlp_json("rag", {span})).body, "{}");
  EXPECT_EQ(program.traces.post("/v1/traces", otlp_json("rag", {span})).body, "{}");
  EXPECT_EQ(stored_spans(program), 1);
  EXPECT_EQ(own_metric(program, R"(monitorai_trace_store_spans_total{outcome="duplicate"})"), 1);
  EXPECT_EQ(port.get("/api/v1/query", {{"query", "up"}}).status, 404) << "the role port has OTLP alone";

  const std::string metrics = fmt::format(
      R"({{"resourceMetrics":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"rag"}}}}]}},"scopeMetrics":[{{"metrics":[
        {{"name":"tokens","unit":"{{token}}","sum":{{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{{"timeUnixNano":"{}","asInt":"42"}}]}}}},
        {{"name":"bad","sum":{{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{{"timeUnixNano":"{}","asInt":"42"}}]}}}}]}}]}}]}})",
      now_ns(), now_ns());
  const HttpAnswer partial = port.post("/v1/metrics", metrics);
  EXPECT_EQ(partial.status, 200);
  EXPECT_EQ(partial.body, R"({"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"metric \"bad\" has delta temporality, which is not supported: send cumulative points"}})");
  const std::vector<Series> found = program.api.query("tokens_total");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].value, 42);
  EXPECT_EQ(found[0].labels.at("job"), "rag");

  const std::string logs = R"({"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"rag"}}]},"scopeLogs":[{"logRecords":[
      {"severityNumber":9,"body":{"stringValue":"hello from otlp"},"traceId":"5b8efff798038103d269b633813fc60c"}]}]}]})";
  EXPECT_EQ(port.post("/v1/logs", logs).body, "{}");
  EXPECT_THAT(program.loki.lines(R"({service_name="rag"} | trace_id="5b8efff798038103d269b633813fc60c")"), ElementsAre("hello from otlp"));
}

TEST(Otlp, compressed_requests_are_undone_and_bombs_refused) {
  TracesProgram program({"otlp.request_bytes_max=1048576"});
  const JsonSpan span{"5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "", "request", now_ns(), 1000};
  std::ofstream(program.folder() / "good.json") << otlp_json("rag", {span});
  std::ofstream(program.folder() / "bomb.json") << std::string(64 << 20, ' ');
  const std::string folder = program.folder().native();
  ASSERT_EQ(run_command("gzip -k " + folder + "/good.json " + folder + "/bomb.json").code, 0);
  const std::string gzip = std::string(kJson) + " -H 'Content-Encoding: gzip' --data-binary @" + folder;
  EXPECT_EQ(program.traces.request(gzip + "/good.json.gz", "/v1/traces").status, 200);
  EXPECT_EQ(program.traces.request(gzip + "/bomb.json.gz", "/v1/traces").status, 413);
  EXPECT_EQ(stored_spans(program), 1);
}

TEST(Otlp, requests_of_60_mib_are_taken_and_larger_ones_are_not) {
  TracesProgram program;
  const std::string attribute = R"(,"attributes":[{"key":"prompt","value":{"stringValue":")" + std::string(1000, 'x') + "\"}}]";
  std::vector<JsonSpan> spans;
  for (uint64_t i = 0; i < 48'000; ++i) spans.push_back({"5b8efff798038103d269b633813fc60c", fmt::format("{:016x}", i + 1), "", "request", now_ns(), 1000, attribute});
  const std::string json = otlp_json("rag", spans);
  ASSERT_GT(json.size(), size_t{56} << 20);
  std::ofstream(program.folder() / "large.json") << json;
  std::ofstream(program.folder() / "larger.json") << json << std::string((64 << 20) - json.size() + 1, ' ');
  const std::string send = std::string(kJson) + " -H 'Expect:' --data-binary @" + program.folder().native();
  const HttpAnswer taken = program.traces.request(send + "/large.json", "/v1/traces");
  EXPECT_EQ(taken.status, 200) << taken.body;
  EXPECT_EQ(stored_spans(program), 48'000);
  EXPECT_EQ(program.traces.request(send + "/larger.json", "/v1/traces").status, 413);
  EXPECT_EQ(program.traces.request(send + "/large.json", "/loki/api/v1/push").status, 413) << "other paths keep their own limit";
  EXPECT_EQ(stored_spans(program), 48'000);
}

TEST(Otlp, what_is_wrong_gets_a_clear_answer) {
  TracesProgram program({"traces.enabled=off"});
  const auto f = [&](const std::string& path, const std::string& body, const std::string& arguments, int status, const std::string& text) {
    const HttpAnswer answer = program.traces.post(path, body, arguments);
    EXPECT_EQ(answer.status, status) << body;
    EXPECT_THAT(answer.body, HasSubstr(text));
  };
  f("/v1/logs", "{", kJson, 400, R"({"code":3,"message":"cannot read ExportLogsServiceRequest (1 bytes): it is no JSON)");
  f("/v1/logs", "xyz", "-H 'Content-Type: application/x-protobuf'", 400, "cannot read logs (3 bytes)");
  f("/v1/logs", "x", "-H 'Content-Type: text/plain'", 415, "OTLP is application/x-protobuf or application/json");
  f("/v1/logs", "x", std::string(kJson) + " -H 'Content-Encoding: br'", 415, "br");
  f("/v1/traces", "{}", kJson, 404, "cannot take traces: they are off");
  EXPECT_EQ(program.traces.get("/v1/traces").status, 405);
}

TEST(Otlp, pages_of_allowed_origins_may_send) {
  TracesProgram program({"otlp.cors_origins=[https://app.example]"});
  const auto preflight = [&](const std::string& origin) {
    return program.traces.request("-i -X OPTIONS -H 'Origin: " + origin + "' -H 'Access-Control-Request-Method: POST'", "/v1/traces").body;
  };
  EXPECT_THAT(preflight("https://app.example"), HasSubstr("Access-Control-Allow-Origin: https://app.example"));
  EXPECT_THAT(preflight("https://evil.example"), HasSubstr("403"));
  const std::string cross = std::string(kJson) + " -i -H 'Sec-Fetch-Site: cross-site' -H 'Origin: https://";
  EXPECT_THAT(program.traces.post("/v1/traces", "{}", cross + "app.example'").body, HasSubstr("Access-Control-Allow-Origin"));
  EXPECT_EQ(program.traces.post("/v1/traces", "{}", cross + "evil.example'").status, 403);
}

TEST(Otlp, acknowledged_spans_survive_kill_9_under_load) {
  TracesProgram program;
  constexpr int kSenders = 4;
  std::vector<std::string> acknowledged;
  std::mutex mutex;
  std::atomic<bool> stop{false};
  {
    std::vector<std::jthread> senders;
    for (int sender = 0; sender < kSenders; ++sender)
      senders.emplace_back([&, sender] {
        for (int i = 1; !stop && i < 10'000; ++i) {
          const std::string trace = fmt::format("{:016x}{:016x}", sender + 1, i);
          const JsonSpan span{trace, fmt::format("{:016x}", i), "", "request", now_ns(), 1000};
          if (program.traces.post("/v1/traces", otlp_json("rag", {span})).status != 200) return;
          const std::lock_guard lock(mutex);
          acknowledged.push_back(trace);
        }
      });
    EXPECT_TRUE(eventually([&] {
      const std::lock_guard lock(mutex);
      return acknowledged.size() >= 40;
    }));
    EXPECT_EQ(program.end(SIGKILL), 128 + SIGKILL);
    stop = true;
  }
  program.start_again();
  for (const std::string& trace : acknowledged) EXPECT_EQ(program.traces.get("/api/v2/traces/" + trace).status, 200) << trace;
  EXPECT_EQ(program.end(), 0) << program.output();
}

}  // namespace
}  // namespace monitorai::tests
