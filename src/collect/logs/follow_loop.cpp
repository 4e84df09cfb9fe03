#include "collect/logs/follow_loop.h"

#include <sys/resource.h>

#include "base/log.h"

namespace monitorai::collect {
namespace {

size_t files_max_of(size_t wanted) {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  return std::min<size_t>(wanted, static_cast<size_t>(limit.rlim_cur) / 2);
}

}  // namespace

Result<std::unique_ptr<FollowLoop>> FollowLoop::make(FollowSettings settings, signals::LogWriter& writer, const Clock& clock) {
  MAI_TRY_ASSIGN(auto masker, Masker::make(settings.mask));
  MAI_TRY_ASSIGN(JobFiles jobs, JobFiles::make(settings.jobs));
  MAI_TRY_ASSIGN(Positions positions, Positions::open(settings.state));
  return std::unique_ptr<FollowLoop>(
      new FollowLoop(std::move(settings), writer, clock, std::move(positions), std::move(jobs), std::move(masker)));
}

FollowLoop::FollowLoop(FollowSettings settings, signals::LogWriter& writer, const Clock& clock, Positions positions, JobFiles jobs,
                       std::shared_ptr<const Masker> masker)
    : settings_(std::move(settings)),
      writer_(writer),
      clock_(clock),
      positions_(std::move(positions)),
      jobs_(std::move(jobs)),
      masker_(std::move(masker)),
      files_max_(files_max_of(settings_.limits.files_max)),
      started_(clock.monotonic()) {
  for (const auto& [id, known] : positions_.files()) replayable_.insert(id);
  if (positions_.damaged_bytes() > 0) {
    ++counts_.position_errors;
    log::warn("the end of the positions of log files is damaged and was left out", {{"bytes", positions_.damaged_bytes()}});
  }
}

Result<void> FollowLoop::apply(FollowSettings settings) {
  MAI_TRY_ASSIGN(auto masker, Masker::make(settings.mask));
  MAI_TRY_ASSIGN(JobFiles jobs, JobFiles::make(settings.jobs));
  masker_ = std::move(masker);
  jobs_ = std::move(jobs);
  settings_.detected = settings.detected;
  if (!settings_.detected) {
    detected_.clear();
    holders_.clear();
    units_.clear();
  }
  names_changed_ = true;
  return {};
}

void FollowLoop::observe(const signals::ProcessSnapshot& snapshot) {
  first_scan_seen_ = true;
  names_changed_ = true;
  if (!settings_.detected) return;
  DetectedLogs found = detect_logs(snapshot, settings_.proc, settings_.root);
  detected_ = std::move(found.files);
  holders_ = std::move(found.holders);
  if (settings_.journalctl.empty()) return;
  std::set<std::string> names;
  for (DetectedUnit& unit : found.units) {
    names.insert(unit.unit);
    std::unique_ptr<JournalUnit>& one = units_[unit.unit];
    if (one) {
      one->set_context(std::move(unit.context));
      continue;
    }
    const auto known = positions_.cursors().find(unit.unit);
    one = std::make_unique<JournalUnit>(settings_.journalctl, std::move(unit),
                                        known == positions_.cursors().end() ? std::vector<KnownCursor>{} : known->second,
                                        FollowedFile::Settings{settings_.limits, settings_.half_line_wait, settings_.entry_wait, settings_.line_age_max});
  }
  std::erase_if(units_, [&](const auto& unit) { return !names.contains(unit.first); });
}

std::vector<int> FollowLoop::descriptors() const {
  std::vector<int> out;
  if (watch_.descriptor() >= 0) out.push_back(watch_.descriptor());
  // While the store takes nothing, what readers have to say waits in their pipes.
  if (batch_.empty())
    for (const auto& [name, unit] : units_)
      if (unit->descriptor() >= 0) out.push_back(unit->descriptor());
  return out;
}

void FollowLoop::read_units() {
  const auto monotonic = clock_.monotonic();
  for (const auto& [name, unit] : units_) {
    const uint64_t restarts = unit->restarts();
    unit->complete(now(), monotonic);
    unit->collect(now(), *masker_, batch_, read_counts_);
    unit->read(now(), monotonic, read_counts_);
    unit->collect(now(), *masker_, batch_, read_counts_);
    counts_.journal_restarts += unit->restarts() - restarts;
  }
  (void)ship();
}

bool FollowLoop::may_begin() const { return first_scan_seen_ || clock_.monotonic() - started_ >= settings_.first_scan_wait; }

std::chrono::nanoseconds FollowLoop::turn() {
  const DirectoryWatch::Events events = watch_.take();
  names_changed_ = names_changed_ || events.names_changed;
  written_.insert(events.written.begin(), events.written.end());
  if (!may_begin()) return started_ + settings_.first_scan_wait;
  const auto monotonic = clock_.monotonic();
  if (monotonic >= find_at_ || (names_changed_ && monotonic - found_at_ >= kFindPause)) {
    names_changed_ = false;
    found_at_ = monotonic;
    find_at_ = monotonic + settings_.rescan_interval;
    find_files();
  }
  if (events.lost) poll_at_ = monotonic;
  // While the store takes nothing, nothing is read: the files keep the lines.
  if (ship() && write_again()) {
    take_places();
    read_files();
    if (ship()) read_units();
  }
  if (monotonic >= sync_at_) {
    sync_at_ = monotonic + kSyncInterval;
    if (const auto synced = positions_.sync(); !synced) ++counts_.position_errors;
  }
  counts_.files = files_.size();
  counts_.bytes = read_counts_.bytes;
  counts_.lines = read_counts_.lines;
  counts_.split = read_counts_.split;
  counts_.invalid_utf8 = read_counts_.invalid_utf8;
  counts_.masked = read_counts_.masked;
  return next_turn();
}

/// A file waits until those that had its place before are read.
bool FollowLoop::blocked(const FollowedFile& file) const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& other) {
    if (!other->retired || other->drained || other.get() == &file || other->source().path != file.source().path) return false;
    return !file.retired || std::pair(other->modified(), other->id()) < std::pair(file.modified(), file.id());
  });
}

void FollowLoop::read_files() {
  const auto monotonic = clock_.monotonic();
  const bool poll = monotonic >= poll_at_;
  if (poll) poll_at_ = monotonic + settings_.poll_interval;
  for (const auto& file : files_)
    if (poll || file->retired || written_.contains(file->source().path) || written_.contains(file->real_path)) file->more = true;
  written_.clear();
  const bool any_retired = std::any_of(files_.begin(), files_.end(), [](const auto& file) { return file->retired; });
  more_to_read_ = true;
  for (size_t round = 0; round < kRoundsPerTurnMax && more_to_read_; ++round) {
    more_to_read_ = false;
    for (size_t i = 0; i < files_.size(); ++i) {
      FollowedFile& file = *files_[i];
      const auto due = file.complete_at();
      if (due && *due <= monotonic) {
        file.complete(now(), monotonic, false);
        file.collect(now(), *masker_, batch_, read_counts_);
      }
      if (file.more && (!any_retired || !blocked(file))) more_to_read_ |= read_one(file);
      if (batch_.bytes() >= settings_.limits.batch_bytes_max && !ship()) return;
    }
    if (!ship()) return;
  }
  close_retired();
}

/// Gives the store what it may not have got before the last end of the program. Nothing new may be journalled before that, for newer
/// ranges would make these look done. True when all is written.
bool FollowLoop::write_again() {
  for (const auto& file : files_) {
    while (!file->replays.empty()) {
      if (const auto last = file->replay(file->replays.front(), *masker_, batch_, read_counts_); !last)
        note_problem(file->source().path, last.error());
      file->replays.pop_front();
      if (!ship()) return false;
    }
  }
  return true;
}

/// Returns whether there may be more.
bool FollowLoop::read_one(FollowedFile& file) {
  const auto look = file.look();
  if (!look) {
    note_problem(file.source().path, look.error());
    file.more = false;
    return false;
  }
  if (*look == FollowedFile::Look::replaced) {
    replaced(file);
    return true;
  }
  if (file.may_be_copy && *look != FollowedFile::Look::same) {
    if (copies_current(file)) {
      drop(file);
      return true;
    }
    file.may_be_copy = false;
    ++counts_.rotations;
  }
  if (*look == FollowedFile::Look::begun) {
    recover_rotated(file.source(), {.fingerprint = {}, .offset = 0, .previous = {}, .modified = file.modified()}, file.identity());
    take_places();
    return true;
  }
  if (*look == FollowedFile::Look::same) {
    file.more = false;
    file.drained = file.drained || file.retired;
    return false;
  }
  const auto ended = file.read(now(), clock_.monotonic(), read_counts_);
  if (!ended) {
    note_problem(file.source().path, ended.error());
    file.more = false;
    return false;
  }
  file.collect(now(), *masker_, batch_, read_counts_);
  return true;
}

void FollowLoop::close_retired() {
  const auto monotonic = clock_.monotonic();
  for (size_t i = 0; i < files_.size();) {
    FollowedFile& file = *files_[i];
    const auto quiet_since = std::max(file.last_growth(), file.retired_at);
    if (!file.retired || !file.drained || monotonic - quiet_since < kRetiredWait) {
      ++i;
      continue;
    }
    file.complete(now(), monotonic, true);
    file.collect(now(), *masker_, batch_, read_counts_);
    if (!ship()) return;
    if (file.deleted()) positions_.forget(file.id());
    files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

/// Journals the batch and gives it to the store. True when there is nothing left to ship.
bool FollowLoop::ship() {
  if (batch_.empty()) return true;
  const auto monotonic = clock_.monotonic();
  if (monotonic < retry_at_) return false;
  const auto later = [&](const Error& error, std::string_view what) {
    if (retry_pause_ == kRetryFirst) log::warn(what, {{"reason", error.message}});
    ++counts_.write_retries;
    retry_at_ = monotonic + retry_pause_;
    retry_pause_ = std::min(retry_pause_ * 2, kRetryMax);
    return false;
  };
  if (!journalled_ && (!batch_.steps().empty() || !batch_.cursors().empty())) {
    if (const auto kept = positions_.append(batch_.steps(), batch_.cursors()); !kept) {
      ++counts_.position_errors;
      return later(kept.error(), "positions of log files cannot be written: following pauses");
    }
    journalled_ = true;
  }
  if (batch_.lines() > 0) {
    const std::vector<signals::StreamWrite> streams = batch_.streams();
    const auto outcome = writer_.write(streams);
    if (!outcome && (outcome.error().code == Code::unavailable || outcome.error().code == Code::exhausted))
      return later(outcome.error(), "the log store takes no lines: following pauses");
    if (outcome) {
      counts_.entries += outcome->accepted;
      counts_.replayed += outcome->duplicates;
      counts_.refused += outcome->refused();
    } else {
      counts_.refused += batch_.lines();
      log::error("the log store refused lines", {{"lines", batch_.lines()}, {"reason", outcome.error().message}});
    }
  }
  batch_.clear();
  journalled_ = false;
  retry_at_ = {};
  retry_pause_ = kRetryFirst;
  return true;
}

std::chrono::nanoseconds FollowLoop::next_turn() const {
  const auto monotonic = clock_.monotonic();
  if (!batch_.empty()) return std::max<std::chrono::nanoseconds>(retry_at_, monotonic);
  if (more_to_read_) return monotonic;
  auto next = std::min(find_at_, poll_at_);
  if (names_changed_) next = std::min<std::chrono::nanoseconds>(next, found_at_ + kFindPause);
  for (const auto& file : files_) {
    if (const auto due = file->complete_at()) next = std::min(next, *due);
    if (file->retired && !file->drained) next = std::min<std::chrono::nanoseconds>(next, monotonic + std::chrono::milliseconds(100));
  }
  for (const auto& [name, unit] : units_)
    if (const auto due = unit->complete_at()) next = std::min(next, *due);
  return next;
}

void FollowLoop::finish() {
  retry_at_ = {};
  if (may_begin() && ship()) {
    for (const auto& file : files_) {
      // What is held is complete at the next start, when it is read again.
      file->collect(now(), *masker_, batch_, read_counts_);
    }
    (void)ship();
  }
  if (const auto synced = positions_.sync(); !synced) ++counts_.position_errors;
}

std::vector<FollowedFileStatus> FollowLoop::files() const {
  std::vector<FollowedFileStatus> out;
  for (const auto& [name, unit] : units_) out.push_back({.path = "journal:" + name, .labels = unit->context().labels, .offset = 0, .size = 0, .problem = {}});
  for (const auto& file : files_)
    out.push_back({.path = file->source().path, .labels = file->source().context->labels, .offset = file->committed(), .size = file->size(), .problem = {}});
  for (const auto& [path, problem] : problems_) out.push_back({.path = path, .labels = {}, .offset = 0, .size = 0, .problem = problem});
  return out;
}

}  // namespace monitorai::collect
