#pragma once
// Bytes to an HttpRequest, with every check that needs no socket: the adapter of Beast's parser, so that it can be fuzzed and tested
// on bytes alone. One parser belongs to one connection (the io thread).

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/http_counters.h"
#include "net/http_limits.h"

namespace monitorai::net {

/// Why a request is not served: the status and the one line of text that its response has, and what to count.
struct Refusal {
  int status = 400;
  Rejected reason = Rejected::bad_request;
  std::string text{};
};

class RequestParser {
 public:
  enum class State {
    waiting,   ///< no byte of this request yet
    header,    ///< the header is not complete
    body,      ///< it is, the body is not
    complete,  ///< take() it
    refused,   ///< refusal() says why; the connection cannot go on
  };

  /// The largest body of a path; asked once its request line is known.
  using BodyLimit = std::function<size_t(std::string_view path)>;

  /// `limits` must outlive the parser. Without `body_limit`, HttpLimits::body_bytes_max is it.
  explicit RequestParser(const HttpLimits& limits, BodyLimit body_limit = {});
  ~RequestParser();

  /// Makes it ready for the connection's next request.
  void reset();
  /// Takes what it can and returns how many bytes that were. What it did not take must come again, with more behind it. It never takes
  /// bytes of the next request, and refuses rather than ask for more than HttpLimits::header_bytes_max at once.
  size_t feed(std::string_view bytes);
  State state() const;

  /// The following are known once the state is body or complete.
  bool keep_alive() const;
  bool http_1_1() const;
  /// The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  /// Of the body so far.
  size_t body_bytes() const;

  HttpRequest take();
  const Refusal& refusal() const;

 private:
  class Beast;
  const HttpLimits& limits_;
  const BodyLimit body_limit_;
  std::unique_ptr<Beast> beast_;
};

}  // namespace monitorai::net
