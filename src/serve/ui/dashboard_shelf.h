#pragma once
// Where people's own dashboards are kept: the port that the API of dashboards stands on. Implemented by app/serve/dashboard_file.h.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace monitorai::serve {

inline constexpr size_t kDashboardBytesMax = 4 << 20;
inline constexpr int64_t kDashboardsMax = 500;          ///< one more is Code::exhausted
inline constexpr int64_t kDashboardVersionsKept = 20;   ///< of each; the oldest leaves for a new one

struct DashboardEntry {
  std::string uid;
  std::string title;
  int64_t version = 0;  ///< counts from 1
  TimeMs saved;
};

struct KeptDashboard {
  DashboardEntry entry;
  std::string json;  ///< Grafana's, as it was sent
};

struct SaveOutcome {
  bool saved = false;       ///< false: somebody saved another version in between, and nothing was changed
  int64_t version = 0;      ///< the newest one now
};

/// Thread: any.
class DashboardShelf {
 public:
  virtual ~DashboardShelf() = default;
  /// The newest version of each, by title.
  virtual Result<std::vector<DashboardEntry>> list() = 0;
  /// The newest version, or the one that is asked for. Code::not_found.
  virtual Result<KeptDashboard> find(const std::string& uid, std::optional<int64_t> version) = 0;
  /// The versions that are kept, newest first; none for a dashboard that is not there.
  virtual Result<std::vector<DashboardEntry>> versions(const std::string& uid) = 0;
  /// `based_on` is the version that was edited, 0 for a new dashboard.
  virtual Result<SaveOutcome> save(const std::string& uid, const std::string& title, const std::string& json, int64_t based_on) = 0;
  /// All its versions. Code::not_found.
  virtual Result<void> remove(const std::string& uid) = 0;
};

}  // namespace monitorai::serve
