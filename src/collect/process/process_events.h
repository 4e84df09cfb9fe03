#pragma once
// Linux's process connector (CONFIG_PROC_EVENTS, Documentation/driver-api/connector.rst): the kernel tells of every fork, exec, rename and
// exit, so that /proc need not be searched for them. Needs CAP_NET_ADMIN and the first pid namespace. Threads are filtered out in the
// kernel. When events come faster than they are taken, the kernel drops some and says so: then everything has to be looked at again.
// Thread: the scanner's.

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace monitorai::collect {

inline constexpr int kEventBufferBytes = 4 * 1024 * 1024;  ///< asked of the kernel: a few thousand events

struct ProcessEvent {
  enum class Kind { started, executed, renamed, ended };
  Kind kind = Kind::started;
  int64_t pid = 0;
};

class ProcessEvents {
 public:
  /// Code::unavailable when the kernel refuses, or does not answer within `patience` (it stays silent in containers).
  static Result<ProcessEvents> subscribe(std::chrono::milliseconds patience = std::chrono::milliseconds{100});

  ProcessEvents(ProcessEvents&&) noexcept = default;
  ProcessEvents& operator=(ProcessEvents&&) noexcept = default;

  /// Appends what has happened since the last call, without waiting. Code::exhausted: events were lost (those that are left are still
  /// there for the next call); every other error: the connection is broken.
  Result<void> take(std::vector<ProcessEvent>& out);
  /// Readable when there is something to take.
  int descriptor() const { return socket_.number(); }

 private:
  explicit ProcessEvents(Fd socket) : socket_(std::move(socket)) {}
  Fd socket_;
};

}  // namespace monitorai::collect
