#pragma once
// Inside the HTTP server: what a WebSocket's handlers want sent, on its way to the connection. Handlers call the functions of
// WebSocketSession from any thread; the io thread calls take() and end().

#include <functional>
#include <mutex>
#include <optional>

#include "net/http_counters.h"
#include "net/web_socket.h"

namespace monitorai::net {

class WebSocketOutbox final : public WebSocketSession {
 public:
  struct Closing {
    WebSocketClose code = WebSocketClose::normal;
    std::string reason;
  };
  struct Outgoing {
    std::string frames;
    std::optional<Closing> closing;  ///< after the frames
  };

  /// `notify` is called when take() has something new; never after end().
  WebSocketOutbox(size_t bytes_waiting_max, HttpCounters& counters, std::function<void()> notify);

  bool send(std::string_view text) override;
  size_t bytes_waiting() const override;
  void close(WebSocketClose code, std::string_view reason) override;

  Outgoing take();
  void end();

 private:
  void notify_locked();

  const size_t bytes_waiting_max_;
  HttpCounters& counters_;  // touched before end() only
  mutable std::mutex mutex_;
  std::function<void()> notify_;
  std::string frames_;
  std::optional<Closing> closing_;
  bool notified_ = false;
  bool ended_ = false;
};

}  // namespace monitorai::net
