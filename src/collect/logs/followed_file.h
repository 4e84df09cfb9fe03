#pragma once
// One file, from an offset to its end: reads, cuts, processes, gives times, and says what range of the file that was. Thread: one, the
// follower's.

#include <deque>
#include <memory>

#include "base/files.h"
#include "collect/logs/batch.h"
#include "collect/logs/file_source.h"
#include "collect/logs/masker.h"

namespace monitorai::collect {

inline constexpr size_t kReadBytes = 256 * 1024;              ///< of one file at one time
inline constexpr std::chrono::seconds kFutureMax{600};         ///< a line's own time may be this far ahead of the clock
inline constexpr std::chrono::nanoseconds kReorderMax{1'000'000'000};  ///< own times this little behind the line before keep the file's order
inline constexpr std::chrono::nanoseconds kExactReorderMax{1'000'000};  ///< the same for times that the configuration gave
inline constexpr std::chrono::seconds kBacklogAge{2};          ///< what was written longer ago than this is read late

/// What reading and processing counted.
struct ReadCounts {
  uint64_t bytes = 0, lines = 0, split = 0, invalid_utf8 = 0, masked = 0;
};

/// The time of reading as a range has it: that of the file's last change, or now. Below a millisecond it tells files apart, so that equal
/// lines of two files in one stream stay two.
TimeNs reading_time(TimeNs now, TimeNs modified, std::chrono::milliseconds line_age_max, uint64_t file_id);

/// Gives the lines of a file their times. A line's own time is kept if it is plausible; others get the time of reading, or what is read
/// late, a nanosecond more than the line before. Own times never go back by less than kReorderMax, and no two lines have the same, so that
/// equal lines stay two.
class LineClock {
 public:
  LineClock(const FileRange& range, std::chrono::milliseconds line_age_max) : range_(range), given_(range.previous), age_max_(line_age_max) {}
  TimeNs next(const Entry& entry);
  const GivenTimes& given() const { return given_; }

 private:
  FileRange range_;
  GivenTimes given_;
  std::chrono::milliseconds age_max_;
  int64_t untimed_ = 0;
};

class FollowedFile {
 public:
  struct Settings {
    FollowLimits limits;
    std::chrono::milliseconds half_line_wait;
    std::chrono::milliseconds entry_wait;
    std::chrono::milliseconds line_age_max;
  };
  /// `previous`: the time of the line before `offset`.
  FollowedFile(std::shared_ptr<const FileSource> source, Settings settings, uint64_t id, Fd fd, const FileStatus& status, uint64_t offset,
               GivenTimes previous);

  /// What a look at the file found.
  enum class Look { grown, same, begun, replaced };
  /// Compares with the file's status. `begun`: it was empty; other texts may have come and gone before this one. `replaced`: it was truncated,
  /// or written anew from its beginning. With these two, modified() is still that of the look before.
  Result<Look> look();
  /// Reads at most kReadBytes. Returns whether the end was reached.
  Result<bool> read(TimeNs now, std::chrono::nanoseconds monotonic, ReadCounts& counts);
  /// Completes what has waited long enough: tracebacks, half lines; `all`: without waiting.
  void complete(TimeNs now, std::chrono::nanoseconds monotonic, bool all);
  /// When complete() has something to do; nullopt: nothing is held.
  std::optional<std::chrono::nanoseconds> complete_at() const;
  /// Moves complete entries into the batch, with the range they came from.
  void collect(TimeNs now, const Masker& masker, Batch& batch, ReadCounts& counts);
  /// Gives the batch a range again, exactly as it was given before. Returns the times given up to its end.
  Result<GivenTimes> replay(const KnownRange& known, const Masker& masker, Batch& batch, ReadCounts& counts) const;

  const FileSource& source() const { return *source_; }
  void set_source(std::shared_ptr<const FileSource> source) { source_ = std::move(source); }
  uint64_t id() const { return id_; }
  const FileIdentity& identity() const { return identity_; }
  Fingerprint fingerprint() const { return fingerprint_of(first_bytes_); }
  uint64_t committed() const { return committed_; }
  uint64_t read_offset() const { return read_offset_; }
  uint64_t size() const { return size_; }
  bool at_end() const { return read_offset_ >= size_; }
  TimeNs modified() const { return modified_; }
  bool deleted() const { return deleted_; }
  /// Of all files that had this path: no two lines of them get the same time.
  const GivenTimes& previous() const { return *previous_; }
  void set_previous(const GivenTimes& times) const {
    previous_->own = std::max(previous_->own, times.own);
    previous_->read = std::max(previous_->read, times.read);
  }
  void share_previous(std::shared_ptr<GivenTimes> with) {
    std::swap(previous_, with);
    set_previous(*with);
  }
  std::chrono::nanoseconds last_growth() const { return last_growth_; }
  int fd() const { return fd_.number(); }

  // The follower's notes.
  std::deque<KnownRange> replays;  ///< to be written again before anything is read
  bool retired = false;            ///< another file has its place: it is read to its end and closed
  bool may_be_copy = false;        ///< found beside its path and not read yet: the text may be one that still stands there, see read_one()
  bool drained = false;            ///< its end was reached since it was retired
  bool more = true;                ///< there may be more to read than was read
  std::string real_path;           ///< without symbolic links
  std::chrono::nanoseconds retired_at{};

 private:
  std::unique_ptr<LineProcessor> make_processor() const;
  void process(const RawLine& line, TimeNs now);
  uint64_t safe_end() const;
  void give(Batch& batch, const std::shared_ptr<const FileContext>& context, Entry&& entry, TimeNs time, const Masker& masker,
            ReadCounts& counts) const;

  std::shared_ptr<const FileSource> source_;
  Settings settings_;
  uint64_t id_;
  Fd fd_;
  FileIdentity identity_;
  std::string first_bytes_;
  LineCutter cutter_;
  std::unique_ptr<LineProcessor> processor_;
  std::vector<Entry> pending_;
  uint64_t read_offset_;
  uint64_t committed_;
  uint32_t committed_part_ = 0;
  std::shared_ptr<GivenTimes> previous_;
  uint64_t size_ = 0;
  TimeNs modified_;
  bool deleted_ = false;
  bool backlog_ = true;   ///< of what is read next
  std::chrono::nanoseconds last_growth_{};
};

}  // namespace monitorai::collect
