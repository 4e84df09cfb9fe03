#include "store/traces/trace_store.h"

#include "base/log.h"
#include "base/text.h"

namespace monitorai::store {

using signals::Span;
using signals::SpanBatch;
using signals::SpanWriteOutcome;

namespace {

constexpr int64_t kNsPerMs = 1'000'000;

}  // namespace

TraceStore::TraceStore(TraceSettings settings, FolderLock lock, const Clock& clock, FileSystem& files)
    : settings_(std::move(settings)),
      lock_(std::move(lock)),
      clock_(clock),
      log_(settings_.folder / "log", files, kSpanSegmentMagic),
      partitions_(settings_.folder, settings_.partition, "traces", TracePartition::open),
      last_thorough_(clock.monotonic()),
      clock_watch_(clock) {}

Result<std::unique_ptr<TraceStore>> TraceStore::open(TraceSettings settings, const Clock& clock, FileSystem& files) {
  if (settings.partition < std::chrono::minutes(1)) return Error{Code::invalid, "cannot open trace store: a partition is at least a minute"};
  std::error_code error;
  std::filesystem::create_directories(settings.folder, error);
  if (error) return system_error(fmt::format("cannot create data folder {}", settings.folder.native()), error.value());
  MAI_TRY_ASSIGN(FolderLock lock, FolderLock::take(settings.folder));
  std::unique_ptr<TraceStore> store(new TraceStore(std::move(settings), std::move(lock), clock, files));
  if (auto recovered = store->recover(); !recovered) return wrap(recovered.error(), "cannot open trace store");
  store->start_background();
  return store;
}

Result<void> TraceStore::recover() {
  MAI_TRY(partitions_.open());
  for (const auto& partition : *partitions_.list()) generation_ = std::max(generation_, partition->generation() + 1);
  open_ = std::make_shared<TraceHead>(generation_, clock_.monotonic());
  MAI_TRY_ASSIGN(replayed_, log_.open(0, [&](std::string_view record) { return replay(record); }));
  generation_ = open_->generation();
  if (replayed_.damaged > 0) log::error("the batch log of the trace store was damaged: some spans are lost", {{"batches", replayed_.damaged}});
  // The segments of the last process may not have been synced: what they hold goes to partitions at the first upkeep.
  if (open_->spans() > 0) MAI_TRY(close_head());
  // Where everything would be too old it is more likely the clock that is wrong.
  if (const auto partitions = partitions_.list(); !partitions->empty() && partitions->back()->end_ms() <= (clock_.now() - settings_.retention).ms)
    clock_watch_.distrust();
  return {};
}

/// Spans of the log that a partition has already are left out.
Result<void> TraceStore::replay(std::string_view record) {
  auto copy = std::string(record);
  SpanBatch read;
  MAI_TRY(decode_spans(copy, read));
  const uint64_t generation = generation_of(copy);
  const auto partitions = partitions_.list();
  std::vector<Span> spans;
  for (const Span& span : read.spans) {
    const int64_t day = partitions_.begin_ms(span.start.ns);
    const bool persisted = std::any_of(partitions->begin(), partitions->end(), [&](const auto& p) { return p->begin_ms() == day && p->generation() >= generation; });
    if (!persisted && !open_->has(span_hash(span))) spans.push_back(span);
  }
  open_->set_generation(generation);
  if (spans.empty()) return {};
  auto batch = std::make_shared<HeadBatch>();
  batch->record = encode_spans(spans);
  set_generation(batch->record, generation);
  batch->spans = static_cast<uint32_t>(spans.size());
  for (const Span& span : spans) {
    batch->from_ns = std::min(batch->from_ns, span.start.ns);
    batch->to_ns = std::max(batch->to_ns, span.start.ns);
    batch->duration_max_ns = std::max(batch->duration_max_ns, span.duration_ns);
  }
  open_->add(std::move(batch), spans);
  return {};
}

void TraceStore::start_background() {
  if (settings_.background)
    threads_.start({"traces", log_, settings_.sync_interval, [this] { return sync(); }, [this] { return maintain(); }});
}

TraceStore::~TraceStore() {
  threads_.stop();
  if (const auto synced = sync(); !synced) log::error("the last spans may not be on disk", {{"error", synced.error().message}});
}

bool TraceStore::known(const Span& span) const {
  const uint64_t hash = span_hash(span);
  return open_->has(hash) || std::any_of(waiting_.begin(), waiting_.end(), [&](const HeadPtr& head) { return head->has(hash); });
}

Result<SpanWriteOutcome> TraceStore::write(std::span<const Span> spans) {
  SpanWriteOutcome outcome;
  const TimeMs now = clock_.now();
  const int64_t oldest_ns = (now - settings_.retention).ms * kNsPerMs;
  const int64_t newest_ns = (now + settings_.future_max).ms * kNsPerMs;
  const auto problem = [&](const Span& span, std::string_view why) {
    if (outcome.first_problem.empty())
      outcome.first_problem = fmt::format("span {} of trace {} {}", json_string(span.name.substr(0, 128)), span.trace.hex(), why);
  };
  std::vector<Span> good;
  good.reserve(spans.size());
  for (const Span& span : spans) {
    if (span.start.ns < oldest_ns) {
      ++outcome.too_old;
      problem(span, "began before retention");
    } else if (span.start.ns > newest_ns) {
      ++outcome.too_new;
      problem(span, "begins too far in the future");
    } else {
      good.push_back(span);
    }
  }
  auto batch = std::make_shared<HeadBatch>();
  batch->record = encode_spans(good);
  if (batch->record.size() > settings_.limits.span_bytes_max) {
    const auto too_large = [&](const Span& span) {
      if (encode_spans(std::span(&span, 1)).size() <= settings_.limits.span_bytes_max) return false;
      ++outcome.too_large;
      problem(span, fmt::format("is larger than {} bytes", settings_.limits.span_bytes_max));
      return true;
    };
    if (std::erase_if(good, too_large) > 0) batch->record = encode_spans(good);
  }
  uint64_t batches = 0;
  if (!good.empty()) {
    if (waiting_bytes_ > settings_.waiting_bytes_max) {
      threads_.wake();
      const std::lock_guard lock(counts_mutex_);
      ++counts_.writes_refused;
      if (persist_failing_) return Error{Code::unavailable, "cannot store spans: their partitions cannot be written"};
      return Error{Code::exhausted, "cannot store spans: more come than the disk takes"};
    }
    bool full = false;
    {
      const std::lock_guard lock(write_mutex_);
      boost::unordered_flat_set<uint64_t> here;
      const size_t before = good.size();
      std::erase_if(good, [&](const Span& span) { return known(span) || !here.insert(span_hash(span)).second; });
      outcome.duplicates = before - good.size();
      if (outcome.duplicates > 0) batch->record = encode_spans(good);
      if (!good.empty()) {
        set_generation(batch->record, generation_);
        if (const auto appended = log_.append(batch->record); !appended) {
          blocked_ = true;
          const std::lock_guard counts_lock(counts_mutex_);
          ++counts_.log_failures;
          return Error{Code::unavailable, fmt::format("cannot store spans: {}", appended.error().message)};
        }
        blocked_ = persist_failing_.load();
        batches = log_.appended();
        batch->spans = static_cast<uint32_t>(good.size());
        for (const Span& span : good) {
          batch->from_ns = std::min(batch->from_ns, span.start.ns);
          batch->to_ns = std::max(batch->to_ns, span.start.ns);
          batch->duration_max_ns = std::max(batch->duration_max_ns, span.duration_ns);
        }
        outcome.accepted = good.size();
        open_->add(batch, good);
        full = open_->bytes() >= settings_.head_bytes_max;
      }
    }
    if (full) threads_.wake();
  }
  {
    const std::lock_guard lock(counts_mutex_);
    counts_.spans_accepted += outcome.accepted;
    counts_.spans_duplicate += outcome.duplicates;
    counts_.spans_too_old += outcome.too_old;
    counts_.spans_too_new += outcome.too_new;
    counts_.spans_too_large += outcome.too_large;
    if (outcome.accepted > 0) counts_.bytes_accepted += batch->record.size();
  }
  if (settings_.durability == Durability::sync && batches > 0) {
    if (auto synced = sync(batches); !synced) return Error{Code::unavailable, fmt::format("cannot store spans: {}", synced.error().message)};
  }
  return outcome;
}

Result<void> TraceStore::sync() { return sync(log_.appended()); }

Result<void> TraceStore::sync(uint64_t batches) {
  auto done = log_.sync_to(batches);
  if (done) return {};
  const std::lock_guard lock(counts_mutex_);
  ++counts_.sync_failures;
  return done;
}

TraceStoreCounts TraceStore::counts() const {
  TraceStoreCounts out;
  {
    const std::lock_guard lock(counts_mutex_);
    out = counts_;
  }
  const std::lock_guard lock(write_mutex_);
  out.head_spans = open_->spans();
  out.head_bytes = open_->bytes();
  out.waiting_bytes = waiting_bytes_;
  return out;
}

TraceDiskUsage TraceStore::disk_usage() const {
  TraceDiskUsage out{partitions_.list()->size(), partitions_.bytes(), 0};
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(settings_.folder / "log", ignored), end; !ignored && entry != end; entry.increment(ignored))
    if (std::error_code error; entry->is_regular_file(error)) out.log_bytes += entry->file_size(error);
  return out;
}

}  // namespace monitorai::store
