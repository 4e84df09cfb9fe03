#pragma once
// What stands between the receivers and the watcher: a bounded queue and two threads, "quality", which judges, and "drift", which
// compares. Both are started by the first thing to judge. A receiver never waits: what does not fit is dropped and counted, so that under
// a flood a sample is judged. A call that comes both as a span and as a log event is judged once (twin_calls.h). Threads: any.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "judge/quality/watch/twin_calls.h"
#include "judge/quality/watch/watcher.h"

namespace monitorai::judge {

struct QueueSettings {
  size_t waiting_max = 4096;  ///< evaluations
  size_t waiting_bytes_max = size_t{32} << 20;
  TwinSettings twins{};
  /// What retrievers found in the same trace: the facts of a call of spans or logs that has none, asked when it is judged. May be null.
  std::function<std::vector<std::string>(std::string_view trace_id)> facts_of{};
};

struct QueueCounts {
  std::atomic<uint64_t> received_api{0}, received_span{0}, received_log{0};
  std::atomic<uint64_t> dropped_full{0};     ///< the queue held its limit of evaluations
  std::atomic<uint64_t> dropped_bytes{0};    ///< or of bytes
  std::atomic<uint64_t> dropped_stopped{0};  ///< it came after the end
};

class QualityQueue {
 public:
  using Answer = std::vector<Judgement>;

  /// The watcher outlives it.
  QualityQueue(QueueSettings settings, QualityWatcher& watcher)
      : settings_(std::move(settings)), watcher_(watcher), twins_(settings_.twins) {}
  ~QualityQueue() { stop(); }

  /// Takes evaluations, all or none. Returns at once; false: they were dropped and counted.
  bool offer(std::vector<Submission> evaluations);
  /// The same, and what was judged of them. Code::exhausted: dropped; Code::cancelled: it stops.
  Result<std::future<Answer>> ask(std::vector<Submission> evaluations);
  /// Judges what waits, writes it down and ends. Idempotent.
  void stop();

  size_t waiting() const;
  size_t waiting_max() const { return settings_.waiting_max; }
  TwinCounts twins() const;
  const QueueCounts& counts() const { return counts_; }

 private:
  struct Item {
    std::vector<Submission> evaluations;
    std::optional<std::promise<Answer>> answer;
    size_t bytes = 0;
  };
  bool put(Item item);
  void count_received(const Item& item);
  void work(std::stop_token stop);
  void compare(std::stop_token stop);
  void judge(Item item);
  TimeMs now() const;

  const QueueSettings settings_;
  QualityWatcher& watcher_;
  mutable std::mutex mutex_;
  std::condition_variable_any ready_, ticks_;
  std::deque<Item> items_;
  TwinCalls twins_;
  size_t waiting_ = 0, waiting_bytes_ = 0;
  bool stopped_ = false;
  QueueCounts counts_;
  std::jthread worker_, comparer_;
};

}  // namespace monitorai::judge
