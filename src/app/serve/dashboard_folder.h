#pragma once
// Dashboards that stand as files beside the program (dashboards.files), in front of those that people keep in the data folder: a file is
// shown as it stands on the disk at that moment, and what somebody saves under its uid stands for it until it is removed. Files are never
// written. Thread: any.

#include <memory>
#include <string>
#include <vector>

#include "serve/ui/dashboard_shelf.h"

namespace monitorai::app {

inline constexpr size_t kDashboardFilesMax = 200;  ///< the first ones by name are read

class DashboardFolder final : public serve::DashboardShelf {
 public:
  /// `files` are paths; the last part may hold *.
  DashboardFolder(std::vector<std::string> files, std::unique_ptr<serve::DashboardShelf> kept) : files_(std::move(files)), kept_(std::move(kept)) {}

  /// A file that cannot be read is listed with its name, and find() says what is wrong with it. Its version is 0.
  Result<std::vector<serve::DashboardEntry>> list() override;
  Result<serve::KeptDashboard> find(const std::string& uid, std::optional<int64_t> version) override;
  Result<std::vector<serve::DashboardEntry>> versions(const std::string& uid) override { return kept_->versions(uid); }
  Result<serve::SaveOutcome> save(const std::string& uid, const std::string& title, const std::string& json, int64_t based_on) override {
    return kept_->save(uid, title, json, based_on);
  }
  Result<void> remove(const std::string& uid) override { return kept_->remove(uid); }

 private:
  const std::vector<std::string> files_;
  const std::unique_ptr<serve::DashboardShelf> kept_;
};

}  // namespace monitorai::app
