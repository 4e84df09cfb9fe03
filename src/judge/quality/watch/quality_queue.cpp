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

/// Of a clock that nobody sets: twins wait, and are remembered, by it.
TimeMs QualityQueue::now() const {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

void QualityQueue::count_received(const Item& item) {
  for (const Submission& one : item.evaluations) {
    auto& received = one.source == TextSource::api    ? counts_.received_api
                     : one.source == TextSource::span ? counts_.received_span
                                                      : counts_.received_log;
    ++received;
  }
}

bool QualityQueue::put(Item item) {
  count_received(item);
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      counts_.dropped_stopped += item.evaluations.size();
      return false;
    }
    if (item.answer || item.evaluations.front().source == TextSource::api) {
      for (const Submission& one : item.evaluations) twins_.asked(one, now());
    } else {
      item.evaluations = twins_.take(std::move(item.evaluations), now());
    }
    const size_t count = item.evaluations.size();
    for (const Submission& one : item.evaluations) item.bytes += one.bytes();
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
    // Where all of them wait for their twins, the thread is told when they are due.
    items_.push_back(std::move(item));
    if (!worker_.joinable()) worker_ = start_thread("quality", [this](std::stop_token stop) { work(stop); });
    if (!comparer_.joinable()) comparer_ = start_thread("drift", [this](std::stop_token stop) { compare(stop); });
  }
  ready_.notify_one();
  return true;
}

bool QualityQueue::offer(std::vector<Submission> evaluations) {
  return evaluations.empty() || put({.evaluations = std::move(evaluations), .answer = {}});
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

void QualityQueue::judge(Item item) {
  if (settings_.facts_of)
    for (Submission& one : item.evaluations)
      if (judge::Answer& answer = one.answer; one.source != TextSource::api && answer.facts.empty() && !answer.origin.trace_id.empty())
        answer.facts = settings_.facts_of(answer.origin.trace_id);
  Answer judged = watcher_.judge(std::move(item.evaluations), waiting());
  // Who was answered can label what was kept.
  if (item.answer) item.answer->set_value(std::move(judged));
}

void QualityQueue::work(std::stop_token stop) {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
  auto flushed = std::chrono::steady_clock::now();
  bool unwritten = false;
  for (bool ends = false; !ends;) {
    Item item, overdue;
    {
      std::unique_lock lock(mutex_);
      const auto any = [&] { return !items_.empty(); };
      auto until = std::chrono::steady_clock::time_point::max();
      if (unwritten) until = flushed + kFlushInterval;
      if (const auto due = twins_.next_due())
        until = std::min(until, std::chrono::steady_clock::now() + std::max(std::chrono::milliseconds(0), *due - now()));
      if (until == std::chrono::steady_clock::time_point::max())
        ready_.wait(lock, stop, any);
      else
        ready_.wait_until(lock, stop, until, any);
      overdue.evaluations = twins_.due(now());
      if (!items_.empty()) {
        item = std::move(items_.front());
        items_.pop_front();
        waiting_ -= item.evaluations.size();
        waiting_bytes_ -= item.bytes;
      } else if (stop.stop_requested()) {
        for (Submission& one : twins_.rest()) overdue.evaluations.push_back(std::move(one));
        ends = true;
      }
    }
    for (Item* one : {&overdue, &item}) {
      if (one->evaluations.empty() && !one->answer) continue;
      unwritten = true;
      judge(std::move(*one));
    }
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

TwinCounts QualityQueue::twins() const {
  const std::lock_guard lock(mutex_);
  return twins_.counts();
}

size_t QualityQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

}  // namespace monitorai::judge
