#pragma once
// Who follows which streams live. Thread-safe; a listener is called by the thread that wrote, and never again once what add() returned is
// destroyed.

#include <atomic>
#include <mutex>
#include <unordered_map>

#include "store/logs/log_record.h"

namespace monitorai::store {

class LogListeners {
 public:
  LogListeners() : list_(std::make_shared<List>()) {}

  std::shared_ptr<void> add(std::vector<signals::Matcher> matchers, signals::LogListener listener);
  bool empty() const { return list_->count.load(std::memory_order_relaxed) == 0; }
  void notify(StreamId id, const signals::Labels& stream, std::span<const signals::LogLineView> lines);

 private:
  struct Listener {
    std::vector<signals::Matcher> matchers;
    signals::LogListener call;
    std::mutex mutex;  ///< held during a call
    bool gone = false;
    std::unordered_map<StreamId, bool> selects;  ///< what the matchers said of the streams seen
  };
  /// Outlives the store when a listener does.
  struct List {
    std::mutex mutex;
    std::vector<std::shared_ptr<Listener>> listeners;
    std::atomic<size_t> count{0};
  };
  const std::shared_ptr<List> list_;
};

}  // namespace monitorai::store
