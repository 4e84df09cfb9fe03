// The metric store behind the real program: import, remote_write, queries, restarts and crashes, and real peers on every seam.

#include "metrics/metrics_program.h"

#include <gmock/gmock.h>

#include "demo/running_demo.h"

namespace monitorai::tests {
namespace {

int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Writes OpenMetrics text of `samples` samples, 15 s apart, that ends a minute ago, and returns its path. The counter rises by 15 a
/// sample; of the histogram's requests 9 of 10 take at most 0.1 s and all at most 0.25 s.
std::string backfill(const MetricsProgram& program, int samples) {
  const std::string path = (program.folder() / "backfill.om").native();
  std::ofstream out(path);
  const int64_t end = now_seconds() - 60;
  out << "# TYPE llm_requests counter\n# HELP llm_requests Requests that ended\n";
  for (int i = 0; i < samples; ++i)
    out << fmt::format("llm_requests_total{{model_name=\"gpt2\"}} {} {}\n", i * 15, end - (samples - 1 - i) * 15);
  out << "# TYPE llm_inference_latency_seconds histogram\n";
  for (int i = 0; i < samples; ++i) {
    const int64_t time = end - (samples - 1 - i) * 15;
    for (const auto& [le, count] : std::vector<std::pair<std::string, int>>{{"0.1", 9}, {"0.25", 10}, {"+Inf", 10}})
      out << fmt::format("llm_inference_latency_seconds_bucket{{le=\"{}\"}} {} {}\n", le, i * count, time);
  }
  out << "# TYPE llm_hallucination_rate gauge\n";
  for (int i = 0; i < samples; ++i) out << fmt::format("llm_hallucination_rate {} {}\n", i * 3, end - (samples - 1 - i) * 15);
  out << "# EOF\n";
  return path;
}

CommandOutput import_file(const MetricsProgram& program, const std::string& path) {
  return run_command(fmt::format("{} import --url http://{} {} 2>&1", MAI_BINARY, program.api.address, path));
}

TEST(Metrics, imported_history_answers_the_queries_of_the_specification) {
  MetricsProgram program;
  const CommandOutput imported = import_file(program, backfill(program, 40));
  ASSERT_EQ(imported.code, 0) << imported.text << program.output();
  EXPECT_EQ(imported.text, "200 samples in 1 requests\n");
  const auto p95 = program.api.query("histogram_quantile(0.95, sum(rate(llm_inference_latency_seconds_bucket[5m])) by (le))");
  ASSERT_EQ(p95.size(), 1u) << program.output();
  EXPECT_NEAR(p95[0].value, 0.175, 1e-9);
  const auto rate = program.api.query("rate(llm_requests_total{model_name=\"gpt2\"}[5m])", fmt::format("{}", now_seconds() - 75));
  ASSERT_EQ(rate.size(), 1u);
  EXPECT_NEAR(rate[0].value, 1, 0.05);
  const auto alert = program.api.query("rate(llm_hallucination_rate[5m]) > 0.1");
  ASSERT_EQ(alert.size(), 1u);
  EXPECT_NEAR(alert[0].value, 0.2, 0.05);
  EXPECT_NE(program.api.get("/api/v1/metadata", {{"metric", "llm_requests"}}).find("Requests that ended"), std::string::npos);
}

TEST(Metrics, what_was_acknowledged_survives_a_kill_and_an_orderly_restart) {
  MetricsProgram program;
  ASSERT_EQ(import_file(program, backfill(program, 40)).code, 0);
  const std::string expression = "sum(count_over_time({__name__=~\"llm_.*\", job=\"\"}[1h]))";
  const auto before = program.api.query(expression);
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].value, 200);
  EXPECT_EQ(program.end(SIGKILL), 128 + SIGKILL);
  program.start();
  const auto killed = program.api.query(expression);
  ASSERT_EQ(killed.size(), 1u) << program.output();
  EXPECT_EQ(killed[0].value, 200);
  EXPECT_EQ(program.end(), 0) << program.output();
  program.start();
  const auto restarted = program.api.query(expression);
  ASSERT_EQ(restarted.size(), 1u) << program.output();
  EXPECT_EQ(restarted[0].value, 200);
}

TEST(Metrics, our_own_collectors_make_history_with_staleness) {
  MetricsProgram program;
  EXPECT_TRUE(eventually([&] { return !program.api.query("monitorai_build_info{job=\"monitorai\"}").empty(); })) << program.output();
  RunningDemo demo({"--dir", program.folder().native(), "--only", "gpt2"});
  // By pid: other tests may run demos of their own beside this one.
  const std::string cpu = fmt::format(
      "llm_process_cpu_percent{{job=\"llm-monitor\", model_name=\"gpt2\", framework=\"transformers\", pid=\"{}\"}}", demo.pid_of("gpt2"));
  ASSERT_TRUE(eventually([&] { return program.api.query(cpu).size() == 1; })) << program.output();
  for (const char* typed : {"llm_process_cpu_percent{framework=\"transformers\"}", "llm_process_gpu_memory_bytes{model_name=\"gpt2\"}"})
    EXPECT_TRUE(eventually([&] { return !program.api.query(typed).empty(); })) << typed << "\n" << program.output();
  ::kill(static_cast<pid_t>(demo.pid_of("gpt2")), SIGKILL);
  EXPECT_TRUE(eventually([&] { return program.api.query(cpu).empty(); })) << "its series ends with the next scan, not after the lookback";
}

TEST(Metrics, a_found_runtime_is_scraped_without_a_line_of_configuration) {
  MetricsProgram program({"scrape.interval=500ms"});
  RunningDemo demo({"--dir", program.folder().native(), "--only", "vllm"});
  const std::string pid = fmt::format("pid=\"{}\"", demo.pid_of("vllm"));
  const std::string running = fmt::format("llm_requests_running{{job=\"runtime\", framework=\"vllm\", {}}}", pid);
  ASSERT_TRUE(eventually([&] { return program.api.query(running).size() == 1; })) << program.output() << program.api.get("/api/v1/targets");
  EXPECT_EQ(program.api.query(running)[0].labels.at("model_name"), "Qwen/Qwen2.5-7B-Instruct");
  EXPECT_FALSE(program.api.query("vllm:num_requests_running{" + pid + "}").empty()) << "the originals are kept beside";
  EXPECT_FALSE(program.api.query("llm_inference_latency_seconds_bucket{le=\"+Inf\", " + pid + "}").empty());
}

TEST(Metrics, scrape_configs_of_a_prometheus_are_understood) {
  if (!installed("prometheus-node-exporter")) GTEST_SKIP() << "prometheus-node-exporter is not installed: ./dev test installs it";
  const TemporaryDirectory folder;
  StartedProgram exporter(
      {"prometheus-node-exporter", "--web.listen-address=127.0.0.1:0", "--collector.disable-defaults", "--collector.loadavg"},
      folder.path(), folder.path() / "output.txt");
  const std::string address = exporter.wait_for("address=", "\n ");
  ASSERT_FALSE(address.empty()) << exporter.output();
  const std::string host_port = address.substr(address.rfind(" ") + 1);
  MetricsProgram program(
      {fmt::format("scrape_configs=[{{job_name: node, scrape_interval: 500ms, static_configs: [{{targets: [\"{}\", \"127.0.0.1:1\"], "
                   "labels: {{env: test}}}}]}}]",
                   host_port)});
  ASSERT_TRUE(eventually([&] {
    return program.api.query("up{job=\"node\"} == 1").size() == 1 && program.api.query("up{job=\"node\"} == 0").size() == 1;
  })) << program.output()
      << program.api.get("/api/v1/targets");
  EXPECT_EQ(program.api.query("node_load1{env=\"test\"}").size(), 1u);
  const std::string targets = program.api.get("/api/v1/targets", {{"state", "active"}});
  EXPECT_NE(targets.find(R"("health":"up")"), std::string::npos);
  EXPECT_NE(targets.find(R"("health":"down")"), std::string::npos);
}

TEST(Metrics, a_real_prometheus_is_scraped) {
  if (!installed("prometheus")) GTEST_SKIP() << "prometheus is not installed: ./dev test installs it";
  const TemporaryDirectory folder;
  std::ofstream(folder.path() / "prometheus.yml") << "global: {scrape_interval: 1h}\n";
  StartedProgram prometheus({"prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--web.listen-address=127.0.0.1:0"},
                            folder.path(), folder.path() / "output.txt");
  const std::string address = prometheus.wait_for("msg=\"Listening on\" address=", "\n ");
  ASSERT_FALSE(address.empty()) << prometheus.output();
  MetricsProgram program(
      {fmt::format("scrape_configs=[{{job_name: prometheus, scrape_interval: 500ms, static_configs: [{{targets: [\"{}\"]}}]}}]", address)});
  ASSERT_TRUE(eventually([&] { return program.api.query("up{job=\"prometheus\"} == 1").size() == 1; }))
      << program.api.get("/api/v1/targets");
  EXPECT_EQ(program.api.query("prometheus_build_info{job=\"prometheus\"}").size(), 1u);
  // It has this histogram once it has answered a request.
  EXPECT_TRUE(eventually([&] { return !program.api.query("count(prometheus_http_request_duration_seconds_bucket) > 5").empty(); }));
  EXPECT_EQ(program.api.query("scrape_samples_scraped{job=\"prometheus\"} == scrape_samples_post_metric_relabeling").size(), 1u);
  EXPECT_NE(program.api.get("/api/v1/metadata", {{"metric", "prometheus_http_request_duration_seconds"}}).find("\"type\":\"histogram\""),
            std::string::npos);
}

TEST(Metrics, a_real_prometheus_writes_to_us_and_federates_from_us) {
  if (!installed("prometheus")) GTEST_SKIP() << "prometheus is not installed: ./dev test installs it";
  MetricsProgram program;
  const TemporaryDirectory folder;
  std::ofstream(folder.path() / "prometheus.yml") << fmt::format(R"(
global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}
remote_write: [{{url: "http://{0}/api/v1/write"}}]
scrape_configs:
  - {{job_name: federate, honor_labels: true, metrics_path: /federate, params: {{"match[]": ['{{job="monitorai"}}']}}, static_configs: [{{targets: ["{0}"]}}]}}
)",
                                                                 program.api.address);
  StartedProgram prometheus({"prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--web.listen-address=127.0.0.1:0"},
                            folder.path(), folder.path() / "output.txt");
  const Api peer{prometheus.wait_for("msg=\"Listening on\" address=", "\n ")};
  ASSERT_FALSE(peer.address.empty()) << prometheus.output();
  EXPECT_TRUE(eventually([&] { return !peer.query("monitorai_build_info{job=\"monitorai\"}").empty(); }, std::chrono::seconds(40)))
      << prometheus.output();
  EXPECT_TRUE(eventually([&] { return !program.api.query("up{job=\"federate\"} == 1").empty(); }, std::chrono::seconds(40)))
      << prometheus.output() << program.output();
}

TEST(Metrics, promtool_takes_us_for_a_prometheus) {
  if (!installed("promtool")) GTEST_SKIP() << "promtool is not installed: ./dev test installs it";
  MetricsProgram program;
  ASSERT_EQ(import_file(program, backfill(program, 40)).code, 0);
  const std::string server = "http://" + program.api.address;
  const auto f = [&](const std::string& command, const std::string& want) {
    const CommandOutput out = run_command("promtool query " + command + " 2>&1");
    EXPECT_EQ(out.code, 0) << command << "\n" << out.text;
    EXPECT_NE(out.text.find(want), std::string::npos) << command << "\n" << out.text;
  };
  const int64_t end = now_seconds();
  f("instant " + server + " 'count(llm_requests_total)'", "{} => 1 @[");
  f(fmt::format("range --start={} --end={} --step=15s {} 'rate(llm_requests_total[1m])'", end - 300, end, server),
    "{model_name=\"gpt2\"} =>");
  f("series --match='{__name__=~\"llm_inference.*\"}' " + server, "le=\"0.25\"");
  f("labels " + server + " model_name", "gpt2");
}

TEST(Metrics, answers_are_compressed_where_the_client_takes_that_and_large_ones_are_streamed) {
  MetricsProgram program;
  ASSERT_EQ(import_file(program, backfill(program, 40)).code, 0);
  const auto head_of = [&](const std::string& query, const std::string& more) {
    return lower(run_command(fmt::format("curl -s -D - -o {}/body {} --get --data-urlencode {} http://{}/api/v1/query",
                                         program.folder().native(), more, quoted("query=" + query), program.api.address))
                     .text);
  };
  const std::string plain = head_of("{__name__=~\"llm.+\"}[1h]", "");
  EXPECT_EQ(plain.find("content-encoding"), std::string::npos) << plain;
  EXPECT_NE(plain.find("content-length"), std::string::npos) << plain;
  EXPECT_NE(head_of("{__name__=~\"llm.+\"}[1h]", "--compressed").find("content-encoding: gzip"), std::string::npos);
  // Over 300,000 points.
  const std::string large = head_of("llm_requests_total[1h:2ms]", "");
  EXPECT_NE(large.find("transfer-encoding: chunked"), std::string::npos) << large;
  const std::string body = read_file(program.folder() / "body", 64 << 20).value_or("");
  EXPECT_GT(body.size(), 1'000'000u);
  EXPECT_TRUE(body.ends_with("]}]}}")) << body.substr(body.size() - 100);
}

TEST(Metrics, errors_are_those_of_prometheus) {
  MetricsProgram program;
  const auto f = [&](const std::string& path, const LabelMap& parameters, const std::string& want) {
    const std::string body = program.api.get(path, parameters);
    EXPECT_NE(body.find(want), std::string::npos) << path << "\n" << body;
  };
  f("/api/v1/query", {{"query", "sum("}}, R"("errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: )");
  f("/api/v1/query_range", {{"query", "up"}, {"start", "2"}, {"end", "1"}, {"step", "1"}}, "end timestamp must not be before start time");
  f("/api/v1/query_range", {{"query", "up"}, {"start", "0"}, {"end", "100000"}, {"step", "1"}},
    "exceeded maximum resolution of 11,000 points per timeseries");
  f("/api/v1/query_range", {{"query", "up"}, {"start", "0"}, {"end", "1"}, {"step", "0"}},
    "zero or negative query resolution step widths are not accepted");
  f("/api/v1/series", {}, "no match[] parameter provided");
  f("/api/v1/format_query", {{"query", "sum  (up)"}}, "\"data\":\"sum(up)\"");
  f("/api/v1/parse_query", {{"query", "sum(up)"}}, R"("type":"aggregation")");
  f("/api/v1/rules", {}, R"({"groups":[]})");
  f("/api/v1/admin/tsdb/snapshot", {}, "not allowed");
  f("/api/v1/status/buildinfo", {}, R"("version":")");
  f("/api/v1/status/config", {}, "collect:");
  f("/api/v1/status/tsdb", {}, "headStats");
}

}  // namespace
}  // namespace monitorai::tests
