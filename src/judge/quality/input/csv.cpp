// Datasets of comma-separated values.

#include <cmath>

#include "base/text.h"
#include "judge/quality/input/csv_cells.h"
#include "judge/quality/input/dataset.h"

namespace monitorai::judge {
namespace {

Cell add(Column& column, std::string cell) {
  const auto number = parse_number(trim(cell));
  if (trim(cell).empty() || (number && !std::isfinite(*number))) return ++column.missing, Cell::none;
  if (number) return column.numbers.push_back(*number), Cell::number;
  return column.words.push_back(std::move(cell)), Cell::words;
}

}  // namespace

Result<Dataset> parse_csv(std::string_view bytes) {
  CsvReader reader(bytes);
  Dataset out;
  if (reader.done()) return out;
  MAI_TRY_ASSIGN(const std::vector<std::string> names, reader.next());
  if (names.size() > kDatasetColumnsMax) return Error{Code::invalid, fmt::format("line 1: it has over {} columns", kDatasetColumnsMax)};
  for (const std::string& name : names) out.columns.emplace_back().name = std::string(trim(name));
  while (!reader.done()) {
    const size_t line = reader.line();
    MAI_TRY_ASSIGN(std::vector<std::string> cells, reader.next());
    if (cells.size() == 1 && trim(cells[0]).empty() && names.size() > 1) continue;
    if (cells.size() != names.size())
      return Error{Code::invalid, fmt::format("line {} has {} cells, not {} as the header", line, cells.size(), names.size())};
    for (size_t i = 0; i < cells.size(); ++i) out.columns[i].cells_by_row.push_back(add(out.columns[i], std::move(cells[i])));
    ++out.rows;
  }
  return out;
}

}  // namespace monitorai::judge
