#include "collect/logs/followed_file.h"

#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace monitorai::collect {
namespace {

/// Reads at an offset until `bytes` are there or the file ends.
Result<std::string> read_at(int fd, uint64_t offset, size_t bytes) {
  std::string out(bytes, '\0');
  size_t size = 0;
  while (size < bytes) {
    const ssize_t n = ::pread(fd, out.data() + size, bytes - size, static_cast<off_t>(offset + size));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read the file", errno);
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  out.resize(size);
  return out;
}

/// A writer that did not open with O_APPEND leaves zeros where copytruncate cut.
std::string_view without_leading_zeros(std::string_view text) {
  const size_t at = text.find_first_not_of('\0');
  return at == std::string_view::npos ? std::string_view{} : text.substr(at);
}

}  // namespace

TimeNs reading_time(TimeNs now, TimeNs modified, std::chrono::milliseconds line_age_max, uint64_t file_id) {
  constexpr int64_t kMillisecond = 1'000'000;
  constexpr uint64_t kFilesApart = 997;
  const bool recent = now - modified < line_age_max && modified <= now;
  return {(recent ? modified.ns : now.ns) / kMillisecond * kMillisecond + static_cast<int64_t>(file_id * 131 % kFilesApart) * 1000};
}

TimeNs LineClock::next(const Entry& entry) {
  const auto plausible = [&](TimeNs time) {
    return entry.exact_time || (time <= range_.written + kFutureMax && time >= range_.written - age_max_);
  };
  constexpr std::chrono::nanoseconds kTick{1};
  if (entry.time && plausible(*entry.time)) {
    const auto reorder_max = entry.exact_time ? kExactReorderMax : kReorderMax;
    const bool keep_order = *entry.time <= given_.own && given_.own - *entry.time <= reorder_max;
    return given_.own = keep_order ? given_.own + kTick : *entry.time;
  }
  if (range_.backlog && given_.own.ns != 0) return given_.own = given_.own + kTick;
  const TimeNs reading{range_.time.ns + untimed_++};
  const bool ahead = given_.read >= reading && given_.read - reading <= kFutureMax;
  return given_.read = ahead ? given_.read + kTick : reading;
}

FollowedFile::FollowedFile(std::shared_ptr<const FileSource> source, Settings settings, uint64_t id, Fd fd, const FileStatus& status,
                           uint64_t offset, GivenTimes previous)
    : source_(std::move(source)),
      settings_(settings),
      id_(id),
      fd_(std::move(fd)),
      identity_(status.identity),
      first_bytes_(collect::first_bytes(fd_.number())),
      cutter_(settings.limits.line_bytes_max, offset, 0),
      processor_(make_processor()),
      read_offset_(offset),
      committed_(offset),
      previous_(std::make_shared<GivenTimes>(previous)),
      size_(status.size),
      modified_(status.modified),
      deleted_(status.deleted) {}

std::unique_ptr<LineProcessor> FollowedFile::make_processor() const {
  if (source_->pipeline) return source_->pipeline->make_processor(source_->context->labels);
  return make_builtin_processor({.format = source_->format,
                                 .entry_bytes_max = settings_.limits.line_bytes_max,
                                 .entry_lines_max = settings_.limits.entry_lines_max,
                                 .error_wait = std::min(settings_.entry_wait, std::chrono::milliseconds(40)),
                                 .traceback_wait = settings_.entry_wait});
}

Result<FollowedFile::Look> FollowedFile::look() {
  MAI_TRY_ASSIGN(const FileStatus status, status_of(fd_.number()));
  // What was seen before the file was cut tells which rotated files are newer, so it stays.
  if (status.size < read_offset_) return Look::replaced;
  if (status.size == 0 && status.modified != modified_) return Look::replaced;  // written, copied and cut since the last look
  if (status.size > read_offset_ || status.modified != modified_) {
    std::string now = collect::first_bytes(fd_.number());
    if (!now.starts_with(first_bytes_)) return Look::replaced;
    const bool begun = first_bytes_.empty() && !now.empty();
    first_bytes_ = std::move(now);
    if (begun) return Look::begun;
  }
  size_ = status.size;
  modified_ = status.modified;
  deleted_ = status.deleted;
  return size_ == read_offset_ ? Look::same : Look::grown;
}

Result<bool> FollowedFile::read(TimeNs now, std::chrono::nanoseconds monotonic, ReadCounts& counts) {
  MAI_TRY_ASSIGN(const std::string bytes, read_at(fd_.number(), read_offset_, kReadBytes));
  // Cut and written anew since it was looked at: the bytes may be of either text. The next look finds it so.
  if (!collect::first_bytes(fd_.number()).starts_with(first_bytes_)) return false;
  if (!bytes.empty()) last_growth_ = monotonic;
  counts.bytes += bytes.size();
  read_offset_ += bytes.size();
  size_ = std::max(size_, read_offset_);
  const bool ended = bytes.size() < kReadBytes;
  backlog_ = !ended || now - modified_ > kBacklogAge;
  cutter_.feed(bytes, [&](const RawLine& line) {
    ++counts.lines;
    counts.split += line.part == 1;
    process(line, now);
  });
  return ended;
}

void FollowedFile::process(const RawLine& line, TimeNs now) {
  RawLine clean = line;
  if (clean.text.starts_with('\0')) clean.text = without_leading_zeros(clean.text);
  const size_t before = pending_.size();
  processor_->line(clean, now, pending_);
  for (size_t i = before; i < pending_.size(); ++i) pending_[i].part = pending_[i].begin == line.begin ? line.part : 0;
}

std::optional<std::chrono::nanoseconds> FollowedFile::complete_at() const {
  std::optional<std::chrono::nanoseconds> at;
  if (const auto held = processor_->held()) at = last_growth_ + held->wait;
  if (cutter_.half_bytes() > 0) {
    const auto half = last_growth_ + settings_.half_line_wait;
    at = at ? std::min<std::chrono::nanoseconds>(*at, half) : half;
  }
  return at;
}

void FollowedFile::complete(TimeNs now, std::chrono::nanoseconds monotonic, bool all) {
  if (cutter_.half_bytes() > 0 && (all || monotonic - last_growth_ >= settings_.half_line_wait))
    cutter_.end([&](const RawLine& line) { process(line, now); });
  const auto held = processor_->held();
  if (held && (all || monotonic - last_growth_ >= held->wait)) processor_->flush(now, pending_);
}

/// The end of what is complete: no entry that is held, half or to come begins before it, and none that is complete lies across it.
uint64_t FollowedFile::safe_end() const {
  const auto held = processor_->held();
  uint64_t end = held ? std::min(held->begin, cutter_.half_begin()) : cutter_.half_begin();
  for (bool changed = true; changed;) {
    changed = false;
    for (const Entry& entry : pending_) {
      if (entry.end <= end || entry.begin >= end) continue;
      end = entry.begin;
      changed = true;
    }
  }
  return end;
}

void FollowedFile::collect(TimeNs now, const Masker& masker, Batch& batch, ReadCounts& counts) {
  const uint64_t end = safe_end();
  if (end <= committed_) return;
  const FileRange range{.from = committed_, .to = end, .time = reading_time(now, modified_, settings_.line_age_max, id_), .previous = *previous_, .part = committed_part_,
                        .backlog = backlog_, .written = now};
  LineClock times(range, settings_.line_age_max);
  std::vector<Entry> later;
  uint32_t next_part = cutter_.half_begin() == end ? cutter_.part() : 0;
  for (Entry& entry : pending_) {
    if (entry.end <= end) {
      const TimeNs time = times.next(entry);
      give(batch, source_->context, std::move(entry), time, masker, counts);
    } else {
      if (entry.begin == end && entry.part > 0) next_part = entry.part - 1;
      later.push_back(std::move(entry));
    }
  }
  pending_ = std::move(later);
  *previous_ = times.given();
  committed_ = end;
  committed_part_ = next_part;
  batch.add_step({.id = id_, .fingerprint = fingerprint(), .range = range});
}

void FollowedFile::give(Batch& batch, const std::shared_ptr<const FileContext>& context, Entry&& entry, TimeNs time, const Masker& masker,
                        ReadCounts& counts) const {
  if (!valid_utf8(entry.text)) {
    entry.text = to_valid_utf8(entry.text);
    ++counts.invalid_utf8;
  }
  std::string original;
  counts.masked += masker.mask(entry.text, &original);
  if (source_->pipeline) {
    for (auto* labels : {&entry.labels, &entry.metadata})
      for (signals::Label& label : *labels) {
        if (!valid_utf8(label.value)) label.value = to_valid_utf8(label.value);
        counts.masked += masker.mask(label.value);
      }
  }
  batch.add(context, std::move(entry.labels), time, std::move(entry.text), std::move(entry.metadata), std::move(original));
}

Result<GivenTimes> FollowedFile::replay(const KnownRange& known, const Masker& masker, Batch& batch, ReadCounts& counts) const {
  const FileRange& range = known.range;
  LineCutter cutter(settings_.limits.line_bytes_max, range.from, range.part);
  const auto processor = make_processor();
  std::vector<Entry> entries;
  LineClock times(range, settings_.line_age_max);
  const auto take = [&](const RawLine& line) {
    RawLine clean = line;
    if (clean.text.starts_with('\0')) clean.text = without_leading_zeros(clean.text);
    processor->line(clean, range.written, entries);
  };
  for (uint64_t at = range.from; at < range.to;) {
    MAI_TRY_ASSIGN(const std::string bytes, read_at(fd_.number(), at, std::min<uint64_t>(kReadBytes, range.to - at)));
    if (bytes.empty()) break;
    cutter.feed(bytes, take);
    at += bytes.size();
  }
  cutter.end(take);
  processor->flush(range.written, entries);
  for (Entry& entry : entries) {
    const TimeNs time = times.next(entry);
    give(batch, known.context, std::move(entry), time, masker, counts);
  }
  return times.given();
}

}  // namespace monitorai::collect
