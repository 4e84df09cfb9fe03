// A real Prometheus scrapes `monitorai serve` while `monitorai demo` runs, and answers the queries of the specification.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <map>

#include "demo/running_demo.h"
#include "started_program.h"

namespace monitorai::tests {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

using LabelMap = std::map<std::string, std::string>;
struct Series {
  LabelMap labels;
  double value = 0;
};

bool installed(const char* program) { return run_command(fmt::format("command -v {}", program)).code == 0; }

/// Text for the shell, whatever it holds.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The three programs, started once: Prometheus takes 5 s to find its targets.
class World {
 public:
  World() {
    serve_.emplace(std::vector<std::string>{MAI_BINARY, "serve", "--listen", "127.0.0.1:0", "--set", "exporters.process.listen=127.0.0.1:0",
                                            "--set", "exporters.gpu.listen=127.0.0.1:0", "--set", "metrics.listen=off", "--set", "logs.listen=off", "--set", "otlp.grpc.listen=off", "--set", "traces.listen=off", "--set", "otlp.http.listen=off", "--set", "collect.process.interval=500ms"},
                   folder_.path(), others_.path() / "serve.txt");
    main = serve_->wait_for("Pages and APIs  http://", "\n/ ");
    processes = serve_->wait_for("LLM processes   http://", "\n/ ");
    gpus = serve_->wait_for("GPUs            http://", "\n/ ");
    std::ofstream(others_.path() / "prometheus.yml") << fmt::format(fmt::runtime(kConfiguration), processes, gpus, main);
    prometheus_.emplace(std::vector<std::string>{"prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                                                 "--web.listen-address=127.0.0.1:0"},
                        others_.path(), others_.path() / "prometheus.txt");
    prometheus = prometheus_->wait_for("msg=\"Listening on\" address=", "\n ");
  }
  bool listens() const { return !main.empty() && !processes.empty() && !gpus.empty() && !prometheus.empty(); }
  const RunningDemo& demo() const { return demo_; }
  std::string output() const { return serve_->output() + prometheus_->output(); }

  std::string main;  ///< addresses, host:port
  std::string processes;
  std::string gpus;
  std::string prometheus;

 private:
  static constexpr std::string_view kConfiguration = R"(
global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}
scrape_configs:
  - {{job_name: llm-monitor, static_configs: [{{targets: ["{}"]}}]}}
  - {{job_name: gpu-exporter, static_configs: [{{targets: ["{}"]}}]}}
  - {{job_name: monitorai, static_configs: [{{targets: ["{}"]}}]}}
)";
  const TemporaryDirectory folder_;  // where demo and serve run
  const TemporaryDirectory others_;
  RunningDemo demo_{{"--dir", folder_.path().native()}};
  std::optional<StartedProgram> serve_;
  std::optional<StartedProgram> prometheus_;
};

class Prometheus : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const char* program : {"prometheus", "promtool", "curl"})
      if (!installed(program)) missing_ = program;
    if (missing_.empty()) world_ = std::make_unique<World>();
  }
  static void TearDownTestSuite() { world_.reset(); }
  void SetUp() override {
    if (!missing_.empty()) GTEST_SKIP() << missing_ << " is not installed: ./dev test installs it";
    ASSERT_TRUE(world_->listens()) << world_->output();
  }

  std::vector<Series> query(const std::string& expression) {
    const std::string json = run_command(fmt::format("curl -s --max-time 5 --get --data-urlencode {} http://{}/api/v1/query",
                                                     quoted("query=" + expression), world_->prometheus)).text;
    std::vector<Series> out;
    simdjson::dom::parser parser;
    simdjson::dom::array result;
    if (parser.parse(json).at_pointer("/data/result").get(result) != simdjson::SUCCESS) return out;
    for (const simdjson::dom::element one : result) {
      Series series;
      const simdjson::dom::object metric = one["metric"].get_object().value();
      for (const auto& [name, value] : metric) series.labels.emplace(name, value.get_string().value());
      series.value = parse_number(one["value"].get_array().value().at(1).get_string().value()).value();
      out.push_back(std::move(series));
    }
    return out;
  }
  /// The labels of the series that belong to the demo's processes (others may run on this machine), without those of the scrape.
  std::vector<LabelMap> of_the_demo(const std::vector<Series>& all) const {
    std::vector<LabelMap> out;
    for (Series series : all) {
      for (const auto& [part, pid] : world_->demo().pids()) {
        if (series.labels["pid"] != fmt::format("{}", pid)) continue;
        EXPECT_EQ(series.labels["job"], "llm-monitor");
        EXPECT_EQ(series.labels["instance"], world_->processes);
        series.labels.erase("job");
        series.labels.erase("instance");
        out.push_back(series.labels);
      }
    }
    return out;
  }
  std::string pid(const std::string& part) const { return fmt::format("{}", world_->demo().pid_of(part)); }

  static inline std::string missing_;
  static inline std::unique_ptr<World> world_;
};

TEST_F(Prometheus, answers_the_queries_of_the_specification) {
  const std::string cpu = "llm_process_cpu_percent{framework=\"transformers\",job=\"llm-monitor\"}";
  ASSERT_TRUE(eventually([&] { return of_the_demo(query(cpu)).size() == 2; })) << world_->output();
  const auto labels = [&](const std::string& part, const std::string& model) {
    return LabelMap{{"__name__", "llm_process_cpu_percent"}, {"pid", pid(part)}, {"name", "run-model.py"}, {"llm_type", "llm"},
                    {"model_name", model}, {"framework", "transformers"}};
  };
  EXPECT_THAT(of_the_demo(query(cpu)), UnorderedElementsAre(labels("gpt2", "gpt2"), labels("dialogpt", "microsoft/DialoGPT-small")));

  const std::string gpu = "llm_process_gpu_memory_bytes{model_name=\"gpt2\",job=\"llm-monitor\"}";
  ASSERT_TRUE(eventually([&] { return of_the_demo(query(gpu)).size() == 1; })) << world_->output();
  LabelMap expected = labels("gpt2", "gpt2");
  expected["__name__"] = "llm_process_gpu_memory_bytes";
  expected["gpu"] = "gpu0";
  EXPECT_THAT(of_the_demo(query(gpu)), ElementsAre(expected));
  EXPECT_GT(query("llm_process_gpu_memory_bytes{job=\"llm-monitor\",pid=\"" + pid("gpt2") + "\"}").at(0).value, 500e6);

  // Typed as the specification has them, without a job: the process exporter and the main listener both answer.
  for (const char* typed : {"llm_process_cpu_percent{framework=\"transformers\"}", "llm_process_gpu_memory_bytes{model_name=\"gpt2\"}"})
    EXPECT_TRUE(eventually([&] { return query(typed).size() >= 2; })) << typed;
}

TEST_F(Prometheus, sees_the_series_of_a_killed_process_end) {
  const auto series_of = [&](const std::string& part) { return query("{job=\"llm-monitor\",pid=\"" + pid(part) + "\"}"); };
  ASSERT_TRUE(eventually([&] { return !series_of("llama-server").empty() && !series_of("dialogpt").empty(); })) << world_->output();
  ::kill(static_cast<pid_t>(world_->demo().pid_of("llama-server")), SIGKILL);
  EXPECT_TRUE(eventually([&] { return series_of("llama-server").empty(); }, std::chrono::seconds{10}));
  EXPECT_FALSE(series_of("dialogpt").empty());
}

TEST_F(Prometheus, groups_the_vllm_with_its_workers_and_names_its_model) {
  const std::string memory = "llm_process_memory_bytes{framework=\"vllm\",job=\"llm-monitor\"}";
  ASSERT_TRUE(eventually([&] { return of_the_demo(query(memory)).size() == 4; })) << world_->output();
  for (const LabelMap& labels : of_the_demo(query(memory))) EXPECT_EQ(labels.at("model_name"), "Qwen/Qwen2.5-7B-Instruct") << labels.at("pid");
}

/// The specification fixes this name, which promtool's style check does not like.
constexpr std::string_view kKnownRemark = "llm_process_count non-histogram and non-summary metrics should not have \"_count\" suffix";

TEST_F(Prometheus, scrapes_every_endpoint_and_promtool_finds_nothing_to_say) {
  EXPECT_TRUE(eventually([&] { return query("up == 1").size() == 3; })) << world_->output();
  for (const std::string& address : {world_->main, world_->processes, world_->gpus}) {
    const CommandOutput checked = run_command(fmt::format("curl -s --max-time 5 http://{}/metrics | promtool check metrics 2>&1", address));
    EXPECT_NE(checked.code, 1) << address << "\n" << checked.text;  // 1: it cannot be parsed; 3: style
    for (const std::string_view remark : split(checked.text, '\n')) EXPECT_THAT(remark, AnyOf("", kKnownRemark)) << address;
  }
}

}  // namespace
}  // namespace monitorai::tests
