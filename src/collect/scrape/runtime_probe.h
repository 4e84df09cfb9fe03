#pragma once
// Which endpoint of a found service tells its metrics, and which must be left alone: a scrape may never wake or load a model, run
// inference, or drain a queue. Pure rules over what the collector saw; runtime_targets.h asks them.

#include <optional>
#include <string>
#include <vector>

#include "signals/process.h"

namespace monitorai::collect {

enum class EndpointKind {
  prometheus,  ///< exposition text
  ollama,      ///< GET /api/ps: the loaded models
  koboldcpp,   ///< GET /api/extra/perf
};

struct RuntimeEndpoint {
  EndpointKind kind = EndpointKind::prometheus;
  std::string address;  ///< "127.0.0.1:8000"
  std::string path;     ///< "/metrics"
  auto operator<=>(const RuntimeEndpoint&) const = default;
};

struct ProbePlan {
  std::vector<RuntimeEndpoint> candidates;  ///< in the order in which they are tried, at most kCandidatesMax
  std::string left_alone;                   ///< why there is none, for people; "" when there are some
};

inline constexpr size_t kCandidatesMax = 12;

/// `root` is the service's root process: its command line holds the options that make scraping harmful.
ProbePlan plan_probe(const signals::Service& service, const signals::Process& root);

}  // namespace monitorai::collect
