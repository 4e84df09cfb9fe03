#pragma once
// Live tails: each is a log query over a WebSocket that first gets the newest stored lines and then every line as it is accepted.
//
// Threads: open() runs on an HTTP worker; the source's listener copies lines into a tail's queue on the thread that wrote them; the
// thread "tail" runs the queries over what is queued and sends. A tail that cannot follow loses lines, never the writer's time: what was
// dropped is counted, and its client told (dropped_entries), as in Loki.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "net/http.h"
#include "query/logql/engine.h"
#include "serve/loki/answers.h"
#include "signals/logs.h"

namespace monitorai::serve {

inline constexpr size_t kTailsMax = 64;                          ///< open at one time
inline constexpr size_t kTailQueueBytesMax = 8 * 1024 * 1024;    ///< of one tail, not yet looked at
inline constexpr size_t kTailMessageLinesMax = 500;              ///< of one WebSocket message
inline constexpr size_t kTailMessageBytesMax = 256 * 1024;       ///< text of one WebSocket message; a longer line has one of its own
inline constexpr size_t kTailDroppedShownMax = 100;              ///< dropped entries that one message names

struct TailRequest {
  std::string query;
  uint64_t limit = 100;           ///< stored lines sent first, at most
  TimeNs from{};                  ///< of the stored lines
  std::chrono::seconds delay{0};  ///< lines are held this long, and then sent in the order of their times
  bool categorize = false;
};

struct TailCounts {
  uint64_t open = 0;
  uint64_t lines_sent = 0;
  uint64_t lines_dropped = 0;  ///< because a query or a client was too slow
};

class LiveTail {
 public:
  /// All three outlive it.
  LiveTail(const signals::LogSource& source, const query::LogQlEngine& engine, const Clock& clock);
  /// Ends the thread. The HTTP server has stopped by then.
  ~LiveTail();
  LiveTail(const LiveTail&) = delete;
  LiveTail& operator=(const LiveTail&) = delete;

  /// The answer to a request for a tail: the upgrade, or why not.
  Result<net::HttpResponse, LokiError> open(const net::HttpRequest& request, TailRequest wanted);
  TailCounts counts() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace monitorai::serve
