#pragma once
// The judge of the service: drift of prompts and hallucination of answers, from the API, spans and logs. Nothing of it exists until there
// is something to judge, or something was judged before. Threads: main owns it; handlers run on the HTTP workers, families() on the sample
// thread.

#include <memory>
#include <mutex>

#include "app/config/config.h"
#include "app/serve/quality_file.h"
#include "judge/quality/watch/log_texts.h"
#include "judge/quality/watch/quality_queue.h"
#include "judge/quality/watch/span_texts.h"
#include "judge/rules/alert.h"
#include "net/http.h"
#include "serve/quality/api.h"

namespace monitorai::app {

class Quality {
 public:
  /// Where something was judged before, it goes on where it was. An error is that of the file, or of masks that do not compile.
  static Result<std::unique_ptr<Quality>> open(const Config& config, const Clock& clock);
  ~Quality();

  /// What is kept of texts from now on.
  void set_text(judge::TextRules rules);
  /// For the pipeline of spans; null where nobody looks at them. It outlives this: the pipeline stops first.
  std::function<void(std::span<const signals::Span>)> span_tap();
  /// Looks at each line that the store takes, until stop(). Nothing where nobody looks at logs.
  void follow(const signals::LogSource& logs);
  /// What is told of alerts about drift and hallucination besides their rule: the figures, the worst answers, links to the pages of
  /// their traces. `address` is that of our pages, as others reach them.
  std::vector<judge::Alert> explained(std::span<const judge::Alert> alerts, const std::string& address);

  /// /api/v1/quality/*.
  void add_routes(net::Router& router);
  /// llm_hallucination*, llm_evaluated_responses_total, llm_drift_*, monitorai_quality_*.
  void append_families(std::vector<signals::MetricFamily>& out);
  /// After the HTTP server and the receivers: judges what waits, writes it down.
  void stop();

 private:
  struct Judge;
  Quality(const Config& config, const Clock& clock, judge::WatchSettings settings, std::unique_ptr<judge::LogTexts> log_texts);
  void offer(std::vector<judge::Submission> found);
  /// nullptr where nothing was judged yet.
  Judge* existing();
  std::shared_ptr<const serve::QualityApi> existing_api();
  /// Made at the first need. Code::unavailable: it is off, or its file cannot be opened.
  Result<Judge*> judge();

  const Config config_;
  const Clock& clock_;
  judge::WatchSettings settings_;
  std::mutex mutex_;
  std::unique_ptr<Judge> judge_;
  bool stopped_ = false;
  judge::SpanTexts span_texts_;
  std::unique_ptr<judge::LogTexts> log_texts_;
  std::shared_ptr<void> listening_;
};

}  // namespace monitorai::app
