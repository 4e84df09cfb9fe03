#include "app/serve/quality_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "app/serve/quality_codec.h"

namespace monitorai::app {
namespace {

using judge::Baseline;
using judge::BaselineInfo;
using judge::KeptAnswer;
using judge::KeptQuery;
using judge::SeriesKey;
using store::Statement;

constexpr int64_t kVersion = 2;  // 1: every minute taught what is usual
constexpr uint64_t kWritesBetweenPrunes = 60;
constexpr int64_t kLabelledTimes = 10;  ///< labelled answers that are kept for each one without a label

// Scores are the bits of doubles that are not negative: they sort as the numbers do.
constexpr const char* kSchema =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -512;"
    "CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, model TEXT NOT NULL, service TEXT NOT NULL, route TEXT NOT NULL, UNIQUE "
    "(model, service, route)) STRICT;"
    "CREATE TABLE IF NOT EXISTS prompts (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, time_ms INTEGER NOT NULL, embedder TEXT NOT "
    "NULL, row BLOB NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS prompts_by_series ON prompts (series, time_ms);"
    "CREATE TABLE IF NOT EXISTS minutes (series INTEGER NOT NULL, minute INTEGER NOT NULL, judged INTEGER NOT NULL, flagged INTEGER NOT "
    "NULL, held INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (series, minute)) WITHOUT ROWID, STRICT;"
    "CREATE TABLE IF NOT EXISTS baselines (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, "
    "made_by TEXT NOT NULL, embedder TEXT NOT NULL, "
    "row_count INTEGER NOT NULL, created_ms INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, active INTEGER NOT NULL, "
    "pinned INTEGER NOT NULL, rows BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, time_ms INTEGER NOT NULL, flagged INTEGER NOT NULL, "
    "score INTEGER NOT NULL, label INTEGER NOT NULL, "
    "signs BLOB NOT NULL, answer BLOB NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS kept_by_label ON kept (label, id);"
    "CREATE TABLE IF NOT EXISTS comparisons (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, time_ms INTEGER NOT NULL, score INTEGER NOT "
    "NULL, json TEXT NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS comparisons_by_series ON comparisons (series, id);"
    "CREATE TABLE IF NOT EXISTS weights (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL) STRICT;";

int64_t bits_of(double score) { return std::bit_cast<int64_t>(std::max(0.0, score)); }
std::string text(const Statement& row, int column) { return std::string(row.bytes(column)); }
/// -1: none, 0: sound, 1: hallucinated.
int64_t label_number(std::optional<bool> label) { return !label ? -1 : *label ? 1 : 0; }

/// Calls `take` for each row.
template <class Take>
Result<void> each(Statement& statement, Take take) {
  for (;;) {
    MAI_TRY_ASSIGN(const bool row, statement.step());
    if (!row) return {};
    take(statement);
  }
}

}  // namespace

Result<std::unique_ptr<QualityFile>> QualityFile::open(const std::filesystem::path& path, const Clock& clock, judge::ShelfLimits limits) {
  auto database = store::Database::open(path, store::Database::Mode::create);
  if (!database) return wrap(database.error(), "cannot open what the judge keeps");
  std::unique_ptr<QualityFile> out(new QualityFile(std::move(*database), clock, limits));
  MAI_TRY_ASSIGN(const int64_t version, out->count_of("PRAGMA user_version"));
  if (version < 0 || version > kVersion)
    return Error{Code::invalid,
                 fmt::format("cannot open {}: it is of version {}, and this program reads 1 to {}", path.native(), version, kVersion)};
  if (version == 1)
    if (const auto grown =
            out->database_.execute("ALTER TABLE minutes ADD COLUMN held INTEGER NOT NULL DEFAULT 0; PRAGMA user_version = 2;");
        !grown)
      return wrap(grown.error(), "cannot open what the judge keeps");
  if (const auto made = out->database_.execute(kSchema); !made) return wrap(made.error(), "cannot open what the judge keeps");
  MAI_TRY(out->database_.execute(fmt::format("PRAGMA user_version = {}", kVersion).c_str()));
  return out;
}

Result<int64_t> QualityFile::count_of(std::string_view sql) {
  MAI_TRY_ASSIGN(auto row, database_.prepare(sql));
  MAI_TRY_ASSIGN(const bool any, row.step());
  return any ? row.integer(0) : int64_t{0};
}

Result<int64_t> QualityFile::series_id(const SeriesKey& series) {
  for (const bool made : {false, true}) {
    MAI_TRY_ASSIGN(auto row, database_.prepare(made ? "INSERT INTO series (model, service, route) VALUES (?, ?, ?) RETURNING id"
                                                    : "SELECT id FROM series WHERE model = ? AND service = ? AND route = ?"));
    row.bind_text(1, series.model);
    row.bind_text(2, series.service);
    row.bind_text(3, series.route);
    MAI_TRY_ASSIGN(const bool found, row.step());
    if (found) return row.integer(0);
  }
  return Error{Code::unavailable, "cannot keep a series: the file gave it no number"};
}

Result<void> QualityFile::append_rows(const judge::ShelfBatch& batch) {
  MAI_TRY_ASSIGN(auto row, database_.prepare("INSERT INTO prompts (series, time_ms, embedder, row) VALUES (?, ?, ?, ?)"));
  for (const auto& one : batch.rows) {
    MAI_TRY_ASSIGN(const int64_t series, series_id(one.series));
    const std::string bytes = encode_rows({one.row});
    row.bind(1, series);
    row.bind(2, one.row.time.ms);
    row.bind_text(3, one.embedder);
    row.bind_blob(4, bytes);
    MAI_TRY(row.run());
  }
  MAI_TRY_ASSIGN(auto minute,
                 database_.prepare("INSERT OR REPLACE INTO minutes (series, minute, judged, flagged, held) VALUES (?, ?, ?, ?, ?)"));
  for (const auto& one : batch.minutes) {
    MAI_TRY_ASSIGN(const int64_t series, series_id(one.series));
    minute.bind(1, series);
    minute.bind(2, one.tally.minute);
    minute.bind(3, static_cast<int64_t>(one.tally.tally.judged));
    minute.bind(4, static_cast<int64_t>(one.tally.tally.flagged));
    minute.bind(5, static_cast<int64_t>(one.tally.teaches));
    MAI_TRY(minute.run());
  }
  return {};
}

Result<void> QualityFile::append_kept(const judge::ShelfBatch& batch) {
  MAI_TRY_ASSIGN(
      auto row,
      database_.prepare(
          "INSERT OR REPLACE INTO kept (id, series, time_ms, flagged, score, label, signs, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const KeptAnswer& one : batch.kept) {
    MAI_TRY_ASSIGN(const int64_t series, series_id(one.series));
    const std::string signs = encode_signs(one.signs), answer = encode_kept(one);
    row.bind(1, one.id);
    row.bind(2, series);
    row.bind(3, one.time.ms);
    row.bind(4, one.flagged ? 1 : 0);
    row.bind(5, bits_of(one.score));
    row.bind(6, label_number(one.hallucinated));
    row.bind_blob(7, signs);
    row.bind_blob(8, answer);
    MAI_TRY(row.run());
  }
  return {};
}

Result<void> QualityFile::append(const judge::ShelfBatch& batch) {
  const std::lock_guard lock(mutex_);
  return database_.transact([&]() -> Result<void> {
    MAI_TRY(append_rows(batch));
    MAI_TRY(append_kept(batch));
    return writes_++ % kWritesBetweenPrunes == 0 ? prune() : Result<void>();
  });
}

Result<void> QualityFile::prune() {
  MAI_TRY_ASSIGN(auto minutes, database_.prepare("DELETE FROM minutes WHERE minute < ?"));
  minutes.bind(1, (clock_.now() - limits_.minutes_for).ms / 60'000);
  MAI_TRY(minutes.run());
  for (const bool labelled : {false, true}) {
    MAI_TRY_ASSIGN(
        auto kept,
        database_.prepare(fmt::format(
            "DELETE FROM kept WHERE label {0} 0 AND id <= (SELECT id FROM kept WHERE label {0} 0 ORDER BY id DESC LIMIT 1 OFFSET ?)",
            labelled ? ">=" : "<")));
    kept.bind(1, static_cast<int64_t>(limits_.kept_max) * (labelled ? kLabelledTimes : 1));
    MAI_TRY(kept.run());
  }
  std::vector<int64_t> all;
  MAI_TRY_ASSIGN(auto series, database_.prepare("SELECT id FROM series"));
  MAI_TRY(each(series, [&](const Statement& row) { all.push_back(row.integer(0)); }));
  const std::pair<const char*, size_t> limits[] = {{"prompts", limits_.rows_max}, {"comparisons", limits_.comparisons_max}};
  for (const auto& [table, max] : limits) {
    MAI_TRY_ASSIGN(
        auto old,
        database_.prepare(fmt::format(
            "DELETE FROM {0} WHERE series = ?1 AND id <= (SELECT id FROM {0} WHERE series = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            table)));
    for (const int64_t id : all) {
      old.bind(1, id);
      old.bind(2, static_cast<int64_t>(max));
      MAI_TRY(old.run());
    }
  }
  return {};
}

Result<std::vector<SeriesKey>> QualityFile::series() {
  const std::lock_guard lock(mutex_);
  std::vector<SeriesKey> out;
  MAI_TRY_ASSIGN(auto row, database_.prepare("SELECT model, service, route FROM series ORDER BY id"));
  MAI_TRY(each(row, [&](const Statement& one) { out.push_back({text(one, 0), text(one, 1), text(one, 2)}); }));
  return out;
}

Result<std::vector<judge::PromptRow>> QualityFile::rows(const SeriesKey& series, const std::string& embedder, TimeRange range,
                                                        size_t rows_max) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(const int64_t id, series_id(series));
  MAI_TRY_ASSIGN(
      auto row,
      database_.prepare(
          "SELECT row FROM prompts WHERE series = ? AND time_ms BETWEEN ? AND ? AND embedder = ? ORDER BY time_ms DESC, id DESC LIMIT ?"));
  row.bind(1, id);
  row.bind(2, range.from.ms);
  row.bind(3, range.to.ms);
  row.bind_text(4, embedder);
  row.bind(5, static_cast<int64_t>(rows_max));
  std::vector<judge::PromptRow> out;
  MAI_TRY(each(row, [&](const Statement& one) {
    auto decoded = decode_rows(one.bytes(0));
    if (decoded && decoded->size() == 1 && (out.empty() || out.front().vector.size() == decoded->front().vector.size()))
      out.push_back(std::move(decoded->front()));
    else
      ++damaged_;
  }));
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::vector<judge::MinuteTally>> QualityFile::minutes(const SeriesKey& series, int64_t since_minute) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(const int64_t id, series_id(series));
  MAI_TRY_ASSIGN(auto row,
                 database_.prepare("SELECT minute, judged, flagged, held FROM minutes WHERE series = ? AND minute >= ? ORDER BY minute"));
  row.bind(1, id);
  row.bind(2, since_minute);
  std::vector<judge::MinuteTally> out;
  MAI_TRY(each(row, [&](const Statement& one) {
    out.push_back({one.integer(0),
                   {static_cast<uint64_t>(one.integer(1)), static_cast<uint64_t>(one.integer(2))},
                   static_cast<judge::Teaches>(std::clamp<int64_t>(one.integer(3), 0, 2))});
  }));
  return out;
}

Result<std::vector<KeptAnswer>> QualityFile::kept(const KeptQuery& query) {
  const std::lock_guard lock(mutex_);
  std::string where = "k.id < ?1 AND k.time_ms >= ?2";
  if (query.id) where += fmt::format(" AND k.id = {}", *query.id);
  if (query.flagged) where += fmt::format(" AND k.flagged = {}", *query.flagged ? 1 : 0);
  if (query.labelled) where += *query.labelled ? " AND k.label >= 0" : " AND k.label < 0";
  if (query.series) where += " AND s.model = ?4 AND s.service = ?5 AND s.route = ?6";
  MAI_TRY_ASSIGN(auto row, database_.prepare(fmt::format("SELECT k.id, k.time_ms, k.flagged, k.score, k.label, k.signs, k.answer, s.model, "
                                                         "s.service, s.route FROM kept k JOIN series s ON s.id = k.series "
                                                         "WHERE {} ORDER BY {} LIMIT ?3",
                                                         where, query.worst_first ? "k.score DESC, k.id DESC" : "k.id DESC")));
  row.bind(1, query.before);
  row.bind(2, query.from.ms);
  row.bind(3, static_cast<int64_t>(query.limit));
  if (query.series) {
    row.bind_text(4, query.series->model);
    row.bind_text(5, query.series->service);
    row.bind_text(6, query.series->route);
  }
  std::vector<KeptAnswer> out;
  MAI_TRY(each(row, [&](const Statement& one) {
    KeptAnswer kept{.id = one.integer(0),
                    .time = {one.integer(1)},
                    .series = {text(one, 7), text(one, 8), text(one, 9)},
                    .flagged = one.integer(2) == 1,
                    .score = std::bit_cast<double>(one.integer(3))};
    if (const int64_t label = one.integer(4); label >= 0) kept.hallucinated = label == 1;
    const auto signs = decode_signs(one.bytes(5));
    if (!signs || !decode_kept(one.bytes(6), kept)) return void(++damaged_);
    kept.signs = *signs;
    out.push_back(std::move(kept));
  }));
  return out;
}

Result<int64_t> QualityFile::last_kept_id() {
  const std::lock_guard lock(mutex_);
  return count_of("SELECT coalesce(max(id), 0) FROM kept");
}

Result<void> QualityFile::label(int64_t id, std::optional<bool> hallucinated) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(auto row, database_.prepare("UPDATE kept SET label = ? WHERE id = ? RETURNING id"));
  row.bind(1, label_number(hallucinated));
  row.bind(2, id);
  MAI_TRY_ASSIGN(const bool found, row.step());
  row.reset();
  if (!found) return Error{Code::not_found, fmt::format("cannot label answer {}: it is not kept", id)};
  return {};
}

Result<std::vector<judge::LabelledSigns>> QualityFile::labelled() {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(auto row, database_.prepare("SELECT signs, score, label FROM kept WHERE label >= 0 ORDER BY id"));
  std::vector<judge::LabelledSigns> out;
  MAI_TRY(each(row, [&](const Statement& one) {
    if (const auto signs = decode_signs(one.bytes(0)))
      out.push_back({*signs, std::bit_cast<double>(one.integer(1)), one.integer(2) == 1});
    else
      ++damaged_;
  }));
  return out;
}

Result<void> QualityFile::add_comparison(const judge::StoredComparison& comparison) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(const int64_t series, series_id(comparison.series));
  MAI_TRY_ASSIGN(auto row, database_.prepare("INSERT INTO comparisons (series, time_ms, score, json) VALUES (?, ?, ?, ?)"));
  row.bind(1, series);
  row.bind(2, comparison.time.ms);
  row.bind(3, bits_of(comparison.score));
  row.bind_text(4, comparison.json);
  return row.run();
}

Result<std::vector<judge::StoredComparison>> QualityFile::comparisons(const SeriesKey& series, size_t limit) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(const int64_t id, series_id(series));
  MAI_TRY_ASSIGN(auto row, database_.prepare("SELECT time_ms, score, json FROM comparisons WHERE series = ? ORDER BY id DESC LIMIT ?"));
  row.bind(1, id);
  row.bind(2, static_cast<int64_t>(limit));
  std::vector<judge::StoredComparison> out;
  MAI_TRY(each(
      row, [&](const Statement& one) { out.push_back({series, {one.integer(0)}, std::bit_cast<double>(one.integer(1)), text(one, 2)}); }));
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::string> QualityFile::weights() {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(auto row, database_.prepare("SELECT json FROM weights"));
  MAI_TRY_ASSIGN(const bool any, row.step());
  return any ? text(row, 0) : std::string();
}

Result<void> QualityFile::set_weights(const std::string& json) {
  const std::lock_guard lock(mutex_);
  if (json.empty()) return database_.execute("DELETE FROM weights");
  MAI_TRY_ASSIGN(auto row, database_.prepare("INSERT OR REPLACE INTO weights (one, json) VALUES (1, ?)"));
  row.bind_text(1, json);
  return row.run();
}

}  // namespace monitorai::app
