#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/text.h"
#include "collect/logs/follow_loop.h"
#include "collect/logs/rotated_names.h"

namespace monitorai::collect {
namespace {

constexpr size_t kMissingMax = 64;          ///< paths without a file, beside which rotated ones are looked for; the oldest go
constexpr size_t kRecoverAttemptsMax = 50;
constexpr size_t kSiblingScansMax = 5;  ///< a folder that changes while it is read is read again

TimeNs folder_modified(const std::string& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return {};
  return {int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

struct Sibling {
  std::string path;
  FileStatus status;
  bool operator==(const Sibling& other) const { return status.identity == other.status.identity; }
};

void read_siblings(const std::string& folder, std::string_view base, std::vector<Sibling>& out) {
  DIR* const directory = ::opendir(folder.c_str());
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory)) {
    if (!is_rotated_name(base, entry->d_name)) continue;
    const std::string path = folder + "/" + entry->d_name;
    const auto status = status_of(path);
    if (!status) continue;
    const Sibling sibling{path, *status};
    if (std::find(out.begin(), out.end(), sibling) == out.end()) out.push_back(sibling);
  }
  ::closedir(directory);
}

/// The rotated files beside a path, oldest first. Renames while a folder is read can hide a file: it is read until it stood still.
std::vector<Sibling> siblings_of(const std::string& path) {
  const std::string folder(dirname(path).empty() ? "." : dirname(path));
  std::vector<Sibling> out;
  for (size_t scan = 0; scan < kSiblingScansMax; ++scan) {
    const TimeNs before = folder_modified(folder);
    read_siblings(folder, basename(path), out);
    if (folder_modified(folder) == before) break;
  }
  std::sort(out.begin(), out.end(), [](const Sibling& a, const Sibling& b) {
    if (a.status.modified != b.status.modified) return a.status.modified < b.status.modified;
    return rotated_before(basename(a.path), basename(b.path));
  });
  return out;
}

std::string real_path_of(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::canonical(path, failed);
  return failed ? path : real.native();
}

}  // namespace

void FollowLoop::find_files() {
  counts_.files_over_limit = 0;
  std::set<std::string> wanted, folders;
  const auto take = [&](const std::string& path, const FileSource& source) {
    if (!wanted.insert(path).second) return;
    follow(path, source);
  };
  jobs_.find(take, folders);
  for (const FileSource& source : detected_) take(source.path, source);
  if (!remembered_followed_) follow_remembered(take);
  retire_missing(wanted);
  recover_missing();
  std::erase_if(problems_, [&](const auto& one) { return !wanted.contains(one.first); });
  for (const auto& file : files_) {
    folders.insert(std::string(dirname(file->source().path)));
    folders.insert(std::string(dirname(file->real_path)));
  }
  folders.erase("");
  watch_.watch(folders);
  if (times_.size() > kKnownFilesMax) std::erase_if(times_, [](const auto& one) { return one.second.use_count() == 1; });
}

/// What was followed in the last run and is not where it was: files of processes that nobody holds any more may have grown since, and of
/// paths that are gone the rotated file may.
void FollowLoop::follow_remembered(const std::function<void(const std::string&, const FileSource&)>& take) {
  remembered_followed_ = true;
  std::map<std::string, FileSource> remembered;
  for (const auto& [id, known] : positions_.files()) {
    FileSource source{.path = known.path, .origin = known.origin, .format = known.format, .context = known.context};
    if (known.origin != kDetectedOrigin) {
      auto named = jobs_.source_of(known.path);
      if (!named) continue;
      source = std::move(*named);
    }
    remembered.insert_or_assign(known.path, std::move(source));
  }
  for (const auto& [path, source] : remembered) {
    const auto status = status_of(path);
    if (status && source.origin == kDetectedOrigin) take(path, source);
    if (status || status.error().code != Code::not_found) continue;
    const auto gone = newest_known(path);
    if (!gone) continue;
    recover_rotated(source, *gone, {});
    if (source.origin != kDetectedOrigin) remember_missing(source, *gone);
  }
}

void FollowLoop::note_problem(const std::string& path, const Error& error) {
  std::string& known = problems_[path];
  if (known == error.message) return;
  known = error.message;
  ++counts_.read_errors;
  log::warn("log file is not followed", {{"path", path}, {"reason", error.message}});
}

FollowedFile* FollowLoop::file_with(const FileIdentity& identity) {
  for (const auto& file : files_)
    if (file->identity() == identity) return file.get();
  return nullptr;
}

std::optional<uint64_t> FollowLoop::known_file(const FileIdentity& identity) const {
  std::optional<uint64_t> best;
  for (const auto& [id, known] : positions_.files())
    if (known.identity == identity) best = id;
  return best;
}

/// A file of the journal that is not where it was.
GoneFile FollowLoop::gone_file(uint64_t id, const KnownFile& known) const {
  GoneFile gone{.fingerprint = known.fingerprint, .offset = known.offset(), .previous = {}, .modified = {}};
  if (known.ranges.empty()) return gone;
  gone.last = known.ranges.back();
  gone.previous = gone.last->range.previous;
  gone.modified = gone.last->range.written;
  if (replayable_.contains(id)) gone.replays = positions_.to_replay(known);
  return gone;
}

std::optional<GoneFile> FollowLoop::newest_known(const std::string& path) const {
  const std::pair<const uint64_t, KnownFile>* newest = nullptr;
  for (const auto& one : positions_.files()) {
    const KnownFile& known = one.second;
    if (known.path != path || known.ranges.empty()) continue;
    if (newest == nullptr || newest->second.ranges.back().range.written <= known.ranges.back().range.written) newest = &one;
  }
  if (newest == nullptr) return std::nullopt;
  return gone_file(newest->first, newest->second);
}

std::shared_ptr<const FileSource> FollowLoop::with_holder(const FileSource& source, const FileIdentity& identity, const FileContext* before) const {
  const auto holder = holders_.find(identity);
  const FileContext* from = holder != holders_.end() ? holder->second.get() : before;
  if (from == nullptr || source.origin == kDetectedOrigin) return std::make_shared<const FileSource>(source);
  FileContext context = *source.context;
  if (!source.pipeline)
    for (const std::string_view name : {"framework", "model_name"})
      if (!context.labels.has(name)) context.labels = context.labels.with(name, from->labels.value(name));
  if (context.metadata.empty()) context.metadata = from->metadata;
  FileSource out = source;
  out.context = std::make_shared<const FileContext>(std::move(context));
  return std::make_shared<const FileSource>(std::move(out));
}

void FollowLoop::follow(const std::string& path, const FileSource& source) {
  const auto status = status_of(path);
  if (!status) return note_problem(path, status.error());
  const auto current = current_.find(path);
  if (current != current_.end() && current->second->identity() == status->identity) {
    FollowedFile& file = *current->second;
    auto enriched = with_holder(source, status->identity, file.source().context.get());
    positions_.set_context(file.id(), enriched->context);
    file.set_source(std::move(enriched));
    problems_.erase(path);
    return;
  }
  if (FollowedFile* other = file_with(status->identity)) {
    // Another name of a file that is followed; one that came back to its name is current again.
    if (current == current_.end() || !other->retired || other->source().path != path) return;
    retire(*current->second);
    other->retired = other->drained = false;
    current_[path] = other;
    return;
  }
  if (files_.size() >= files_max_) {
    ++counts_.files_over_limit;
    return;
  }
  auto fd = open_log(path);
  if (!fd) return note_problem(path, fd.error());
  const auto opened = status_of(fd->number());
  // Exchanged since it was looked at: the next search sees what it is now.
  if (!opened || !(opened->identity == status->identity)) {
    names_changed_ = true;
    return;
  }
  problems_.erase(path);
  FileSource inherited = source;
  if (current != current_.end()) {
    FollowedFile& old = *current->second;
    inherited = *with_holder(source, status->identity, old.source().context.get());
    const GoneFile gone{.fingerprint = {}, .offset = 0, .previous = {}, .modified = old.modified()};
    ++counts_.rotations;
    retire(old);
    recover_rotated(inherited, gone, status->identity);
  } else if (const auto gone = newest_known(path)) {
    // The first look at this path in this run: rotated files may hold lines that were not read.
    recover_rotated(source, *gone, status->identity, known_file(status->identity) ? Recover::known : Recover::all);
  }
  FollowedFile& file = open_file(inherited, std::move(*fd), *opened);
  current_[path] = &file;
}

void FollowLoop::retire(FollowedFile& file) {
  file.retired = true;
  file.drained = false;
  file.more = true;
  file.retired_at = clock_.monotonic();
}

void FollowLoop::retire_missing(const std::set<std::string>& wanted) {
  std::erase_if(current_, [&](const auto& one) {
    if (wanted.contains(one.first)) {
      const auto status = status_of(one.first);
      if (status || status.error().code != Code::not_found) return false;
    }
    FollowedFile& file = *one.second;
    retire(file);
    if (file.source().origin != kDetectedOrigin)
      remember_missing(file.source(), {.fingerprint = {}, .offset = 0, .previous = {}, .modified = file.modified()});
    return true;
  });
}

void FollowLoop::remember_missing(const FileSource& source, GoneFile gone) {
  if (missing_.size() >= kMissingMax) missing_.erase(missing_.begin());
  missing_.push_back({source, std::move(gone)});
}

/// A path that has no file now may have had others since: they are beside it under rotated names.
void FollowLoop::recover_missing() {
  std::erase_if(missing_, [&](const auto& one) { return current_.contains(one.first.path); });
  for (const auto& [source, gone] : missing_) recover_rotated(source, gone, {});
}

FollowedFile& FollowLoop::open_file(const FileSource& source, Fd fd, const FileStatus& status) {
  if (const auto id = known_file(status.identity)) {
    const KnownFile& known = positions_.files().at(*id);
    if (status.size >= known.offset() && begins_as(fd.number(), known.fingerprint)) {
      const auto enriched = with_holder(source, status.identity, known.context.get());
      std::vector<KnownRange> replays = positions_.to_replay(known);
      const bool first_time = replayable_.erase(*id) > 0;
      const std::optional<KnownRange> last = known.ranges.empty() ? std::nullopt : std::optional(known.ranges.back());
      FollowedFile& file = add_file(*enriched, std::move(fd), status, *id, known.offset(), {});
      positions_.set_context(*id, enriched->context);
      if (last) continue_times(file, *last);
      if (first_time) file.replays.assign(replays.begin(), replays.end());
      return file;
    }
    // Cut, or another file with a used inode.
    const GoneFile gone = gone_file(*id, known);
    const bool same_path = known.path == source.path;
    replayable_.erase(*id);
    positions_.forget(*id);
    if (same_path) recover_rotated(source, gone, status.identity);
  }
  uint64_t offset = 0;
  if (status.size > settings_.limits.first_read_bytes_max) {
    offset = status.size - settings_.limits.first_read_bytes_max;
    counts_.skipped_bytes += offset;
    log::warn("the beginning of a large log file is skipped", {{"path", source.path}, {"bytes", offset}});
  }
  return open_at(*with_holder(source, status.identity, nullptr), std::move(fd), status, offset, {});
}

FollowedFile& FollowLoop::open_at(const FileSource& source, Fd fd, const FileStatus& status, uint64_t offset, GivenTimes previous) {
  while (const auto id = known_file(status.identity)) positions_.forget(*id);
  const uint64_t id = positions_.add({.identity = status.identity,
                                      .fingerprint = {},
                                      .path = source.path,
                                      .origin = source.origin,
                                      .format = source.format,
                                      .context = source.context});
  FollowedFile& file = add_file(source, std::move(fd), status, id, offset, previous);
  // That it was read up to here must be known after a crash, even if nothing follows.
  if (offset > 0) {
    const FileRange place{.from = offset, .to = offset, .time = now(), .previous = previous, .written = now()};
    places_.push_back({.id = id, .fingerprint = file.fingerprint(), .range = place});
  }
  return file;
}

void FollowLoop::take_places() {
  for (const Positions::Step& place : places_)
    if (positions_.files().contains(place.id)) batch_.add_step(place);
  places_.clear();
}

/// The next lines get times behind those of the last range that was read, which is read once more for that.
void FollowLoop::continue_times(FollowedFile& file, const KnownRange& last) const {
  Batch unused;
  ReadCounts uncounted;
  if (const auto previous = file.replay(last, *masker_, unused, uncounted)) file.set_previous(*previous);
}

FollowedFile& FollowLoop::add_file(const FileSource& source, Fd fd, const FileStatus& status, uint64_t id, uint64_t offset, GivenTimes previous) {
  const FollowedFile::Settings settings{settings_.limits, settings_.half_line_wait, settings_.entry_wait, settings_.line_age_max};
  auto file = std::make_unique<FollowedFile>(std::make_shared<const FileSource>(source), settings, id, std::move(fd), status, offset, previous);
  file->real_path = real_path_of(source.path);
  file->retired_at = clock_.monotonic();
  auto& times = times_[source.path];
  if (!times) times = std::make_shared<GivenTimes>();
  file->share_previous(times);
  return *files_.emplace_back(std::move(file));
}

/// Whether a file holds a beginning of a text that is, or was until a moment ago, in its path's place: a copy that was made, or is being made.
/// What of it is not read when the original is cut is looked for then.
bool FollowLoop::copies_current(const FollowedFile& file) const {
  const auto copy = status_of(file.fd());
  const std::string first = first_bytes(file.fd());
  if (!copy || first.empty()) return false;
  const Result<Fd> fd = open_log(file.source().path);
  const auto original = fd ? status_of(fd->number()) : Result<FileStatus>(fd.error());
  if (original && !(original->identity == copy->identity) && copy->size <= original->size && begins_as(fd->number(), fingerprint_of(first))) return true;
  const auto current = current_.find(file.source().path);
  if (current == current_.end() || current->second == &file) return false;
  const Fingerprint read = current->second->fingerprint();
  const bool cut = !begins_as(current->second->fd(), read);
  return cut && begins_as(file.fd(), read);
}

void FollowLoop::drop(const FollowedFile& file) {
  positions_.forget(file.id());
  std::erase_if(files_, [&](const auto& one) { return one.get() == &file; });
}

bool FollowLoop::recover_rotated(const FileSource& source, const GoneFile& gone, const FileIdentity& current, Recover which) {
  bool copy_found = false;
  // Files that were renamed between the look at their folder and their opening are looked for again.
  for (size_t attempt = 0; attempt < kRecoverAttemptsMax; ++attempt)
    if (open_rotated(source, gone, current, which, copy_found)) return copy_found;
  log::warn("rotated files beside a log file were renamed again and again: lines may be missing", {{"path", source.path}});
  return copy_found;
}

bool FollowLoop::open_rotated(const FileSource& source, const GoneFile& gone, const FileIdentity& current, Recover which, bool& copy_found) {
  const std::vector<Sibling> siblings = siblings_of(source.path);
  // Files that are known and still there tell how far back an unknown one can be one that was missed.
  TimeNs bound = gone.modified;
  for (const Sibling& sibling : siblings)
    if (known_file(sibling.status.identity)) bound = std::min(bound, sibling.status.modified);
  const auto begins_as_gone = [&](int fd) { return gone.fingerprint.length > 0 && begins_as(fd, gone.fingerprint); };
  bool all_seen = true;
  for (const Sibling& sibling : siblings) {
    if (sibling.status.identity == current || files_.size() >= files_max_) continue;
    if (const FollowedFile* followed = file_with(sibling.status.identity)) {
      const bool copy = followed->retired && begins_as_gone(followed->fd());
      copy_found = copy_found || copy;
      if (!copy || !followed->may_be_copy) continue;
      // It was found before its first byte was copied. What of it is read already is known by now.
      drop(*followed);
    }
    auto fd = open_log(sibling.path);
    const auto status = fd ? status_of(fd->number()) : Result<FileStatus>(fd.error());
    if (!status || !(status->identity == sibling.status.identity)) {
      all_seen = all_seen && !status && status.error().code != Code::not_found;
      continue;
    }
    const auto id = known_file(status->identity);
    const KnownFile* const before = id ? &positions_.files().at(*id) : nullptr;
    const bool known = before && before->offset() > 0 && status->size >= before->offset() && begins_as(fd->number(), before->fingerprint);
    if (known) {
      if (status->size == before->offset() && !replayable_.contains(*id)) continue;
      retire(open_file(source, std::move(*fd), *status));
    } else if (which == Recover::known) {
      continue;
    } else if (status->size >= gone.offset && begins_as_gone(fd->number())) {
      // What copytruncate copied before it cut.
      FollowedFile& copy = open_at(source, std::move(*fd), *status, gone.offset, gone.previous);
      if (gone.last) continue_times(copy, *gone.last);
      copy.replays.assign(gone.replays.begin(), gone.replays.end());
      retire(copy);
      copy_found = true;
    } else if (status->modified >= bound) {
      FollowedFile& missed = open_at(source, std::move(*fd), *status, 0, {});
      missed.may_be_copy = true;
      retire(missed);
    }
  }
  return all_seen;
}

void FollowLoop::replaced(FollowedFile& file) {
  const GoneFile gone{.fingerprint = file.fingerprint(), .offset = file.committed(), .previous = file.previous(), .modified = file.modified()};
  const FileSource source = file.source();
  ++counts_.truncations;
  Fd fd(::fcntl(file.fd(), F_DUPFD_CLOEXEC, 0));
  const auto status = fd ? status_of(fd.number()) : Result<FileStatus>(system_error("cannot duplicate a descriptor", errno));
  if (!status) return note_problem(source.path, status.error());
  const FileIdentity identity = file.identity();
  // The copy goes before the new beginning; without one, what was read of the old text is all there is.
  if (!recover_rotated(source, gone, identity)) {
    file.complete(now(), clock_.monotonic(), true);
    file.collect(now(), *masker_, batch_, read_counts_);
  }
  take_places();
  if (!ship()) return;
  const bool retired = file.retired;
  const auto at = std::find_if(files_.begin(), files_.end(), [&](const auto& one) { return one.get() == &file; });
  const auto in_place = std::find_if(current_.begin(), current_.end(), [&](const auto& one) { return one.second == &file; });
  files_.erase(at);
  FollowedFile& fresh = open_at(source, std::move(fd), *status, 0, {});
  fresh.retired = retired;
  if (in_place != current_.end()) in_place->second = &fresh;
}

}  // namespace monitorai::collect
