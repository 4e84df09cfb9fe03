#pragma once
// What stands between the receivers of spans and the store: metrics are counted of all spans, content is masked, and head sampling drops
// whole traces by their id. Tail sampling is the store's, with tail_keeps() as its question. Threads: any.

#include <atomic>
#include <functional>

#include "base/threads.h"
#include "judge/spans/service_graph.h"
#include "judge/spans/span_metrics.h"
#include "signals/spans.h"

namespace monitorai::judge {

enum class SpanContent { off, redacted, full };

struct SpanContentRules {
  SpanContent content = SpanContent::redacted;
  std::function<void(std::string&)> redact{};  ///< masks in place; called where content is redacted
};

struct SpanPipelineSettings {
  double head_share = 1;  ///< of traces that are kept
  SpanContent content = SpanContent::redacted;
  std::function<void(std::string&)> redact{};  ///< masks in place; called where content is redacted
  std::function<void(std::span<const signals::Span>)> tap{};  ///< is shown what was taken, once and unmasked; must not block
};

struct SpanPipelineCounts {
  std::atomic<uint64_t> sampled_out{0};
  std::atomic<uint64_t> content_masked{0};  ///< attributes whose text was changed
};

class SpanPipeline final : public signals::SpanWriter {
 public:
  SpanPipeline(SpanPipelineSettings settings, SpanMetrics& metrics, ServiceGraph& graph, signals::SpanWriter& store)
      : settings_(std::move(settings)), rules_(std::make_shared<const SpanContentRules>(SpanContentRules{settings_.content, settings_.redact})), metrics_(metrics), graph_(graph), store_(store) {}

  /// What the store says; spans that were sampled out are in `sampled_out`. Metrics count what was taken, once.
  Result<signals::SpanWriteOutcome> write(std::span<const signals::Span> spans) override;
  /// What is stored of prompts and answers from now on.
  void set_content(SpanContentRules rules) { rules_.publish(std::make_shared<const SpanContentRules>(std::move(rules))); }
  const SpanPipelineCounts& counts() const { return counts_; }

 private:
  signals::Span masked(const signals::Span& span, const SpanContentRules& rules, signals::SpanArena& arena);

  const SpanPipelineSettings settings_;
  Published<SpanContentRules> rules_;
  SpanMetrics& metrics_;
  ServiceGraph& graph_;
  signals::SpanWriter& store_;
  SpanPipelineCounts counts_;
};

/// Whether a trace belongs to this share of all traces. By the last 56 bits of its id, which W3C's Trace Context level 2 asks to be random:
/// all who see the trace decide the same.
bool in_share(signals::TraceId id, double share);

struct TailSampling {
  double share = 1;            ///< of traces without errors that are not slow
  int64_t slow_ns = INT64_MAX;  ///< from the first start to the last end
};
/// Spans of one trace, not empty: those with errors and slow ones are kept, and a share of the rest.
bool tail_keeps(const TailSampling& sampling, std::span<const signals::Span> trace);

}  // namespace monitorai::judge
