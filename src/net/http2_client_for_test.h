#pragma once
// For tests: an HTTP/2 client that says what it likes, as bytes.

#include <nghttp2/nghttp2.h>

#include <string>
#include <string_view>
#include <vector>

namespace monitorai::net {

/// A frame with that payload.
inline std::string http2_frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  const auto byte = [](size_t value) { return static_cast<char>(value & 0xff); };
  const size_t size = payload.size();
  std::string out{byte(size >> 16), byte(size >> 8), byte(size), static_cast<char>(type), static_cast<char>(flags), byte(stream >> 24), byte(stream >> 16), byte(stream >> 8), byte(stream)};
  return out.append(payload);
}

/// HEADERS without END_HEADERS, and so many CONTINUATIONs of one field each.
inline std::string endless_continuation(size_t frames) {
  std::string out = http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, "\x82");
  for (size_t i = 0; i < frames; ++i) out += http2_frame(NGHTTP2_CONTINUATION, 0, 1, "\x84");
  return out;
}

class Http2Client {
 public:
  /// Says the preface and SETTINGS.
  Http2Client() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_client_new(&session_, callbacks, nullptr);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~Http2Client() { nghttp2_session_del(session_); }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  /// A whole call, or without its end; returns its stream.
  int32_t call(const std::string& path, std::string body, bool ends = true, const std::vector<std::pair<std::string, std::string>>& more = {}) {
    std::vector<nghttp2_nv> head{field(":method", "POST"), field(":scheme", "http"), field(":path", path), field(":authority", "x"), field("content-type", "application/grpc")};
    for (const auto& [name, value] : more) head.push_back(field(name, value));
    body_ = std::move(body);
    sent_ = 0;
    ends_ = ends;
    nghttp2_data_provider provider{};
    provider.source.ptr = this;
    provider.read_callback = [](nghttp2_session*, int32_t, uint8_t* to, size_t room, uint32_t* flags, nghttp2_data_source* source, void*) -> ssize_t {
      auto& self = *static_cast<Http2Client*>(source->ptr);
      const size_t size = std::min(room, self.body_.size() - self.sent_);
      if (size == 0 && !self.ends_) return NGHTTP2_ERR_DEFERRED;
      std::copy_n(self.body_.data() + self.sent_, size, reinterpret_cast<char*>(to));
      if ((self.sent_ += size) == self.body_.size() && self.ends_) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(size);
    };
    const int32_t id = nghttp2_submit_request(session_, nullptr, head.data(), head.size(), &provider, nullptr);
    flush();
    return id;
  }
  void call_and_reset() {
    const int32_t id = call("/test.Echo/Echo", "", false);
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    flush();
  }
  /// What it says since the last time.
  std::string take() {
    flush();
    return std::exchange(bytes_, {});
  }
  /// Reads what the server says, so that its own answers (acknowledgements) follow.
  bool hear(std::string_view bytes) { return nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) >= 0; }

 private:
  static nghttp2_nv field(std::string_view name, std::string_view value) {
    return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())), reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }
  void flush() {
    const uint8_t* data = nullptr;
    for (ssize_t n; (n = nghttp2_session_mem_send(session_, &data)) > 0;) bytes_.append(reinterpret_cast<const char*>(data), static_cast<size_t>(n));
  }

  nghttp2_session* session_ = nullptr;
  std::string body_, bytes_;
  size_t sent_ = 0;
  bool ends_ = true;
};

}  // namespace monitorai::net
