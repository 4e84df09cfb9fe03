// A connection after its upgrade to a WebSocket. On the io thread, as a coroutine like the rest of Connection.

#include <boost/asio/post.hpp>

#include "net/http_connection.h"
#include "net/response_head.h"
#include "net/web_socket_frames.h"
#include "net/web_socket_session.h"

namespace monitorai::net {
namespace {

using Kind = WebSocketReader::Event::Kind;

/// Lets go of the session and says so to the handlers, however the coroutine ends.
class OpenSocket {
 public:
  OpenSocket(std::shared_ptr<WebSocketOutbox> outbox, const WebSocketHandlers& handlers, HttpCounters& counters)
      : outbox_(std::move(outbox)), handlers_(handlers), counters_(counters) {
    HttpCounters::add(counters_.web_sockets_open, 1);
  }
  ~OpenSocket() {
    outbox_->end();
    if (handlers_.on_close) handlers_.on_close();
    HttpCounters::subtract(counters_.web_sockets_open, 1);
  }
  OpenSocket(const OpenSocket&) = delete;
  OpenSocket& operator=(const OpenSocket&) = delete;

 private:
  std::shared_ptr<WebSocketOutbox> outbox_;
  const WebSocketHandlers& handlers_;
  HttpCounters& counters_;
};

}  // namespace

Awaitable<Connection::Next> Connection::serve_web_socket(const HttpResponse& response) {
  const std::shared_ptr<const WebSocketHandlers> handlers = response.web_socket;
  const HttpLimits& limits = shared_.limits;
  const auto outbox = std::make_shared<WebSocketOutbox>(
      limits.web_socket_bytes_waiting_max, shared_.counters,
      [self = weak_from_this(), executor = socket_.get_executor()] {
        asio::post(executor, [self] {
          if (const auto connection = self.lock()) connection->wake();
        });
      });
  const OpenSocket open(outbox, *handlers, shared_.counters);
  shared_.counters.responded(response.status);
  const std::string head = response_head(response, Framing::upgraded, 0, true, shared_.date());
  if (!co_await write(head)) co_return Next::close;
  if (handlers->on_open) handlers->on_open(outbox);

  WebSocketReader reader(limits.web_socket_message_bytes_max);
  auto heard = SteadyClock::now();
  auto ping_at = heard + limits.web_socket_ping_interval;
  std::optional<WebSocketOutbox::Closing> closing;
  std::string pong;
  for (bool has_pong = false; !closing;) {
    while (begin_ != end_ && !closing) {
      std::string_view bytes = received();
      WebSocketReader::Event event = reader.next(bytes);
      begin_ = end_ - bytes.size();
      heard = SteadyClock::now();
      ping_at = heard + limits.web_socket_ping_interval;
      switch (event.kind) {
        case Kind::message:
          if (handlers->on_message) handlers->on_message(event.payload);
          break;
        case Kind::ping:
          // Of several that came together the last is answered (RFC 6455 section 5.5.3).
          has_pong = true;
          pong = std::move(event.payload);
          break;
        case Kind::closed: {
          std::string reply;
          append_close_frame(reply, WebSocketClose::normal, "");
          co_await write(reply);
          co_return Next::linger;
        }
        case Kind::failed:
          shared_.counters.reject(Rejected::web_socket);
          closing = WebSocketOutbox::Closing{static_cast<WebSocketClose>(event.code), std::move(event.payload)};
          break;
        case Kind::pong:
        case Kind::none: break;
      }
    }
    if (closing) break;
    auto [frames, wanted] = outbox->take();
    if (std::exchange(has_pong, false)) append_frame(frames, WebSocketOpcode::pong, pong);
    if (!frames.empty() && !co_await write(frames)) co_return Next::close;
    if (wanted) closing = std::move(wanted);
    else if (stopping_) closing = WebSocketOutbox::Closing{WebSocketClose::going_away, "the server stops"};
    else if (ended_ || broken_) co_return Next::close;
    else if (frames.empty() && begin_ == end_) {
      keep_reading();
      if (!co_await wait_until(ping_at)) continue;
      if (SteadyClock::now() - heard >= limits.web_socket_silence_max) {
        shared_.counters.reject(Rejected::web_socket_silent);
        co_return Next::close;
      }
      ping_at = SteadyClock::now() + limits.web_socket_ping_interval;
      std::string ping;
      append_frame(ping, WebSocketOpcode::ping, "");
      if (!co_await write(ping)) co_return Next::close;
    }
  }
  std::string last;
  append_close_frame(last, closing->code, closing->reason);
  if (!co_await write(last)) co_return Next::close;
  // The client's close frame, and its end of the connection, are waited for as after any refusal.
  co_return Next::linger;
}

}  // namespace monitorai::net
