#include "net/grpc_server.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <nghttp2/nghttp2.h>

#include <unordered_set>

#include "base/base64.h"
#include "base/log.h"
#include "base/text.h"
#include "base/threads.h"
#include "net/content_encoding.h"
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

constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kWriteBytes = 64 * 1024;
constexpr size_t kMessageHeadBytes = 5;
constexpr int32_t kStreamWindow = 4 << 20;
constexpr int32_t kConnectionWindow = 16 << 20;
constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::seconds kRetryAfter{1};
constexpr std::chrono::minutes kResetsWindow{1};

nghttp2_nv field(std::string_view name, std::string_view value) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())), reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

/// "5S", "100m": Hour, Minute, Second, milli, micro, nano.
std::optional<std::chrono::nanoseconds> timeout_of(std::string_view text) {
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  const auto number = parse_integer<int64_t>(text.substr(0, text.size() - 1));
  if (!number || *number < 0) return std::nullopt;
  switch (text.back()) {
    case 'H': return std::chrono::hours(*number);
    case 'M': return std::chrono::minutes(*number);
    case 'S': return std::chrono::seconds(*number);
    case 'm': return std::chrono::milliseconds(*number);
    case 'u': return std::chrono::microseconds(*number);
    case 'n': return std::chrono::nanoseconds(*number);
    default: return std::nullopt;
  }
}

/// grpc-message: percent-encoded but for printable ASCII.
std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') out += c;
    else fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<uint8_t>(c));
  }
  return out;
}

std::string length_delimited(char tag, std::string_view bytes) {
  std::string out(1, tag);
  size_t size = bytes.size();
  for (; size > 0x7f; size >>= 7) out += static_cast<char>((size & 0x7f) | 0x80);
  out += static_cast<char>(size);
  return out.append(bytes);
}

/// google.rpc.Status with a google.rpc.RetryInfo.
std::string retry_details(const GrpcReply& reply) {
  const std::string delay = std::string("\x08") + static_cast<char>(std::min<int64_t>(reply.retry_after->count(), 120));
  const std::string any = length_delimited('\x0a', "type.googleapis.com/google.rpc.RetryInfo") + length_delimited('\x12', length_delimited('\x0a', delay));
  std::string out = base64(std::string("\x08") + static_cast<char>(reply.status) + length_delimited('\x12', reply.message) + length_delimited('\x1a', any));
  while (out.ends_with('=')) out.pop_back();
  return out;
}

/// The message of a call's body.
Result<std::string, GrpcReply> message_of(std::string body, const std::string& encoding, size_t bytes_max) {
  if (body.size() < kMessageHeadBytes) return GrpcReply{.status = GrpcStatus::invalid_argument, .message = "cannot read the call: it has no message"};
  uint32_t size = 0;
  for (size_t i = 1; i < kMessageHeadBytes; ++i) size = (size << 8) | static_cast<uint8_t>(body[i]);
  if (size != body.size() - kMessageHeadBytes)
    return GrpcReply{.status = GrpcStatus::invalid_argument, .message = fmt::format("cannot read the call: its message says {} bytes and has {}", size, body.size() - kMessageHeadBytes)};
  const bool compressed = body[0] == 1;
  body.erase(0, kMessageHeadBytes);
  if (!compressed) return body;
  if (encoding != "gzip") return GrpcReply{.status = GrpcStatus::unimplemented, .message = fmt::format("cannot read grpc-encoding {}: gzip and identity are", json_string(encoding.substr(0, 64)))};
  auto plain = gunzip(body, bytes_max);
  if (plain) return std::move(*plain);
  return GrpcReply{.status = plain.error().code == Code::exhausted ? GrpcStatus::resource_exhausted : GrpcStatus::invalid_argument, .message = plain.error().message};
}

struct Counters {
  std::atomic<uint64_t> connections{0}, refused{0}, ended{0}, calls{0}, failed{0}, open{0};
};

/// What connections share. `bodies_bytes` belongs to the grpc thread.
struct Common {
  Common(GrpcSettings given, asio::io_context& context)
      : settings(std::move(given)), io(context), pool(settings.limits.workers, settings.limits.calls_waiting_max, 0), guard(std::make_shared<const HttpGuard>(settings.guard)) {}
  const GrpcSettings settings;
  asio::io_context& io;
  WorkerPool pool;
  Published<HttpGuard> guard;
  Counters counters;
  size_t bodies_bytes = 0;
};

}  // namespace

class GrpcConnection : public std::enable_shared_from_this<GrpcConnection> {
 public:
  GrpcConnection(Common& common, Socket socket, std::string peer) : common_(common), socket_(std::move(socket)), peer_(std::move(peer)), heard_(SteadyClock::now()), born_(heard_) {}
  ~GrpcConnection() {
    for (auto& [id, stream] : streams_) common_.bodies_bytes -= stream.body.size();
    nghttp2_session_del(session_);
  }

  bool begin() {
    nghttp2_session_callbacks* callbacks = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) return false;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) { return of(self).begin_headers(*frame); });
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void* self) {
          return of(self).header(*frame, {reinterpret_cast<const char*>(name), name_size}, {reinterpret_cast<const char*>(value), value_size});
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, [](nghttp2_session*, uint8_t, int32_t stream, const uint8_t* bytes, size_t size, void* self) {
      return of(self).data(stream, {reinterpret_cast<const char*>(bytes), size});
    });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) { return of(self).frame(*frame); });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, [](nghttp2_session*, int32_t stream, uint32_t, void* self) { return of(self).stream_closed(stream); });
    const int made = nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    if (made != 0) return false;
    const nghttp2_settings_entry entries[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, common_.settings.limits.streams_max},
                                              {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
                                              {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(common_.settings.limits.header_bytes_max)}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries, std::size(entries));
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
    read();
    write();
    return true;
  }

  /// Once a second: silence, calls that do not go on.
  void tick() {
    const auto now = SteadyClock::now();
    const GrpcLimits& limits = common_.settings.limits;
    if (!greeted_ && now - born_ > limits.preface_timeout) return end();
    if (now - heard_ > limits.ping_interval + limits.ping_timeout) return end();
    if (greeted_ && now - heard_ > limits.ping_interval && !pinged_) {
      pinged_ = true;
      nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
    }
    for (const auto& [id, stream] : streams_)
      if (!stream.whole && now - stream.begun > limits.body_timeout) nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    if (now - resets_since_ > kResetsWindow) {
      resets_since_ = now;
      resets_ = 0;
    }
    write();
  }

  void close() {
    ErrorCode ignored;
    closed_ = true;
    socket_.close(ignored);
  }
  bool closed() const { return closed_; }

 private:
  struct Stream {
    std::string path, encoding, content_type;
    Parameters headers;
    size_t header_bytes = 0;
    std::string body;
    SteadyClock::time_point begun = SteadyClock::now();
    std::optional<std::chrono::nanoseconds> timeout;
    bool whole = false;     ///< all of it came
    bool answered = false;
    std::string answer;     ///< what is left to send of it
    size_t sent = 0;
    GrpcReply reply;
    std::string status_text, message_text, details_text;  ///< of trailers
  };
  static GrpcConnection& of(void* self) { return *static_cast<GrpcConnection*>(self); }

  void end() {
    ++common_.counters.ended;
    close();
  }

  void read() {
    socket_.async_read_some(asio::buffer(input_), [self = shared_from_this()](const ErrorCode& error, size_t size) {
      if (error || self->closed_) return self->close();
      self->heard_ = SteadyClock::now();
      self->pinged_ = false;
      const auto taken = nghttp2_session_mem_recv(self->session_, reinterpret_cast<const uint8_t*>(self->input_.data()), size);
      // A flood, or what is no HTTP/2: nghttp2 has said GOAWAY, if anything can be said.
      if (taken < 0 || self->flooded_) {
        self->write();
        return self->end();
      }
      self->write();
      if (nghttp2_session_want_read(self->session_) == 0 && nghttp2_session_want_write(self->session_) == 0) return self->close();
      self->read();
    });
  }

  void write() {
    if (writing_ || closed_) return;
    output_.clear();
    while (output_.size() < kWriteBytes) {
      const uint8_t* bytes = nullptr;
      const auto size = nghttp2_session_mem_send(session_, &bytes);
      if (size <= 0) break;
      output_.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    }
    if (output_.empty()) return;
    writing_ = true;
    asio::async_write(socket_, asio::buffer(output_), [self = shared_from_this()](const ErrorCode& error, size_t) {
      self->writing_ = false;
      if (error) return self->close();
      self->write();
    });
  }

  int begin_headers(const nghttp2_frame& frame) {
    if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) streams_[frame.hd.stream_id];
    return 0;
  }

  int header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
    const auto found = streams_.find(frame.hd.stream_id);
    if (found == streams_.end()) return 0;
    Stream& stream = found->second;
    if ((stream.header_bytes += name.size() + value.size()) > common_.settings.limits.header_bytes_max) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (name == ":path") stream.path = value;
    else if (name == "grpc-encoding") stream.encoding = value;
    else if (name == "content-type") stream.content_type = value;
    else if (name == "grpc-timeout") stream.timeout = timeout_of(value);
    else if (name == ":authority") stream.headers.emplace_back("host", value);
    else if (!name.starts_with(':')) stream.headers.emplace_back(name, value);
    return 0;
  }

  int data(int32_t id, std::string_view bytes) {
    const auto found = streams_.find(id);
    if (found == streams_.end() || found->second.answered) return 0;
    Stream& stream = found->second;
    const GrpcLimits& limits = common_.settings.limits;
    if (stream.body.size() + bytes.size() > limits.message_bytes_max + kMessageHeadBytes) {
      answer(id, {.status = GrpcStatus::resource_exhausted, .message = fmt::format("cannot take the call: its message is larger than {} bytes", limits.message_bytes_max)});
    } else if (common_.bodies_bytes + bytes.size() > limits.bodies_bytes_max) {
      answer(id, {.status = GrpcStatus::resource_exhausted, .message = "cannot take the call: too many are being taken", .retry_after = kRetryAfter});
    } else {
      common_.bodies_bytes += bytes.size();
      stream.body += bytes;
    }
    return 0;
  }

  int frame(const nghttp2_frame& frame) {
    greeted_ = true;
    if (frame.hd.type == NGHTTP2_RST_STREAM) {
      const auto found = streams_.find(frame.hd.stream_id);
      if (found != streams_.end() && !found->second.answered && ++resets_ > common_.settings.limits.resets_max) flooded_ = true;
    }
    if ((frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) dispatch(frame.hd.stream_id);
    return 0;
  }

  int stream_closed(int32_t id) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return 0;
    common_.bodies_bytes -= found->second.body.size();
    streams_.erase(found);
    return 0;
  }

  void dispatch(int32_t id) {
    const auto found = streams_.find(id);
    if (found == streams_.end() || found->second.whole || found->second.answered) return;
    Stream& stream = found->second;
    stream.whole = true;
    if (!stream.content_type.starts_with("application/grpc")) {
      const nghttp2_nv refusal[] = {field(":status", "415")};
      stream.answered = true;
      nghttp2_submit_response(session_, id, refusal, std::size(refusal), nullptr);
      return;
    }
    common_.bodies_bytes -= stream.body.size();
    auto job = [self = shared_from_this(), id, path = stream.path, encoding = stream.encoding, headers = std::move(stream.headers), body = std::exchange(stream.body, {}),
                deadline = stream.timeout ? std::optional(stream.begun + *stream.timeout) : std::nullopt]() mutable {
      GrpcReply reply = self->serve(path, encoding, std::move(headers), std::move(body), deadline);
      asio::post(self->common_.io, [self, id, reply = std::move(reply)]() mutable {
        self->answer(id, std::move(reply));
        self->write();
      });
    };
    if (!common_.pool.post(std::move(job))) answer(id, {.status = GrpcStatus::unavailable, .message = "too many calls wait", .retry_after = kRetryAfter});
  }

  /// On a worker.
  GrpcReply serve(const std::string& path, const std::string& encoding, Parameters headers, std::string body, std::optional<SteadyClock::time_point> deadline) const {
    if (deadline && SteadyClock::now() > *deadline) return {.status = GrpcStatus::deadline_exceeded, .message = "the call waited longer than its deadline"};
    if (const auto guard = common_.guard.read(); *guard) {
      HttpRequest request{.method = "POST", .path = path, .headers = std::move(headers), .peer = peer_};
      if (const auto refusal = (*guard)(request))
        return {.status = refusal->status == 401 ? GrpcStatus::unauthenticated : refusal->status == 429 ? GrpcStatus::resource_exhausted : GrpcStatus::permission_denied,
                .message = std::string(trim(refusal->body))};
    }
    auto message = message_of(std::move(body), encoding, common_.settings.limits.message_bytes_max);
    if (!message) return std::move(message).error();
    if (path == "/grpc.health.v1.Health/Check") return {.body = std::string("\x08\x01", 2)};  // SERVING
    const auto method = common_.settings.methods.find(path);
    if (method == common_.settings.methods.end()) return {.status = GrpcStatus::unimplemented, .message = fmt::format("there is no method {}", path.substr(0, 256))};
    try {
      return method->second(std::move(*message));
    } catch (const std::exception& error) {
      return {.status = GrpcStatus::internal, .message = error.what()};
    }
  }

  void answer(int32_t id, GrpcReply reply) {
    ++common_.counters.calls;
    if (reply.status != GrpcStatus::ok) ++common_.counters.failed;
    const auto found = streams_.find(id);
    if (closed_ || found == streams_.end() || found->second.answered) return;
    Stream& stream = found->second;
    stream.answered = true;
    stream.status_text = fmt::format("{}", reply.status);
    stream.message_text = percent_encoded(reply.message);
    if (reply.retry_after) stream.details_text = retry_details(reply);
    std::vector<nghttp2_nv> head{field(":status", "200"), field("content-type", "application/grpc"), field("grpc-accept-encoding", "identity,gzip")};
    if (reply.status != GrpcStatus::ok) {
      add_trailers(stream, head);
      nghttp2_submit_response(session_, id, head.data(), head.size(), nullptr);
      return;
    }
    const auto size = static_cast<uint32_t>(reply.body.size());
    stream.answer = {'\0', static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size)};
    stream.answer += reply.body;
    nghttp2_data_provider provider{};
    provider.source.ptr = this;
    provider.read_callback = [](nghttp2_session*, int32_t stream_id, uint8_t* to, size_t room, uint32_t* flags, nghttp2_data_source* source, void*) {
      return static_cast<GrpcConnection*>(source->ptr)->give(stream_id, to, room, *flags);
    };
    nghttp2_submit_response(session_, id, head.data(), head.size(), &provider);
  }

  static void add_trailers(const Stream& stream, std::vector<nghttp2_nv>& out) {
    out.push_back(field("grpc-status", stream.status_text));
    if (!stream.message_text.empty()) out.push_back(field("grpc-message", stream.message_text));
    if (!stream.details_text.empty()) out.push_back(field("grpc-status-details-bin", stream.details_text));
  }

  ssize_t give(int32_t id, uint8_t* to, size_t room, uint32_t& flags) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    Stream& stream = found->second;
    const size_t size = std::min(room, stream.answer.size() - stream.sent);
    std::copy_n(stream.answer.data() + stream.sent, size, reinterpret_cast<char*>(to));
    if ((stream.sent += size) == stream.answer.size()) {
      flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      std::vector<nghttp2_nv> trailers;
      add_trailers(stream, trailers);
      nghttp2_submit_trailer(session_, id, trailers.data(), trailers.size());
    }
    return static_cast<ssize_t>(size);
  }

  Common& common_;
  Socket socket_;
  const std::string peer_;
  nghttp2_session* session_ = nullptr;
  std::array<char, kReadBytes> input_;
  std::string output_;
  std::map<int32_t, Stream> streams_;
  SteadyClock::time_point heard_, born_, resets_since_ = SteadyClock::now();
  size_t resets_ = 0;
  bool greeted_ = false, pinged_ = false, writing_ = false, closed_ = false, flooded_ = false;
};

class GrpcServer::Core {
 public:
  explicit Core(GrpcSettings settings) : common_(std::move(settings), io_), acceptor_(io_), timer_(io_), work_(io_.get_executor()) {}

  Result<void> listen() {
    const GrpcSettings& settings = common_.settings;
    ErrorCode error;
    const auto address = asio::ip::make_address(settings.host == "localhost" ? "127.0.0.1" : settings.host, error);
    if (error) return Error{Code::invalid, fmt::format("cannot listen on {}:{}: it is no address", settings.host, settings.port)};
    const asio::ip::tcp::endpoint endpoint(address, settings.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(1024, error);
    if (error) return system_error(fmt::format("cannot listen on {}:{}", settings.host, settings.port), error.value());
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

  Common& common() { return common_; }
  uint16_t port() const { return port_; }

 private:
  void accept() {
    acceptor_.async_accept([this](const ErrorCode& error, Socket socket) {
      if (closing_ || error == asio::error::operation_aborted) return;
      if (!error) {
        ErrorCode ignored;
        if (connections_.size() >= common_.settings.limits.connections_max) {
          ++common_.counters.refused;
        } else {
          ++common_.counters.connections;
          socket.set_option(asio::ip::tcp::no_delay(true), ignored);
          const auto remote = socket.remote_endpoint(ignored);
          auto connection = std::make_shared<GrpcConnection>(common_, std::move(socket), fmt::format("{}:{}", remote.address().to_string(), remote.port()));
          if (connection->begin()) connections_.insert(std::move(connection));
        }
      }
      accept();
    });
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
      tick();
    });
  }

  asio::io_context io_{1};
  Common common_;
  Acceptor acceptor_;
  Timer timer_;
  asio::executor_work_guard<Executor> work_;
  std::unordered_set<std::shared_ptr<GrpcConnection>> connections_;  ///< of the grpc thread
  bool closing_ = false;                                             ///< of the grpc thread
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

GrpcCounts GrpcServer::counts() const {
  const Counters& c = core_->common().counters;
  return {c.connections, c.refused, c.ended, c.calls, c.failed, c.open};
}

}  // namespace monitorai::net
