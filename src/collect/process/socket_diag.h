#pragma once
// Listening TCP sockets of a network namespace by sock_diag(7): /proc/net/tcp walks the whole table of connections for them, which costs
// a hundred times as much. Thread: one at a time.

#include <vector>

#include "base/files.h"
#include "collect/process/process_table.h"

namespace monitorai::collect {

class SocketDiag {
 public:
  /// For the namespace that this file names (/proc/PID/ns/net), "" for our own. Another one needs CAP_SYS_ADMIN: Code::unavailable.
  static Result<SocketDiag> open(const std::string& namespace_file);

  /// IPv4 and IPv6.
  Result<std::vector<ListeningSocket>> listening();

 private:
  explicit SocketDiag(Fd socket) : socket_(std::move(socket)) {}
  Result<void> dump(int family, std::vector<ListeningSocket>& out);

  Fd socket_;
  uint32_t sequence_ = 0;
};

}  // namespace monitorai::collect
