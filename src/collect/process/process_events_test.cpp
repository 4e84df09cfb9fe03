#include "collect/process/process_events.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace monitorai::collect {
namespace {

/// A process that ends at once. In a function of its own: what vfork's child might clobber lives elsewhere.
void live_shortly() {
  const pid_t child = ::vfork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
}

/// Takes events until one of this kind and pid came, or 5 s have passed.
bool arrives(ProcessEvents& events, ProcessEvent::Kind kind, int64_t pid, std::vector<ProcessEvent>& seen) {
  for (int round = 0; round < 50; ++round) {
    if (std::any_of(seen.begin(), seen.end(), [&](const ProcessEvent& event) { return event.kind == kind && event.pid == pid; })) return true;
    pollfd waiting{events.descriptor(), POLLIN, 0};
    ::poll(&waiting, 1, 100);
    if (!events.take(seen)) return false;
  }
  return false;
}

TEST(ProcessEvents, tells_of_fork_exec_and_exit_but_not_of_threads) {
  auto subscribed = ProcessEvents::subscribe();
  if (!subscribed) GTEST_SKIP() << subscribed.error().message;
  ProcessEvents events = *std::move(subscribed);
  std::jthread([] {}).join();
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/true", "true", nullptr);
    ::_exit(1);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  std::vector<ProcessEvent> seen;
  EXPECT_TRUE(arrives(events, ProcessEvent::Kind::started, child, seen));
  EXPECT_TRUE(arrives(events, ProcessEvent::Kind::executed, child, seen));
  EXPECT_TRUE(arrives(events, ProcessEvent::Kind::ended, child, seen));
  const auto of_this = std::count_if(seen.begin(), seen.end(), [](const ProcessEvent& event) { return event.pid == ::getpid(); });
  EXPECT_EQ(of_this, 0) << "the thread of this process was told of";
}

TEST(ProcessEvents, an_overrun_says_that_events_were_lost_and_goes_on) {
  auto subscribed = ProcessEvents::subscribe();
  if (!subscribed) GTEST_SKIP() << subscribed.error().message;
  ProcessEvents events = *std::move(subscribed);
  std::vector<ProcessEvent> seen;
  bool lost = false;
  // Nobody takes what thousands of short lives leave behind.
  for (int i = 0; i < 20'000 && !lost; ++i) {
    live_shortly();
    if (i % 1000 == 999) {
      pollfd waiting{events.descriptor(), POLLIN, 0};
      ::poll(&waiting, 1, 0);
      lost = (waiting.revents & POLLERR) != 0;
    }
  }
  if (!lost) GTEST_SKIP() << "the kernel's buffer holds more than this test makes";
  EXPECT_EQ(events.take(seen).error().code, Code::exhausted);
  seen.clear();
  EXPECT_TRUE(events.take(seen));
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(arrives(events, ProcessEvent::Kind::ended, child, seen));
}

}  // namespace
}  // namespace monitorai::collect
