// How a write is judged, logged and applied. First everything is decided, then it is logged, and only then memory changes: what the log
// could not take leaves no trace.

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <numeric>

#include "base/text.h"
#include "store/logs/log_store.h"

namespace monitorai::store {

using signals::Label;
using signals::Labels;
using signals::LabelView;
using signals::LogLineView;
using signals::LogWriteOutcome;
using signals::StreamWrite;

namespace {

/// What a new head holds before it first grows.
constexpr size_t kHeadTextBytes = 4096;
constexpr size_t kHeadLines = 32;
/// Closed heads of this much text wake the upkeep.
constexpr uint64_t kWakeBytes = 16 << 20;
/// How long a write waits for the upkeep to take closed heads, before it is refused.
constexpr std::chrono::seconds kPressureWait{2};
constexpr int64_t kNsPerMs = 1'000'000;

std::string labels_text(std::span<const LabelView> labels) {
  std::vector<Label> copies;
  for (const LabelView& label : labels) copies.push_back({to_valid_utf8(label.name), to_valid_utf8(label.value)});
  return Labels::from(std::move(copies)).text();
}

void report(LogWriteOutcome& outcome, const StreamWrite& write, std::string_view problem) {
  if (outcome.first_problem.empty()) outcome.first_problem = fmt::format("{}: {}", labels_text(write.labels), problem);
}

/// "" when these are labels of a stream.
std::string label_problem(std::span<const LabelView> labels) {
  if (labels.empty()) return "a stream has at least one label";
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto& [name, value] = labels[i];
    if (!signals::valid_label_name(name)) return fmt::format("\"{}\" is not a label name", to_valid_utf8(name));
    if (value.empty()) return fmt::format("label \"{}\" has an empty value", name);
    if (!valid_utf8(value)) return fmt::format("the value of label \"{}\" is not UTF-8", name);
    if (i > 0 && labels[i - 1].name == name) return fmt::format("label \"{}\" occurs twice", name);
    if (i > 0 && labels[i - 1].name > name)
      return fmt::format("label \"{}\" stands after \"{}\": labels must be sorted", name, labels[i - 1].name);
  }
  return {};
}

std::string limit_problem(std::span<const LabelView> labels, const LogLimits& limits) {
  if (labels.size() > limits.labels_max) return fmt::format("{} labels are more than {}", labels.size(), limits.labels_max);
  for (const auto& [name, value] : labels) {
    if (name.size() > limits.label_name_bytes_max)
      return fmt::format("a label name of {} bytes is longer than {}", name.size(), limits.label_name_bytes_max);
    if (value.size() > limits.label_value_bytes_max)
      return fmt::format("the value of label \"{}\" has {} bytes, more than {}", name, value.size(), limits.label_value_bytes_max);
  }
  return {};
}

}  // namespace

void LogStore::check_lines(const StreamWrite& write, std::vector<LineCheck>& out) const {
  for (const LogLineView& line : write.lines) {
    LineCheck check;
    size_t metadata_bytes = 0;
    bool valid = valid_utf8(line.line);
    for (size_t i = 0; i < line.metadata.size(); ++i) {
      const auto& [name, value] = line.metadata[i];
      metadata_bytes += name.size() + value.size();
      valid = valid && !name.empty() && valid_utf8(name) && valid_utf8(value) && (i == 0 || line.metadata[i - 1].name < name);
    }
    if (!valid)
      check.verdict = LineCheck::invalid;
    else if (line.line.size() > settings_.limits.line_bytes_max)
      check.verdict = LineCheck::too_long;
    else if (line.metadata.size() > settings_.limits.metadata_max || metadata_bytes > settings_.limits.metadata_bytes_max)
      check.verdict = LineCheck::over_limit;
    else
      check.hash = line_hash(line.time.ns, line.line, line.metadata, hash_seed_);
    out.push_back(check);
  }
}

LogStore::StreamPtr LogStore::add_stream(StreamId id, Labels labels, StreamHash hash) {
  auto stream = std::make_shared<LogStream>(id, std::move(labels), hash);
  by_hash_[hash] = stream;
  next_id_ = std::max(next_id_, id + 1);
  const std::lock_guard lock(index_mutex_);
  streams_.push_back(stream);
  return stream;
}

LogStore::StreamPtr LogStore::find_or_add(const StreamWrite& write, StreamHash hash, LogWriteOutcome& outcome) {
  if (const auto found = by_hash_.find(hash); found != by_hash_.end()) return found->second;
  if (const std::string problem = label_problem(write.labels); !problem.empty()) {
    outcome.invalid += write.lines.size();
    report(outcome, write, problem);
    return nullptr;
  }
  std::string problem = limit_problem(write.labels, settings_.limits);
  if (problem.empty() && (by_hash_.size() >= settings_.limits.streams_max || next_id_ == UINT32_MAX))
    problem = fmt::format("the store has {} streams already, its limit (streams_max)", by_hash_.size());
  if (!problem.empty()) {
    outcome.over_limit += write.lines.size();
    report(outcome, write, problem);
    return nullptr;
  }
  std::vector<Label> labels;
  for (const LabelView& label : write.labels) labels.push_back({std::string(label.name), std::string(label.value)});
  const std::lock_guard lock(counts_mutex_);
  ++counts_.streams_created;
  return add_stream(next_id_, Labels::from(std::move(labels)), hash);
}

bool LogStore::known(const LogStream& stream, int64_t time_ns, uint64_t hash) {
  const auto in = [&](LogHead& head) { return head.from_ns() <= time_ns && time_ns <= head.to_ns() && head.has(time_ns, hash); };
  if (stream.head != nullptr && in(*stream.head)) return true;
  struct Covering {
    std::shared_ptr<LogPartition> partition;
    BlockEntry entry;
  };
  std::vector<Covering> covering;
  {
    const std::lock_guard lock(stream.mutex);  // upkeep may move heads to partitions meanwhile
    for (const auto& head : stream.waiting)
      if (in(*head)) return true;
    for (const auto& day : stream.days) {
      if (time_ns < day->from_ns || time_ns > day->to_ns) continue;
      for (auto entry = day->entries.rbegin(); entry != day->entries.rend() && entry->max_to_ns >= time_ns; ++entry)
        if (entry->from_ns <= time_ns && time_ns <= entry->to_ns) covering.push_back({day->partition, *entry});
    }
  }
  return std::any_of(covering.begin(), covering.end(), [&](const auto& block) { return persisted_hashes_.has(block.partition, block.entry, hash); });
}

void LogStore::judge(const StreamWrite& write, std::span<const LineCheck> checks, Bounds bounds, Change& change, LogWriteOutcome& outcome) {
  const int64_t before_ns = change.stream->newest_ns;
  const int64_t window_ns = settings_.out_of_order_window.count() * kNsPerMs;
  // Only lines that are not newer than all before can have come already. Of this write they are remembered from the first such line on.
  boost::unordered_flat_set<uint64_t> of_this_write;
  bool remembers = false;
  for (size_t i = 0; i < write.lines.size(); ++i) {
    const LogLineView& line = write.lines[i];
    const LineCheck& check = checks[i];
    if (check.verdict == LineCheck::invalid) {
      ++outcome.invalid;
      report(outcome, write, "a line or its metadata is not UTF-8, or the metadata is not sorted by name");
      continue;
    }
    if (check.verdict == LineCheck::too_long) {
      ++outcome.too_long;
      report(outcome, write, fmt::format("a line of {} bytes is longer than {}", line.line.size(), settings_.limits.line_bytes_max));
      continue;
    }
    if (check.verdict == LineCheck::over_limit) {
      ++outcome.over_limit;
      report(outcome, write, fmt::format("a line carries more structured metadata than {} names or {} bytes", settings_.limits.metadata_max,
                                         settings_.limits.metadata_bytes_max));
      continue;
    }
    const int64_t time = line.time.ns;
    if (time < bounds.oldest_ns) {
      ++outcome.too_old;
      report(outcome, write, fmt::format("a line at {} ns is older than the retention", time));
      continue;
    }
    if (time > bounds.newest_ns) {
      ++outcome.too_new;
      report(outcome, write, fmt::format("a line at {} ns is too far in the future", time));
      continue;
    }
    // A clock that was set back must not shut its streams out until it has caught up.
    if (std::min(change.newest_ns, bounds.now_ns) > INT64_MIN + window_ns && time < std::min(change.newest_ns, bounds.now_ns) - window_ns) {
      ++outcome.out_of_order;
      report(outcome, write, fmt::format("a line at {} ns is further behind the newest one, at {} ns, than the out-of-order window allows", time,
                                         change.newest_ns));
      continue;
    }
    if (time <= before_ns && known(*change.stream, time, check.hash)) {
      ++outcome.duplicates;
      continue;
    }
    if (!remembers && change.end > change.begin && time <= change.newest_ns) {
      for (uint32_t k = change.begin; k < change.end; ++k) of_this_write.insert(accepted_[k].hash);
      remembers = true;
    }
    if (remembers && !of_this_write.insert(check.hash).second) {
      ++outcome.duplicates;
      continue;
    }
    accepted_.push_back({static_cast<uint32_t>(i), check.hash});
    ++change.end;
    change.newest_ns = std::max(change.newest_ns, time);
  }
}

Result<void> LogStore::log_changes(std::span<const StreamWrite> writes) {
  encoder_.begin();
  for (const Change& change : changes_) {
    if (change.begin == change.end) continue;
    const StreamWrite& write = writes[change.write];
    if (change.stream->epoch != epoch_) encoder_.stream(change.stream->id, write.labels);
    encoder_.lines(change.stream->id, change.stream->next_seq, change.end - change.begin);
    for (uint32_t k = change.begin; k < change.end; ++k) encoder_.line(write.lines[accepted_[k].line]);
  }
  if (encoder_.empty()) return {};
  if (const auto logged = log_.append(encoder_.payload()); !logged) {
    blocked_.store(true, std::memory_order_relaxed);
    const std::lock_guard lock(counts_mutex_);
    ++counts_.log_failures;
    return Error{Code::unavailable, wrap(logged.error(), "cannot accept log lines").message};
  }
  blocked_.store(false, std::memory_order_relaxed);
  for (const Change& change : changes_)
    if (change.begin < change.end) change.stream->epoch = epoch_;
  return {};
}

void LogStore::close_head(const StreamPtr& stream) {
  LogHead& head = *stream->head;
  head.publish();
  head.end_seq = stream->next_seq;
  stream->head_text_bytes = head.text_capacity() / 2;
  stream->head_lines = head.line_capacity() / 2;
  head_bytes_ -= head.text_bytes();
  waiting_bytes_ += head.text_bytes();
  {
    const std::lock_guard lock(stream->mutex);
    stream->waiting.push_back(std::move(stream->head));
    stream->head = nullptr;
  }
  closed_.push_back(stream);
  if (waiting_bytes_ >= kWakeBytes) threads_.wake();
}

void LogStore::append(LogStream& stream, const LogLineView& line, uint64_t hash) {
  const auto put = [&](std::shared_ptr<LogHead> head) {
    const std::lock_guard lock(stream.mutex);
    stream.head = std::move(head);
  };
  const size_t bytes = line.line.size();
  if (const LogHead* head = stream.head.get();
      head != nullptr && head->size() > 0 && (head->text_bytes() + bytes + 1 > settings_.block_bytes || head->size() >= kBlockLinesMax)) {
    auto next = head->fresh();
    close_head(by_hash_.at(stream.hash));
    put(std::move(next));
  }
  if (stream.head == nullptr)
    put(std::make_shared<LogHead>(std::max(stream.head_text_bytes, kHeadTextBytes), std::max(stream.head_lines, kHeadLines)));
  if (stream.head->size() == 0) stream.head->born = clock_.monotonic();
  if (!stream.head->fits(bytes)) put(stream.head->grown(bytes));
  stream.head->append(line.time.ns, line.line, line.metadata, hash);
  head_bytes_ += bytes + 1;
  ++stream.next_seq;
}

void LogStore::apply(std::span<const StreamWrite> writes) {
  uint64_t bytes = 0;
  for (const Change& change : changes_) {
    if (change.begin == change.end) continue;
    LogStream& stream = *change.stream;
    for (uint32_t k = change.begin; k < change.end; ++k) {
      const LogLineView& line = writes[change.write].lines[accepted_[k].line];
      append(stream, line, accepted_[k].hash);
      bytes += line.line.size();
    }
    stream.head->publish();
    stream.newest_ns = change.newest_ns;
  }
  if (head_bytes_ > settings_.head_bytes_max) close_largest();
  const std::lock_guard lock(counts_mutex_);
  counts_.bytes_accepted += bytes;
}

/// Gives a quarter of what open heads may hold to the upkeep, the largest first.
void LogStore::close_largest() {
  std::vector<std::pair<size_t, StreamPtr>> heads;
  for (const StreamPtr& stream : streams_)
    if (stream->head != nullptr) heads.emplace_back(stream->head->text_bytes(), stream);
  std::sort(heads.begin(), heads.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [bytes, stream] : heads) {
    if (head_bytes_ <= settings_.head_bytes_max / 4 * 3) break;
    close_head(stream);
  }
}

void LogStore::count(const LogWriteOutcome& outcome) {
  const std::lock_guard lock(counts_mutex_);
  counts_.lines_accepted += outcome.accepted;
  counts_.lines_duplicate += outcome.duplicates;
  counts_.lines_out_of_order += outcome.out_of_order;
  counts_.lines_too_old += outcome.too_old;
  counts_.lines_too_new += outcome.too_new;
  counts_.lines_too_long += outcome.too_long;
  counts_.lines_over_limit += outcome.over_limit;
  counts_.lines_invalid += outcome.invalid;
}

Result<void> LogStore::wait_for_room(std::unique_lock<std::mutex>& lock) {
  const auto room = [&] { return waiting_bytes_ < settings_.waiting_bytes_max; };
  if (room()) return {};
  if (settings_.background && !persist_failing_ && room_.wait_for(lock, kPressureWait, room)) return {};
  if (persist_failing_) blocked_.store(true, std::memory_order_relaxed);
  const std::lock_guard counts_lock(counts_mutex_);
  ++counts_.writes_refused;
  return Error{persist_failing_ ? Code::unavailable : Code::exhausted,
               fmt::format("cannot accept log lines: {} bytes wait for their partition already, the limit (waiting_bytes_max)",
                           waiting_bytes_.load())};
}

Result<void> LogStore::write_round(std::span<const StreamWrite> writes, std::span<const StreamHash> hashes, std::span<const LineCheck> checks,
                                   std::span<const uint32_t> checks_at, LogWriteOutcome& outcome) {
  const int64_t now_ns = clock_.now().ms * kNsPerMs;
  const Bounds bounds{now_ns - settings_.retention.count() * kNsPerMs, now_ns + settings_.future_max.count() * kNsPerMs, now_ns};
  changes_.clear();
  accepted_.clear();
  again_.clear();
  ++batch_;
  for (const uint32_t i : round_) {
    if (writes[i].lines.empty()) continue;
    StreamPtr stream = find_or_add(writes[i], hashes[i], outcome);
    if (stream == nullptr) continue;
    if (std::exchange(stream->batch, batch_) == batch_) {
      again_.push_back(i);
      continue;
    }
    const auto at = static_cast<uint32_t>(accepted_.size());
    const int64_t newest_ns = stream->newest_ns;
    Change& change = changes_.emplace_back(Change{std::move(stream), i, at, at, newest_ns});
    judge(writes[i], checks.subspan(checks_at[i], writes[i].lines.size()), bounds, change, outcome);
  }
  MAI_TRY(log_changes(writes));
  apply(writes);
  outcome.accepted += accepted_.size();
  return {};
}

void LogStore::notify(std::span<const StreamWrite> writes, std::span<const Change> changes, std::span<const Accepted> accepted) {
  std::vector<LogLineView> some;
  for (const Change& change : changes) {
    if (change.begin == change.end) continue;
    std::span<const LogLineView> lines = writes[change.write].lines;
    if (change.end - change.begin < lines.size()) {
      some.clear();
      for (uint32_t k = change.begin; k < change.end; ++k) some.push_back(lines[accepted[k].line]);
      lines = some;
    }
    listeners_.notify(change.stream->id, change.stream->labels, lines);
  }
}

Result<LogWriteOutcome> LogStore::write(std::span<const StreamWrite> streams) {
  thread_local std::vector<StreamHash> hashes;
  thread_local std::vector<LineCheck> checks;
  thread_local std::vector<uint32_t> checks_at;
  hashes.clear();
  checks.clear();
  checks_at.clear();
  for (const StreamWrite& write : streams) {
    hashes.push_back(stream_hash(write.labels, hash_seed_));
    checks_at.push_back(static_cast<uint32_t>(checks.size()));
    check_lines(write, checks);
  }

  LogWriteOutcome outcome;
  uint64_t batches = 0;
  std::vector<std::pair<std::vector<Change>, std::vector<Accepted>>> heard;
  {
    std::unique_lock lock(write_mutex_);
    MAI_TRY(wait_for_room(lock));
    round_.resize(streams.size());
    std::iota(round_.begin(), round_.end(), 0u);
    do {
      if (const auto written = write_round(streams, hashes, checks, checks_at, outcome); !written) {
        count(outcome);
        return written.error();
      }
      if (!listeners_.empty()) heard.emplace_back(changes_, accepted_);
      round_.swap(again_);
    } while (!round_.empty());
    changes_.clear();
    count(outcome);
    batches = log_.appended();
  }
  for (const auto& [changes, accepted] : heard) notify(streams, changes, accepted);
  if (settings_.durability == Durability::sync) MAI_TRY(sync(batches));
  return outcome;
}

Result<void> LogStore::sync() { return sync(log_.appended()); }

Result<void> LogStore::sync(uint64_t batches) {
  const auto synced = log_.sync_to(batches);
  if (synced) return {};
  // What the disk did not take may be lost to it: only a new checkpoint, from memory, makes it safe again.
  checkpoint_wanted_ = true;
  const std::lock_guard lock(counts_mutex_);
  ++counts_.sync_failures;
  return Error{Code::unavailable, wrap(synced.error(), "cannot make log lines durable").message};
}

}  // namespace monitorai::store
