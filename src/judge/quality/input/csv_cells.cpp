#include "judge/quality/input/csv_cells.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace monitorai::judge {
namespace {

char separator_of(std::string_view bytes) {
  constexpr std::array<char, 3> kSeparators{',', ';', '\t'};
  std::array<size_t, kSeparators.size()> counts{};
  bool quoted = false;
  for (const char c : bytes) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n') break;
    for (size_t i = 0; i < kSeparators.size(); ++i) counts[i] += c == kSeparators[i];
  }
  return kSeparators[static_cast<size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

}  // namespace

CsvReader::CsvReader(std::string_view bytes)
    : bytes_(bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes), separator_(separator_of(bytes_)) {}

Result<std::vector<std::string>> CsvReader::next() {
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
    } else if (c == separator_ || c == '\n') {
      if (c == '\n' && cell.ends_with('\r')) cell.pop_back();
      cells.push_back(std::move(cell));
      cell.clear();
      if (c == '\n') return cells;
    } else {
      cell += c;
    }
  }
}

}  // namespace monitorai::judge
