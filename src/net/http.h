#pragma once
// HTTP as the rest of the program sees it: requests, responses, a router. The server behind it (net/http_server.h) is an adapter of
// Boost.Asio and Beast; nothing outside net/ includes either.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/web_socket.h"

namespace monitorai::net {

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;          ///< "GET", "POST", ...
  std::string path;            ///< percent-decoded, normalised: no "..", no "//", starts with '/'
  Parameters query;            ///< of the URL, decoded, in order; names may repeat
  Parameters headers;          ///< names in lower case
  std::string body;            ///< whole, at most the listener's limit; content-encoding already undone (and bounded after it) for gzip, deflate and zstd
  Parameters path_parameters;  ///< what the route's {name} parts took
  std::string peer;            ///< "127.0.0.1:51234"
  std::stop_token cancelled;   ///< requested when the client goes away or the server stops

  /// "" when absent. `name` in lower case.
  std::string_view header(std::string_view name) const;
  std::string_view path_parameter(std::string_view name) const;
  /// Query parameters, and those of the body too where it is application/x-www-form-urlencoded (as Prometheus's API reads a POST).
  Parameters parameters() const;
};

/// Takes parts of a streamed body. write() blocks while the client reads slowly and returns false when it has gone: stop then.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  virtual bool write(std::string_view part) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body{};
  Parameters headers{};
  /// When set, `body` is ignored and this is called, on the handler's thread, to produce a chunked body.
  /// It may wait for as long as it likes between two parts (server-sent events do); a copy of HttpRequest::cancelled tells it when the
  /// client went away meanwhile.
  std::function<void(BodyWriter&)> stream{};
  /// When set, the connection becomes a WebSocket: made by accept_web_socket().
  std::shared_ptr<const WebSocketHandlers> web_socket{};

  static HttpResponse text(int status, std::string body) { return {status, "text/plain; charset=utf-8", std::move(body)}; }
  static HttpResponse json(int status, std::string body) { return {status, "application/json", std::move(body)}; }
};

/// Runs on a pool thread: may block and evaluate. Exceptions become a 500 at the boundary.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// Finds the handler of a request. Built once, then const and shared between threads.
class Router {
 public:
  /// `pattern` is a path whose parts may be "{name}" (one part) or, last, "{name...}" (the rest). Method "GET" answers HEAD too.
  /// "" as method: any.
  void add(std::string method, std::string pattern, HttpHandler handler);
  /// Bodies of this path, which has no "{name}", may be so large, whatever HttpLimits::body_bytes_max says.
  void set_body_bytes_max(std::string path, size_t bytes_max) { body_bytes_max_[std::move(path)] = bytes_max; }
  /// `otherwise` where nothing was set for the path.
  size_t body_bytes_max(std::string_view path, size_t otherwise) const {
    const auto found = body_bytes_max_.find(path);
    return found == body_bytes_max_.end() ? otherwise : found->second;
  }
  /// 404 where no pattern fits, 405 with Allow where only the method does not. A literal part wins over a "{name}".
  HttpResponse route(HttpRequest& request) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> parts;
    HttpHandler handler;
  };
  std::vector<Route> routes_;
  std::map<std::string, size_t, std::less<>> body_bytes_max_;
};

/// Percent-decodes; '+' is a space where `plus_is_space`. nullopt when a '%' is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
/// "a=1&b=2" to pairs. Pairs that do not decode are kept as they are.
Parameters parse_query(std::string_view query);

}  // namespace monitorai::net
