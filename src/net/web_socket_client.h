#pragma once
// A WebSocket client for commands: blocking, one thread at a time, over http(s) URLs. Connecting and TLS are libcurl's; the frames are
// those of web_socket_frames.h.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"

namespace monitorai::net {

class WebSocketClient {
 public:
  /// Connects to `url` (http, https, ws or wss). Uses the connect_timeout, credentials and TLS settings. Code::invalid when the server
  /// answers anything but the upgrade: the message is its status and text. Code::unavailable: it is not reachable.
  static Result<std::unique_ptr<WebSocketClient>> connect(const HttpClientSettings& settings, std::string_view url);
  ~WebSocketClient();

  /// The next message; nullopt when the server closed in good order. Waits as long as it takes, answering pings.
  Result<std::optional<std::string>> receive();
  Result<void> send(std::string_view text);

 private:
  class Curl;
  explicit WebSocketClient(std::unique_ptr<Curl> curl);
  std::unique_ptr<Curl> curl_;
};

}  // namespace monitorai::net
