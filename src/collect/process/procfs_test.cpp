#include "collect/process/procfs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/process/ports.h"
#include "collect/process/testing/proc_tree.h"

namespace monitorai::collect {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using tests::FakeProcess;
using tests::ProcTree;

const auto kAll = [](std::string_view) { return true; };

TEST(Procfs, lists_pids_and_nothing_else) {
  ProcTree tree;
  tree.put({.pid = 7, .argv = {"a"}});
  tree.put({.pid = 12, .argv = {"b"}});
  std::filesystem::create_directory(tree.root() / "sys");
  std::filesystem::create_directory(tree.root() / "0x1");
  Procfs procfs(tree.root());
  std::vector<int64_t> pids{99};
  ASSERT_TRUE(procfs.pids(pids));
  EXPECT_THAT(pids, testing::UnorderedElementsAre(7, 12));
}

TEST(Procfs, a_process_without_a_trace_is_not_found_by_any_read) {
  ProcTree tree;
  Procfs procfs(tree.root());
  ProcessStat stat;
  const auto f = [](const auto& result) { return !result && result.error().code == Code::not_found; };
  EXPECT_TRUE(f(procfs.stat(5, stat)));
  EXPECT_TRUE(f(procfs.arguments(5)));
  EXPECT_TRUE(f(procfs.environment(5, kAll)));
  EXPECT_TRUE(f(procfs.executable(5)));
  EXPECT_TRUE(f(procfs.owner(5)));
  EXPECT_TRUE(f(procfs.mapped_files(5)));
  EXPECT_TRUE(f(procfs.open_model_files(5)));
  EXPECT_TRUE(f(procfs.sockets(5)));
  EXPECT_TRUE(f(procfs.proportional_memory(5)));
  EXPECT_TRUE(f(procfs.io(5)));
  EXPECT_TRUE(f(procfs.control_groups(5)));
  EXPECT_TRUE(f(procfs.network_namespace(5)));
}

TEST(Procfs, garbage_is_corrupt_and_not_believed) {
  ProcTree tree;
  tree.put({.pid = 5, .argv = {"x"}});
  for (const char* file : {"stat", "status", "io", "smaps_rollup", "net/tcp"}) tree.write(5, file, "\xff\xfe garbage \n\n\0");
  Procfs procfs(tree.root());
  ProcessStat stat;
  EXPECT_EQ(procfs.stat(5, stat).error().code, Code::corrupt);
  EXPECT_EQ(procfs.owner(5).error().code, Code::corrupt);
  EXPECT_EQ(procfs.io(5).error().code, Code::corrupt);
  EXPECT_EQ(procfs.proportional_memory(5).error().code, Code::corrupt);
  EXPECT_THAT(procfs.listening_sockets(5, 1).value(), IsEmpty());
}

TEST(Procfs, a_stat_of_another_pid_is_corrupt) {
  ProcTree tree;
  tree.put({.pid = 5, .argv = {"x"}});
  tree.put({.pid = 6, .argv = {"y"}});
  tree.write(5, "stat", *read_file(tree.folder(6) / "stat", 4096));
  Procfs procfs(tree.root());
  ProcessStat stat;
  EXPECT_EQ(procfs.stat(5, stat).error().code, Code::corrupt);
}

TEST(Procfs, command_lines_of_any_bytes_are_read_up_to_the_limit) {
  ProcTree tree;
  tree.put({.pid = 5, .argv = {"x"}});
  const auto f = [&](const std::string& bytes) {
    tree.write(5, "cmdline", bytes);
    return Procfs(tree.root()).arguments(5).value();
  };
  EXPECT_THAT(f(""), IsEmpty());
  EXPECT_EQ(f("\xff\"\n'")[0], "\xff\"\n'");
  EXPECT_EQ(f(std::string(kArgumentBytesMax * 2, 'a'))[0].size(), kArgumentBytesMax);
}

TEST(Procfs, a_deleted_executable_keeps_its_path) {
  ProcTree tree;
  tree.put({.pid = 5, .argv = {"x"}, .exe = "/opt/llama-server (deleted)"});
  EXPECT_EQ(Procfs(tree.root()).executable(5).value(), "/opt/llama-server");
}

TEST(Procfs, ports_are_those_of_its_own_sockets_in_its_own_namespace) {
  ProcTree tree;
  tree.put({.pid = 5, .argv = {"x"}, .open = {"/dev/null", "socket:[11]", "socket:[13]", "pipe:[12]"}, .network_namespace = 1});
  tree.put({.pid = 6, .argv = {"y"}, .open = {"socket:[11]"}, .network_namespace = 2});
  tree.listen(5, {{11, 8000}, {12, 8001}, {14, 8002}});
  tree.listen(6, {{11, 9000}});
  Procfs procfs(tree.root());
  const SystemClock clock;
  PortReader ports(procfs, clock);
  const auto f = [&](int64_t pid) {
    std::vector<uint16_t> numbers;
    const auto found = ports.read({pid, 1}, std::nullopt);
    for (const auto& port : *found) numbers.push_back(port.port);
    return numbers;
  };
  EXPECT_THAT(f(5), ElementsAre(8000));
  EXPECT_THAT(f(6), ElementsAre(9000));
}

TEST(Procfs, ports_are_read_anew_when_the_listeners_of_the_namespace_change) {
  ProcTree tree;
  tree.put({.pid = 5, .argv = {"x"}, .open = {"socket:[11]"}});
  Procfs procfs(tree.root());
  FakeClock clock;
  PortReader ports(procfs, clock);
  const auto f = [&] {
    ports.begin_scan();
    clock.advance(std::chrono::minutes{1});
    return ports.read({5, 1}, 1).value().size();
  };
  EXPECT_EQ(f(), 0u);
  tree.listen(5, {{11, 8000}});
  EXPECT_EQ(f(), 1u);
  tree.listen(5, {});
  EXPECT_EQ(f(), 0u);
}

// ---- the real /proc ----

TEST(Procfs, reads_this_process_from_the_real_proc) {
  Procfs procfs;
  ProcessStat stat;
  const int64_t self = ::getpid();
  ASSERT_TRUE(procfs.stat(self, stat));
  EXPECT_EQ(stat.parent_pid, ::getppid());
  EXPECT_GT(stat.memory_bytes, 1u << 20);
  EXPECT_NE(stat.image, 0u);
  EXPECT_FALSE(procfs.arguments(self)->empty());
  EXPECT_EQ(procfs.owner(self)->uid, ::getuid());
  EXPECT_GT(procfs.open_file_count(self).value(), 2u);
  EXPECT_THAT(procfs.mapped_files(self)->libraries, Contains(testing::StartsWith("libc.so")));
  EXPECT_TRUE(procfs.proportional_memory(self));
  EXPECT_TRUE(procfs.io(self));
  EXPECT_GT(procfs.boot_time().ms, 0);
}

TEST(Procfs, finds_the_port_on_which_this_process_listens) {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  ASSERT_EQ(::bind(socket.number(), reinterpret_cast<sockaddr*>(&address), bytes), 0);
  ASSERT_EQ(::listen(socket.number(), 1), 0);
  ASSERT_EQ(::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &bytes), 0);
  Procfs procfs;
  const SystemClock clock;
  PortReader ports(procfs, clock);
  std::vector<uint16_t> numbers;
  const auto read = ports.read({::getpid(), 1}, std::nullopt).value();
  for (const auto& port : read) numbers.push_back(port.port);
  EXPECT_THAT(numbers, Contains(ntohs(address.sin_port)));
}

TEST(Procfs, a_kept_file_does_not_outlive_its_process) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte;
    ::close(pipe_ends[1]);
    [[maybe_unused]] const auto n = ::read(pipe_ends[0], &byte, 1);
    ::_exit(0);
  }
  ::close(pipe_ends[0]);
  Procfs procfs;
  ProcessStat stat;
  procfs.keep(child);
  EXPECT_EQ(procfs.kept_files(), 1u);
  EXPECT_TRUE(procfs.stat(child, stat));
  ::close(pipe_ends[1]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(procfs.stat(child, stat).error().code, Code::not_found);
  procfs.forget(child);
  EXPECT_EQ(procfs.kept_files(), 0u);
}

TEST(Procfs, a_zombie_has_ended) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  Procfs procfs;
  ProcessStat stat;
  ASSERT_TRUE(procfs.stat(child, stat));
  EXPECT_TRUE(stat.ended());
  EXPECT_THAT(procfs.arguments(child).value(), IsEmpty());
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace monitorai::collect
