#pragma once
// The adapter of SQLite: what partitions need of it, with errors as values. A Database and its Statements belong to one thread at a time.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace monitorai::store {

class Statement {
 public:
  /// Parameters and columns count as in SQL: parameters from 1, columns from 0.
  void bind(int parameter, int64_t value);
  /// The bytes must live until the next step() returned.
  void bind_blob(int parameter, std::string_view bytes);
  void bind_text(int parameter, std::string_view text);
  /// True when there is a row.
  Result<bool> step();
  /// For a statement that gives no rows: steps and resets.
  Result<void> run();
  void reset();
  int64_t integer(int column) const;
  /// Lives until the next step() or reset().
  std::string_view bytes(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  enum class Mode { create, read_write, read_only };
  static Result<Database> open(const std::filesystem::path& path, Mode mode);
  /// One or more statements without results.
  Result<void> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  /// Runs `body` as one transaction that is durable when this returns; after an error of either nothing of it is left.
  Result<void> transact(const std::function<Result<void>()>& body);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace monitorai::store
