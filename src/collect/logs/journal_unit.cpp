#include "collect/logs/journal_unit.h"

#include "base/text.h"

namespace monitorai::collect {

JournalUnit::JournalUnit(const std::string& program, DetectedUnit unit, const std::vector<KnownCursor>& known,
                         const FollowedFile::Settings& settings)
    : unit_(std::move(unit)),
      reader_(program, unit_.unit, known.empty() ? std::string{} : known.front().cursor),
      processor_(make_builtin_processor({.entry_bytes_max = settings.limits.line_bytes_max,
                                         .entry_lines_max = settings.limits.entry_lines_max,
                                         .traceback_wait = settings.entry_wait})),
      line_age_max_(settings.line_age_max),
      committed_cursor_(known.empty() ? std::string{} : known.front().cursor),
      previous_(known.empty() ? TimeNs{} : known.front().previous) {}

bool JournalUnit::read(TimeNs now, std::chrono::nanoseconds monotonic, ReadCounts& counts) {
  std::vector<JournalEntry> entries = reader_.read(monotonic);
  for (JournalEntry& entry : entries) {
    const uint64_t number = first_ + read_.size();
    read_.push_back({std::move(entry.cursor), entry.time, std::move(entry.level), std::move(entry.pid)});
    ++counts.lines;
    counts.bytes += entry.message.size();
    processor_->line({.begin = number, .end = number + 1, .text = entry.message}, now, pending_);
  }
  if (!entries.empty()) last_read_ = monotonic;
  return !entries.empty();
}

std::optional<std::chrono::nanoseconds> JournalUnit::complete_at() const {
  const auto held = processor_->held();
  return held ? std::optional<std::chrono::nanoseconds>(last_read_ + held->wait) : std::nullopt;
}

void JournalUnit::complete(TimeNs now, std::chrono::nanoseconds monotonic) {
  if (const auto at = complete_at(); at && *at <= monotonic) processor_->flush(now, pending_);
}

void JournalUnit::collect(TimeNs now, const Masker& masker, Batch& batch, ReadCounts& counts) {
  const auto held = processor_->held();
  const uint64_t end = held ? held->begin : first_ + read_.size();
  if (end == first_) return;
  batch.add_cursor(unit_.unit, {.cursor = committed_cursor_, .time = now, .previous = previous_});
  LineClock times({.time = now, .previous = {previous_, {}}, .written = now}, line_age_max_);
  for (Entry& entry : pending_) {
    const Read& read = read_[entry.begin - first_];
    entry.time = read.time;
    entry.exact_time = true;
    const bool has_level = std::any_of(entry.labels.begin(), entry.labels.end(), [](const auto& label) { return label.name == "level"; });
    if (!has_level && !read.level.empty()) entry.labels.push_back({"level", read.level});
    if (!read.pid.empty()) entry.metadata.push_back({"pid", read.pid});
    if (!valid_utf8(entry.text)) {
      entry.text = to_valid_utf8(entry.text);
      ++counts.invalid_utf8;
    }
    std::string original;
    counts.masked += masker.mask(entry.text, &original);
    batch.add(unit_.context, std::move(entry.labels), times.next(entry), std::move(entry.text), std::move(entry.metadata), std::move(original));
  }
  pending_.clear();
  previous_ = times.given().own;
  committed_cursor_ = read_[end - first_ - 1].cursor;
  read_.erase(read_.begin(), read_.begin() + static_cast<std::ptrdiff_t>(end - first_));
  first_ = end;
}

}  // namespace monitorai::collect
