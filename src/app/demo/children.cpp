#include "app/demo/children.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "app/demo/gpu_info.h"

namespace monitorai::app::demo {
namespace {

/// What a simulated process keeps of our environment: nothing that could be a secret.
constexpr std::string_view kKeptVariables[] = {"PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"};

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, number);
  return set;
}

std::vector<std::string> environment_of(const ProcessSettings& settings) {
  std::vector<std::string> out = to_environment(settings);
  for (const std::string_view name : kKeptVariables)
    if (const char* value = std::getenv(std::string(name).c_str())) out.push_back(fmt::format("{}={}", name, value));
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& text : strings) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// posix_spawn's attributes and actions, freed at the end.
struct Spawn {
  Spawn() {
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
  }
  ~Spawn() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  posix_spawnattr_t attributes{};
  posix_spawn_file_actions_t actions{};
};

}  // namespace

void block_signals() {
  const sigset_t set = handled_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

int wait_for_signal(std::chrono::nanoseconds timeout) {
  const auto ns = std::max<int64_t>(0, timeout.count());
  const timespec time{.tv_sec = static_cast<time_t>(ns / 1'000'000'000), .tv_nsec = static_cast<long>(ns % 1'000'000'000)};
  const sigset_t set = handled_signals();
  const int number = ::sigtimedwait(&set, nullptr, &time);
  return number < 0 ? 0 : number;
}

Result<pid_t> Children::start(ProcessSettings settings, const std::filesystem::path& directory, int report_fd, int listen_fd, bool own_group) {
  settings.parent_pid = ::getpid();
  const Part& part = *settings.part;
  const std::string program = settings.folder / "bin" / part.executable;
  std::vector<std::string> arguments = argv_of(part, settings.folder.native(), settings.port);
  std::vector<std::string> environment = environment_of(settings);

  Spawn spawn;
  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&spawn.attributes, &none);
  ::posix_spawnattr_setsigdefault(&spawn.attributes, &all);
  ::posix_spawnattr_setpgroup(&spawn.attributes, 0);
  ::posix_spawnattr_setflags(&spawn.attributes,
                             static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (own_group ? POSIX_SPAWN_SETPGROUP : 0)));
  ::posix_spawn_file_actions_addopen(&spawn.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&spawn.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&spawn.actions, report_fd, kReportFd);
  if (listen_fd >= 0) ::posix_spawn_file_actions_adddup2(&spawn.actions, listen_fd, kListenFd);
  ::posix_spawn_file_actions_addchdir_np(&spawn.actions, directory.c_str());

  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), &spawn.actions, &spawn.attributes, pointers(arguments).data(), pointers(environment).data());
  if (error != 0) return system_error(fmt::format("cannot start {}", program), error);
  running_.emplace(pid, Child{&part, settings.logs, own_group});
  return pid;
}

std::vector<Children::Ended> Children::reap() {
  std::vector<Ended> out;
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return out;
    const auto child = running_.find(pid);
    if (child == running_.end()) continue;
    std::error_code ignored;
    std::filesystem::remove(gpu_info_path(child->second.logs, pid), ignored);
    out.push_back({pid, child->second.part,
                   WIFSIGNALED(status) ? fmt::format("was killed by signal {}", WTERMSIG(status)) : fmt::format("exited with {}", WEXITSTATUS(status))});
    running_.erase(child);
  }
}

void Children::end() {
  for (const auto& [pid, child] : running_) ::kill(pid, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + kGrace;
  reap();
  while (!running_.empty() && std::chrono::steady_clock::now() < deadline) {
    (void)wait_for_signal(deadline - std::chrono::steady_clock::now());
    reap();
  }
  for (const auto& [pid, child] : running_) ::kill(child.own_group ? -pid : pid, SIGKILL);
  while (!running_.empty()) {
    (void)wait_for_signal(std::chrono::milliseconds{100});
    reap();
  }
}

}  // namespace monitorai::app::demo
