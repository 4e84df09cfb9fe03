#pragma once
// What the main thread waits for: signals, and requests of other threads to reload. Thread: main, but for ask_reload().

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/threads.h"

namespace monitorai::app {

inline constexpr size_t kReloadsWaitingMax = 8;  ///< one more is refused

class MainInbox {
 public:
  enum class Event { stop, reload_signal, reload_request, timeout };

  /// Blocks SIGTERM, SIGINT and SIGHUP for this thread and those that it starts from now on, and ignores SIGPIPE and SIGXFSZ: call
  /// it first.
  MainInbox();
  MainInbox(const MainInbox&) = delete;
  MainInbox& operator=(const MainInbox&) = delete;

  Event wait(std::optional<std::chrono::milliseconds> timeout);

  /// From now on the next SIGTERM or SIGINT ends the program at once.
  void let_signals_kill();

  /// Thread: any but main. Blocks until main answered: the errors, "" when all went well.
  std::string ask_reload();
  /// The request behind Event::reload_request; answer it. nullopt when there is none.
  std::optional<std::promise<std::string>> take_reload();
  /// Answers all that wait, and those to come: the program stops.
  void refuse_reloads();

 private:
  Fd signals_;
  Fd wake_;
  Mailbox<std::shared_ptr<std::promise<std::string>>> reloads_{kReloadsWaitingMax, WhenFull::reject_new};
};

}  // namespace monitorai::app
