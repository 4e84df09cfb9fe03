#include "app/demo/incident.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace monitorai::app::demo {
namespace {

struct Known {
  IncidentKind kind;
  std::string_view name;
  std::string_view what;
};
constexpr std::array<Known, 6> kKnown{{{IncidentKind::latency, "latency", "answers take over a second (LLMLatencyP95High, LLMLatencyP99High after 5 minutes of it)"},
                                       {IncidentKind::errors, "errors", "three of ten requests fail (LLMErrorRateHigh after 2 minutes of it)"},
                                       {IncidentKind::orphan, "orphan", "the server is killed and its engine stays (LLMOrphanHoldsGPU after 1 minute)"},
                                       {IncidentKind::leak, "leak", "GPU memory of its workers climbs by 8 GiB (LLMProcessVRAMLeak: of rules/demo/leak.yml after 4 minutes, "
                                                                    "of rules/llm.yml after 2 hours: --incident-for 4h)"},
                                       {IncidentKind::hallucination, "hallucination", "three of five answers say what their facts do not (LLMHallucinationRateHigh, HallucinationSpike after 2 minutes of it)"},
                                       {IncidentKind::drift, "drift", "nine of ten prompts are about contracts, not products (LLMPromptDrift once two windows in a row say so)"}}};

std::string duration_text(double seconds) { return format_duration(std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000))); }

}  // namespace

std::optional<IncidentKind> parse_incident(std::string_view name) {
  if (name.empty()) return IncidentKind::none;
  for (const Known& known : kKnown)
    if (known.name == name) return known.kind;
  return std::nullopt;
}

std::string_view incident_name(IncidentKind kind) {
  for (const Known& known : kKnown)
    if (known.kind == kind) return known.name;
  return "";
}

std::vector<std::string> incident_names() {
  std::vector<std::string> out;
  for (const Known& known : kKnown) out.emplace_back(known.name);
  return out;
}

std::string incident_text(const Incident& incident) {
  for (const Known& known : kKnown)
    if (known.kind == incident.kind)
      return fmt::format("Incident: from {} to {} after the start {}.\n", duration_text(incident.begin_seconds), duration_text(incident.end_seconds), known.what);
  return "";
}

}  // namespace monitorai::app::demo
