#include "app/config/scrape_configs.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"

namespace monitorai::app {
namespace {

struct Read {
  std::vector<collect::ScrapeSettings> jobs;
  std::vector<Problem> problems;
};

Read read(std::string_view yaml) {
  Read out;
  const YamlNode document = read_yaml(yaml, "p.yml", out.problems);
  out.jobs = read_scrape_configs(document, "p.yml", out.problems);
  return out;
}

TEST(ScrapeConfigs, a_pasted_prometheus_job_is_understood) {
  const Read got = read(R"(
- job_name: node
  scrape_interval: 5s
  metrics_path: /probe
  scheme: https
  params: {module: [http_2xx]}
  honor_labels: true
  basic_auth: {username: me, password_file: /etc/pw}
  tls_config: {insecure_skip_verify: true, server_name: node.example}
  sample_limit: 1000
  body_size_limit: 10MB
  static_configs:
    - targets: ["a:1", "b:2"]
      labels: {env: dev}
  file_sd_configs:
    - files: [targets/*.json]
      refresh_interval: 1m
  relabel_configs:
    - source_labels: [__address__]
      regex: (.*):\d+
      target_label: host
  metric_relabel_configs:
    - {source_labels: [__name__], regex: go_.*, action: drop}
)");
  for (const Problem& problem : got.problems) ADD_FAILURE() << problem.line();
  ASSERT_EQ(got.jobs.size(), 1u);
  const collect::ScrapeSettings job = with_defaults(got.jobs[0], std::chrono::seconds(15), std::chrono::seconds(10));
  EXPECT_EQ(job.scrape_interval.count(), 5000);
  EXPECT_EQ(job.scrape_timeout.count(), 5000) << "the default timeout bends to a shorter interval";
  EXPECT_EQ(job.params.at("module"), std::vector<std::string>{"http_2xx"});
  EXPECT_EQ(job.basic_auth->password_file, "/etc/pw");
  EXPECT_EQ(job.limits.samples_max, 1000u);
  EXPECT_EQ(job.limits.body_bytes_max, 10u << 20);
  EXPECT_EQ(job.static_configs[0].targets.size(), 2u);
  EXPECT_EQ(job.static_configs[0].labels.text(), R"({env="dev"})");
  EXPECT_EQ(job.file_sd_configs[0].refresh_interval, std::chrono::minutes(1));
  EXPECT_EQ(job.relabel_configs.size(), 1u);
  EXPECT_EQ(job.metric_relabel_configs.size(), 1u);
}

TEST(ScrapeConfigs, problems_name_line_and_field) {
  const auto f = [](std::string_view yaml, std::string_view want) {
    const Read got = read(yaml);
    ASSERT_FALSE(got.problems.empty()) << yaml;
    EXPECT_NE(got.problems[0].line().find(want), std::string::npos) << got.problems[0].line();
    EXPECT_TRUE(got.jobs.empty());
  };
  f("- job_name: a\n  metrics_paht: /x\n", "p.yml:2: a job: unknown field metrics_paht: did you mean metrics_path?");
  f("- job_name: a\n  kubernetes_sd_configs: []\n", "field kubernetes_sd_configs is not supported");
  f("- scrape_interval: 5s\n", "job_name is missing");
  f("- job_name: a\n  scrape_interval: soon\n", "p.yml:2: cannot read duration");
  f("- job_name: a\n  scrape_interval: 5s\n  scrape_timeout: 6s\n", "scrape_timeout is longer");
  f("- job_name: a\n  scheme: ftp\n", "neither http nor https");
  f("- job_name: a\n  relabel_configs:\n    - action: replce\n", "did you mean replace?");
  f("- job_name: a\n  body_size_limit: big\n", "a size such as 10MB");
  f("- job_name: a\n  static_configs: x\n", "static_configs is a list, not");
  f("just text\n", "it is a list");
}

TEST(ScrapeConfigs, two_jobs_of_one_name_are_a_problem) {
  const Read got = read("- job_name: a\n- job_name: a\n");
  EXPECT_EQ(got.jobs.size(), 1u);
  ASSERT_EQ(got.problems.size(), 1u);
  EXPECT_EQ(got.problems[0].line(), "p.yml:2: there is another job a");
}

TEST(ScrapeConfigs, files_of_targets_are_json_or_yaml) {
  const TemporaryDirectory folder;
  const auto written = [&](const std::string& name, const std::string& text) {
    const std::string path = (folder.path() / name).native();
    std::ofstream(path) << text;
    return read_target_file(path);
  };
  const auto json = written("a.json", R"([{"targets":["a:1"],"labels":{"x":"1"}}])");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ((*json)[0].targets[0], "a:1");
  EXPECT_EQ((*json)[0].labels.value("x"), "1");
  EXPECT_EQ((*written("b.yml", "- targets: [b:1]\n"))[0].targets[0], "b:1");
  EXPECT_FALSE(written("c.json", R"({"targets":["a:1"]})"));
  EXPECT_FALSE(read_target_file((folder.path() / "missing").native()));
}

}  // namespace
}  // namespace monitorai::app
