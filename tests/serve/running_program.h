#pragma once
// A real `monitorai serve` (or another real program) started by a test, with what it prints, and how it ended.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/files.h"
#include "base/text.h"

namespace monitorai::tests {

inline constexpr std::chrono::seconds kPatience{120};

/// Asks again and again until it is so or patience ends.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 10);
  }
  return true;
}

/// A child process whose stdin stays open and whose stdout and stderr are read together. Killed at destruction.
class Child {
 public:
  explicit Child(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    int out[2], in[2];
    MAI_CHECK(::pipe2(out, O_CLOEXEC) == 0 && ::pipe2(in, O_CLOEXEC) == 0);
    output_ = Fd(out[0]);
    input_ = Fd(in[1]);
    ::fcntl(out[0], F_SETFL, O_NONBLOCK);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
    std::vector<char*> argv, env;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    for (std::string& variable : environment) env.push_back(variable.data());
    for (char** variable = environ; *variable != nullptr; ++variable) env.push_back(*variable);
    argv.push_back(nullptr);
    env.push_back(nullptr);
    MAI_CHECK(::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), env.data()) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(in[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (!ended_) {
      signal(SIGKILL);
      wait();
    }
  }

  pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }

  /// What it has printed so far.
  const std::string& output() {
    char buffer[4096];
    for (ssize_t n; (n = ::read(output_.number(), buffer, sizeof buffer)) > 0;) text_.append(buffer, static_cast<size_t>(n));
    return text_;
  }
  bool prints(std::string_view text) {
    return eventually([&] { return output().find(text) != std::string::npos || has_ended(); }) && output().find(text) != std::string::npos;
  }
  /// Its exit code, 128 + the signal that killed it, or -1 when it does not end.
  int wait() {
    eventually([&] { return output(), has_ended(); });
    output();
    if (!ended_) return -1;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }
  bool has_ended() { return ended_ = ended_ || ::waitpid(pid_, &status_, WNOHANG) == pid_; }

 private:
  Fd output_, input_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
  std::string text_;
};

/// "http://127.0.0.1:40123" of "Pages and APIs", "LLM processes" or "GPUs", as the program printed it; "" when it did not.
inline std::string printed_url(const std::string& text, std::string_view shown) {
  const size_t line = text.find(fmt::format("  {} ", shown));
  const size_t at = line == std::string::npos ? line : text.find("http", line);
  if (at == std::string::npos) return "";
  const std::string found = text.substr(at, text.find_first_of("\n ", at) - at);
  return found.ends_with("/metrics") ? found.substr(0, found.size() - 8) : found;
}

/// `monitorai serve` on free ports, in a data folder of its own, that scans often.
class RunningProgram : public Child {
 public:
  RunningProgram(const std::filesystem::path& folder, std::vector<std::string> more, std::vector<std::string> environment = {})
      : Child(arguments(folder, std::move(more)), std::move(environment)) {
    prints("Ctrl-C stops it.");
  }

  std::string url(std::string_view shown) { return printed_url(output(), shown); }

 private:
  static std::vector<std::string> arguments(const std::filesystem::path& folder, std::vector<std::string> more) {
    std::vector<std::string> all{MAI_BINARY, "serve", "--data", (folder / "data").native()};
    for (const char* setting : {"listen=127.0.0.1:0", "exporters.process.listen=127.0.0.1:0", "exporters.gpu.listen=127.0.0.1:0", "metrics.listen=127.0.0.1:0", "logs.listen=127.0.0.1:0", "otlp.grpc.listen=off", "traces.listen=off", "otlp.http.listen=off",
                                "collect.process.interval=200ms", "collect.gpu.info_path="}) {
      all.emplace_back("--set");
      all.emplace_back(setting);
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

}  // namespace monitorai::tests
