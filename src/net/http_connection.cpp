#include "net/http_connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include "net/response_head.h"

namespace monitorai::net {
namespace {

using ErrorCode = boost::system::error_code;

constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kAwait{};
constexpr SteadyClock::time_point kNever = SteadyClock::time_point::max();
/// A client that is refused may still be sending: so many bytes are read and thrown away for it.
constexpr size_t kLingerBytesMax = 4 * 1024 * 1024;
constexpr size_t kReadBytes = 16 * 1024;

std::array<asio::const_buffer, 2> buffers(std::string_view first, std::string_view second) {
  return {asio::const_buffer(first.data(), first.size()), asio::const_buffer(second.data(), second.size())};
}

/// Drops the first n bytes of the two texts in a row.
void drop(std::string_view& first, std::string_view& second, size_t n) {
  const size_t of_first = std::min(n, first.size());
  first.remove_prefix(of_first);
  second.remove_prefix(n - of_first);
}

}  // namespace

std::string_view Shared::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    date_ = http_date(now);
  }
  return date_;
}

/// This request's part of the bytes that all bodies hold together, given back at the request's end.
class Connection::BodyShare {
 public:
  explicit BodyShare(Shared& shared) : shared_(shared) {}
  ~BodyShare() { shared_.bodies_bytes -= held_; }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  /// False when all bodies together are too much.
  bool hold(size_t bytes) {
    shared_.bodies_bytes += bytes - held_;
    held_ = bytes;
    return shared_.bodies_bytes <= shared_.limits.bodies_bytes_max;
  }

 private:
  Shared& shared_;
  size_t held_ = 0;
};

Connection::Connection(Shared& shared, Socket socket, std::string peer, std::shared_ptr<const Services> services,
                       std::shared_ptr<asio::ssl::context> tls)
    : shared_(shared),
      socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      peer_(std::move(peer)),
      services_(std::move(services)),
      tls_context_(std::move(tls)),
      parser_(shared.limits, [this](std::string_view path) { return services_->read()->router->body_bytes_max(path, shared_.limits.body_bytes_max); }),
      // The parser never asks for more than a header's size at once, so one byte more makes sure that it sees a header that is too large.
      buffer_size_(std::max(kReadBytes, shared.limits.header_bytes_max + 64)),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size_)) {
  if (tls_context_) tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *tls_context_);
  HttpCounters::add(shared_.counters.connections_open, 1);
}

Connection::~Connection() { HttpCounters::subtract(shared_.counters.connections_open, 1); }

Awaitable<void> Connection::run() {
  Next next = Next::request;
  if (tls_ && !co_await handshake()) next = Next::close;
  while (next == Next::request) {
    next = co_await serve_one();
    exchange_.reset();
  }
  if (next == Next::linger) co_await linger();
  close_socket();
}

void Connection::begin_stop() {
  stopping_ = true;
  wake();
}

void Connection::cancel_request() {
  if (exchange_) exchange_->cancel();
}

void Connection::abort() {
  close_socket();
  wake();
}

Awaitable<bool> Connection::wait_until(SteadyClock::time_point deadline) {
  timer_.expires_at(deadline);
  const auto [error] = co_await timer_.async_wait(kAwait);
  co_return !error;
}

void Connection::keep_reading() {
  if (reading_ || ended_) return;
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_size_ && begin_ > 0) {
    std::copy(buffer_.get() + begin_, buffer_.get() + end_, buffer_.get());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_size_) return;  // pipelined requests wait in the kernel
  reading_ = true;
  auto on_read = [self = shared_from_this()](ErrorCode error, size_t bytes) {
    self->reading_ = false;
    self->end_ += bytes;
    HttpCounters::add(self->shared_.counters.bytes_received, bytes);
    if (error) {
      self->ended_ = true;
      const bool orderly = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
      if (!orderly) self->broken_ = true;
    }
    self->wake();
  };
  const auto space = asio::buffer(buffer_.get() + end_, buffer_size_ - end_);
  if (tls_)
    tls_->async_read_some(space, std::move(on_read));
  else
    socket_.async_read_some(space, std::move(on_read));
}

void Connection::start_writing(std::string_view first, std::string_view second) {
  writing_ = true;
  auto on_written = [self = shared_from_this()](ErrorCode error, size_t) {
    self->writing_ = false;
    if (error) self->broken_ = true;
    self->wake();
  };
  if (tls_)
    asio::async_write(*tls_, buffers(first, second), std::move(on_written));
  else
    asio::async_write(socket_, buffers(first, second), std::move(on_written));
}

void Connection::close_socket() {
  ErrorCode ignored;
  socket_.close(ignored);
  ended_ = broken_ = true;
}

/// Sends both texts; false when the client is gone or does not take them. The texts must live until it returns.
Awaitable<bool> Connection::write(std::string_view first, std::string_view second) {
  if (broken_) co_return false;
  if (!tls_) {
    // Most responses fit into the socket's buffer: no waiting, no timer.
    ErrorCode error;
    const size_t sent = socket_.write_some(buffers(first, second), error);
    HttpCounters::add(shared_.counters.bytes_sent, sent);
    drop(first, second, sent);
    if (error && error != asio::error::would_block) {
      broken_ = true;
      co_return false;
    }
  }
  while (!first.empty() || !second.empty()) {
    const std::string_view a = first.substr(0, kWriteSliceBytes);
    const std::string_view b = second.substr(0, kWriteSliceBytes - a.size());
    start_writing(a, b);
    const auto deadline = SteadyClock::now() + shared_.limits.write_timeout;
    while (writing_) {
      if (broken_) {
        close_socket();
        co_await wait_until(kNever);
      } else if (co_await wait_until(deadline) && writing_) {
        shared_.counters.reject(Rejected::write_timeout);
        close_socket();
      }
    }
    if (broken_) co_return false;
    HttpCounters::add(shared_.counters.bytes_sent, a.size() + b.size());
    drop(first, second, a.size() + b.size());
  }
  co_return true;
}

Awaitable<bool> Connection::handshake() {
  bool done = false;
  ErrorCode failed;
  tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this(), &done, &failed](ErrorCode error) {
    done = true;
    failed = error;
    self->wake();
  });
  const auto deadline = SteadyClock::now() + shared_.limits.header_timeout;
  while (!done) {
    if (broken_ || stopping_) {
      close_socket();
      co_await wait_until(kNever);
    } else if (co_await wait_until(deadline) && !done) {
      close_socket();
    }
  }
  if (!failed) co_return true;
  shared_.counters.reject(Rejected::tls);
  co_return false;
}

Awaitable<Connection::Next> Connection::serve_one() {
  BodyShare share(shared_);
  parser_.reset();
  const Next received = co_await receive(share);
  if (received != Next::request) co_return received;
  co_return co_await respond(parser_.take());
}

/// Until the request is complete (Next::request), or cannot be.
Awaitable<Connection::Next> Connection::receive(BodyShare& share) {
  using State = RequestParser::State;
  const HttpLimits& limits = shared_.limits;
  State state = State::waiting;
  auto deadline = SteadyClock::now() + limits.idle_timeout;
  bool sent_continue = false;
  for (;;) {
    begin_ += parser_.feed(received());
    const State before = std::exchange(state, parser_.state());
    if (state == State::refused) co_return co_await refuse(parser_.refusal());
    if (!share.hold(parser_.body_bytes())) {
      Refusal full{503, Rejected::bodies_full, "too many large requests: try again later"};
      co_return co_await refuse(std::move(full));
    }
    if (state == State::complete) co_return Next::request;
    if (state != before) deadline = SteadyClock::now() + (state == State::header ? limits.header_timeout : limits.body_timeout);
    if (ended_ || (stopping_ && state == State::waiting)) co_return Next::close;
    if (state == State::body && parser_.expects_continue() && !sent_continue && parser_.body_bytes() == 0) {
      sent_continue = true;
      shared_.counters.responded(100);
      if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n")) co_return Next::close;
      continue;
    }
    keep_reading();
    if (!co_await wait_until(deadline)) continue;
    if (state == State::waiting) {
      shared_.counters.reject(Rejected::idle_timeout);
      co_return Next::close;
    }
    const bool in_header = state == State::header;
    Refusal late{408, in_header ? Rejected::header_timeout : Rejected::body_timeout,
                 fmt::format("the request's {} did not come in time", in_header ? "header" : "body")};
    co_return co_await refuse(std::move(late));
  }
}

Awaitable<Connection::Next> Connection::refuse(Refusal refusal) {
  shared_.counters.reject(refusal.reason);
  const HttpResponse response = plain_response(refusal.status, refusal.text);
  co_return co_await send_whole(response, false, false);
}

Awaitable<Connection::Next> Connection::respond(HttpRequest request) {
  const bool keep_alive = parser_.keep_alive();
  const bool head_only = request.method == "HEAD";
  request.peer = peer_;
  exchange_ =
      std::make_shared<Exchange>(ExchangeSettings{shared_.limits, shared_.counters, shared_.pool}, std::move(request), services_->read(),
                                 [self = shared_from_this()] { asio::post(self->socket_.get_executor(), [self] { self->wake(); }); });
  HttpCounters::add(shared_.counters.requests_waiting, 1);
  const bool taken = shared_.pool.post([exchange = exchange_, &counters = shared_.counters] {
    HttpCounters::subtract(counters.requests_waiting, 1);
    exchange->run();
  });
  if (!taken) {
    HttpCounters::subtract(shared_.counters.requests_waiting, 1);
    shared_.counters.reject(Rejected::workers_full);
    HttpResponse full = plain_response(503, fmt::format("{} requests are waiting: try again later", shared_.limits.requests_waiting_max));
    full.headers.emplace_back("Retry-After", "1");
    co_return co_await send_whole(full, head_only, keep_alive && !stopping_);
  }
  bool gone = false;
  while (exchange_->progress() == Exchange::Progress::running) {
    // The end of what a client sends is taken for its leaving, as net/http of Go does; a response that is made anyway is still sent.
    if (ended_ && !std::exchange(gone, true)) {
      HttpCounters::add(shared_.counters.clients_gone, 1);
      exchange_->cancel();
    }
    if (broken_) {
      exchange_->abandon();
      co_return Next::close;
    }
    keep_reading();
    co_await wait_until(kNever);
  }
  if (exchange_->progress() == Exchange::Progress::streaming) co_return co_await send_stream(*exchange_, keep_alive && !stopping_);
  if (exchange_->response().web_socket) {
    if (!parser_.http_1_1()) {
      const HttpResponse refused = plain_response(400, "a WebSocket begins with HTTP/1.1");
      co_return co_await send_whole(refused, head_only, keep_alive && !stopping_);
    }
    if (shared_.counters.web_sockets_open.load(std::memory_order_relaxed) >= shared_.limits.web_sockets_max) {
      shared_.counters.reject(Rejected::web_sockets_full);
      HttpResponse full = plain_response(503, fmt::format("{} WebSockets are open: try again later", shared_.limits.web_sockets_max));
      full.headers.emplace_back("Retry-After", "5");
      co_return co_await send_whole(full, head_only, keep_alive && !stopping_);
    }
    co_return co_await serve_web_socket(exchange_->response());
  }
  co_return co_await send_whole(exchange_->response(), head_only, keep_alive && !stopping_);
}

Awaitable<Connection::Next> Connection::send_whole(const HttpResponse& response, bool head_only, bool keep_alive) {
  shared_.counters.responded(response.status);
  const Framing framing = response.stream ? Framing::chunked : Framing::sized;
  const std::string head = response_head(response, framing, response.body.size(), keep_alive, shared_.date());
  const bool bodiless = head_only || response.status == 204 || response.status == 304;
  if (!co_await write(head, bodiless ? std::string_view{} : response.body)) co_return Next::close;
  co_return keep_alive ? Next::request : Next::linger;
}

Awaitable<Connection::Next> Connection::send_stream(Exchange& exchange, bool keep_alive) {
  shared_.counters.responded(exchange.response().status);
  const bool chunked = parser_.http_1_1();
  keep_alive = keep_alive && chunked;
  const Framing framing = chunked ? Framing::chunked : Framing::until_close;
  const std::string head = response_head(exchange.response(), framing, 0, keep_alive, shared_.date());
  bool sent = co_await write(head);
  while (sent) {
    if (ended_) exchange.cancel();
    Exchange::Part part = exchange.take_part();
    if (!part.bytes.empty()) {
      if (chunked) part.bytes += "\r\n";
      const std::string size = chunked ? fmt::format("{:x}\r\n", part.bytes.size() - 2) : std::string();
      sent = co_await write(size, part.bytes);
    } else if (part.last) {
      // Without its last chunk a body is known to be cut short.
      if (!part.whole || (chunked && !co_await write("0\r\n\r\n"))) co_return Next::close;
      co_return keep_alive ? Next::request : Next::linger;
    } else if (broken_) {
      sent = false;
    } else {
      keep_reading();
      co_await wait_until(kNever);
    }
  }
  HttpCounters::add(shared_.counters.clients_gone, 1);
  exchange.abandon();
  co_return Next::close;
}

/// Says that no more comes and reads on for a while: closing a socket with bytes unread would reset the connection under the response.
Awaitable<void> Connection::linger() {
  if (broken_ || stopping_) co_return;
  const auto deadline = SteadyClock::now() + shared_.limits.linger_timeout;
  if (tls_) co_return co_await close_tls(deadline);
  ErrorCode ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  for (size_t discarded = 0; !ended_ && !stopping_ && discarded <= kLingerBytesMax;) {
    discarded += end_ - begin_;
    begin_ = end_;
    keep_reading();
    if (co_await wait_until(deadline)) co_return;
  }
}

/// Sends close_notify and waits for the client's.
Awaitable<void> Connection::close_tls(SteadyClock::time_point deadline) {
  bool done = false;
  tls_->async_shutdown([self = shared_from_this(), &done](ErrorCode) {
    done = true;
    self->wake();
  });
  while (!done) {
    begin_ = end_;
    keep_reading();
    if (broken_ || stopping_) {
      close_socket();
      co_await wait_until(kNever);
    } else if (co_await wait_until(deadline) && !done) {
      close_socket();
    }
  }
}

}  // namespace monitorai::net
