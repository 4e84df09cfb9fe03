#include "net/grpc_server.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <unordered_set>

#include "base/log.h"
#include "base/text.h"
#include "base/threads.h"
#include "net/grpc_session.h"
#include "net/listening_socket.h"
#include "net/tls_context.h"
#include "net/worker_pool.h"

namespace monitorai::net {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using SteadyClock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;
using TlsContext = std::shared_ptr<asio::ssl::context>;

constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kWriteBytes = 64 * 1024;
constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::seconds kRetryAfter{1};

/// What connections share. `bodies_bytes` belongs to the grpc thread.
struct Common {
  Common(GrpcSettings given, asio::io_context& context)
      : settings(std::move(given)), io(context), pool(settings.limits.workers, settings.limits.calls_waiting_max, 0), guard(std::make_shared<const HttpGuard>(settings.guard)) {}
  const GrpcSettings settings;
  asio::io_context& io;
  WorkerPool pool;
  Published<HttpGuard> guard;
  Published<TlsContext> tls;  ///< null, or a pointer to the context
  GrpcCounters counters;
  size_t bodies_bytes = 0;

  /// On a worker.
  GrpcReply serve(GrpcCall call, const std::string& peer) const {
    if (call.deadline && settings.now() > *call.deadline) return {.status = GrpcStatus::deadline_exceeded, .message = "the call waited longer than its deadline"};
    if (const auto asked = guard.read(); *asked) {
      HttpRequest request{.method = "POST", .path = call.path, .headers = std::move(call.headers), .peer = peer};
      if (const auto refusal = (*asked)(request))
        return {.status = refusal->status == 401 ? GrpcStatus::unauthenticated : refusal->status == 429 ? GrpcStatus::resource_exhausted : GrpcStatus::permission_denied,
                .message = std::string(trim(refusal->body))};
    }
    auto message = grpc_message(std::move(call.body), call.encoding, settings.limits.message_bytes_max);
    if (!message) return std::move(message).error();
    if (call.path == "/grpc.health.v1.Health/Check") return {.body = std::string("\x08\x01", 2)};  // SERVING
    const auto method = settings.methods.find(call.path);
    if (method == settings.methods.end()) return {.status = GrpcStatus::unimplemented, .message = fmt::format("there is no method {}", call.path.substr(0, 256))};
    try {
      return method->second(std::move(*message));
    } catch (const std::exception& error) {
      return {.status = GrpcStatus::internal, .message = error.what()};
    }
  }
};

/// A socket and its session. Of the grpc thread.
class GrpcConnection : public std::enable_shared_from_this<GrpcConnection> {
 public:
  GrpcConnection(Common& common, Socket socket, std::string peer, TlsContext tls)
      : common_(common), socket_(std::move(socket)), peer_(std::move(peer)), context_(std::move(tls)),
        session_(common.settings.limits, common.counters, common.bodies_bytes, [this](GrpcCall call) { take(std::move(call)); }, common.settings.now()) {
    if (context_) tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *context_);
  }

  void begin() {
    if (!tls_) return go();
    tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](const ErrorCode& error) {
      if (self->closed_) return;
      if (!error) return self->go();
      self->session_.end(GrpcEnd::tls);
      self->close();
    });
  }

  void tick() {
    const auto now = common_.settings.now();
    if (writing_ && now - writing_since_ > common_.settings.limits.write_timeout) {
      session_.end(GrpcEnd::unread);
      return close();
    }
    // What said GOAWAY has had a second for it to be sent.
    if (session_.finished() || !session_.tick(now)) return close();
    write();
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    ErrorCode ignored;
    socket_.close(ignored);
  }
  bool closed() const { return closed_; }

 private:
  void go() {
    going_ = true;
    read();
    write();
  }

  void read() {
    auto done = [self = shared_from_this()](const ErrorCode& error, size_t size) {
      if (error || self->closed_) return self->close();
      const bool goes_on = self->session_.receive({self->input_.data(), size}, self->common_.settings.now());
      self->write();
      if (goes_on && !self->closed_) self->read();
    };
    if (tls_) tls_->async_read_some(asio::buffer(input_), std::move(done));
    else socket_.async_read_some(asio::buffer(input_), std::move(done));
  }

  void write() {
    if (writing_ || closed_ || !going_) return;
    output_.clear();
    session_.output(output_, kWriteBytes);
    if (output_.empty()) {
      if (session_.finished()) close();
      return;
    }
    writing_ = true;
    writing_since_ = common_.settings.now();
    auto done = [self = shared_from_this()](const ErrorCode& error, size_t) {
      self->writing_ = false;
      if (error) return self->close();
      self->write();
    };
    if (tls_) asio::async_write(*tls_, asio::buffer(output_), std::move(done));
    else asio::async_write(socket_, asio::buffer(output_), std::move(done));
  }

  void take(GrpcCall call) {
    const int32_t id = call.id;
    const size_t bytes = call.body.size();
    auto job = [self = shared_from_this(), id, bytes, call = std::move(call)]() mutable {
      GrpcReply reply = self->common_.serve(std::move(call), self->peer_);
      asio::post(self->common_.io, [self, id, bytes, reply = std::move(reply)]() mutable {
        self->common_.bodies_bytes -= bytes;
        if (self->closed_) return;
        self->session_.answer(id, std::move(reply));
        self->write();
      });
    };
    if (common_.pool.post(std::move(job))) return;
    common_.bodies_bytes -= bytes;
    session_.answer(id, {.status = GrpcStatus::unavailable, .message = "too many calls wait", .retry_after = kRetryAfter});
  }

  Common& common_;
  Socket socket_;
  const std::string peer_;
  const TlsContext context_;
  std::unique_ptr<asio::ssl::stream<Socket&>> tls_;
  GrpcSession session_;
  std::array<char, kReadBytes> input_;
  std::string output_;
  SteadyClock::time_point writing_since_;
  bool going_ = false, writing_ = false, closed_ = false;
};

}  // namespace

class GrpcServer::Core {
 public:
  explicit Core(GrpcSettings settings) : common_(std::move(settings), io_), acceptor_(io_), timer_(io_), work_(io_.get_executor()) {}

  Result<void> listen() {
    const GrpcSettings& settings = common_.settings;
    if (const auto loaded = reload_tls(); !loaded) return wrap(loaded.error(), fmt::format("cannot listen on {}", address_text(settings.host, settings.port)));
    MAI_TRY_ASSIGN(const int socket, open_listening_socket(settings.host, settings.port));
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size);
    ErrorCode error;
    acceptor_.assign(bound.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket, error);
    if (error) {
      ::close(socket);
      return system_error(fmt::format("cannot listen on {}", address_text(settings.host, settings.port)), error.value());
    }
    port_ = acceptor_.local_endpoint(error).port();
    accept();
    tick();
    thread_ = start_thread("grpc", [this](const std::stop_token&) {
      for (;;) {
        try {
          io_.run();
          return;
        } catch (const std::exception& caught) {
          log::error("the grpc thread caught an exception", {{"error", caught.what()}});
        }
      }
    });
    return {};
  }

  void stop() {
    if (std::exchange(stopped_, true) || !thread_.joinable()) return;
    asio::post(io_, [this] {
      ErrorCode ignored;
      acceptor_.close(ignored);
      timer_.cancel();
      for (const auto& connection : connections_) connection->close();
      connections_.clear();
      closing_ = true;
    });
    common_.pool.stop();
    asio::post(io_, [this] { work_.reset(); });
    thread_ = {};
  }

  Result<void> reload_tls() {
    if (!common_.settings.tls) return {};
    MAI_TRY_ASSIGN(auto loaded, load_tls(*common_.settings.tls, Alpn::http2));
    common_.tls.publish(std::make_shared<const TlsContext>(std::move(loaded)));
    return {};
  }

  Common& common() { return common_; }
  uint16_t port() const { return port_; }

 private:
  void accept() {
    acceptor_.async_accept([this](const ErrorCode& error, Socket socket) {
      if (closing_ || error == asio::error::operation_aborted) return;
      if (!error) {
        ErrorCode ignored;
        if (connections_.size() >= common_.settings.limits.connections_max) {
          ++common_.counters.connections_refused;
        } else {
          ++common_.counters.connections;
          socket.set_option(asio::ip::tcp::no_delay(true), ignored);
          const auto remote = socket.remote_endpoint(ignored);
          const auto tls = common_.tls.read();
          const auto connection = std::make_shared<GrpcConnection>(common_, std::move(socket), fmt::format("{}:{}", remote.address().to_string(), remote.port()), tls ? *tls : nullptr);
          connections_.insert(connection);
          connection->begin();
        }
        return accept();
      }
      // For want of descriptors it would fail at once again: the next tick goes on.
      ++common_.counters.connections_refused;
      accepting_ = false;
    });
    accepting_ = true;
  }

  void tick() {
    timer_.expires_after(kTick);
    timer_.async_wait([this](const ErrorCode& error) {
      if (error || closing_) return;
      for (const auto& connection : std::vector(connections_.begin(), connections_.end())) {
        if (!connection->closed()) connection->tick();
        if (connection->closed()) connections_.erase(connection);
      }
      common_.counters.open = connections_.size();
      if (!accepting_) accept();
      tick();
    });
  }

  asio::io_context io_{1};
  Common common_;
  Acceptor acceptor_;
  Timer timer_;
  asio::executor_work_guard<Executor> work_;
  std::unordered_set<std::shared_ptr<GrpcConnection>> connections_;  ///< of the grpc thread
  bool closing_ = false, accepting_ = false;                           ///< of the grpc thread
  uint16_t port_ = 0;
  bool stopped_ = false;
  std::jthread thread_;
};

Result<std::unique_ptr<GrpcServer>> GrpcServer::start(GrpcSettings settings) {
  auto core = std::make_unique<Core>(std::move(settings));
  MAI_TRY(core->listen());
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(core)));
}

GrpcServer::GrpcServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}
GrpcServer::~GrpcServer() { stop(); }
uint16_t GrpcServer::port() const { return core_->port(); }
void GrpcServer::set_guard(HttpGuard guard) { core_->common().guard.publish(std::make_shared<const HttpGuard>(std::move(guard))); }
void GrpcServer::stop() { core_->stop(); }

Result<void> GrpcServer::reload_tls() { return core_->reload_tls(); }
GrpcCounts GrpcServer::counts() const { return read_counts(core_->common().counters); }

}  // namespace monitorai::net
