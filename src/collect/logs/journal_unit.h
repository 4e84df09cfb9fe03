#pragma once
// The journal of one systemd unit as a source of entries: reader, tracebacks, and where to go on after a crash. Thread: one.

#include <deque>
#include <memory>

#include "collect/logs/batch.h"
#include "collect/logs/detected_logs.h"
#include "collect/logs/followed_file.h"
#include "collect/logs/journal_reader.h"

namespace monitorai::collect {

class JournalUnit {
 public:
  /// Begins at the first of the known cursors, whose lines the store may not have.
  JournalUnit(const std::string& program, DetectedUnit unit, const std::vector<KnownCursor>& known, const FollowedFile::Settings& settings);

  void set_context(std::shared_ptr<const FileContext> context) { unit_.context = std::move(context); }
  const FileContext& context() const { return *unit_.context; }
  /// Reads what came. Returns whether something did.
  bool read(TimeNs now, std::chrono::nanoseconds monotonic, ReadCounts& counts);
  /// Completes tracebacks that have waited long enough.
  void complete(TimeNs now, std::chrono::nanoseconds monotonic);
  std::optional<std::chrono::nanoseconds> complete_at() const;
  void collect(TimeNs now, const Masker& masker, Batch& batch, ReadCounts& counts);
  int descriptor() const { return reader_.descriptor(); }
  uint64_t restarts() const { return reader_.restarts(); }

 private:
  struct Read {
    std::string cursor;
    TimeNs time;
    std::string level;
    std::string pid;
  };
  DetectedUnit unit_;
  JournalReader reader_;
  std::unique_ptr<LineProcessor> processor_;
  std::chrono::milliseconds line_age_max_;
  std::deque<Read> read_;       ///< of the entries that are not committed, by number
  uint64_t first_ = 0;          ///< the number of read_.front()
  std::vector<Entry> pending_;  ///< `begin` and `end` are numbers of entries
  std::string committed_cursor_;
  TimeNs previous_;
  std::chrono::nanoseconds last_read_{};
};

}  // namespace monitorai::collect
