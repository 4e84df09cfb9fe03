#pragma once
// People's own dashboards in one SQLite file of the data folder: every version of each, the newest twenty kept. A save is on the disk when
// it returns. Thread: any; one at a time.

#include <filesystem>
#include <mutex>

#include "serve/ui/dashboard_shelf.h"
#include "store/disk/sqlite.h"

namespace monitorai::app {

class DashboardFile final : public serve::DashboardShelf {
 public:
  /// Makes the file when it is missing.
  static Result<std::unique_ptr<DashboardFile>> open(const std::filesystem::path& path, const Clock& clock);

  Result<std::vector<serve::DashboardEntry>> list() override;
  Result<serve::KeptDashboard> find(const std::string& uid, std::optional<int64_t> version) override;
  Result<std::vector<serve::DashboardEntry>> versions(const std::string& uid) override;
  Result<serve::SaveOutcome> save(const std::string& uid, const std::string& title, const std::string& json, int64_t based_on) override;
  Result<void> remove(const std::string& uid) override;

 private:
  DashboardFile(store::Database database, const Clock& clock) : database_(std::move(database)), clock_(clock) {}
  Result<int64_t> newest(const std::string& uid);
  Result<int64_t> count();
  Result<void> insert(const std::string& uid, const std::string& title, const std::string& json, int64_t version);

  std::mutex mutex_;
  store::Database database_;
  const Clock& clock_;
};

}  // namespace monitorai::app
