#pragma once
// Patterns such as "<ip> - <_> [<time>]": literals with captures between them, for the pattern parser and the |> filter.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace monitorai::query::logql {

class LinePattern {
 public:
  /// For the parser: at least one named capture, each name once. The error is a sentence.
  static Result<LinePattern, std::string> parser(std::string_view text);
  /// For filters: `<_>` only; "" matches the empty line.
  static Result<LinePattern, std::string> filter(std::string_view text);

  /// The captures of the line in order; a missing literal makes the capture before it the rest of the line, and ends.
  void captures(std::string_view line, const std::function<void(std::string_view name, std::string_view value)>& found) const;
  /// Whether the whole line is of this form; captures are not empty.
  bool matches(std::string_view line) const;
  /// The longest literal, which every matching line contains; "" without one.
  std::string_view longest_literal() const;

 private:
  struct Part {
    bool capture = false;
    std::string text;  ///< the literal, or the name of the capture ("_" has none)
  };
  static Result<LinePattern, std::string> parse(std::string_view text);
  std::vector<Part> parts_;
};

}  // namespace monitorai::query::logql
