// How a write is judged, logged and applied. First everything is decided, then it is logged, and only then memory changes: what the log
// could not take leaves no trace.

#include <numeric>

#include "base/text.h"
#include "store/metrics/metric_store.h"
#include "store/metrics/series_head.h"

namespace monitorai::store {

using signals::LabelView;
using signals::Sample;
using signals::SeriesWrite;
using signals::WriteOutcome;

namespace {

/// How far ahead of the loop memory is asked for.
constexpr size_t kPrefetchAhead = 8;
/// Retired memory is given back when there is this much of it.
constexpr size_t kRetiredMax = 4096;

/// "" when these are labels of a series.
std::string label_problem(std::span<const LabelView> labels) {
  bool named = false;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto& [name, value] = labels[i];
    if (name.empty()) return "a label without a name";
    if (value.empty()) return fmt::format("label \"{}\" has an empty value", to_valid_utf8(name));
    if (!valid_utf8(name) || !valid_utf8(value)) return fmt::format("label \"{}\" is not UTF-8", to_valid_utf8(name));
    if (i > 0 && labels[i - 1].name == name) return fmt::format("label \"{}\" occurs twice", name);
    if (i > 0 && labels[i - 1].name > name)
      return fmt::format("label \"{}\" stands after \"{}\": labels must be sorted", name, labels[i - 1].name);
    named |= name == signals::kMetricName;
  }
  return named ? "" : "there is no metric name";
}

std::string limit_problem(std::span<const LabelView> labels, const Limits& limits) {
  if (labels.size() > limits.labels_max) return fmt::format("{} labels are more than {}", labels.size(), limits.labels_max);
  for (const auto& [name, value] : labels) {
    if (name.size() > limits.label_name_bytes_max)
      return fmt::format("a label name of {} bytes is longer than {}", name.size(), limits.label_name_bytes_max);
    if (value.size() > limits.label_value_bytes_max)
      return fmt::format("the value of label \"{}\" has {} bytes, more than {}", name, value.size(), limits.label_value_bytes_max);
  }
  return {};
}

/// OpenMetrics' limit on the names and values of an exemplar's labels together.
constexpr size_t kExemplarCharactersMax = 128;

bool good_exemplar(const signals::ExemplarView& exemplar) {
  size_t characters = 0;
  for (const auto& [name, value] : exemplar.labels) {
    if (!valid_utf8(name) || !valid_utf8(value)) return false;
    for (const std::string_view text : {name, value})
      characters += static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  }
  return characters <= kExemplarCharactersMax;
}

}  // namespace

Slot MetricStore::find_or_add(const Request& request, size_t series, SeriesHash hash, std::unique_lock<std::shared_mutex>& index_lock,
                              WriteOutcome& outcome) {
  if (const Slot slot = head_.series.find(hash); slot != SeriesTable::kNone) return slot;
  const std::span<const LabelView> labels = request.labels(series);
  const size_t samples = request.series[series].samples.size();
  if (request.unread != nullptr) {
    if (labels.empty()) return SeriesTable::kNone;  // whoever read them has counted it
    hash = series_hash(labels, hash_seed_);
    if (const Slot slot = head_.series.find(hash); slot != SeriesTable::kNone) return slot;
  }
  if (const std::string problem = label_problem(labels); !problem.empty()) {
    outcome.invalid += samples;
    report(outcome, request, series, "{}", problem);
    return SeriesTable::kNone;
  }
  std::string problem = limit_problem(labels, settings_.limits);
  if (problem.empty() &&
      (head_.series.count() >= settings_.limits.series_max || !head_.series.room() || !head_.index.room_for_pairs(labels.size())))
    problem = fmt::format("the store has {} series already, its limit (series_max)", head_.series.count());
  if (!problem.empty()) {
    outcome.over_limit += samples;
    report(outcome, request, series, "{}", problem);
    return SeriesTable::kNone;
  }
  if (!index_lock.owns_lock()) index_lock.lock();
  PairId pairs[kLabelsMax];
  size_t n = 0;
  for (const LabelView& label : labels) pairs[n++] = head_.index.intern(label.name, label.value);
  const Slot slot = head_.series.add(hash, next_id_++, {pairs, n});
  head_.index.add(slot, {pairs, n});
  ++created_;
  return slot;
}

void MetricStore::judge_late(const Request& request, Sample sample, Change& change, WriteOutcome& outcome) {
  const Slot slot = change.slot;
  const Series& record = head_.series[slot];
  std::optional<double> known;
  if ((record.aside.load(std::memory_order_relaxed) & Series::kHasLate) != 0) known = head_.asides.late_at(slot, sample.time.ms);
  if (const HeadBlock* block = record.head.load(std::memory_order_relaxed); block != nullptr && !known) {
    thread_local signals::Columns columns;
    columns.clear();
    if (read_head(*block, {sample.time, sample.time}, columns) && !columns.values.empty()) known = columns.values.front();
  }
  // After a restart, what came within the out-of-order window may be in a partition alone.
  if (!known && sample.time.ms < head_.horizon_ms.load(std::memory_order_relaxed)) {
    signals::Columns columns;
    if (partitions_.read(record.id, {sample.time, sample.time}, columns, 0, pages_) && !columns.values.empty())
      known = columns.values.front();
  }
  const auto begin = accepted_late_.end() - change.late;
  if (const auto twice = std::find_if(begin, accepted_late_.end(), [&](const Sample& s) { return s.time == sample.time; });
      twice != accepted_late_.end())
    known = twice->value;
  if (known) {
    const bool same = std::bit_cast<uint64_t>(*known) == std::bit_cast<uint64_t>(sample.value);
    ++(same ? outcome.duplicates : outcome.conflicts);
    if (!same) report(outcome, request, change.series, "there is another value at {} ms already", sample.time.ms);
    return;
  }
  if (head_.asides.late_count() + accepted_late_.size() >= settings_.limits.late_samples_max) {
    ++outcome.over_limit;
    ++late_refused_;
    report(outcome, request, change.series, "a sample at {} ms is late, and {} late samples are in memory already (late_samples_max)",
           sample.time.ms, settings_.limits.late_samples_max);
    return;
  }
  accepted_late_.push_back(sample);
  ++change.late;
}

void MetricStore::judge(const Request& request, Bounds bounds, Change& change, WriteOutcome& outcome) {
  const Series& record = head_.series[change.slot];
  Sample newest{{record.newest_ms.load(std::memory_order_relaxed)}, record.newest_value.load(std::memory_order_relaxed)};
  for (const Sample& sample : request.series[change.series].samples) {
    if (sample.time.ms < bounds.oldest_ms) {
      ++outcome.too_old;
      report(outcome, request, change.series, "a sample at {} ms is older than the retention", sample.time.ms);
    } else if (sample.time.ms > bounds.newest_ms) {
      ++outcome.too_new;
      report(outcome, request, change.series, "a sample at {} ms is too far in the future", sample.time.ms);
    } else if (sample.time > newest.time) {
      accepted_.push_back(sample);
      ++change.in_order;
      newest = sample;
    } else if (sample.time == newest.time) {
      const bool same = std::bit_cast<uint64_t>(newest.value) == std::bit_cast<uint64_t>(sample.value);
      ++(same ? outcome.duplicates : outcome.conflicts);
      if (!same) report(outcome, request, change.series, "there is another value at {} ms already", sample.time.ms);
    } else if (newest.time - sample.time > settings_.out_of_order_window && newest.time.ms <= bounds.newest_ms) {
      ++outcome.out_of_order;
      report(outcome, request, change.series,
             "a sample at {} ms is further behind the newest one, at {} ms, than the out-of-order window allows", sample.time.ms,
             newest.time.ms);
    } else {
      // Behind a sample that a wrong clock put into the future anything is late, or the series would be lost until that time comes.
      judge_late(request, sample, change, outcome);
    }
  }
}

void MetricStore::apply(std::span<const SeriesWrite> series) {
  const Sample* in_order = accepted_.data();
  const Sample* late = accepted_late_.data();
  for (size_t i = 0; i < changes_.size(); ++i) {
    if (i + kPrefetchAhead < changes_.size())
      __builtin_prefetch(head_.series[changes_[i + kPrefetchAhead].slot].head.load(std::memory_order_relaxed));
    const Change& change = changes_[i];
    Series& record = head_.series[change.slot];
    for (uint32_t k = 0; k < change.in_order; ++k) append_to_head(record, in_order[k], rules_);
    in_order += change.in_order;
    for (uint32_t k = 0; k < change.late; ++k) head_.asides.add_late(change.slot, late[k]);
    late += change.late;
    if (change.late > 0) record.aside.fetch_or(Series::kHasLate, std::memory_order_release);
    if (!record.logged) continue;
    for (const signals::ExemplarView& exemplar : series[change.series].exemplars) {
      if (good_exemplar(exemplar))
        exemplars_.add(change.slot, record.id, exemplar);
      else
        ++exemplars_refused_;
    }
  }
}

void MetricStore::count(const WriteOutcome& outcome) {
  const std::lock_guard lock(counters_mutex_);
  counters_.samples_accepted += outcome.accepted;
  counters_.samples_duplicate += outcome.duplicates;
  counters_.samples_conflicting += outcome.conflicts;
  counters_.samples_out_of_order += outcome.out_of_order;
  counters_.samples_too_old += outcome.too_old;
  counters_.samples_too_new += outcome.too_new;
  counters_.samples_over_limit += outcome.over_limit;
  counters_.samples_invalid += outcome.invalid;
  counters_.samples_late += std::exchange(late_, 0);
  counters_.samples_late_refused += std::exchange(late_refused_, 0);
  counters_.exemplars_refused += std::exchange(exemplars_refused_, 0);
  counters_.series_created += std::exchange(created_, 0);
}

Result<void> MetricStore::write_round(const Request& request, std::span<const SeriesHash> hashes, WriteOutcome& outcome) {
  const TimeMs now = clock_.now();
  const Bounds bounds{(now - settings_.retention).ms, (now + settings_.future_max).ms};
  changes_.clear();
  accepted_.clear();
  accepted_late_.clear();
  again_.clear();
  ++batch_;
  {
    std::unique_lock index_lock(head_.index_mutex, std::defer_lock);
    for (size_t i = 0; i < round_.size(); ++i) {
      if (i + 2 * kPrefetchAhead < round_.size()) head_.series.prefetch(hashes[round_[i + 2 * kPrefetchAhead]]);
      if (i + kPrefetchAhead < round_.size()) head_.series.prefetch_record(hashes[round_[i + kPrefetchAhead]]);
      const Slot slot = find_or_add(request, round_[i], hashes[round_[i]], index_lock, outcome);
      if (slot == SeriesTable::kNone) continue;
      if (std::exchange(head_.series[slot].batch, batch_) == batch_)
        again_.push_back(round_[i]);
      else
        changes_.push_back({slot, round_[i], 0, 0});
    }
  }
  for (Change& change : changes_) judge(request, bounds, change, outcome);
  MAI_TRY(log(request));
  apply(request.series);
  outcome.accepted += accepted_.size() + accepted_late_.size();
  late_ += accepted_late_.size();
  return {};
}

Result<void> MetricStore::log(const Request& request) {
  encoder_.begin();
  const Sample* in_order = accepted_.data();
  const Sample* late = accepted_late_.data();
  for (const Change& change : changes_) {
    const Series& record = head_.series[change.slot];
    const SeriesWrite& write = request.series[change.series];
    if (change.in_order + change.late == 0 && (write.exemplars.empty() || !record.logged)) continue;
    if (!record.logged) encoder_.series(record.id, request.labels(change.series));
    if (change.in_order + change.late > 0) encoder_.samples(record.id, {in_order, change.in_order}, {late, change.late});
    for (const signals::ExemplarView& exemplar : write.exemplars)
      if (good_exemplar(exemplar)) encoder_.exemplar(record.id, exemplar);
    in_order += change.in_order;
    late += change.late;
  }
  for (const signals::MetadataWrite& family : request.metadata)
    if (families_.set(family)) encoder_.family(family);
  if (encoder_.empty()) return {};
  if (const auto logged = log_.append(encoder_.payload()); !logged) {
    blocked_.store(true, std::memory_order_relaxed);
    const std::lock_guard lock(counters_mutex_);
    ++counters_.log_failures;
    return Error{Code::unavailable, wrap(logged.error(), "cannot accept samples").message};
  }
  blocked_.store(false, std::memory_order_relaxed);
  log_backlog_ += encoder_.payload().size();
  for (const Change& change : changes_)
    if (change.in_order + change.late > 0) head_.series[change.slot].logged = true;
  return {};
}

Result<WriteOutcome> MetricStore::write(std::span<const SeriesWrite> series, std::span<const signals::MetadataWrite> metadata) {
  return write({series, metadata});
}

Result<WriteOutcome> MetricStore::write_unread(signals::UnreadSeries& unread, std::span<const signals::MetadataWrite> metadata) {
  return write({unread.series(), metadata, &unread});
}

Result<void> MetricStore::check_backlog() {
  const Limits& limits = settings_.limits;
  const uint64_t chunks = chunk_backlog_ + rules_.sealed_bytes;
  if (log_backlog_ <= limits.log_backlog_bytes_max && chunks <= limits.chunk_backlog_bytes_max) return {};
  checkpoint_wanted_ = true;
  const std::lock_guard lock(counters_mutex_);
  ++counters_.writes_refused;
  if (log_backlog_ > limits.log_backlog_bytes_max)
    return Error{
        Code::exhausted,
        fmt::format("cannot accept samples: {} bytes of the batch log wait for a checkpoint, of at most {} (log_backlog_bytes_max)",
                    log_backlog_, limits.log_backlog_bytes_max)};
  return Error{Code::exhausted,
               fmt::format("cannot accept samples: {} bytes of chunks wait for their partition, of at most {} (chunk_backlog_bytes_max)",
                           chunks, limits.chunk_backlog_bytes_max)};
}

Result<WriteOutcome> MetricStore::write(Request request) {
  thread_local std::vector<SeriesHash> hashes;
  hashes.clear();
  for (size_t i = 0; i < request.series.size(); ++i) {
    const std::string_view encoded = request.unread == nullptr ? std::string_view{} : request.unread->encoded(i);
    hashes.push_back(encoded.empty() ? series_hash(request.labels(i), hash_seed_) : series_hash(encoded, hash_seed_));
  }

  WriteOutcome outcome;
  uint64_t batches = 0;
  {
    const std::lock_guard lock(write_mutex_);
    MAI_TRY(check_backlog());
    round_.resize(request.series.size());
    std::iota(round_.begin(), round_.end(), 0u);
    do {
      if (const auto written = write_round(request, hashes, outcome); !written) {
        count(outcome);
        return written.error();
      }
      request.metadata = {};
      round_.swap(again_);
    } while (!round_.empty());
    count(outcome);
    if (head_.reclaimer.retired() >= kRetiredMax) head_.reclaimer.collect();
    pages_ = {};
    batches = log_.appended();
  }
  if (settings_.durability == Durability::sync) MAI_TRY(sync(batches));
  return outcome;
}

Result<void> MetricStore::sync() { return sync(log_.appended()); }

Result<void> MetricStore::sync(uint64_t batches) {
  const auto synced = log_.sync_to(batches);
  if (synced) return {};
  // What the disk did not take may be lost to it: only a new checkpoint, from memory, makes it safe again.
  checkpoint_wanted_ = true;
  const std::lock_guard lock(counters_mutex_);
  ++counters_.sync_failures;
  return Error{Code::unavailable, wrap(synced.error(), "cannot make samples durable").message};
}

}  // namespace monitorai::store
