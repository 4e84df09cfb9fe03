#pragma once
// A follower of logs/*.log below a fresh folder, turned by hand.

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "collect/logs/follow_loop.h"
#include "collect/logs/testing/log_store_for_tests.h"

namespace monitorai::collect {

/// The wall clock, and a monotonic clock that tests move.
class TestClock final : public Clock {
 public:
  TimeMs now() const override { return SystemClock().now() + ahead_; }
  std::chrono::nanoseconds monotonic() const override { return monotonic_; }
  void advance(std::chrono::milliseconds by) {
    monotonic_ += by;
    ahead_ += by;
  }

 private:
  std::chrono::nanoseconds monotonic_{std::chrono::hours(1)};
  std::chrono::milliseconds ahead_{0};
};

struct FollowFixture {
  TemporaryDirectory folder;
  TestClock clock;
  MemoryLogStore store;
  FollowSettings settings;
  std::unique_ptr<FollowLoop> loop;

  FollowFixture() {
    std::filesystem::create_directories(logs());
    settings.state = folder.path() / "state";
    settings.proc = folder.path() / "proc";
    settings.root = folder.path() / "root";
    settings.journalctl = "";
    settings.jobs = default_follow_jobs(folder.path());
    settings.first_scan_wait = std::chrono::milliseconds(0);
  }
  std::filesystem::path logs() const { return folder.path() / "logs"; }
  std::string path(std::string_view name) const { return (logs() / name).native(); }

  void start() {
    auto made = FollowLoop::make(settings, store, clock);
    ASSERT_TRUE(made) << made.error().message;
    loop = std::move(*made);
  }
  void append(std::string_view name, std::string_view bytes) { std::ofstream(path(name), std::ios::app | std::ios::binary) << bytes; }
  void turn() {
    clock.advance(std::chrono::milliseconds(1000));
    loop->turn();
  }
  /// Until everything that waits for something is complete.
  void settle() {
    for (int i = 0; i < 12; ++i) turn();
  }
  std::vector<std::string> texts() const { return store.texts(); }
};

using Texts = std::vector<std::string>;

}  // namespace monitorai::collect
