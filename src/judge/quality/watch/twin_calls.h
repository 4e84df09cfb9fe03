#pragma once
// A call of a model that an instrumentation tells of twice, as a span and as a log event of that span, is judged once. Which of the two
// comes first depends on who exports what when, and often only one of them holds the facts; so one that could not be judged waits a moment
// for its twin, and the two are put together. One that can be judged goes on at once, and its twin is left out when it comes. Thread:
// whoever owns it.

#include <chrono>
#include <deque>
#include <list>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "judge/quality/watch/evaluation.h"

namespace monitorai::judge {

struct TwinSettings {
  /// Exporters of OpenTelemetry send spans every 5 seconds, and logs every 1 to 5.
  std::chrono::milliseconds wait = std::chrono::seconds(10);
  size_t waiting_max = 4096;
  size_t waiting_bytes_max = size_t{8} << 20;
  std::chrono::milliseconds remember = std::chrono::minutes(10);
  size_t remembered_max = 20'000;
};

struct TwinCounts {
  uint64_t joined = 0;     ///< twins that were put together with the one that waited
  uint64_t left_out = 0;   ///< twins of what was judged before
  uint64_t hurried = 0;    ///< judged before their time, because too many waited
  uint64_t forgotten = 0;  ///< calls whose twin would be judged again, because too many came
};

class TwinCalls {
 public:
  explicit TwinCalls(const TwinSettings& settings) : settings_(settings) {}

  /// What of these is to be judged now. Twins have the same trace and span and are told by different sources; what lacks either goes
  /// through.
  std::vector<Submission> take(std::vector<Submission> found, TimeMs now);
  /// Whoever asks by the API is answered, whatever is known of the call: a span or an event of it that waits, or comes later, is left out.
  void asked(const Submission& call, TimeMs now);
  /// Those that have waited long enough, oldest first.
  std::vector<Submission> due(TimeMs now);
  /// When the first of those that wait is due; nullopt: none waits.
  std::optional<TimeMs> next_due() const;
  /// All that wait: nothing more will come.
  std::vector<Submission> rest();

  const TwinCounts& counts() const { return counts_; }
  size_t waiting() const { return waiting_.size(); }
  size_t remembered() const { return done_.size(); }

 private:
  struct Waiting {
    std::string key;
    Submission call;
    TimeMs since;
    size_t bytes = 0;
  };
  using Place = std::list<Waiting>::iterator;
  Submission take_out(Place place, TimeMs now);
  void put_in(std::string key, Submission call, TimeMs now);
  void remember(const std::string& key, TextSource source, TimeMs now);
  void forget(TimeMs now);

  const TwinSettings settings_;
  TwinCounts counts_;
  std::list<Waiting> waiting_;  ///< oldest first
  std::unordered_map<std::string, Place> by_key_;
  size_t waiting_bytes_ = 0;
  std::unordered_map<std::string, uint8_t> done_;             ///< a bit for each source that has told of it
  std::deque<std::pair<TimeMs, std::string>> done_in_order_;  ///< oldest first
};

}  // namespace monitorai::judge
