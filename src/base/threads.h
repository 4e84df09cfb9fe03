#pragma once
// Named threads, and the mailbox through which they talk: what crosses threads is moved in.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace monitorai {

/// Names the calling thread as ps and gdb show it (the first 15 bytes).
void name_thread(std::string_view name);

/// Starts a thread with this name. The body sees the stop token; destruction asks it to stop and joins.
std::jthread start_thread(std::string name, std::function<void(std::stop_token)> body);

/// What a full mailbox does with one more.
enum class WhenFull { reject_new, drop_oldest };

/// A bounded queue between threads. Every item that is not delivered is counted.
template <class T>
class Mailbox {
 public:
  Mailbox(size_t waiting_max, WhenFull when_full) : waiting_max_(waiting_max), when_full_(when_full) {}

  /// False when the item was rejected, or the mailbox is closed.
  bool post(T item) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || (items_.size() >= waiting_max_ && when_full_ == WhenFull::reject_new)) {
        ++dropped_;
        return false;
      }
      if (items_.size() >= waiting_max_) {
        items_.pop_front();
        ++dropped_;
      }
      items_.push_back(std::move(item));
    }
    ready_.notify_one();
    return true;
  }

  /// Waits for an item; nullopt once the mailbox is closed and empty, or stop was requested.
  std::optional<T> take(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, stop, [&] { return closed_ || !items_.empty(); });
    if (items_.empty() || stop.stop_requested()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

  /// Without waiting.
  std::optional<T> try_take() {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

  uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }
  size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<T> items_;
  const size_t waiting_max_;
  const WhenFull when_full_;
  bool closed_ = false;
  uint64_t dropped_ = 0;
};

/// A published value: one writer replaces it, any reader takes a shared snapshot. (A mutex round the pointer: gcc 12's
/// std::atomic<std::shared_ptr> trips ThreadSanitizer.)
template <class T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> first = nullptr) : value_(std::move(first)) {}
  std::shared_ptr<const T> read() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  void publish(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_.swap(value);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace monitorai
