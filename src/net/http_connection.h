#pragma once
// Inside the HTTP server: one connection as a coroutine on the io thread. This header pulls in Asio: only the server's two .cpp files
// include it.
//
// All waiting is in one place: wait_until() sleeps on the connection's timer, and whatever happens (bytes came, a write ended, the
// worker has something, the server stops) cancels the timer. So every wait has a deadline, and reading goes on while a handler runs,
// which is how a client that went away is noticed.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>

#include "base/threads.h"
#include "net/exchange.h"
#include "net/request_parser.h"

namespace monitorai::net {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
template <class T>
using Awaitable = asio::awaitable<T, Executor>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using SteadyClock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;

/// What the connections of a server share. Members but `limits`, `counters` and `pool` belong to the io thread.
struct Shared {
  explicit Shared(HttpLimits given) : limits(given), pool(given.workers, given.requests_waiting_max, given.streams_max) {}

  /// The Date field's value, made once a second.
  std::string_view date();

  const HttpLimits limits;
  HttpCounters counters;
  WorkerPool pool;
  size_t bodies_bytes = 0;

 private:
  std::time_t date_second_ = -1;
  std::string date_;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Services = Published<Service>;

  /// `tls` may be null. `services` says what to serve, asked anew for each request.
  Connection(Shared& shared, Socket socket, std::string peer, std::shared_ptr<const Services> services,
             std::shared_ptr<asio::ssl::context> tls);
  ~Connection();

  Awaitable<void> run();
  /// Ends at once when no request is being served, else after it.
  void begin_stop();
  void cancel_request();
  void abort();

 private:
  /// How it goes on after one request.
  enum class Next { request, linger, close };
  class BodyShare;

  Awaitable<bool> handshake();
  Awaitable<Next> serve_one();
  Awaitable<Next> receive(BodyShare& share);
  Awaitable<Next> respond(HttpRequest request);
  Awaitable<Next> send_whole(const HttpResponse& response, bool head_only, bool keep_alive);
  Awaitable<Next> send_stream(Exchange& exchange, bool keep_alive);
  /// In web_socket_connection.cpp.
  Awaitable<Next> serve_web_socket(const HttpResponse& response);
  Awaitable<Next> refuse(Refusal refusal);
  Awaitable<bool> write(std::string_view first, std::string_view second = {});
  Awaitable<void> linger();
  Awaitable<void> close_tls(SteadyClock::time_point deadline);
  /// False when woken, true at the deadline.
  Awaitable<bool> wait_until(SteadyClock::time_point deadline);

  void keep_reading();
  void start_writing(std::string_view first, std::string_view second);
  void close_socket();
  void wake() { timer_.cancel(); }
  std::string_view received() const { return {buffer_.get() + begin_, end_ - begin_}; }

  Shared& shared_;
  Socket socket_;
  Timer timer_;
  const std::string peer_;
  const std::shared_ptr<const Services> services_;
  const std::shared_ptr<asio::ssl::context> tls_context_;
  std::unique_ptr<asio::ssl::stream<Socket&>> tls_;
  RequestParser parser_;
  std::shared_ptr<Exchange> exchange_;  ///< of the request that is being served

  const size_t buffer_size_;
  std::unique_ptr<char[]> buffer_;  ///< bytes [begin_, end_) are received and not parsed
  size_t begin_ = 0;
  size_t end_ = 0;
  bool reading_ = false;  ///< an operation is under way that writes behind end_
  bool ended_ = false;    ///< nothing more will be received
  bool broken_ = false;   ///< and nothing can be sent
  bool writing_ = false;
  bool stopping_ = false;
};

}  // namespace monitorai::net
