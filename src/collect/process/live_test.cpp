// The collector on the real /proc, with processes that this test starts: by polling, and by the kernel's process events.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "collect/process/collector.h"

namespace monitorai::collect {
namespace {

/// sleep(1) under the name of a runtime's server. Ends with this object.
class Server {
 public:
  explicit Server(const TemporaryDirectory& folder, const std::string& name = "llama-server") {
    const std::filesystem::path program = folder.path() / name;
    if (!std::filesystem::exists(program)) std::filesystem::copy_file("/bin/sleep", program);
    int started[2];
    MAI_CHECK(::pipe2(started, O_CLOEXEC) == 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::execl(program.c_str(), program.c_str(), "1000", nullptr);
      ::_exit(127);
    }
    ::close(started[1]);
    char byte;
    [[maybe_unused]] const auto n = ::read(started[0], &byte, 1);  // ends when the child has executed
    ::close(started[0]);
  }
  ~Server() { end(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  void end() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }
  pid_t pid() const { return child_; }

 private:
  pid_t child_ = 0;
};

/// A process that ends at once. In a function of its own: what vfork's child might clobber lives elsewhere.
void live_shortly() {
  const pid_t child = ::vfork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
}

struct Watch {
  SystemClock clock;
  Detector detector;
  ProcessCollector collector;
  explicit Watch(bool events) : collector(Procfs(), detector, clock, {.events = events}) {}

  bool sees(int64_t pid) {
    const auto snapshot = collector.scan(nullptr);
    return std::any_of(snapshot->processes.begin(), snapshot->processes.end(), [&](const signals::Process& process) { return process.id.pid == pid; });
  }
};

class Live : public testing::TestWithParam<bool> {};

TEST_P(Live, a_server_is_seen_with_the_next_scan_and_gone_with_the_one_after_its_end) {
  Watch watch(GetParam());
  if (GetParam() && !watch.collector.status().counters.has_events) GTEST_SKIP() << "process events are not permitted here";
  EXPECT_FALSE(watch.sees(-1));
  const TemporaryDirectory folder;
  Server server(folder);
  const pid_t pid = server.pid();
  EXPECT_TRUE(watch.sees(pid));
  server.end();
  EXPECT_FALSE(watch.sees(pid));
}

TEST_P(Live, thousands_of_short_lives_are_survived_and_the_long_one_among_them_is_found) {
  Watch watch(GetParam());
  if (GetParam() && !watch.collector.status().counters.has_events) GTEST_SKIP() << "process events are not permitted here";
  EXPECT_FALSE(watch.sees(-1));
  const TemporaryDirectory folder;
  std::optional<Server> server;
  for (int i = 0; i < 3000; ++i) {
    live_shortly();
    if (i == 1500) server.emplace(folder);
    if (i % 500 == 0) watch.collector.take_events();
  }
  EXPECT_TRUE(watch.sees(server->pid()));
  EXPECT_LT(watch.collector.status().counters.judged, 3000u) << "what ended at once was read";
}

INSTANTIATE_TEST_SUITE_P(ByPollingAndByEvents, Live, testing::Bool(), [](const auto& one) { return std::string(one.param ? "events" : "polling"); });

TEST(Live, events_and_polling_see_the_same_processes) {
  Watch polling(false), events(true);
  if (!events.collector.status().counters.has_events) GTEST_SKIP() << "process events are not permitted here";
  EXPECT_FALSE(events.sees(-1));
  const TemporaryDirectory folder;
  std::vector<std::unique_ptr<Server>> servers;
  for (int i = 0; i < 5; ++i) {
    servers.push_back(std::make_unique<Server>(folder, i % 2 == 0 ? "llama-server" : "text-generation-router"));
    if (i == 3) servers.erase(servers.begin());
    for (const auto& server : servers) EXPECT_TRUE(polling.sees(server->pid()) && events.sees(server->pid())) << i;
  }
  EXPECT_EQ(events.collector.status().counters.full_scans, 1u) << "/proc was listed again";
}

}  // namespace
}  // namespace monitorai::collect
