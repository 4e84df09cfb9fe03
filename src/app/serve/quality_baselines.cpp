// The baselines in the file of judgements.

#include <fmt/format.h>

#include <algorithm>

#include "app/serve/quality_codec.h"
#include "app/serve/quality_file.h"

namespace monitorai::app {

using judge::Baseline;
using judge::BaselineInfo;

Result<std::vector<BaselineInfo>> QualityFile::list_baselines(std::optional<int64_t> id) {
  MAI_TRY_ASSIGN(auto row, database_.prepare(fmt::format("SELECT b.id, s.model, s.service, s.route, b.version, b.name, b.made_by, "
                                                         "b.embedder, b.row_count, b.created_ms, b.from_ms, b.to_ms, b.active, b.pinned "
                                                         "FROM baselines b JOIN series s ON s.id = b.series {} ORDER BY b.id",
                                                         id ? fmt::format("WHERE b.id = {}", *id) : std::string())));
  std::vector<BaselineInfo> out;
  for (;;) {
    MAI_TRY_ASSIGN(const bool any, row.step());
    if (!any) return out;
    const auto text = [&](int column) { return std::string(row.bytes(column)); };
    out.push_back({.id = row.integer(0),
                   .series = {text(1), text(2), text(3)},
                   .version = row.integer(4),
                   .name = text(5),
                   .made_by = text(6),
                   .embedder = text(7),
                   .rows = static_cast<size_t>(row.integer(8)),
                   .created = {row.integer(9)},
                   .from = {row.integer(10)},
                   .to = {row.integer(11)},
                   .active = row.integer(12) == 1,
                   .pinned = row.integer(13) == 1});
  }
}

Result<std::vector<BaselineInfo>> QualityFile::baselines() {
  const std::lock_guard lock(mutex_);
  return list_baselines(std::nullopt);
}

Result<Baseline> QualityFile::baseline(int64_t id) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(auto infos, list_baselines(id));
  if (infos.empty()) return Error{Code::not_found, fmt::format("cannot find baseline {}", id)};
  MAI_TRY_ASSIGN(auto row, database_.prepare("SELECT rows FROM baselines WHERE id = ?"));
  row.bind(1, id);
  MAI_TRY_ASSIGN(const bool any, row.step());
  auto rows = any ? decode_rows(row.bytes(0)) : std::nullopt;
  if (!rows || rows->size() != infos[0].rows)
    return Error{Code::corrupt, fmt::format("cannot read baseline {}: its prompts are damaged", id)};
  return Baseline{std::move(infos[0]), std::move(*rows)};
}

Result<BaselineInfo> QualityFile::add_baseline(Baseline baseline) {
  const std::lock_guard lock(mutex_);
  BaselineInfo& info = baseline.info;
  const auto write = [&]() -> Result<void> {
    MAI_TRY_ASSIGN(const int64_t series, series_id(info.series));
    MAI_TRY_ASSIGN(const int64_t newest,
                   count_of(fmt::format("SELECT coalesce(max(version), 0) FROM baselines WHERE series = {}", series)));
    info.version = newest + 1;
    if (info.active)
      MAI_TRY(database_.execute(fmt::format("UPDATE baselines SET active = 0, pinned = 0 WHERE series = {}", series).c_str()));
    // The oldest go that nothing is compared with.
    MAI_TRY(database_.execute(fmt::format("DELETE FROM baselines WHERE series = {0} AND active = 0 AND id <= (SELECT id FROM baselines "
                                          "WHERE series = {0} ORDER BY id DESC LIMIT 1 OFFSET {1})",
                                          series, limits_.baselines_max - 1)
                                  .c_str()));
    const std::string rows = encode_rows(baseline.rows);
    MAI_TRY_ASSIGN(
        auto row,
        database_.prepare(
            "INSERT INTO baselines (series, version, name, made_by, embedder, row_count, created_ms, from_ms, to_ms, active, pinned, rows) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"));
    row.bind(1, series);
    row.bind(2, info.version);
    row.bind_text(3, info.name);
    row.bind_text(4, info.made_by);
    row.bind_text(5, info.embedder);
    row.bind(6, static_cast<int64_t>(baseline.rows.size()));
    row.bind(7, info.created.ms);
    row.bind(8, info.from.ms);
    row.bind(9, info.to.ms);
    row.bind(10, info.active ? 1 : 0);
    row.bind(11, info.pinned ? 1 : 0);
    row.bind_blob(12, rows);
    MAI_TRY_ASSIGN(const bool made, row.step());
    if (made) info.id = row.integer(0);
    row.reset();
    return {};
  };
  MAI_TRY(database_.transact(write));
  return info;
}

Result<void> QualityFile::activate_baseline(int64_t id, bool pinned) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(const auto infos, list_baselines(id));
  if (infos.empty()) return Error{Code::not_found, fmt::format("cannot find baseline {}", id)};
  return database_.transact([&]() -> Result<void> {
    MAI_TRY_ASSIGN(const int64_t series, series_id(infos[0].series));
    MAI_TRY(database_.execute(fmt::format("UPDATE baselines SET active = 0, pinned = 0 WHERE series = {}", series).c_str()));
    return database_.execute(fmt::format("UPDATE baselines SET active = 1, pinned = {} WHERE id = {}", pinned ? 1 : 0, id).c_str());
  });
}

Result<void> QualityFile::remove_baseline(int64_t id) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(const auto infos, list_baselines(id));
  if (infos.empty()) return Error{Code::not_found, fmt::format("cannot find baseline {}", id)};
  return database_.execute(fmt::format("DELETE FROM baselines WHERE id = {}", id).c_str());
}

}  // namespace monitorai::app
