#include "net/worker_pool.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/threads.h"

namespace monitorai::net {

WorkerPool::WorkerPool(size_t workers, size_t waiting_max, size_t lent_max)
    : workers_(workers), waiting_max_(waiting_max), lent_max_(lent_max) {
  MAI_CHECK(workers > 0);
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < workers_; ++i) start_thread_locked();
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= waiting_max_) return false;
    waiting_.push_back(std::move(job));
  }
  ready_.notify_one();
  return true;
}

bool WorkerPool::lend() {
  std::list<std::thread> ended;
  {
    const std::lock_guard lock(mutex_);
    if (lent_ >= lent_max_) return false;
    ++lent_;
    ended.swap(ended_);
    if (threads_.size() < workers_ + lent_ && !stopping_) start_thread_locked();
  }
  for (std::thread& thread : ended) thread.join();
  return true;
}

void WorkerPool::take_back() {
  const std::lock_guard lock(mutex_);
  --lent_;
  ready_.notify_all();  // one of the threads that wait is now too many
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (;;) {
    std::list<std::thread> ended;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return threads_.empty() || !ended_.empty(); });
      ended.swap(ended_);
      if (ended.empty()) return;
    }
    for (std::thread& thread : ended) thread.join();
  }
}

void WorkerPool::start_thread_locked() {
  const auto self = threads_.emplace(threads_.end());
  *self = std::thread([this, self, number = started_++] {
    name_thread(fmt::format("http-{}", number));
    work(self);
  });
}

void WorkerPool::work(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ready_.wait(lock, [&] { return stopping_ || !waiting_.empty() || threads_.size() > workers_ + lent_; });
    if (threads_.size() > workers_ + lent_ || waiting_.empty()) break;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
  // The lock is held since this thread was counted among threads_, so `self` is assigned by now.
  ended_.splice(ended_.end(), threads_, self);
  ready_.notify_all();
}

}  // namespace monitorai::net
