#include "app/config/promtail.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"

namespace monitorai::app {
namespace {

struct PromtailRead {
  std::vector<collect::FollowJob> jobs;
  std::vector<Problem> problems;
};

PromtailRead read(std::string_view yaml) {
  PromtailRead out;
  const YamlNode document = read_yaml(yaml, "p.yml", out.problems);
  out.jobs = read_promtail_jobs(document, "p.yml", out.problems);
  return out;
}

constexpr std::string_view kAllStages = R"(
- job_name: vllm
  static_configs:
    - targets: [localhost]
      labels: {job: vllm, env: dev, __path__: "/srv/{a,b}/**/*.log", __path_exclude__: "/srv/a/x.log"}
  relabel_configs:
    - {source_labels: [env], target_label: stage, regex: "(.).*", replacement: "$1"}
  pipeline_stages:
    - cri: {}
    - docker: {}
    - regex: {expression: '^(?P<level>\w+) (?P<rest>.*)$'}
    - json:
        expressions: {ts: time, msg: message.text, id:}
        source: rest
    - logfmt: {mapping: {took: duration}}
    - timestamp: {source: ts, format: RFC3339Nano, fallback_formats: [UnixMs], location: Europe/Berlin, action_on_failure: skip}
    - template: {source: level, template: '{{ ToLower .Value }}'}
    - labels: {level:}
    - structured_metadata: {request: id}
    - static_labels: {app: llm}
    - labeldrop: [env]
    - labelallow: [level, app, job]
    - match:
        selector: '{app="llm"} |= "debug"'
        stages:
          - drop: {longer_than: 8kb, older_than: 24h, drop_counter_reason: old}
    - multiline: {firstline: '^\d', max_wait_time: 2s, max_lines: 100}
    - replace: {expression: 'key=(\S+)', replace: '****'}
    - limit: {rate: 10, burst: 20, drop: true}
    - metrics:
        lines_total: {type: Counter, description: all, config: {match_all: true, action: inc}}
        took: {type: Histogram, source: took, config: {buckets: [0.1, 1]}}
    - decolorize: {}
    - pack: {labels: [app]}
    - tenant: {value: a}
    - output: {source: msg}
)";

TEST(Promtail, a_pasted_job_with_every_stage_is_understood) {
  const PromtailRead got = read(kAllStages);
  for (const Problem& problem : got.problems) ADD_FAILURE() << problem.line();
  ASSERT_EQ(got.jobs.size(), 1u);
  const collect::FollowJob& job = got.jobs[0];
  EXPECT_EQ(job.targets[0].path, "/srv/{a,b}/**/*.log");
  EXPECT_EQ(job.targets[0].exclude, "/srv/a/x.log");
  EXPECT_EQ(job.targets[0].labels.text(), R"({env="dev", job="vllm"})");
  EXPECT_EQ(job.relabel_configs.size(), 1u);
  EXPECT_TRUE(job.pipeline);
}

TEST(Promtail, templates_of_stages_see_the_fields) {
  const auto f = [](std::string_view text, std::string_view want) {
    const auto made = compile_field_template(text);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(*(*made)({{"level", "WARN"}, {"Value", "v"}}), want);
  };
  f("{{ .level | ToLower }}-{{ .Value }}", "warn-v");
  f(R"({{ if eq .level "WARN" }}hot{{ else }}cold{{ end }})", "hot");
  f(R"({{ Replace .level "W" "w" -1 }})", "wARN");
  EXPECT_FALSE(compile_field_template("{{ .a "));
}

TEST(Promtail, problems_name_line_and_field) {
  const auto f = [](std::string_view yaml, std::string_view want) {
    const PromtailRead got = read(yaml);
    ASSERT_FALSE(got.problems.empty()) << yaml;
    EXPECT_NE(got.problems[0].line().find(want), std::string::npos) << got.problems[0].line();
    EXPECT_TRUE(got.jobs.empty());
  };
  const std::string head = "- job_name: a\n  static_configs: [{labels: {__path__: /x/*.log}}]\n  pipeline_stages:\n";
  f(head + "    - regexp: {expression: a}\n", "p.yml:4: unknown stage regexp: did you mean regex?");
  f(head + "    - eventlogmessage: {}\n", "p.yml:4: stage eventlogmessage is not supported");
  f(head + "    - regex: {expresion: a}\n", "p.yml:4: regex: unknown field expresion: did you mean expression?");
  f(head + "    - regex: {expression: '('}\n", "p.yml:4: cannot compile");
  f(head + "    - match:\n        selector: '{a=}'\n        stages: []\n", "p.yml:4: cannot read selector");
  f(head + "    - template: {source: a, template: '{{'}\n", "p.yml:4: cannot read template");
  f(head + "    - [1]\n", "p.yml:4: a stage is a map of one name");
  f(head + "    - drop: {longer_than: long}\n", "p.yml:4: it is a size such as 8kb");
  f("- job_name: a\n  static_configs: [{labels: {job: x}}]\n", "the label __path__ is missing");
  f("- job_name: a\n  static_configs: [{labels: {__path__: '/x/[a'}}]\n", "[ is not closed");
  f("- job_name: a\n  kubernetes_sd_configs: []\n", "field kubernetes_sd_configs is not supported");
  f("- job_name: a\n  journal: {max_age: 12h}\n", "field journal is not supported");
  f("- pipeline_stages: []\n", "job_name is missing");
  f("text\n", "it is a list of jobs");
}

TEST(Promtail, a_whole_file_of_promtail_is_read) {
  const TemporaryDirectory folder;
  const std::string path = (folder.path() / "promtail.yml").native();
  std::ofstream(path) << "server: {http_listen_port: 9080}\nclients: [{url: http://loki:3100/loki/api/v1/push}]\nscrape_configs:\n"
                      << "- job_name: a\n  static_configs: [{labels: {__path__: /x/*.log}}]\n";
  std::vector<Problem> problems;
  EXPECT_EQ(read_promtail_file(path, problems).size(), 1u);
  EXPECT_TRUE(problems.empty());
  EXPECT_TRUE(read_promtail_file(path + ".missing", problems).empty());
  EXPECT_EQ(problems.size(), 1u);
}

}  // namespace
}  // namespace monitorai::app
