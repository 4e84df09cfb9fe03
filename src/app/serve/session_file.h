#pragma once
// The sessions of logged-in people in one SQLite file of the data folder, so that a restart logs nobody out. Thread: any; one at a time.

#include <filesystem>
#include <memory>
#include <mutex>

#include "serve/session_shelf.h"
#include "store/disk/sqlite.h"

namespace monitorai::app {

class SessionFile final : public serve::SessionShelf {
 public:
  /// Makes the file when it is missing.
  static Result<std::unique_ptr<SessionFile>> open(const std::filesystem::path& path, const Clock& clock);

  Result<void> add(const std::string& digest, const serve::Session& session) override;
  Result<std::optional<serve::Session>> find(const std::string& digest) override;
  Result<void> remove(const std::string& digest) override;

 private:
  SessionFile(store::Database database, const Clock& clock) : database_(std::move(database)), clock_(clock) {}

  std::mutex mutex_;
  store::Database database_;
  const Clock& clock_;
};

}  // namespace monitorai::app
