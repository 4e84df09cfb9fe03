#include "app/serve/main_inbox.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace monitorai::app {
namespace {

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  return set;
}

}  // namespace

MainInbox::MainInbox() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of file sizes (ulimit -f) is a full disk, not the end
  const sigset_t set = our_signals();
  MAI_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  MAI_CHECK(signals_ && wake_);
}

MainInbox::Event MainInbox::wait(std::optional<std::chrono::milliseconds> timeout) {
  for (;;) {
    pollfd watched[]{{signals_.number(), POLLIN, 0}, {wake_.number(), POLLIN, 0}};
    const int ready = ::poll(watched, 2, timeout ? static_cast<int>(std::min<int64_t>(timeout->count(), 3'600'000)) : -1);
    if (ready == 0) return Event::timeout;
    signalfd_siginfo info{};
    if (::read(signals_.number(), &info, sizeof info) == sizeof info)
      return info.ssi_signo == static_cast<uint32_t>(SIGHUP) ? Event::reload_signal : Event::stop;
    uint64_t count = 0;
    if (::read(wake_.number(), &count, sizeof count) == sizeof count) return Event::reload_request;
  }
}

void MainInbox::let_signals_kill() {
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

std::string MainInbox::ask_reload() {
  const auto request = std::make_shared<std::promise<std::string>>();
  std::future<std::string> answer = request->get_future();
  if (!reloads_.post(request)) return "too many reloads wait already, or the program stops";
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.number(), &one, sizeof one);
  return answer.get();
}

std::optional<std::promise<std::string>> MainInbox::take_reload() {
  const auto request = reloads_.try_take();
  if (!request) return std::nullopt;
  return std::move(**request);
}

void MainInbox::refuse_reloads() {
  reloads_.close();
  while (auto request = take_reload()) request->set_value("the program stops");
}

}  // namespace monitorai::app
