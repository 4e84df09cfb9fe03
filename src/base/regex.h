#pragma once
// The adapter of RE2: linear time, the dialect that Prometheus and Loki define. Compiled patterns are immutable and thread-safe.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace monitorai {

class Regex {
 public:
  /// As Prometheus matchers and relabelling use it: ^(?s:pattern)$. Code::invalid with RE2's message when it does not compile.
  static Result<Regex> anchored(std::string_view pattern);
  /// Finds the pattern anywhere in the text.
  static Result<Regex> searching(std::string_view pattern);

  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  bool matches(std::string_view text) const;
  /// The capture groups of the first match (index 0 is the whole match); nullopt without one. Groups that took no part are empty.
  std::optional<std::vector<std::string_view>> captures(std::string_view text) const;
  /// The same for the first match that begins at `from` or behind it; what stands before `from` is context for ^ and \b.
  std::optional<std::vector<std::string_view>> captures_from(std::string_view text, size_t from) const;
  /// Capture names by index; "" for unnamed ones and index 0.
  std::vector<std::string> capture_names() const;
  /// `replacement` with $1, ${1}, $name and ${name} expanded as Go's regexp.Expand does ($$ is a dollar; an unknown name is empty).
  std::string expand(std::string_view replacement, std::span<const std::string_view> captured) const;
  const std::string& pattern() const { return pattern_; }
  /// When the pattern matches only these literal texts ("a|b|c"): the texts, so that an index can look them up. Else nullopt.
  std::optional<std::vector<std::string>> literal_alternatives() const;
  /// Text with which every match must begin ("" when none is known).
  std::string literal_prefix() const;

 private:
  explicit Regex(std::string pattern, std::unique_ptr<re2::RE2> compiled);
  std::string pattern_;
  std::unique_ptr<re2::RE2> compiled_;
};

/// Many searching patterns looked for in one pass. Immutable and thread-safe.
class RegexSet {
 public:
  /// Code::invalid with RE2's message when one does not compile, Code::exhausted when they are too large together.
  static Result<RegexSet> make(std::span<const std::string> patterns);
  RegexSet(RegexSet&&) noexcept;
  RegexSet& operator=(RegexSet&&) noexcept;
  ~RegexSet();

  /// The indexes of the patterns that match somewhere, ascending.
  std::vector<int> matching(std::string_view text) const;

 private:
  struct Compiled;
  explicit RegexSet(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace monitorai
