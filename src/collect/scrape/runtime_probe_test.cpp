#include "collect/scrape/runtime_probe.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace monitorai::collect {
namespace {

struct Found {
  std::string framework;
  std::string command_line{};
  std::vector<signals::ListeningPort> ports{};
  std::string model = "m";
  bool orphan = false;
};

std::string planned(const Found& found) {
  signals::Service service{.framework = found.framework, .is_orphan = found.orphan, .ports = found.ports};
  signals::Process root;
  root.command_line = found.command_line;
  root.verdict.model = found.model;
  const ProbePlan plan = plan_probe(service, root);
  std::vector<std::string> urls;
  for (const RuntimeEndpoint& endpoint : plan.candidates) urls.push_back(endpoint.address + endpoint.path);
  return plan.left_alone.empty() ? join(urls, " ") : plan.left_alone;
}

TEST(RuntimeProbe, knows_where_each_runtime_tells_its_metrics) {
  const auto f = [](const Found& found, std::string_view want) { EXPECT_EQ(planned(found), want); };
  f({"vllm", "", {{"0.0.0.0", 8000}}}, "127.0.0.1:8000/metrics 127.0.0.1:8000/v1/metrics");
  f({"triton", "", {{"::", 8000}, {"::", 8001}, {"::", 8002}}}, "127.0.0.1:8002/metrics 127.0.0.1:8000/metrics 127.0.0.1:8001/metrics");
  f({"tensorrt", "", {{"10.0.0.1", 8000}}}, "10.0.0.1:8000/prometheus/metrics");
  f({"ollama", "", {{"127.0.0.1", 11434}}}, "127.0.0.1:11434/api/ps");
  f({"transformers", "", {{"::1", 8080}}}, "[::1]:8080/metrics");
  f({"llama.cpp", "llama-server -m x.gguf --port 8080", {{"127.0.0.1", 8080}, {"127.0.0.1", 8080}}}, "127.0.0.1:8080/metrics");
}

TEST(RuntimeProbe, leaves_alone_what_a_scrape_would_harm) {
  const auto f = [](const Found& found, std::string_view want) { EXPECT_NE(planned(found).find(want), std::string::npos) << planned(found); };
  f({"llama.cpp", "llama-server -m x.gguf --sleep-idle-seconds 60", {{"127.0.0.1", 8080}}}, "would wake the model");
  f({"llama.cpp", "llama-server --models-dir /models", {{"127.0.0.1", 8080}}, ""}, "could load one");
  f({"llama.cpp", "llama-server", {{"127.0.0.1", 8080}}, ""}, "could load one");
  f({"lmstudio", "", {{"127.0.0.1", 1234}}}, "asking it could load a model");
  f({"vllm", "", {}}, "listens on no port");
  f({"vllm", "", {{"0.0.0.0", 8000, true}}}, "another network namespace");
  f({"vllm", "", {{"0.0.0.0", 8000}}, "m", true}, "its server is gone");
}

}  // namespace
}  // namespace monitorai::collect
