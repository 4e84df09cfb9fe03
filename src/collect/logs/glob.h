#pragma once
// Paths by patterns, as promtail's __path__ has them (doublestar): * and ? within a name, [a-z], {a,b}, and ** for any number of folders.
// Adapter of readdir(3).

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/regex.h"
#include "base/result.h"

namespace monitorai::collect {

inline constexpr size_t kGlobDepthMax = 32;           ///< folders below the fixed part of a pattern
inline constexpr size_t kGlobEntriesMax = 200'000;    ///< names looked at for one pattern at one time

class Glob {
 public:
  /// A relative pattern begins at the current folder. Code::invalid for an unclosed bracket or brace.
  static Result<Glob> parse(std::string_view pattern);

  bool matches(std::string_view path) const { return regex_.matches(path); }
  /// The folder that holds all matches, without any pattern in it.
  const std::string& base() const { return base_; }

  /// Calls for every path that matches and is no folder, following symbolic links of files, but not of folders behind `**` (loops).
  /// Returns false when kGlobEntriesMax ended it.
  bool expand(const std::function<void(const std::string& path)>& found, const std::function<void(const std::string& folder)>& folder) const;

 private:
  Glob(std::string pattern, std::string base, std::vector<Regex> parts, std::vector<bool> any_depth, Regex regex);
  struct Walk;
  void walk(Walk& walk, const std::string& folder, size_t part, size_t depth) const;

  std::string pattern_;
  std::string base_;
  std::vector<Regex> parts_;      ///< one a path component behind the base
  std::vector<bool> any_depth_;   ///< which of them are **
  Regex regex_;
};

}  // namespace monitorai::collect
