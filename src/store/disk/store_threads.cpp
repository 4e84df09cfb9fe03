#include "store/disk/store_threads.h"

#include "base/log.h"
#include "base/threads.h"

namespace monitorai::store {

void StoreThreads::start(Work work) {
  syncer_ = start_thread(fmt::format("{}-sync", work.name), [this, work](std::stop_token stop) { run_sync(work, std::move(stop)); });
  maintainer_ = start_thread(fmt::format("{}-upkeep", work.name), [this, work](std::stop_token stop) { run_upkeep(work, std::move(stop)); });
}

void StoreThreads::stop() {
  syncer_ = {};
  maintainer_ = {};
}

void StoreThreads::wake() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  changed_.notify_one();
}

void StoreThreads::run_sync(const Work& work, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  bool failing = false;
  while (work.log.wait_unsynced(stop)) {
    never.wait_for(lock, stop, work.sync_interval, [] { return false; });
    const auto synced = work.sync();
    if (!synced && !failing)
      log::error(fmt::format("acknowledged {} are not durable yet", work.name), {{"error", synced.error().message}});
    failing = !synced;
  }
}

void StoreThreads::run_upkeep(const Work& work, std::stop_token stop) {
  bool failing = false;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, failing ? kUpkeepRetry : kUpkeepInterval, [&] { return wanted_ && !failing; });
      wanted_ = false;
    }
    if (stop.stop_requested()) return;
    const auto done = work.maintain();
    if (!done && !failing)
      log::error(fmt::format("upkeep of the store of {} failed; it is tried again", work.name), {{"error", done.error().message}});
    failing = !done;
  }
}

}  // namespace monitorai::store
