// Datasets of comma-separated values.

#include <cmath>

#include "base/text.h"
#include "judge/quality/input/dataset.h"

namespace monitorai::judge {
namespace {

class CsvReader {
 public:
  explicit CsvReader(std::string_view bytes) : bytes_(bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes) {}
  bool done() const { return at_ >= bytes_.size(); }
  size_t line() const { return line_; }

  /// The cells of the next record, which may reach over several lines.
  Result<std::vector<std::string>> next() {
    std::vector<std::string> cells;
    std::string cell;
    bool quoted = false;
    const size_t begun = line_;
    for (;;) {
      const bool end = at_ >= bytes_.size();
      const char c = end ? '\n' : bytes_[at_++];
      if (c == '\n') ++line_;
      if (quoted) {
        if (end) return Error{Code::invalid, fmt::format("line {}: a quoted cell does not end", begun)};
        if (c != '"') {
          cell += c;
        } else if (at_ < bytes_.size() && bytes_[at_] == '"') {
          cell += bytes_[at_++];
        } else {
          quoted = false;
        }
      } else if (c == '"' && cell.empty()) {
        quoted = true;
      } else if (c == ',' || c == '\n') {
        if (c == '\n' && cell.ends_with('\r')) cell.pop_back();
        cells.push_back(std::move(cell));
        cell.clear();
        if (c == '\n') return cells;
      } else {
        cell += c;
      }
    }
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0, line_ = 1;
};

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
