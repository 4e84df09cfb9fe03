#pragma once
// The work of the follower, one turn at a time: finds files, reads what grew, journals, writes. Thread: one at a time.

#include <map>
#include <memory>
#include <set>
#include <unordered_set>

#include "collect/logs/batch.h"
#include "collect/logs/directory_watch.h"
#include "collect/logs/followed_file.h"
#include "collect/logs/follower.h"
#include "collect/logs/job_files.h"
#include "collect/logs/journal_unit.h"

namespace monitorai::collect {

inline constexpr std::chrono::seconds kRetiredWait{5};                 ///< a rotated file is closed after this long without a line
inline constexpr std::chrono::milliseconds kRetryFirst{100};           ///< pause after a write that the store could not take, ...
inline constexpr std::chrono::milliseconds kRetryMax{10'000};          ///< ... doubled up to this
inline constexpr std::chrono::milliseconds kFindPause{20};             ///< at least between two searches for files
inline constexpr std::chrono::milliseconds kSyncInterval{1000};        ///< of the positions
inline constexpr size_t kRoundsPerTurnMax = 16;                        ///< reads of one file before other work is looked at

/// The file whose place another took, or that was cut: to find what of it was not read.
struct GoneFile {
  Fingerprint fingerprint;
  uint64_t offset = 0;
  GivenTimes previous;
  TimeNs modified;  ///< files written later than this may be its followers
  std::vector<KnownRange> replays{};    ///< what the store may not have, to be written again from its copy
  std::optional<KnownRange> last{};     ///< of another run, `previous` is before it; nullopt: `previous` is before `offset`
};

class FollowLoop {
 public:
  static Result<std::unique_ptr<FollowLoop>> make(FollowSettings settings, signals::LogWriter& writer, const Clock& clock);

  /// One turn. Returns the monotonic time of the next, if nothing happens before.
  std::chrono::nanoseconds turn();
  /// What LLM processes write, from the newest scan.
  void observe(const signals::ProcessSnapshot& snapshot);
  Result<void> apply(FollowSettings settings);
  /// Ships what is complete; what the store does not take is written again at the next start.
  void finish();

  /// For poll(2): when one of them is readable, a turn has work.
  std::vector<int> descriptors() const;
  const FollowCounts& counts() const { return counts_; }
  std::vector<FollowedFileStatus> files() const;
  std::vector<std::pair<std::string, uint64_t>> masked() const { return masker_->counts(); }

 private:
  FollowLoop(FollowSettings settings, signals::LogWriter& writer, const Clock& clock, Positions positions, JobFiles jobs,
             std::shared_ptr<const Masker> masker);

  TimeNs now() const { return {clock_.now().ms * 1'000'000}; }
  bool may_begin() const;

  // finding (follow_files.cpp)
  void find_files();
  void follow_remembered(const std::function<void(const std::string&, const FileSource&)>& take);
  void follow(const std::string& path, const FileSource& source);
  void retire(FollowedFile& file);
  void retire_missing(const std::set<std::string>& wanted);
  void remember_missing(const FileSource& source, GoneFile gone);
  void recover_missing();
  /// Opens the rotated files beside a path that hold lines which were not read: those that were being read, and those that were missed.
  enum class Recover { known, all };
  bool recover_rotated(const FileSource& source, const GoneFile& gone, const FileIdentity& current, Recover which = Recover::all);
  /// False when files went elsewhere meanwhile: there may be more to open.
  bool open_rotated(const FileSource& source, const GoneFile& gone, const FileIdentity& current, Recover which, bool& copy_found);
  FollowedFile* file_with(const FileIdentity& identity);
  std::optional<uint64_t> known_file(const FileIdentity& identity) const;
  GoneFile gone_file(uint64_t id, const KnownFile& known) const;
  std::optional<GoneFile> newest_known(const std::string& path) const;
  FollowedFile& open_file(const FileSource& source, Fd fd, const FileStatus& status);
  FollowedFile& open_at(const FileSource& source, Fd fd, const FileStatus& status, uint64_t offset, GivenTimes previous);
  void continue_times(FollowedFile& file, const KnownRange& last) const;
  void take_places();
  bool copies_current(const FollowedFile& file) const;
  void drop(const FollowedFile& file);
  FollowedFile& add_file(const FileSource& source, Fd fd, const FileStatus& status, uint64_t id, uint64_t offset, GivenTimes previous);
  std::shared_ptr<const FileSource> with_holder(const FileSource& source, const FileIdentity& identity, const FileContext* before) const;
  void note_problem(const std::string& path, const Error& error);

  // reading and writing (follow_loop.cpp)
  bool write_again();
  void read_files();
  bool read_one(FollowedFile& file);
  void read_units();
  bool blocked(const FollowedFile& file) const;
  void replaced(FollowedFile& file);
  void close_retired();
  bool ship();
  std::chrono::nanoseconds next_turn() const;

  FollowSettings settings_;
  signals::LogWriter& writer_;
  const Clock& clock_;
  Positions positions_;
  JobFiles jobs_;
  std::shared_ptr<const Masker> masker_;
  DirectoryWatch watch_;
  size_t files_max_;

  std::vector<std::unique_ptr<FollowedFile>> files_;      ///< of one path: older ones first
  std::map<std::string, FollowedFile*> current_;          ///< by path
  std::map<std::string, std::shared_ptr<GivenTimes>> times_;  ///< given to the newest lines of a path, whichever file had it
  std::vector<std::pair<FileSource, GoneFile>> missing_;      ///< of paths that have no file now
  std::map<std::string, std::string> problems_;           ///< why paths are not followed
  std::set<std::string> written_;                         ///< paths that inotify told of
  std::map<FileIdentity, std::shared_ptr<const FileContext>> holders_;  ///< what LLM processes hold open, and its labels
  std::vector<FileSource> detected_;
  std::map<std::string, std::unique_ptr<JournalUnit>> units_;
  bool first_scan_seen_ = false;
  bool remembered_followed_ = false;
  std::unordered_set<uint64_t> replayable_;               ///< known files of the last run that were not opened in this one

  std::vector<Positions::Step> places_;   ///< up to where newly opened files are read already; journalled behind what is written again
  Batch batch_;
  bool journalled_ = false;   ///< the batch's ranges are on disk
  std::chrono::nanoseconds retry_at_{};
  std::chrono::milliseconds retry_pause_ = kRetryFirst;
  FollowCounts counts_;
  ReadCounts read_counts_;

  std::chrono::nanoseconds started_;
  std::chrono::nanoseconds find_at_{};       ///< next search at the latest
  std::chrono::nanoseconds found_at_{};      ///< last search
  std::chrono::nanoseconds poll_at_{};
  std::chrono::nanoseconds sync_at_{};
  bool names_changed_ = true;
  bool more_to_read_ = false;
};

}  // namespace monitorai::collect
