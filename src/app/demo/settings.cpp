#include "app/demo/settings.h"

#include <cstdlib>

#include "base/text.h"

namespace monitorai::app::demo {
namespace {

constexpr const char* kPart = "MONITORAI_DEMO_PART";
constexpr const char* kFolder = "MONITORAI_DEMO_FOLDER";
constexpr const char* kLogs = "MONITORAI_DEMO_LOGS";
constexpr const char* kPort = "MONITORAI_DEMO_PORT";
constexpr const char* kSeed = "MONITORAI_DEMO_SEED";
constexpr const char* kEpoch = "MONITORAI_DEMO_EPOCH_NS";
constexpr const char* kParent = "MONITORAI_DEMO_PARENT";
constexpr const char* kKeepLogs = "MONITORAI_DEMO_KEEP_LOGS";
constexpr const char* kIncident = "MONITORAI_DEMO_INCIDENT";
constexpr const char* kIncidentBegin = "MONITORAI_DEMO_INCIDENT_BEGIN_S";
constexpr const char* kIncidentEnd = "MONITORAI_DEMO_INCIDENT_END_S";
constexpr const char* kDemoPid = "MONITORAI_DEMO_PID";

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : value;
}

template <class T>
Result<T> number(const char* name) {
  if (const auto value = parse_integer<T>(variable(name))) return *value;
  return Error{Code::invalid, fmt::format("cannot read {}: \"{}\" is no number in range", name, variable(name))};
}

Result<ProcessSettings> read() {
  ProcessSettings settings;
  settings.part = find_part(variable(kPart));
  if (settings.part == nullptr) return Error{Code::invalid, fmt::format("cannot simulate \"{}\": there is no such part", variable(kPart))};
  settings.folder = variable(kFolder);
  settings.logs = variable(kLogs);
  if (!settings.folder.is_absolute() || !settings.logs.is_absolute())
    return Error{Code::invalid, fmt::format("cannot read {} and {}: both must be absolute paths", kFolder, kLogs)};
  MAI_TRY_ASSIGN(settings.port, number<uint16_t>(kPort));
  MAI_TRY_ASSIGN(settings.seed, number<uint64_t>(kSeed));
  MAI_TRY_ASSIGN(settings.epoch_ns, number<int64_t>(kEpoch));
  MAI_TRY_ASSIGN(settings.parent_pid, number<int64_t>(kParent));
  settings.keep_logs = variable(kKeepLogs) == "1";
  const auto incident = parse_incident(variable(kIncident));
  if (!incident) return Error{Code::invalid, fmt::format("cannot read {}: there is no incident \"{}\"", kIncident, variable(kIncident))};
  settings.incident.kind = *incident;
  if (settings.incident.kind != IncidentKind::none) {
    MAI_TRY_ASSIGN(const auto begin, number<int64_t>(kIncidentBegin));
    MAI_TRY_ASSIGN(const auto end, number<int64_t>(kIncidentEnd));
    settings.incident.begin_seconds = static_cast<double>(begin);
    settings.incident.end_seconds = static_cast<double>(end);
    MAI_TRY_ASSIGN(settings.demo_pid, number<int64_t>(kDemoPid));
  }
  return settings;
}

}  // namespace

std::vector<std::string> to_environment(const ProcessSettings& settings) {
  std::vector<std::string> out{
      "MONITORAI_SIMULATED=1",
      fmt::format("{}={}", kPart, settings.part->id),
      fmt::format("{}={}", kFolder, settings.folder.native()),
      fmt::format("{}={}", kLogs, settings.logs.native()),
      fmt::format("{}={}", kPort, settings.port),
      fmt::format("{}={}", kSeed, settings.seed),
      fmt::format("{}={}", kEpoch, settings.epoch_ns),
      fmt::format("{}={}", kParent, settings.parent_pid),
      fmt::format("{}={}", kKeepLogs, settings.keep_logs ? 1 : 0),
  };
  if (settings.incident.kind != IncidentKind::none) {
    out.push_back(fmt::format("{}={}", kIncident, incident_name(settings.incident.kind)));
    out.push_back(fmt::format("{}={}", kIncidentBegin, static_cast<int64_t>(settings.incident.begin_seconds)));
    out.push_back(fmt::format("{}={}", kIncidentEnd, static_cast<int64_t>(settings.incident.end_seconds)));
    out.push_back(fmt::format("{}={}", kDemoPid, settings.demo_pid));
  }
  return out;
}

std::optional<Result<ProcessSettings>> settings_from_environment() {
  if (variable(kPart).empty()) return std::nullopt;
  return read();
}

}  // namespace monitorai::app::demo
