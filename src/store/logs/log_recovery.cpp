#include "store/logs/log_recovery.h"

#include <algorithm>

#include "base/log.h"

namespace monitorai::store {

using signals::Label;
using signals::Labels;
using signals::LabelView;
using signals::LogLineView;

Result<void> LogRecovery::take(const std::shared_ptr<LogPartition>& partition) {
  std::vector<std::pair<StreamId, BlockEntry>> blocks;
  std::vector<std::pair<StreamId, std::vector<Label>>> streams;
  // The whole directory must be sound before any of it counts.
  MAI_TRY(partition->visit(
      [&](StreamId id, std::span<const LabelView> labels) {
        auto& [of, copies] = streams.emplace_back();
        of = id;
        for (const LabelView& label : labels) copies.push_back({std::string(label.name), std::string(label.value)});
      },
      [&](StreamId id, const BlockEntry& entry) { blocks.emplace_back(id, entry); }));
  for (const auto& [id, labels] : streams) {
    std::vector<LabelView> views;
    for (const Label& label : labels) views.push_back({label.name, label.value});
    on_stream(id, views);
  }
  for (const auto& [id, entry] : blocks) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) {
      orphans_ += entry.lines;
      continue;
    }
    LogStream& stream = *found->second.stream;
    stream.day_of(partition).add(entry);
    stream.newest_ns = std::max(stream.newest_ns, entry.to_ns);
    stream.next_seq = std::max(stream.next_seq, entry.end_seq);
  }
  return {};
}

void LogRecovery::on_stream(StreamId id, std::span<const LabelView> labels) {
  if (streams_.contains(id) || labels.empty()) return;
  const StreamHash hash = stream_hash(labels, store_.hash_seed_);
  if (const auto known = store_.by_hash_.find(hash); known != store_.by_hash_.end()) {
    streams_[id].stream = known->second;
    return;
  }
  std::vector<Label> copies;
  for (const LabelView& label : labels) copies.push_back({std::string(label.name), std::string(label.value)});
  streams_[id].stream = store_.add_stream(id, Labels::from(std::move(copies)), hash);
}

void LogRecovery::on_line(StreamId id, uint64_t seq, const LogLineView& line) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) {
    ++orphans_;
    return;
  }
  Known& known = found->second;
  if (seq < known.next_seq) return;
  known.next_seq = seq + 1;
  LogStream& stream = *known.stream;
  const int64_t begin_ms = store_.partitions_.begin_ms(line.time.ns);
  for (const auto& day : stream.days)
    if (day->partition->begin_ms() == begin_ms && seq < day->end_seq()) return;
  stream.next_seq = std::max(stream.next_seq, seq);
  store_.append(stream, line, line_hash(line.time.ns, line.line, line.metadata, store_.hash_seed_));
  stream.newest_ns = std::max(stream.newest_ns, line.time.ns);
}

void LogRecovery::finish() {
  for (const auto& [id, known] : streams_) {
    known.stream->next_seq = std::max(known.stream->next_seq, known.next_seq);
    if (known.stream->head != nullptr) known.stream->head->publish();
  }
}

Result<void> LogStore::recover() {
  LogRecovery recovery(*this);
  MAI_TRY(partitions_.open([&](const auto& partition) { return recovery.take(partition); }));
  MAI_TRY_ASSIGN(replayed_, log_.open(0, [&](std::string_view payload) { return decode_log_record(payload, recovery); }));
  recovery.finish();
  // The segments of the last process may not have been synced: what they hold is made durable anew.
  checkpoint_wanted_ = replayed_.batches > 0;
  // Where everything would be too old it is more likely the clock that is wrong.
  if (const auto partitions = partitions_.list(); !partitions->empty() && partitions->back()->end_ms() <= (clock_.now() - settings_.retention).ms)
    clock_watch_.distrust();
  if (recovery.orphans() > 0 || replayed_.damaged > 0)
    log::error("the batch log of the log store was damaged: some lines are lost",
               {{"lines_without_stream", recovery.orphans()}, {"batches", replayed_.damaged}});
  return {};
}

}  // namespace monitorai::store
