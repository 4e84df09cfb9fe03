#include "app/serve/session_file.h"

#include <fmt/format.h>

namespace monitorai::app {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS sessions (digest TEXT NOT NULL PRIMARY KEY, user TEXT NOT NULL, credentials TEXT NOT NULL, "
    "expires_ms INTEGER NOT NULL) WITHOUT ROWID, STRICT";

}  // namespace

Result<std::unique_ptr<SessionFile>> SessionFile::open(const std::filesystem::path& path, const Clock& clock) {
  auto database = store::Database::open(path, store::Database::Mode::create);
  if (!database) return wrap(database.error(), "cannot open the sessions");
  if (const auto made = database->execute(kSchema); !made) return wrap(made.error(), "cannot open the sessions");
  return std::unique_ptr<SessionFile>(new SessionFile(std::move(*database), clock));
}

Result<void> SessionFile::add(const std::string& digest, const serve::Session& session) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(auto expired, database_.prepare("DELETE FROM sessions WHERE expires_ms <= ?"));
  expired.bind(1, clock_.now().ms);
  MAI_TRY(expired.run());
  // All live equally long, so those that expire last are the newest.
  MAI_TRY_ASSIGN(auto over, database_.prepare("DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions ORDER BY expires_ms DESC LIMIT -1 OFFSET ?)"));
  over.bind(1, static_cast<int64_t>(serve::kSessionsMax) - 1);
  MAI_TRY(over.run());
  MAI_TRY_ASSIGN(auto row, database_.prepare("INSERT INTO sessions (digest, user, credentials, expires_ms) VALUES (?, ?, ?, ?)"));
  row.bind_text(1, digest);
  row.bind_text(2, session.user);
  row.bind_text(3, session.credentials);
  row.bind(4, session.expires.ms);
  return row.run();
}

Result<std::optional<serve::Session>> SessionFile::find(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(auto row, database_.prepare("SELECT user, credentials, expires_ms FROM sessions WHERE digest = ? AND expires_ms > ?"));
  row.bind_text(1, digest);
  row.bind(2, clock_.now().ms);
  MAI_TRY_ASSIGN(const bool found, row.step());
  if (!found) return std::optional<serve::Session>();
  return std::optional(serve::Session{std::string(row.bytes(0)), std::string(row.bytes(1)), TimeMs{row.integer(2)}});
}

Result<void> SessionFile::remove(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(auto row, database_.prepare("DELETE FROM sessions WHERE digest = ?"));
  row.bind_text(1, digest);
  return row.run();
}

}  // namespace monitorai::app
