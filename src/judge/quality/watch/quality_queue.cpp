#include "judge/quality/watch/quality_queue.h"

#include <sys/resource.h>
#include <unistd.h>

namespace monitorai::judge {
namespace {

constexpr std::chrono::milliseconds kFlushInterval{1000};
constexpr std::chrono::seconds kCompareInterval{1};
constexpr std::chrono::seconds kIdleInterval{10};  ///< while no series has anything new
/// Judging yields to what serves people and takes data in.
constexpr int kNice = 5;

}  // namespace

bool QualityQueue::put(Item item) {
  const size_t count = item.evaluations.size();
  for (const Submission& one : item.evaluations) {
    item.bytes += one.bytes();
    auto& received = one.source == TextSource::api    ? counts_.received_api
                     : one.source == TextSource::span ? counts_.received_span
                                                      : counts_.received_log;
    ++received;
  }
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      counts_.dropped_stopped += count;
      return false;
    }
    if (waiting_ + count > settings_.waiting_max) {
      counts_.dropped_full += count;
      return false;
    }
    // One request alone may be larger than all that wait together.
    if (waiting_ > 0 && waiting_bytes_ + item.bytes > settings_.waiting_bytes_max) {
      counts_.dropped_bytes += count;
      return false;
    }
    waiting_ += count;
    waiting_bytes_ += item.bytes;
    items_.push_back(std::move(item));
    if (!worker_.joinable()) worker_ = start_thread("quality", [this](std::stop_token stop) { work(stop); });
    if (!comparer_.joinable()) comparer_ = start_thread("drift", [this](std::stop_token stop) { compare(stop); });
  }
  ready_.notify_one();
  return true;
}

bool QualityQueue::offer(std::vector<Submission> evaluations) {
  return evaluations.empty() || put({.evaluations = std::move(evaluations)});
}

Result<std::future<QualityQueue::Answer>> QualityQueue::ask(std::vector<Submission> evaluations) {
  const size_t count = evaluations.size();
  Item item{.evaluations = std::move(evaluations), .answer = std::promise<Answer>()};
  std::future<Answer> out = item.answer->get_future();
  if (!put(std::move(item)))
    return Error{Code::exhausted,
                 fmt::format("cannot take {} evaluations: {} wait already and the limit is {}", count, waiting(), settings_.waiting_max)};
  return out;
}

void QualityQueue::take(std::deque<Item>& items) {
  for (Item& item : items) {
    Answer judged = watcher_.judge(std::move(item.evaluations), waiting());
    // Who was answered can label what was kept.
    if (item.answer) item.answer->set_value(std::move(judged));
  }
  items.clear();
}

void QualityQueue::work(std::stop_token stop) {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
  auto flushed = std::chrono::steady_clock::now();
  bool unwritten = false;
  for (;;) {
    std::deque<Item> items;
    {
      std::unique_lock lock(mutex_);
      const auto any = [&] { return !items_.empty(); };
      if (unwritten)
        ready_.wait_until(lock, stop, flushed + kFlushInterval, any);
      else
        ready_.wait(lock, stop, any);
      if (!items_.empty()) {
        items.push_back(std::move(items_.front()));
        items_.pop_front();
        waiting_ -= items.front().evaluations.size();
        waiting_bytes_ -= items.front().bytes;
      } else if (stop.stop_requested()) {
        break;
      }
    }
    unwritten |= !items.empty();
    take(items);
    if (unwritten && std::chrono::steady_clock::now() - flushed >= kFlushInterval) {
      watcher_.flush();
      flushed = std::chrono::steady_clock::now();
      unwritten = false;
    }
  }
  watcher_.flush();
}

void QualityQueue::compare(std::stop_token stop) {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
  while (!stop.stop_requested()) {
    watcher_.compare_due();
    // Asked before the queue is locked: nobody who brings something waits for the watcher.
    const auto interval = watcher_.next_comparison() ? kCompareInterval : kIdleInterval;
    std::unique_lock lock(mutex_);
    ticks_.wait_for(lock, stop, interval, [] { return false; });
  }
}

void QualityQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  for (std::jthread* thread : {&worker_, &comparer_}) {
    if (!thread->joinable()) continue;
    thread->request_stop();
    thread->join();
  }
}

size_t QualityQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

}  // namespace monitorai::judge
