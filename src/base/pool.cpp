#include "base/pool.h"

#include <atomic>

#include "base/threads.h"

namespace monitorai {

struct Pool::Job {
  explicit Job(size_t n, const std::function<void(size_t)>& t) : count(n), task(&t) {}
  const size_t count;
  const std::function<void(size_t)>* const task;  // lives until the last task has returned: run() waits for it
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::condition_variable all_done;
  size_t done = 0;

  bool exhausted() const { return next.load(std::memory_order_relaxed) >= count; }
  void take_part() {
    size_t mine = 0;
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      (*task)(i);
      ++mine;
    }
    if (mine == 0) return;
    const std::lock_guard lock(mutex);
    done += mine;
    if (done == count) all_done.notify_all();
  }
};

Pool::Pool(size_t threads) {
  for (size_t i = 1; i < threads; ++i) workers_.push_back(start_thread("pool", [this](std::stop_token stop) { work(std::move(stop)); }));
}

Pool::~Pool() {
  for (std::jthread& worker : workers_) worker.request_stop();
}

void Pool::run(size_t count, const std::function<void(size_t)>& task) {
  if (count == 0) return;
  if (count == 1 || workers_.empty()) {
    for (size_t i = 0; i < count; ++i) task(i);
    return;
  }
  const auto job = std::make_shared<Job>(count, task);
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(job);
  }
  ready_.notify_all();
  job->take_part();
  {
    std::unique_lock lock(job->mutex);
    job->all_done.wait(lock, [&] { return job->done == count; });
  }
  const std::lock_guard lock(mutex_);
  std::erase(jobs_, job);
}

void Pool::work(std::stop_token stop) {
  for (;;) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      const auto open = [&] {
        std::erase_if(jobs_, [](const auto& j) { return j->exhausted(); });
        return !jobs_.empty();
      };
      if (!ready_.wait(lock, stop, open)) return;
      job = jobs_.front();
    }
    job->take_part();
  }
}

}  // namespace monitorai
