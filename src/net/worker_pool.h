#pragma once
// The threads "http-N" that run handlers. A bounded queue before a fixed number of them; a job that will hold its thread for long (a
// streamed body) lends it, and another thread takes its place until the job ends. Thread-safe.

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace monitorai::net {

class WorkerPool {
 public:
  using Job = std::function<void()>;  ///< must not throw

  WorkerPool(size_t workers, size_t waiting_max, size_t lent_max);
  /// stop()s.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when waiting_max jobs wait already, or after stop().
  bool post(Job job);
  /// From within a job: false when lent_max threads are lent already. Otherwise the job calls take_back() before it returns.
  bool lend();
  void take_back();
  /// Runs what waits, and joins.
  void stop();

 private:
  void start_thread_locked();
  void work(std::list<std::thread>::iterator self);

  const size_t workers_;
  const size_t waiting_max_;
  const size_t lent_max_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> waiting_;
  std::list<std::thread> threads_;
  std::list<std::thread> ended_;  ///< to be joined
  size_t lent_ = 0;
  size_t started_ = 0;
  bool stopping_ = false;
};

}  // namespace monitorai::net
