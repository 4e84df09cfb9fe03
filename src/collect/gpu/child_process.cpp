#include "collect/gpu/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"

namespace monitorai::collect {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

int milliseconds_until(SteadyTime deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::max<int64_t>(0, left));
}

/// Starts argv in a process group of its own, with its standard output in `output` and nothing else of ours.
Result<pid_t> spawn(const std::vector<std::string>& argv, int output) {
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return system_error(fmt::format("cannot start {}", argv[0]), error);
  return pid;
}

enum class Ending { end_of_output, time_over, too_much };

Ending read_output(int fd, std::string& out, size_t bytes_max, SteadyTime deadline) {
  char buffer[16'384];
  for (;;) {
    pollfd waited{fd, POLLIN, 0};
    const int ready = ::poll(&waited, 1, milliseconds_until(deadline));
    if (ready == 0) return Ending::time_over;
    if (ready < 0 && errno != EINTR) return Ending::end_of_output;
    if (ready < 0) continue;
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Ending::end_of_output;
    if (out.size() + static_cast<size_t>(n) > bytes_max) return Ending::too_much;
    out.append(buffer, static_cast<size_t>(n));
  }
}

/// The wait status of a child that ends before the deadline; nullopt when it does not. Somebody else's reaping counts as status 0.
std::optional<int> reap(pid_t pid, SteadyTime deadline) {
  constexpr std::chrono::milliseconds kPause{2};
  for (;;) {
    int status = 0;
    const pid_t reaped = ::waitpid(pid, &status, WNOHANG);
    if (reaped == pid) return status;
    if (reaped < 0 && errno != EINTR) return 0;
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

size_t ChildProcesses::unreaped() {
  std::erase_if(unreaped_, [](pid_t pid) { return reap(pid, SteadyTime{}).has_value(); });
  return unreaped_.size();
}

Result<std::string> ChildProcesses::run(const std::vector<std::string>& argv) {
  MAI_CHECK(!argv.empty());
  const auto fail = [&](Code code, std::string_view cause) { return Error{code, fmt::format("cannot run {}: {}", argv[0], cause)}; };
  if (unreaped() >= kUnreapedMax) return fail(Code::unavailable, fmt::format("{} killed children have not died yet", unreaped_.size()));

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("cannot make a pipe", errno);
  const Fd output(ends[0]);
  Fd input(ends[1]);
  const SteadyTime deadline = std::chrono::steady_clock::now() + limits_.time_max;
  MAI_TRY_ASSIGN(const pid_t pid, spawn(argv, input.number()));
  { const Fd closed = std::move(input); }

  std::string out;
  const Ending ending = read_output(output.number(), out, limits_.output_bytes_max, deadline);
  std::optional<int> status = ending == Ending::end_of_output ? reap(pid, deadline) : std::nullopt;
  const bool killed = !status;
  if (killed) {
    ::kill(-pid, SIGKILL);  // its group: what it started holds our pipe open too
    ::kill(pid, SIGKILL);
    status = reap(pid, std::chrono::steady_clock::now() + limits_.reap_max);
    if (!status) unreaped_.push_back(pid);
  }
  if (ending == Ending::too_much) return fail(Code::exhausted, fmt::format("it printed more than {} bytes", limits_.output_bytes_max));
  if (killed) return fail(Code::exhausted, fmt::format("it took longer than {} ms", limits_.time_max.count()));
  if (WIFSIGNALED(*status)) return fail(Code::unavailable, fmt::format("it was ended by signal {}", WTERMSIG(*status)));
  if (WEXITSTATUS(*status) == 127 && out.empty()) return fail(Code::not_found, "it could not be executed");
  if (WEXITSTATUS(*status) != 0) return fail(Code::unavailable, fmt::format("it exited with status {}", WEXITSTATUS(*status)));
  return out;
}

}  // namespace monitorai::collect
