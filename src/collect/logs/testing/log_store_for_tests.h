#pragma once
// A LogWriter that keeps its lines in memory and drops what it has already (same stream, time, text and metadata), as the store does.

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "signals/logs.h"

namespace monitorai::collect {

class MemoryLogStore final : public signals::LogWriter {
 public:
  struct Line {
    int64_t time = 0;
    std::string text;
    signals::Labels metadata;
    auto operator<=>(const Line&) const = default;
  };

  Result<signals::LogWriteOutcome> write(std::span<const signals::StreamWrite> streams) override {
    const std::lock_guard lock(mutex_);
    ++writes_;
    if (full_) return Error{Code::unavailable, "cannot write: the disk is full"};
    signals::LogWriteOutcome outcome;
    for (const signals::StreamWrite& stream : streams) {
      const signals::Labels labels = labels_of(stream.labels);
      for (const signals::LogLineView& view : stream.lines) {
        Line line{view.time.ns, std::string(view.line), labels_of(view.metadata)};
        if (!seen_[labels].insert(line).second) {
          ++outcome.duplicates;
          continue;
        }
        streams_[labels].push_back(std::move(line));
        ++outcome.accepted;
      }
    }
    return outcome;
  }

  void set_full(bool full) {
    const std::lock_guard lock(mutex_);
    full_ = full;
  }
  std::map<signals::Labels, std::vector<Line>> streams() const {
    const std::lock_guard lock(mutex_);
    return streams_;
  }
  /// All texts in order of time, and of arrival where times are equal.
  std::vector<std::string> texts() const {
    const std::lock_guard lock(mutex_);
    std::vector<const Line*> lines;
    for (const auto& [labels, stream] : streams_)
      for (const Line& line : stream) lines.push_back(&line);
    std::stable_sort(lines.begin(), lines.end(), [](const Line* a, const Line* b) { return a->time < b->time; });
    std::vector<std::string> out;
    for (const Line* line : lines) out.push_back(line->text);
    return out;
  }
  size_t writes() const { return writes_; }

 private:
  static signals::Labels labels_of(std::span<const signals::LabelView> views) {
    std::vector<signals::Label> labels;
    for (const signals::LabelView& view : views) labels.push_back({std::string(view.name), std::string(view.value)});
    return signals::Labels::from(std::move(labels));
  }
  mutable std::mutex mutex_;
  std::map<signals::Labels, std::vector<Line>> streams_;
  std::map<signals::Labels, std::set<Line>> seen_;
  bool full_ = false;
  size_t writes_ = 0;
};

}  // namespace monitorai::collect
