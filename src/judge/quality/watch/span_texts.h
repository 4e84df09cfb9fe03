#pragma once
// Prompts and answers out of spans, before their content is masked: calls of models become submissions; what retrievers found in the same
// trace is their facts. Any dialect that judge/spans/genai.h reads. Thread: any.

#include <list>
#include <mutex>
#include <unordered_map>

#include "judge/quality/watch/evaluation.h"
#include "signals/spans.h"

namespace monitorai::judge {

class SpanTexts {
 public:
  /// What the calls of models among these spans say; spans without content cost a look at the names of their attributes. Texts that were
  /// replaced by their length are none.
  std::vector<Submission> read(std::span<const signals::Span> spans);
  /// What retrievers found in this trace, so far; empty where nothing is known.
  std::vector<std::string> facts_of(std::string_view trace_id);

 private:
  static constexpr size_t kTracesMax = 1000;  ///< whose documents are kept; the oldest go
  static constexpr size_t kDocumentBytesMax = size_t{8} << 20;
  struct Documents {
    signals::TraceId trace;
    std::vector<std::string> texts;
    size_t bytes = 0;
  };
  void remember(signals::TraceId trace, std::vector<std::string> texts);
  std::vector<std::string> documents_of(signals::TraceId trace);

  std::mutex mutex_;
  std::list<Documents> documents_;  ///< oldest first
  std::unordered_map<signals::TraceId, std::list<Documents>::iterator> by_trace_;
  size_t bytes_ = 0;
};

/// "(42 characters)": what stands for a text that was not to be kept.
bool is_length_only(std::string_view text);

}  // namespace monitorai::judge
