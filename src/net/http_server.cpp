#include "net/http_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <unordered_set>

#include "base/log.h"
#include "net/http_connection.h"
#include "net/listening_socket.h"
#include "net/response_head.h"
#include "net/tls_context.h"

namespace monitorai::net {
namespace {

using ErrorCode = boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Endpoint = asio::ip::tcp::endpoint;

constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kAwait{};
/// accept(2) that fails for want of descriptors would fail at once again.
constexpr std::chrono::milliseconds kAcceptPause{100};
/// An aborted connection ends by itself, as soon as the io thread comes round.
constexpr std::chrono::milliseconds kAbortedMax{1000};

std::string text_of(const Endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port()) : fmt::format("{}:{}", address, endpoint.port());
}

/// One address that connections come in by. The acceptor belongs to the io thread once accepting began.
struct Listener {
  Listener(std::string given_name, Acceptor given) : name(std::move(given_name)), acceptor(std::move(given)) {}
  const std::string name;
  Acceptor acceptor;
  std::shared_ptr<Published<Service>> services = std::make_shared<Published<Service>>();
  std::optional<TlsFiles> tls_files;
  Published<std::shared_ptr<asio::ssl::context>> tls;  ///< null, or a pointer to the context
};

Result<void> adopt(Acceptor& acceptor, int listening_socket) {
  Endpoint endpoint;
  socklen_t size = static_cast<socklen_t>(endpoint.capacity());
  if (::getsockname(listening_socket, endpoint.data(), &size) != 0) return system_error("cannot listen on the socket handed over", errno);
  ErrorCode error;
  acceptor.assign(endpoint.protocol(), listening_socket, error);
  if (error) return system_error("cannot listen on the socket handed over", error.value());
  ::fcntl(listening_socket, F_SETFD, FD_CLOEXEC);
  return {};
}

}  // namespace

class HttpServer::Core {
 public:
  explicit Core(HttpLimits limits) : shared_(limits), io_(1), work_(io_.get_executor()) {
    thread_ = start_thread("io", [this](const std::stop_token&) { run(); });
  }

  Result<uint16_t> listen(ListenerSettings settings);
  Result<void> replace(std::string_view name, std::shared_ptr<const Router> router, HttpGuard guard);
  Result<void> reload_tls(std::string_view name);
  Result<void> close(std::string_view name);
  void stop();
  HttpCounts counts() const { return shared_.counters.read(); }

 private:
  void run();
  Awaitable<void> accept_all(std::shared_ptr<Listener> listener);
  void accepted(Listener& listener, Socket socket);
  void refuse(Socket socket);
  Result<std::shared_ptr<Listener>> find(std::string_view name);
  void on_io(std::function<void()> work);
  bool wait_for_connections(std::chrono::milliseconds at_most);
  bool end_connections();

  Shared shared_;  ///< before io_, whose last coroutines refer to it
  asio::io_context io_;
  asio::executor_work_guard<Executor> work_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;  ///< of the io thread

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  size_t open_ = 0;  ///< connections_.size(), for stop()
  bool stopped_ = false;
  std::jthread thread_;
};

void HttpServer::Core::run() {
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& e) {
      // A handler of ours never throws; out of memory may. One operation is lost, the thread goes on.
      log::error("the io thread caught an exception", {{"error", e.what()}});
    }
  }
}

Result<uint16_t> HttpServer::Core::listen(ListenerSettings settings) {
  MAI_CHECK(settings.router != nullptr);
  std::shared_ptr<asio::ssl::context> tls;
  if (settings.tls) {
    auto loaded = load_tls(*settings.tls, Alpn::none);
    if (!loaded) return wrap(loaded.error(), fmt::format("cannot listen on {}", address_text(settings.host, settings.port)));
    tls = std::move(*loaded);
  }

  Acceptor acceptor(io_);
  if (settings.listening_socket < 0) {
    MAI_TRY_ASSIGN(settings.listening_socket, open_listening_socket(settings.host, settings.port));
  }
  MAI_TRY(adopt(acceptor, settings.listening_socket));
  ErrorCode ignored;
  const uint16_t port = acceptor.local_endpoint(ignored).port();

  auto listener = std::make_shared<Listener>(std::move(settings.name), std::move(acceptor));
  listener->services->publish(std::make_shared<const Service>(Service{std::move(settings.router), std::move(settings.guard)}));
  listener->tls_files = std::move(settings.tls);
  if (tls) listener->tls.publish(std::make_shared<const std::shared_ptr<asio::ssl::context>>(std::move(tls)));
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return Error{Code::cancelled, fmt::format("cannot listen on {}: the server stops", address_text(settings.host, port))};
    for (const auto& other : listeners_)
      if (other->name == listener->name)
        return Error{Code::invalid, fmt::format("cannot listen on {}: there is a listener \"{}\" already",
                                                address_text(settings.host, port), other->name)};
    listeners_.push_back(listener);
  }
  on_io([this, listener] { asio::co_spawn(io_, accept_all(listener), asio::detached); });
  return port;
}

Result<void> HttpServer::Core::replace(std::string_view name, std::shared_ptr<const Router> router, HttpGuard guard) {
  MAI_CHECK(router != nullptr);
  MAI_TRY_ASSIGN(const auto listener, find(name));
  listener->services->publish(std::make_shared<const Service>(Service{std::move(router), std::move(guard)}));
  return {};
}

Result<void> HttpServer::Core::reload_tls(std::string_view name) {
  MAI_TRY_ASSIGN(const auto listener, find(name));
  if (!listener->tls_files) return {};
  MAI_TRY_ASSIGN(auto tls, load_tls(*listener->tls_files, Alpn::none));
  listener->tls.publish(std::make_shared<const std::shared_ptr<asio::ssl::context>>(std::move(tls)));
  return {};
}

Result<void> HttpServer::Core::close(std::string_view name) {
  MAI_TRY_ASSIGN(const auto listener, find(name));
  {
    const std::lock_guard lock(mutex_);
    std::erase(listeners_, listener);
  }
  on_io([listener] {
    ErrorCode ignored;
    listener->acceptor.close(ignored);
  });
  return {};
}

Result<std::shared_ptr<Listener>> HttpServer::Core::find(std::string_view name) {
  const std::lock_guard lock(mutex_);
  for (const auto& listener : listeners_)
    if (listener->name == name) return listener;
  return Error{Code::not_found, fmt::format("cannot find listener \"{}\"", name)};
}

void HttpServer::Core::on_io(std::function<void()> work) { asio::post(io_, std::move(work)); }

Awaitable<void> HttpServer::Core::accept_all(std::shared_ptr<Listener> listener) {
  bool failing = false;
  while (listener->acceptor.is_open()) {
    auto [error, socket] = co_await listener->acceptor.async_accept(kAwait);
    if (!error) {
      failing = false;
      accepted(*listener, std::move(socket));
      continue;
    }
    if (error == asio::error::operation_aborted || error == asio::error::connection_aborted) continue;
    shared_.counters.reject(Rejected::accept);
    if (!std::exchange(failing, true)) log::warn("cannot accept connections", {{"listener", listener->name}, {"error", error.message()}});
    Timer pause(io_.get_executor(), kAcceptPause);
    co_await pause.async_wait(kAwait);
  }
}

void HttpServer::Core::accepted(Listener& listener, Socket socket) {
  HttpCounters::add(shared_.counters.connections_accepted, 1);
  ErrorCode error;
  socket.non_blocking(true, error);
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  const Endpoint peer = socket.remote_endpoint(error);
  if (error) return;  // gone already
  if (connections_.size() >= shared_.limits.connections_max) return refuse(std::move(socket));
  const auto tls = listener.tls.read();
  auto connection = std::make_shared<Connection>(shared_, std::move(socket), text_of(peer), listener.services, tls ? *tls : nullptr);
  connections_.insert(connection);
  {
    const std::lock_guard lock(mutex_);
    ++open_;
    if (stopped_) connection->begin_stop();
  }
  asio::co_spawn(io_, connection->run(), [this, connection](const std::exception_ptr& failure) {
    if (failure) {
      connection->abort();
      log::error("a connection failed with an exception", {});
    }
    connections_.erase(connection);
    const std::lock_guard lock(mutex_);
    --open_;
    changed_.notify_all();
  });
}

/// One connection too many: told so without waiting for its request, in so far as the socket takes it at once.
void HttpServer::Core::refuse(Socket socket) {
  shared_.counters.reject(Rejected::connections_full);
  shared_.counters.responded(503);
  HttpResponse full = plain_response(503, fmt::format("{} connections are open: try again later", shared_.limits.connections_max));
  full.headers.emplace_back("Retry-After", "1");
  const std::string bytes = response_head(full, Framing::sized, full.body.size(), false, shared_.date()) + full.body;
  ErrorCode ignored;
  socket.write_some(asio::buffer(bytes), ignored);
  socket.shutdown(asio::socket_base::shutdown_send, ignored);
  // What came already is read, or closing would reset the connection under the response.
  std::array<char, 4096> discarded;
  while (!ignored && socket.read_some(asio::buffer(discarded), ignored) == discarded.size()) {}
}

bool HttpServer::Core::wait_for_connections(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [&] { return open_ == 0; });
}

void HttpServer::Core::stop() {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    listeners.swap(listeners_);
  }
  on_io([this, listeners = std::move(listeners)] {
    ErrorCode ignored;
    for (const auto& listener : listeners) listener->acceptor.close(ignored);
    for (const auto& connection : connections_) connection->begin_stop();
  });
  const bool all_ended = end_connections();
  shared_.pool.stop();
  // Without work the io thread ends by itself, once the last operations were delivered.
  work_.reset();
  if (!all_ended) io_.stop();
  thread_.join();
}

/// Grace, then cancellation, then force. False when even that did not end a connection.
bool HttpServer::Core::end_connections() {
  const HttpLimits& limits = shared_.limits;
  if (wait_for_connections(limits.stop_grace)) return true;
  on_io([this] {
    for (const auto& connection : connections_) connection->cancel_request();
  });
  if (wait_for_connections(std::max(limits.stop_timeout - limits.stop_grace, std::chrono::milliseconds{0}))) return true;
  on_io([this] {
    for (const auto& connection : connections_) connection->abort();
  });
  return wait_for_connections(kAbortedMax);
}

HttpServer::HttpServer(HttpLimits limits) : core_(std::make_unique<Core>(limits)) {}
HttpServer::~HttpServer() { core_->stop(); }
Result<uint16_t> HttpServer::listen(ListenerSettings settings) { return core_->listen(std::move(settings)); }
Result<void> HttpServer::replace(std::string_view name, std::shared_ptr<const Router> router, HttpGuard guard) {
  return core_->replace(name, std::move(router), std::move(guard));
}
Result<void> HttpServer::reload_tls(std::string_view name) { return core_->reload_tls(name); }
Result<void> HttpServer::close(std::string_view name) { return core_->close(name); }
void HttpServer::stop() { core_->stop(); }
HttpCounts HttpServer::counts() const { return core_->counts(); }

}  // namespace monitorai::net
