#pragma once
// The judge of the service: drift of prompts and hallucination of answers, from the API, spans and logs. Nothing of it exists until there
// is something to judge, or something was judged before. Threads: main owns it; handlers run on the HTTP workers, families() on the sample
// thread.

#include <memory>
#include <mutex>

#include "app/config/config.h"
#include "app/serve/quality_file.h"
#include "judge/quality/watch/quality_queue.h"
#include "net/http.h"
#include "serve/quality/api.h"

namespace monitorai::app {

class Quality {
 public:
  /// Where something was judged before, it goes on where it was. An error is that of the file, or of masks that do not compile.
  static Result<std::unique_ptr<Quality>> open(const Config& config, const Clock& clock);
  ~Quality();

  /// /api/v1/quality/*.
  void add_routes(net::Router& router);
  /// llm_hallucination*, llm_evaluated_responses_total, llm_drift_*, monitorai_quality_*.
  void append_families(std::vector<signals::MetricFamily>& out);
  /// After the HTTP server and the receivers: judges what waits, writes it down.
  void stop();

 private:
  struct Judge;
  Quality(const Config& config, const Clock& clock, judge::WatchSettings settings);
  /// Made at the first need. Code::unavailable: it is off, or its file cannot be opened.
  Result<Judge*> judge();

  const Config config_;
  const Clock& clock_;
  judge::WatchSettings settings_;
  std::mutex mutex_;
  std::unique_ptr<Judge> judge_;
  bool stopped_ = false;
};

}  // namespace monitorai::app
