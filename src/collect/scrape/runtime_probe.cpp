#include "collect/scrape/runtime_probe.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::ListeningPort;
using signals::Process;
using signals::Service;

/// Where a runtime tells its metrics. A port of 0 is any port of the service; a given one is tried first.
struct RuntimePaths {
  std::string_view framework;
  EndpointKind kind;
  uint16_t port;
  std::array<std::string_view, 2> paths;
};
constexpr std::array<RuntimePaths, 10> kPaths{{{"vllm", EndpointKind::prometheus, 0, {"/metrics", "/v1/metrics"}},
                                               {"sglang", EndpointKind::prometheus, 0, {"/metrics"}},
                                               // /metrics of trtllm-serve is a JSON list whose reading drains it: never asked for.
                                               {"tensorrt", EndpointKind::prometheus, 0, {"/prometheus/metrics"}},
                                               {"triton", EndpointKind::prometheus, 8002, {"/metrics"}},
                                               {"tgi", EndpointKind::prometheus, 0, {"/metrics"}},
                                               {"tei", EndpointKind::prometheus, 0, {"/metrics"}},
                                               {"lmdeploy", EndpointKind::prometheus, 23333, {"/metrics"}},
                                               {"tensorflow", EndpointKind::prometheus, 8501, {"/monitoring/prometheus/metrics"}},
                                               {"ollama", EndpointKind::ollama, 11434, {"/api/ps"}},
                                               {"koboldcpp", EndpointKind::koboldcpp, 5001, {"/api/extra/perf"}}}};
constexpr RuntimePaths kOther{"", EndpointKind::prometheus, 0, {"/metrics"}};

/// Programs without metrics whose list or status endpoints may load a model when asked: nothing is asked of them.
constexpr std::array<std::string_view, 4> kNeverAsked{"lmstudio", "tabbyapi", "text-generation-webui", "llama-cpp-python"};

bool has_option(std::string_view command_line, std::string_view option) {
  for (size_t at = command_line.find(option); at != std::string_view::npos; at = command_line.find(option, at + 1)) {
    const size_t end = at + option.size();
    const bool starts = at == 0 || command_line[at - 1] == ' ';
    const bool ends = end == command_line.size() || command_line[end] == ' ' || command_line[end] == '=';
    if (starts && ends) return true;
  }
  return false;
}

/// Why llama-server may not be scraped: with a sleep timer /metrics wakes the model, and a router loads one to answer.
std::string harmful_to_llama(const Process& root) {
  if (has_option(root.command_line, "--sleep-idle-seconds")) return "llama-server sleeps when idle, and reading its metrics would wake the model";
  const bool router = has_option(root.command_line, "--models-dir") || has_option(root.command_line, "--models-preset");
  const bool has_model = has_option(root.command_line, "-m") || has_option(root.command_line, "--model") || has_option(root.command_line, "-hf") ||
                         has_option(root.command_line, "-hfr") || has_option(root.command_line, "--hf-repo") || has_option(root.command_line, "-mu") ||
                         has_option(root.command_line, "--model-url") || !root.verdict.model.empty();
  if (router || !has_model) return "llama-server routes between models, and reading its metrics could load one";
  return {};
}

std::string address_of(const ListeningPort& port) {
  const bool any = port.address.empty() || port.address == "0.0.0.0" || port.address == "::" || port.address == "*";
  if (any) return fmt::format("127.0.0.1:{}", port.port);
  return port.address.find(':') == std::string::npos ? fmt::format("{}:{}", port.address, port.port) : fmt::format("[{}]:{}", port.address, port.port);
}

}  // namespace

ProbePlan plan_probe(const Service& service, const Process& root) {
  if (std::find(kNeverAsked.begin(), kNeverAsked.end(), service.framework) != kNeverAsked.end())
    return {{}, fmt::format("{} has no metrics, and asking it could load a model", service.framework)};
  if (service.is_orphan) return {{}, "its server is gone"};
  if (service.framework == "llama.cpp" || service.framework == "llamafile")
    if (std::string why = harmful_to_llama(root); !why.empty()) return {{}, std::move(why)};

  std::vector<ListeningPort> ports;
  for (const ListeningPort& port : service.ports)
    if (!port.other_network) ports.push_back(port);
  if (ports.empty()) return {{}, service.ports.empty() ? "it listens on no port" : "it listens in another network namespace"};

  const auto named = std::find_if(kPaths.begin(), kPaths.end(), [&](const RuntimePaths& one) { return one.framework == service.framework; });
  const RuntimePaths& runtime = named == kPaths.end() ? kOther : *named;
  std::stable_partition(ports.begin(), ports.end(), [&](const ListeningPort& port) { return port.port == runtime.port; });
  ProbePlan plan;
  for (const std::string_view path : runtime.paths) {
    if (path.empty()) continue;
    for (const ListeningPort& port : ports) {
      RuntimeEndpoint endpoint{runtime.kind, address_of(port), std::string(path)};
      const bool known = std::find(plan.candidates.begin(), plan.candidates.end(), endpoint) != plan.candidates.end();
      if (!known && plan.candidates.size() < kCandidatesMax) plan.candidates.push_back(std::move(endpoint));
    }
  }
  return plan;
}

}  // namespace monitorai::collect
