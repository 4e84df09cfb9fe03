#include "app/serve/dashboard_file.h"

#include <fmt/format.h>

namespace monitorai::app {
namespace {

using serve::DashboardEntry;

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS dashboards (uid TEXT NOT NULL, version INTEGER NOT NULL, title TEXT NOT NULL, saved_ms INTEGER NOT NULL, "
    "json TEXT NOT NULL, PRIMARY KEY (uid, version)) WITHOUT ROWID, STRICT";

/// Of columns uid, title, version, saved_ms.
DashboardEntry entry_of(const store::Statement& row) {
  return {std::string(row.bytes(0)), std::string(row.bytes(1)), row.integer(2), TimeMs{row.integer(3)}};
}

Result<std::vector<DashboardEntry>> entries(store::Statement& rows) {
  std::vector<DashboardEntry> out;
  for (;;) {
    MAI_TRY_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    out.push_back(entry_of(rows));
  }
}

Result<int64_t> one_number(store::Statement& row) {
  MAI_TRY_ASSIGN(const bool found, row.step());
  return found ? row.integer(0) : 0;
}

}  // namespace

Result<std::unique_ptr<DashboardFile>> DashboardFile::open(const std::filesystem::path& path, const Clock& clock) {
  auto database = store::Database::open(path, store::Database::Mode::create);
  if (!database) return wrap(database.error(), "cannot open the dashboards");
  if (const auto made = database->execute(kSchema); !made) return wrap(made.error(), "cannot open the dashboards");
  return std::unique_ptr<DashboardFile>(new DashboardFile(std::move(*database), clock));
}

Result<std::vector<DashboardEntry>> DashboardFile::list() {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(auto rows, database_.prepare("SELECT uid, title, version, saved_ms FROM dashboards AS d WHERE version = "
                                              "(SELECT max(version) FROM dashboards WHERE uid = d.uid) ORDER BY title, uid"));
  return entries(rows);
}

Result<serve::KeptDashboard> DashboardFile::find(const std::string& uid, std::optional<int64_t> version) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(const int64_t last, newest(uid));
  MAI_TRY_ASSIGN(auto row, database_.prepare("SELECT uid, title, version, saved_ms, json FROM dashboards WHERE uid = ? AND version = ?"));
  row.bind_text(1, uid);
  row.bind(2, version.value_or(last));
  MAI_TRY_ASSIGN(const bool found, row.step());
  if (!found) return Error{Code::not_found, fmt::format("there is no dashboard \"{}\" (version {})", uid, version.value_or(last))};
  return serve::KeptDashboard{entry_of(row), std::string(row.bytes(4))};
}

Result<std::vector<DashboardEntry>> DashboardFile::versions(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(auto rows, database_.prepare("SELECT uid, title, version, saved_ms FROM dashboards WHERE uid = ? ORDER BY version DESC"));
  rows.bind_text(1, uid);
  return entries(rows);
}

Result<int64_t> DashboardFile::newest(const std::string& uid) {
  MAI_TRY_ASSIGN(auto row, database_.prepare("SELECT max(version) FROM dashboards WHERE uid = ?"));
  row.bind_text(1, uid);
  return one_number(row);
}

Result<int64_t> DashboardFile::count() {
  MAI_TRY_ASSIGN(auto row, database_.prepare("SELECT count(DISTINCT uid) FROM dashboards"));
  return one_number(row);
}

Result<void> DashboardFile::insert(const std::string& uid, const std::string& title, const std::string& json, int64_t version) {
  MAI_TRY_ASSIGN(auto add, database_.prepare("INSERT INTO dashboards (uid, version, title, saved_ms, json) VALUES (?, ?, ?, ?, ?)"));
  add.bind_text(1, uid);
  add.bind(2, version);
  add.bind_text(3, title);
  add.bind(4, clock_.now().ms);
  add.bind_text(5, json);
  MAI_TRY(add.run());
  MAI_TRY_ASSIGN(auto prune, database_.prepare("DELETE FROM dashboards WHERE uid = ? AND version <= ?"));
  prune.bind_text(1, uid);
  prune.bind(2, version - serve::kDashboardVersionsKept);
  return prune.run();
}

Result<serve::SaveOutcome> DashboardFile::save(const std::string& uid, const std::string& title, const std::string& json, int64_t based_on) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(const int64_t last, newest(uid));
  if (last != based_on) return serve::SaveOutcome{false, last};
  MAI_TRY_ASSIGN(const int64_t kept, count());
  if (last == 0 && kept >= serve::kDashboardsMax)
    return Error{Code::exhausted, fmt::format("cannot keep the dashboard \"{}\": {} are kept already", uid, kept)};
  MAI_TRY(database_.execute("BEGIN IMMEDIATE"));
  const auto inserted = insert(uid, title, json, last + 1);
  const auto ended = database_.execute(inserted ? "COMMIT" : "ROLLBACK");
  if (!inserted) return wrap(inserted.error(), "cannot save the dashboard");
  if (!ended) return wrap(ended.error(), "cannot save the dashboard");
  return serve::SaveOutcome{true, last + 1};
}

Result<void> DashboardFile::remove(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(const int64_t last, newest(uid));
  if (last == 0) return Error{Code::not_found, fmt::format("there is no dashboard \"{}\"", uid)};
  MAI_TRY_ASSIGN(auto drop, database_.prepare("DELETE FROM dashboards WHERE uid = ?"));
  drop.bind_text(1, uid);
  return drop.run();
}

}  // namespace monitorai::app
