#pragma once
// Lines that differ only in numbers, names and times are one pattern: `Request #<_>: <_>`. What a pattern says can be asked for with
// LogQL's `|>`. A simple relative of Drain: words that hold a digit are variable from the start, and lines with equally many words that
// agree in most of the others share a pattern. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace monitorai::serve {

inline constexpr size_t kPatternsMax = 300;        ///< of one answer; lines of further ones are counted nowhere
inline constexpr size_t kPatternWordsMax = 64;     ///< of a line; what is behind is one variable

struct LinePattern {
  std::vector<std::string> words;  ///< "<_>" where it varies
  std::map<TimeNs, uint64_t> counts;  ///< by the start of the step
  uint64_t total = 0;
  std::string text() const;
};

class LinePatterns {
 public:
  explicit LinePatterns(std::chrono::nanoseconds step) : step_(step) {}
  void add(TimeNs time, std::string_view line);
  /// The most frequent first.
  std::vector<LinePattern> take();

 private:
  const std::chrono::nanoseconds step_;
  std::map<std::pair<size_t, std::string>, std::vector<LinePattern>> groups_;  // by the number of words and the first one
  size_t patterns_ = 0;
};

}  // namespace monitorai::serve
