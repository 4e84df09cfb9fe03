#pragma once
// A SpanSource in memory, for tests: the spans that it was made with, in one batch.

#include <algorithm>
#include <tuple>

#include "signals/spans.h"

namespace monitorai::query {

/// Keeps no state but the spans; threads: any.
class MemorySpanSource final : public signals::SpanSource {
 public:
  /// `owner` keeps what the spans point into.
  MemorySpanSource(std::span<const signals::Span> spans, std::shared_ptr<const void> owner) : owner_(std::move(owner)), spans_(spans.begin(), spans.end()) {
    std::sort(spans_.begin(), spans_.end(), [](const auto& a, const auto& b) { return std::tuple(a.trace, a.start, a.id) < std::tuple(b.trace, b.start, b.id); });
  }

  Result<std::shared_ptr<const signals::SpanBatch>> trace(signals::TraceId id, size_t spans_max) const override {
    auto out = batch_of([&](const signals::Span& span) { return span.trace == id; });
    if (out->spans.size() > spans_max) out->spans.resize(spans_max);
    return out->spans.empty() ? nullptr : std::shared_ptr<const signals::SpanBatch>(std::move(out));
  }
  Result<std::unique_ptr<signals::SpanCursor>> scan(signals::SpanRange range, signals::SpanHint) const override {
    return std::make_unique<Once>(batch_of([&](const signals::Span& span) { return range.contains(span.start); }));
  }

 private:
  class Once final : public signals::SpanCursor {
   public:
    explicit Once(std::shared_ptr<const signals::SpanBatch> batch) : batch_(std::move(batch)) {}
    Result<std::shared_ptr<const signals::SpanBatch>> next() override { return std::exchange(batch_, nullptr); }

   private:
    std::shared_ptr<const signals::SpanBatch> batch_;
  };

  std::shared_ptr<signals::SpanBatch> batch_of(auto wanted) const {
    auto out = std::make_shared<signals::SpanBatch>();
    out->arena.own(owner_);
    std::copy_if(spans_.begin(), spans_.end(), std::back_inserter(out->spans), wanted);
    return out;
  }

  const std::shared_ptr<const void> owner_;
  std::vector<signals::Span> spans_;
};

}  // namespace monitorai::query
