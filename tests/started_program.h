#pragma once
// A program that a test started: its output goes to a file, it is waited for without sleeping, and it ends with the test.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/files.h"

namespace monitorai::tests {

inline constexpr std::chrono::seconds kPatience{20};

/// Asks again and again until it is so or patience ends.
template <class Condition>
bool eventually(Condition condition, std::chrono::seconds patience = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 20);
  }
  return true;
}

class StartedProgram {
 public:
  /// Runs it in `folder`, with stdout and stderr in `output`.
  StartedProgram(std::vector<std::string> arguments, const std::filesystem::path& folder, std::filesystem::path output) : output_(std::move(output)) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    MAI_CHECK(::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  StartedProgram(const StartedProgram&) = delete;
  StartedProgram& operator=(const StartedProgram&) = delete;
  ~StartedProgram() { end(); }

  std::string output() const { return read_file(output_, 16 << 20).value_or(std::string()); }
  pid_t pid() const { return pid_; }
  bool running() { return pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }
  /// What stands between `before` and the next byte of `ends` in the output; waits for it. "" when it does not come.
  std::string wait_for(std::string_view before, std::string_view ends) {
    std::string found;
    eventually([&] {
      const std::string text = output();
      const size_t at = text.find(before);
      const size_t end = at == std::string::npos ? at : text.find_first_of(ends, at + before.size());
      if (end != std::string::npos) found = text.substr(at + before.size(), end - at - before.size());
      return end != std::string::npos;
    });
    return found;
  }
  /// Asks it to end and waits; 128 + signal when it was killed.
  int end(int signal_number = SIGTERM) {
    if (pid_ <= 0) return 0;
    ::kill(pid_, signal_number);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = 0;
  const std::filesystem::path output_;
};

/// What a command prints on stdout, and its exit code.
struct CommandOutput {
  std::string text;
  int code = 0;
};
inline CommandOutput run_command(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  MAI_CHECK(pipe != nullptr);
  CommandOutput out;
  (void)read_to_end(::fileno(pipe), out.text, 64 << 20);
  const int status = ::pclose(pipe);
  out.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return out;
}

}  // namespace monitorai::tests
