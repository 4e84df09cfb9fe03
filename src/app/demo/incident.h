#pragma once
// A fault that a simulated vLLM server has for a while, so that alerts can be seen to fire and to end: `monitorai demo --incident KIND`.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::app::demo {

enum class IncidentKind { none, latency, errors, orphan, leak, hallucination, drift };

struct Incident {
  IncidentKind kind = IncidentKind::none;
  double begin_seconds = 60;  ///< since the start of the traffic
  double end_seconds = 540;

  bool lasts(double seconds) const { return kind != IncidentKind::none && seconds >= begin_seconds && seconds < end_seconds; }
  /// How far it has come: 0 at its begin, 1 just before its end, 0 whenever it does not last.
  double progress(double seconds) const { return lasts(seconds) ? (seconds - begin_seconds) / (end_seconds - begin_seconds) : 0; }
};

/// "latency", "errors", "orphan", "leak", "hallucination", "drift"; "" is none, nullopt for all else.
std::optional<IncidentKind> parse_incident(std::string_view name);
std::string_view incident_name(IncidentKind kind);
std::vector<std::string> incident_names();
/// What to look for: one line for the person who started it.
std::string incident_text(const Incident& incident);

}  // namespace monitorai::app::demo
