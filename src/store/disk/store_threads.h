#pragma once
// The two threads of a store. One makes what was acknowledged durable: it sleeps until something is appended, so that a program to which
// nothing comes does nothing. The other does upkeep, at an interval and when there is much to do.
//
// Threads: start() and stop() from the owner, wake() from any.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <thread>

#include "store/disk/batch_log.h"

namespace monitorai::store {

class StoreThreads {
 public:
  struct Work {
    std::string_view name;  ///< of the threads: "logs" gives "logs-sync" and "logs-upkeep"; and of what is stored, in messages
    BatchLog& log;
    std::chrono::milliseconds sync_interval;  ///< from the first batch that is not on disk to the sync
    std::function<Result<void>()> sync;
    std::function<Result<void>()> maintain;
  };
  /// Between two passes of upkeep when nothing asks for one.
  static constexpr std::chrono::seconds kUpkeepInterval{1};
  /// After a pass that failed.
  static constexpr std::chrono::seconds kUpkeepRetry{5};

  void start(Work work);
  /// Asks for a pass of upkeep now, unless the last one failed.
  void wake();
  /// Ends both threads; what they were doing is done first.
  void stop();

 private:
  void run_sync(const Work& work, std::stop_token stop);
  void run_upkeep(const Work& work, std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool wanted_ = false;
  std::jthread syncer_;
  std::jthread maintainer_;
};

}  // namespace monitorai::store
