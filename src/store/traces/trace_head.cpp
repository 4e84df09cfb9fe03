#include "store/traces/trace_head.h"

namespace monitorai::store {

void TraceHead::add(std::shared_ptr<const HeadBatch> batch, std::span<const signals::Span> spans) {
  for (const signals::Span& span : spans) hashes_.insert(span_hash(span));
  bytes_ += batch->record.size();
  spans_ += spans.size();
  const std::lock_guard lock(mutex_);
  const auto number = static_cast<uint32_t>(batches_.size());
  batches_.push_back(std::move(batch));
  std::vector<uint32_t>* last = nullptr;
  signals::TraceId last_id;
  for (const signals::Span& span : spans) {
    if (last == nullptr || span.trace != last_id) {
      last = &traces_[span.trace];
      last_id = span.trace;
    }
    if (last->empty() || last->back() != number) last->push_back(number);
  }
}

TraceHead::Batches TraceHead::batches() const {
  const std::shared_lock lock(mutex_);
  return batches_;
}

TraceHead::Batches TraceHead::batches_of(signals::TraceId id) const {
  const std::shared_lock lock(mutex_);
  Batches out;
  if (const auto found = traces_.find(id); found != traces_.end())
    for (const uint32_t number : found->second) out.push_back(batches_[number]);
  return out;
}

}  // namespace monitorai::store
