#pragma once
// WebSocket (RFC 6455), server side, as handlers see it: a handler answers a request with accept_web_socket(), and from then on talks
// through a WebSocketSession. docs/http.md has the limits. No extensions and no subprotocols are negotiated.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace monitorai::net {

struct HttpRequest;
struct HttpResponse;

/// RFC 6455 section 7.4.1, those that handlers use.
enum class WebSocketClose : uint16_t { normal = 1000, going_away = 1001, protocol_error = 1002, invalid_text = 1007, policy = 1008, too_large = 1009, internal = 1011, try_again = 1013 };

/// One open WebSocket. Thread: any, for every function; it may be kept after the socket closed.
class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;
  /// Queues a text message, which must be valid UTF-8, and returns at once. False, and the message is dropped and counted, when the
  /// client reads so slowly that HttpLimits::web_socket_bytes_waiting_max bytes wait for it, or when the socket is closed.
  virtual bool send(std::string_view text) = 0;
  /// Bytes that send() queued and the connection has not taken yet.
  virtual size_t bytes_waiting() const = 0;
  /// Sends what is queued, then closes with this code and reason (at most 123 bytes of UTF-8).
  virtual void close(WebSocketClose code, std::string_view reason) = 0;
};

/// What the server calls, on its io thread: none of them may block or evaluate; each may be empty.
struct WebSocketHandlers {
  std::function<void(std::shared_ptr<WebSocketSession>)> on_open{};
  std::function<void(std::string_view message)> on_message{};  ///< text or binary, whole
  std::function<void()> on_close{};                            ///< the last call, once for each connection that was taken over
};

/// The answer that turns this request's connection into a WebSocket; or, when the request does not ask for one (or not in version 13),
/// the refusal: 400 or 426.
HttpResponse accept_web_socket(const HttpRequest& request, WebSocketHandlers handlers);
/// True when the request asks for a WebSocket, rightly or wrongly.
bool asks_for_web_socket(const HttpRequest& request);

}  // namespace monitorai::net
