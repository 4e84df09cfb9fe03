#include "store/disk/sqlite.h"

#include <sqlite3.h>

namespace monitorai::store {
namespace {

/// A reader may make a writer wait for this long (checkpoints of the write-ahead log), not longer.
constexpr int kBusyMs = 5000;

Error error_of(sqlite3* database, std::string_view doing) {
  const int code = sqlite3_errcode(database) & 0xff;
  const char* name = sqlite3_db_filename(database, "main");
  Error error{Code::unavailable, fmt::format("cannot {} {}: {} (SQLite {})", doing, name == nullptr ? "" : name, sqlite3_errmsg(database),
                                             sqlite3_extended_errcode(database))};
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_FORMAT) error.code = Code::corrupt;
  if (code == SQLITE_FULL) error.code = Code::exhausted;
  if (code == SQLITE_CANTOPEN) error.code = Code::not_found;
  return error;
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

void Statement::bind(int parameter, int64_t value) { MAI_CHECK(sqlite3_bind_int64(statement_.get(), parameter, value) == SQLITE_OK); }
void Statement::bind_blob(int parameter, std::string_view bytes) {
  MAI_CHECK(sqlite3_bind_blob64(statement_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC) == SQLITE_OK);
}
void Statement::bind_text(int parameter, std::string_view text) {
  MAI_CHECK(sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
}

Result<bool> Statement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      break;
  }
  Error error = error_of(sqlite3_db_handle(statement_.get()), "use");
  reset();
  return error;
}

Result<void> Statement::run() {
  MAI_TRY_ASSIGN(const bool row, step());
  (void)row;
  reset();
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }
int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  return {static_cast<const char*>(data), static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Result<Database> Database::open(const std::filesystem::path& path, Mode mode) {
  const int flags = mode == Mode::create       ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                    : mode == Mode::read_write ? SQLITE_OPEN_READWRITE
                                               : SQLITE_OPEN_READONLY;
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(raw);
  if (raw == nullptr) return Error{Code::exhausted, fmt::format("cannot open {}: no memory", path.native())};
  if (result != SQLITE_OK) return error_of(raw, "open");
  sqlite3_busy_timeout(raw, kBusyMs);
  return database;
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error_of(database_.get(), "use");
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK)
    return error_of(database_.get(), "use");
  return Statement(statement);
}

Result<void> Database::transact(const std::function<Result<void>()>& body) {
  MAI_TRY(execute("BEGIN IMMEDIATE"));
  auto done = body();
  if (done) done = execute("COMMIT");
  if (!done) (void)execute("ROLLBACK");
  return done;
}

}  // namespace monitorai::store
