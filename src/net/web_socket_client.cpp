#include "net/web_socket_client.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <poll.h>

#include <fmt/format.h>

#include "base/text.h"
#include "net/curl_library.h"
#include "net/web_socket_frames.h"

namespace monitorai::net {
namespace {

constexpr size_t kHeadBytesMax = 64 * 1024;
constexpr size_t kMessageBytesMax = 64 * 1024 * 1024;
constexpr size_t kReadBytes = 16 * 1024;

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

template <size_t N>
std::array<unsigned char, N> random_bytes() {
  std::array<unsigned char, N> out{};
  MAI_CHECK(RAND_bytes(out.data(), static_cast<int>(N)) == 1);
  return out;
}

struct Target {
  std::string base;  ///< for libcurl: scheme and authority
  std::string host;  ///< for the Host field
  std::string path;  ///< with the query
};

Result<Target> target_of(std::string_view url) {
  const size_t scheme_end = url.find("://");
  const std::string scheme = lower(url.substr(0, std::min(scheme_end, url.size())));
  const bool secure = scheme == "https" || scheme == "wss";
  if (scheme_end == std::string_view::npos || (!secure && scheme != "http" && scheme != "ws"))
    return Error{Code::invalid, fmt::format("cannot connect to {}: it is no http, https, ws or wss URL", url)};
  std::string_view rest = url.substr(scheme_end + 3);
  const size_t path = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, path);
  if (const size_t at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  if (host.empty() || url.find_first_of("\r\n ") != std::string_view::npos) return Error{Code::invalid, "cannot connect: the URL has no host, or holds spaces"};
  return Target{fmt::format("{}://{}", secure ? "https" : "http", host), std::string(host), path == rest.size() ? "/" : std::string(rest.substr(path))};
}

}  // namespace

class WebSocketClient::Curl {
 public:
  Curl() : easy_(curl().easy_init()) { MAI_CHECK(easy_ != nullptr); }
  ~Curl() { curl().easy_cleanup(easy_); }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  Result<void> connect(const HttpClientSettings& settings, const Target& target) {
    curl().easy_setopt(easy_, CURLOPT_URL, target.base.c_str());
    curl().easy_setopt(easy_, CURLOPT_CONNECT_ONLY, 1L);
    curl().easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl().easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
    if (!settings.proxy_from_environment) curl().easy_setopt(easy_, CURLOPT_PROXY, "");
    if (!settings.ca_file.empty()) curl().easy_setopt(easy_, CURLOPT_CAINFO, settings.ca_file.c_str());
    if (settings.insecure_skip_verify) {
      curl().easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 0L);
      curl().easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    char why[CURL_ERROR_SIZE] = "";
    curl().easy_setopt(easy_, CURLOPT_ERRORBUFFER, why);
    const CURLcode code = curl().easy_perform(easy_);
    curl().easy_setopt(easy_, CURLOPT_ERRORBUFFER, nullptr);
    if (code != CURLE_OK) return Error{Code::unavailable, fmt::format("cannot connect to {}: {}", target.base, why[0] != '\0' ? why : curl().easy_strerror(code))};
    return {};
  }

  Result<void> upgrade(const HttpClientSettings& settings, const Target& target) {
    const auto random = random_bytes<16>();
    const std::string key = base64({reinterpret_cast<const char*>(random.data()), random.size()});
    std::string request = fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n", target.path, target.host, key);
    if (!settings.bearer_token.empty()) request += fmt::format("Authorization: Bearer {}\r\n", settings.bearer_token);
    else if (!settings.user.empty()) request += fmt::format("Authorization: Basic {}\r\n", base64(settings.user + ":" + settings.password));
    MAI_TRY(send(request + "\r\n"));
    size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (received_.size() > kHeadBytesMax) return Error{Code::corrupt, "cannot read the answer: its header does not end"};
      MAI_TRY_ASSIGN(const bool more, fill());
      if (!more) return Error{Code::unavailable, fmt::format("cannot read the answer of {}: the connection ended", target.base)};
    }
    const std::string head = lower(received_.substr(0, end));
    if (!head.starts_with("http/1.1 101")) return refusal(end);
    if (head.find(lower(fmt::format("\r\nsec-websocket-accept: {}", web_socket_accept(key)))) == std::string::npos)
      return Error{Code::corrupt, fmt::format("cannot read the answer of {}: it is not that of a WebSocket", target.base)};
    received_.erase(0, end + 4);
    return {};
  }

  Result<void> send(std::string_view bytes) {
    while (!bytes.empty()) {
      size_t sent = 0;
      const CURLcode code = curl().easy_send(easy_, bytes.data(), bytes.size(), &sent);
      if (code == CURLE_AGAIN) wait(POLLOUT);
      else if (code != CURLE_OK) return Error{Code::unavailable, fmt::format("cannot send: {}", curl().easy_strerror(code))};
      bytes.remove_prefix(sent);
    }
    return {};
  }

  /// False at the end.
  Result<bool> fill() {
    for (;;) {
      char buffer[kReadBytes];
      size_t size = 0;
      const CURLcode code = curl().easy_recv(easy_, buffer, sizeof buffer, &size);
      if (code == CURLE_AGAIN) {
        wait(POLLIN);
        continue;
      }
      if (code != CURLE_OK) return Error{Code::unavailable, fmt::format("cannot read: {}", curl().easy_strerror(code))};
      received_.append(buffer, size);
      return size > 0;
    }
  }

  Result<std::optional<std::string>> receive() {
    using Kind = WebSocketReader::Event::Kind;
    for (;;) {
      std::string_view bytes = received_;
      WebSocketReader::Event event = reader_.next(bytes);
      received_.erase(0, received_.size() - bytes.size());
      switch (event.kind) {
        case Kind::message: return std::optional(std::move(event.payload));
        case Kind::ping: MAI_TRY(send_frame(WebSocketOpcode::pong, event.payload)); break;
        case Kind::pong: break;
        case Kind::closed:
          (void)send_frame(WebSocketOpcode::close, "");
          if (event.code == static_cast<uint16_t>(WebSocketClose::normal) || event.code == 1005) return std::optional<std::string>();
          return Error{Code::unavailable, fmt::format("the server closed the connection ({}){}{}", event.code, event.payload.empty() ? "" : ": ", event.payload)};
        case Kind::failed: return Error{Code::corrupt, fmt::format("cannot read what the server sent: {}", event.payload)};
        case Kind::none: {
          MAI_TRY_ASSIGN(const bool more, fill());
          if (!more) return Error{Code::unavailable, "the server ended the connection"};
        }
      }
    }
  }

  Result<void> send_frame(WebSocketOpcode opcode, std::string_view payload) {
    std::string frame;
    append_masked_frame(frame, opcode, payload, random_bytes<4>());
    return send(frame);
  }

 private:
  /// What the server says instead of the upgrade.
  Error refusal(size_t head_end) {
    const std::string head = lower(received_.substr(0, head_end + 2));
    const std::string status = head.substr(std::min<size_t>(head.size(), 9), 3);
    if (status == "401") return {Code::invalid, "it wants a password (--user NAME:PASSWORD) or a token (MONITORAI_TOKEN)"};
    constexpr std::string_view kLength = "\r\ncontent-length: ";
    const size_t length_at = head.find(kLength);
    const std::string_view length = length_at == std::string::npos ? "" : std::string_view(head).substr(length_at + kLength.size());
    const size_t wanted = head_end + 4 + std::min(parse_integer<size_t>(trim(length.substr(0, length.find('\r')))).value_or(0), kHeadBytesMax);
    while (received_.size() < wanted) {
      const auto more = fill();
      if (!more || !*more) break;
    }
    const std::string_view text = trim(std::string_view(received_).substr(head_end + 4));
    return {Code::invalid, text.empty() ? fmt::format("the server answers {}", status) : to_valid_utf8(text)};
  }

  void wait(short events) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl().easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket);
    pollfd waiting{socket, events, 0};
    ::poll(&waiting, 1, -1);
  }

  CURL* easy_;
  std::string received_;
  WebSocketReader reader_{kMessageBytesMax, WebSocketReader::Peer::server};
};

WebSocketClient::WebSocketClient(std::unique_ptr<Curl> curl) : curl_(std::move(curl)) {}
WebSocketClient::~WebSocketClient() = default;

Result<std::unique_ptr<WebSocketClient>> WebSocketClient::connect(const HttpClientSettings& settings, std::string_view url) {
  MAI_TRY_ASSIGN(const Target target, target_of(url));
  MAI_TRY(load_curl());
  auto curl = std::make_unique<Curl>();
  MAI_TRY(curl->connect(settings, target));
  MAI_TRY(curl->upgrade(settings, target));
  return std::unique_ptr<WebSocketClient>(new WebSocketClient(std::move(curl)));
}

Result<std::optional<std::string>> WebSocketClient::receive() { return curl_->receive(); }
Result<void> WebSocketClient::send(std::string_view text) { return curl_->send_frame(WebSocketOpcode::text, text); }

}  // namespace monitorai::net
