#include "store/disk/store_threads.h"

#include <gtest/gtest.h>

#include <semaphore>

#include "base/files.h"

namespace monitorai::store {
namespace {

struct StoreThreadsTest : testing::Test {
  TemporaryDirectory folder;
  PosixFileSystem files;
  BatchLog log{folder.path() / "log", files, "MAITEST1"};
  std::atomic<int> syncs{0};
  std::atomic<uint64_t> durable{0};  ///< batches
  std::atomic<int> failures{0};  ///< syncs that still fail
  std::counting_semaphore<1000> synced{0};
  std::atomic<int> passes{0};
  std::counting_semaphore<1000> passed{0};
  StoreThreads threads;

  void SetUp() override { ASSERT_TRUE(log.open(0, [](std::string_view) { return Result<void>{}; })); }
  void start() {
    threads.start({"things", log, std::chrono::milliseconds(1),
                   [this]() -> Result<void> {
                     ++syncs;
                     Result<void> done;
                     const uint64_t batches = log.appended();
                     if (failures > 0 && failures-- > 0)
                       done = Error{Code::unavailable, "the disk is away"};
                     else
                       done = log.sync_to(batches);
                     if (done) durable = batches;
                     synced.release();
                     return done;
                   },
                   [this]() -> Result<void> {
                     ++passes;
                     passed.release();
                     return {};
                   }});
  }
};

TEST_F(StoreThreadsTest, nothing_is_synced_until_something_was_appended) {
  start();
  threads.wake();
  passed.acquire();  // the threads run
  passed.acquire();
  EXPECT_EQ(syncs, 0);
  ASSERT_TRUE(log.append("one"));
  synced.acquire();
  EXPECT_FALSE(synced.try_acquire());
  ASSERT_TRUE(log.append("two"));
  synced.acquire();
  threads.stop();
  EXPECT_EQ(syncs, 2);
}

TEST_F(StoreThreadsTest, what_was_appended_before_the_start_is_synced) {
  ASSERT_TRUE(log.append("early"));
  start();
  synced.acquire();
}

TEST_F(StoreThreadsTest, a_sync_that_failed_is_tried_again_without_another_batch) {
  failures = 3;
  start();
  ASSERT_TRUE(log.append("one"));
  for (int i = 0; i < 4; ++i) synced.acquire();
  threads.stop();
  EXPECT_EQ(syncs, 4);
}

TEST_F(StoreThreadsTest, many_appends_from_here_and_none_is_forgotten) {
  start();
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(log.append("batch"));
    if (i % 100 == 99) synced.acquire();
  }
  ASSERT_TRUE(log.append("last"));
  while (durable < log.appended()) synced.acquire();
  EXPECT_EQ(durable, 2001u);
}

TEST_F(StoreThreadsTest, they_stop_while_they_wait) {
  start();
  threads.stop();
  threads.stop();
}

}  // namespace
}  // namespace monitorai::store
