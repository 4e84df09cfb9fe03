#pragma once
// How far each file was read, on disk: an append-only journal of the ranges that were about to be written to the store, each with all that
// its lines' times and labels depend on. A range goes to the journal *before* the store: after a crash the newest ranges are written
// again, exactly as before, and the store drops what it has. So no line is lost and none is doubled. The format: docs/formats/log-positions.md.
// Thread: one.

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "collect/logs/file_identity.h"
#include "collect/logs/processor.h"
#include "signals/labels.h"

namespace monitorai::collect {

inline constexpr uint64_t kPositionsBytesMax = 4 << 20;        ///< the journal is rewritten when it grows past this
inline constexpr size_t kKnownFilesMax = 20'000;               ///< beyond it those that were read longest ago are forgotten
inline constexpr std::chrono::seconds kReplayTime{2};          ///< ranges this near to the newest are written again at the start
inline constexpr std::string_view kDetectedOrigin = "detected";

/// The newest times that lines of a file were given: lines with a time of their own, and lines with the time of reading. They are apart, for
/// clocks and zones of programs differ from ours.
struct GivenTimes {
  TimeNs own;   ///< 0: none yet
  TimeNs read;
  auto operator<=>(const GivenTimes&) const = default;
};

/// A range of a file that was given to the store as one piece.
struct FileRange {
  uint64_t from = 0;  ///< offsets, [from, to)
  uint64_t to = 0;
  TimeNs time;        ///< for lines that have none of their own
  GivenTimes previous;  ///< before the range
  uint32_t part = 0;  ///< parts taken of the line at `from`
  bool backlog = false;  ///< read long after it was written: a line without a time has that of the line before
  TimeNs written{};      ///< when it was journalled
  auto operator<=>(const FileRange&) const = default;
};

/// What the lines of a file have in common.
struct FileContext {
  signals::Labels labels;
  std::vector<signals::Label> metadata;  ///< sorted by name
  bool operator==(const FileContext&) const = default;
};

/// A range with the context its lines were written under.
struct KnownRange {
  FileRange range;
  std::shared_ptr<const FileContext> context;
};

/// A file that was read.
struct KnownFile {
  FileIdentity identity;
  Fingerprint fingerprint;
  std::string path;
  std::string origin;  ///< the job's name, or kDetectedOrigin
  LineFormat format = LineFormat::plain;
  std::shared_ptr<const FileContext> context;
  std::vector<KnownRange> ranges{};  ///< those of the last moments before the newest, and the newest

  uint64_t offset() const { return ranges.empty() ? 0 : ranges.back().range.to; }
};

/// Where a piece of a journal of systemd that was given to the store begins: behind `cursor` ("": nothing was read before).
struct KnownCursor {
  std::string cursor;
  TimeNs time;      ///< of writing
  TimeNs previous;  ///< the time of the line before
};

class Positions {
 public:
  /// Reads the journal in this folder (made when missing); its damaged end is dropped and counted.
  static Result<Positions> open(const std::filesystem::path& folder);

  const std::map<uint64_t, KnownFile>& files() const { return files_; }
  const std::map<std::string, std::vector<KnownCursor>>& cursors() const { return cursors_; }
  uint64_t damaged_bytes() const { return damaged_bytes_; }

  /// The ranges of a file that the store may not have: those journalled shortly before the newest that the journal had when it was
  /// opened.
  std::vector<KnownRange> to_replay(const KnownFile& file) const;

  /// A number for a file; it and later changes of its context are on disk with its next range.
  uint64_t add(KnownFile file);
  void set_context(uint64_t id, std::shared_ptr<const FileContext> context);
  void forget(uint64_t id);

  struct Step {
    uint64_t id;
    Fingerprint fingerprint;
    FileRange range;
  };
  /// Appends ranges and cursors with one write(2). On an error nothing was added.
  Result<void> append(std::span<const Step> steps, std::span<const std::pair<std::string, KnownCursor>> cursors = {});
  /// Syncs the file: what the store synced is then never behind it.
  Result<void> sync();

 private:
  explicit Positions(std::filesystem::path path) : path_(std::move(path)) {}
  Result<void> load();
  bool read_record(std::string_view record);
  Result<void> write(std::string_view bytes);
  Result<void> rewrite();
  void keep(KnownFile& file, const FileRange& range);
  void keep(const std::string& unit, KnownCursor cursor);
  std::string all_records() const;

  std::filesystem::path path_;
  Fd fd_;
  uint64_t bytes_ = 0;
  uint64_t damaged_bytes_ = 0;
  uint64_t next_id_ = 1;
  std::map<uint64_t, KnownFile> files_;
  std::set<uint64_t> unwritten_;  ///< files whose record is not on disk as it is
  std::map<std::string, std::vector<KnownCursor>> cursors_;
  bool synced_ = true;
  TimeNs newest_{};         ///< when the newest range or cursor was journalled
  TimeNs loaded_newest_{};  ///< the same when the journal was opened
};

}  // namespace monitorai::collect
