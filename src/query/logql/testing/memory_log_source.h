#pragma once
// A LogSource in memory: for tests, scripts, fuzzing and benchmarks. Lines are kept in blocks of a fixed size, so that what depends on the
// borders of blocks can be tested.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "signals/logs.h"

namespace monitorai::query {

/// Not thread-safe while it is written; any number of readers afterwards.
class MemoryLogSource final : public signals::LogSource {
 public:
  /// Blocks hold at most so many lines.
  explicit MemoryLogSource(size_t lines_per_block = 1000) : lines_per_block_(lines_per_block) {}

  struct StoredLine {
    TimeNs time;
    std::string line;
    std::vector<signals::Label> metadata;
  };
  /// Lines in any order of time; those of equal time stay in the order in which they came.
  void add(const signals::Labels& stream, std::vector<StoredLine> lines);
  void clear() { streams_.clear(); }

  Result<std::unique_ptr<signals::StreamSet>> select(std::span<const signals::Matcher> matchers, signals::LogRange range) const override;
  Result<std::vector<std::string>> label_names(std::span<const signals::Matcher> matchers, signals::LogRange range,
                                               size_t limit) const override;
  Result<std::vector<std::string>> label_values(std::string_view name, std::span<const signals::Matcher> matchers,
                                                signals::LogRange range, size_t limit) const override;
  /// Nothing comes: lines are added before they are read.
  std::shared_ptr<void> listen(std::vector<signals::Matcher> matchers, signals::LogListener listener) const override;

  struct Stream {
    signals::Labels labels;
    std::vector<StoredLine> lines;
  };

 private:
  size_t lines_per_block_;
  std::map<signals::Labels, std::shared_ptr<Stream>> streams_;
};

}  // namespace monitorai::query
