#include "judge/quality/input/dataset.h"

#include <cmath>

#include "base/files.h"
#include "base/text.h"
#include "judge/quality/input/npy.h"
#include "judge/quality/input/text_bytes.h"

namespace monitorai::judge {

namespace {

Dataset parse_lines(std::string_view bytes) {
  Dataset out;
  Column column{.name = "text"};
  for (const std::string_view line : split(bytes, '\n')) {
    if (trim(line).empty()) continue;
    column.words.emplace_back(trim(line));
    column.cells_by_row.push_back(Cell::words);
  }
  out.rows = column.words.size();
  if (out.rows > 0) out.columns.push_back(std::move(column));
  return out;
}

}  // namespace

const Column* Dataset::column(std::string_view name) const {
  for (const Column& one : columns)
    if (one.name == name) return &one;
  return nullptr;
}

Result<DatasetFormat> format_of(const std::filesystem::path& path) {
  const std::string ending = lower(path.extension().string());
  if (ending == ".jsonl" || ending == ".ndjson" || ending == ".json") return DatasetFormat::jsonl;
  if (ending == ".csv" || ending == ".tsv") return DatasetFormat::csv;
  if (ending == ".npy") return DatasetFormat::npy;
  if (ending == ".txt") return DatasetFormat::lines;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return Error{Code::invalid, fmt::format("cannot read {}: it is a folder", path.string())};
  const std::string advice = advice_for(path);
  return Error{Code::invalid, fmt::format("cannot read {}: {}", path.string(),
                                          advice.empty() ? "its name ends in none of .jsonl, .json, .csv, .tsv, .txt, .npy" : advice)};
}

Result<Dataset> parse_dataset(std::string_view bytes, DatasetFormat format) {
  if (format != DatasetFormat::npy) MAI_TRY(check_text(bytes));
  if (format == DatasetFormat::jsonl) return parse_jsonl(bytes);
  if (format == DatasetFormat::csv) return parse_csv(bytes);
  if (format == DatasetFormat::lines) return parse_lines(bytes);
  MAI_TRY_ASSIGN(const Matrix matrix, parse_npy(bytes));
  Dataset out{.rows = matrix.rows, .columns = {}};
  Column column;
  column.name = matrix.columns == 1 ? "value" : "embedding";
  for (size_t i = 0; i < matrix.rows; ++i) {
    const auto row = matrix.row(i);
    if (!std::all_of(row.begin(), row.end(), [](double value) { return std::isfinite(value); }) || row.empty()) {
      ++column.missing;
      column.cells_by_row.push_back(Cell::none);
    } else if (matrix.columns == 1) {
      column.numbers.push_back(row[0]);
      column.cells_by_row.push_back(Cell::number);
    } else {
      column.rows.append(row);
      column.cells_by_row.push_back(Cell::list);
    }
  }
  out.columns.push_back(std::move(column));
  return out;
}

Result<Dataset> read_dataset(const std::filesystem::path& path) {
  MAI_TRY_ASSIGN(const DatasetFormat format, format_of(path));
  MAI_TRY_ASSIGN(const std::string bytes, read_file(path, kDatasetBytesMax));
  auto out = parse_dataset(bytes, format);
  if (!out) return wrap(out.error(), fmt::format("cannot read {}", path.string()));
  return out;
}

}  // namespace monitorai::judge
