#pragma once
// Finds a literal in text at memory speed: what `|= "..."` over a block of lines is made of.

#include <string>
#include <string_view>

namespace monitorai::query::logql {

/// Immutable, thread-safe. An empty literal is found everywhere.
class Finder {
 public:
  explicit Finder(std::string literal) : literal_(std::move(literal)) {}
  /// Offset of the first occurrence at or behind `from`; npos without one.
  size_t find(std::string_view text, size_t from = 0) const;
  bool in(std::string_view text) const { return find(text) != std::string_view::npos; }
  const std::string& literal() const { return literal_; }

 private:
  std::string literal_;
};

}  // namespace monitorai::query::logql
