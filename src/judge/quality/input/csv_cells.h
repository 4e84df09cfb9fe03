#pragma once
// Records of comma-separated values, whatever they mean. RFC 4180: quoted cells with doubled quotes; commas, or the semicolons or tabs that
// some programs write. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace monitorai::judge {

class CsvReader {
 public:
  /// What separates cells is told by the first line: of , ; and tab the one that it holds most of outside of quotes, first a comma.
  explicit CsvReader(std::string_view bytes);
  bool done() const { return at_ >= bytes_.size(); }
  /// Of the next record.
  size_t line() const { return line_; }
  /// The cells of the next record, which may reach over several lines. Code::invalid: a quoted cell does not end.
  Result<std::vector<std::string>> next();

 private:
  std::string_view bytes_;
  char separator_ = ',';
  size_t at_ = 0, line_ = 1;
};

}  // namespace monitorai::judge
