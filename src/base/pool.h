#pragma once
// A few threads for pure jobs on snapshots. A caller splits its work into tasks and takes part in it, so a pool of one thread (or a busy
// one) still makes progress and nothing ever waits for a free worker. Tasks keep no state and must not call run() of the same pool.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace monitorai {

/// Thread-safe: several callers may run() at once and share the workers.
class Pool {
 public:
  /// `threads` is the parallelism of one caller: itself and threads - 1 workers. 0 counts as 1.
  explicit Pool(size_t threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  size_t threads() const { return workers_.size() + 1; }
  /// Calls task(0) ... task(count - 1), each once, on any of the threads; returns when all have returned.
  void run(size_t count, const std::function<void(size_t)>& task);

 private:
  struct Job;
  void work(std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::vector<std::jthread> workers_;
};

}  // namespace monitorai
