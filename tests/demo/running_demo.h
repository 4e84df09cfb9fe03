#pragma once
// A real `monitorai demo` started by a test: its processes by part, and how to wait for their end without sleeping.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "started_program.h"

namespace monitorai::tests {

class RunningDemo {
 public:
  /// Runs the binary with these arguments (and --json); reads what it prints until its line of JSON is complete or it ends.
  explicit RunningDemo(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {MAI_BINARY, "demo", "--json"});
    int ends[2];
    MAI_CHECK(::pipe2(ends, O_CLOEXEC) == 0);
    output_ = Fd(ends[0]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    MAI_CHECK(::posix_spawn(&pid_, MAI_BINARY, &actions, nullptr, argv.data(), environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    read_line();
  }
  RunningDemo(const RunningDemo&) = delete;
  RunningDemo& operator=(const RunningDemo&) = delete;
  ~RunningDemo() {
    if (pid_ > 0) end();
  }

  pid_t pid() const { return pid_; }
  const std::map<std::string, int64_t>& pids() const { return pids_; }
  int64_t pid_of(const std::string& part) const { return pids_.at(part); }
  int64_t port_of(const std::string& part) const { return ports_.at(part); }
  const std::string& line() const { return line_; }

  /// Sends a signal to the demo itself and returns its exit code (128 + signal when it was killed).
  int end(int signal_number = SIGINT) {
    ::kill(pid_, signal_number);
    return wait();
  }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  void read_line() {
    char c = 0;
    while (::read(output_.number(), &c, 1) == 1 && c != '\n') line_ += c;
    for (size_t at = line_.find("{\"part\":\""); at != std::string::npos; at = line_.find("{\"part\":\"", at + 1)) {
      const std::string part = line_.substr(at + 9, line_.find('"', at + 9) - at - 9);
      pids_[part] = number_after("\"pid\":", at);
      ports_[part] = number_after("\"port\":", at);
    }
  }
  int64_t number_after(std::string_view key, size_t at) const {
    const size_t from = line_.find(key, at) + key.size();
    return parse_integer<int64_t>(std::string_view(line_).substr(from, line_.find_first_of(",}", from) - from)).value();
  }

  pid_t pid_ = 0;
  Fd output_;
  std::string line_;
  std::map<std::string, int64_t> pids_;
  std::map<std::string, int64_t> ports_;
};

/// Knows processes by file descriptor, so that a reused pid cannot be mistaken for one of them.
class Watched {
 public:
  explicit Watched(const RunningDemo& demo) {
    for (const auto& [part, pid] : demo.pids()) fds_.emplace(part, Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
  }
  bool ended(const std::string& part) const {
    pollfd fd{.fd = fds_.at(part).number(), .events = POLLIN, .revents = 0};
    return ::poll(&fd, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) == 1;
  }
  bool running(const std::string& part) const {
    pollfd fd{.fd = fds_.at(part).number(), .events = POLLIN, .revents = 0};
    return ::poll(&fd, 1, 0) == 0;
  }
  bool all_ended() const {
    return std::all_of(fds_.begin(), fds_.end(), [&](const auto& one) { return ended(one.first); });
  }

 private:
  std::map<std::string, Fd> fds_;
};

/// The parts of a NUL-separated file of /proc.
inline std::vector<std::string> proc_strings(int64_t pid, std::string_view file) {
  const std::string text = read_file(fmt::format("/proc/{}/{}", pid, file), 1 << 20).value_or(std::string());
  std::vector<std::string> out;
  for (const std::string_view part : split(text, '\0'))
    if (!part.empty()) out.emplace_back(part);
  return out;
}

}  // namespace monitorai::tests
