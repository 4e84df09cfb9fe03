#include "net/grpc_session.h"

#include <nghttp2/nghttp2.h>

#include "base/check.h"

namespace monitorai::net {
namespace {

constexpr int32_t kStreamWindow = 4 << 20;
constexpr int32_t kConnectionWindow = 16 << 20;
constexpr size_t kReserveMax = 1 << 20;
constexpr std::chrono::seconds kRetryAfter{1};
constexpr std::chrono::minutes kResetsWindow{1};

nghttp2_nv field(std::string_view name, std::string_view value) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())), reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

nghttp2_session* as_session(const auto& session) { return static_cast<nghttp2_session*>(session.get()); }

}  // namespace

struct GrpcSession::Stream {
  std::string path, encoding, content_type;
  Parameters headers;
  size_t header_bytes = 0;
  std::string body;
  GrpcTime begun;
  std::optional<std::chrono::nanoseconds> timeout;
  bool whole = false;  ///< all of it came
  bool answered = false;
  std::string answer;  ///< framed
  size_t sent = 0;     ///< of it
  std::string status, message, details;  ///< of trailers

  void add_trailers(std::vector<nghttp2_nv>& out) const {
    out.push_back(field("grpc-status", status));
    if (!message.empty()) out.push_back(field("grpc-message", message));
    if (!details.empty()) out.push_back(field("grpc-status-details-bin", details));
  }
};

struct GrpcSession::Callbacks {
  static GrpcSession& of(void* self) { return *static_cast<GrpcSession*>(self); }
  static std::string_view text(const uint8_t* bytes, size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

  static void set(nghttp2_session_callbacks* to) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(to, [](nghttp2_session*, const nghttp2_frame_hd* head, void* self) { return of(self).begin_frame(head->type, head->length); });
    nghttp2_session_callbacks_set_on_begin_headers_callback(to, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
      return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST ? of(self).begin_headers(frame->hd.stream_id) : 0;
    });
    nghttp2_session_callbacks_set_on_header_callback(
        to, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void* self) {
          return of(self).header(frame->hd.stream_id, text(name, name_size), text(value, value_size));
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        to, [](nghttp2_session*, uint8_t, int32_t stream, const uint8_t* bytes, size_t size, void* self) { return of(self).data(stream, text(bytes, size)); });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        to, [](nghttp2_session*, const nghttp2_frame* frame, void* self) { return of(self).frame(frame->hd.type, frame->hd.flags, frame->hd.stream_id); });
    nghttp2_session_callbacks_set_on_stream_close_callback(to, [](nghttp2_session*, int32_t stream, uint32_t, void* self) {
      of(self).stream_closed(stream);
      return 0;
    });
    nghttp2_session_callbacks_set_on_frame_send_callback(to, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
      if (frame->hd.type == NGHTTP2_GOAWAY) of(self).goaway_sent(frame->goaway.error_code);
      if (frame->hd.type == NGHTTP2_HEADERS && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) of(self).answer_sent(frame->hd.stream_id);
      return 0;
    });
  }
};

void GrpcSession::Freed::operator()(void* session) const { nghttp2_session_del(static_cast<nghttp2_session*>(session)); }

GrpcSession::GrpcSession(const GrpcLimits& limits, GrpcCounters& counters, size_t& bodies_bytes, Take take, GrpcTime now)
    : limits_(limits), counters_(counters), bodies_bytes_(bodies_bytes), take_(std::move(take)), now_(now), heard_(now), born_(now), resets_since_(now) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session* session = nullptr;
  nghttp2_option* option = nullptr;
  MAI_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0);
  nghttp2_option_set_max_continuations(option, limits.continuations_max);
  Callbacks::set(callbacks);
  MAI_CHECK(nghttp2_session_server_new2(&session, callbacks, this, option) == 0);
  session_.reset(session);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry entries[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams_max},
                                            {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
                                            {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(limits.header_bytes_max)}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries, std::size(entries));
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

GrpcSession::~GrpcSession() {
  for (auto& [id, stream] : streams_) bodies_bytes_ -= stream.body.size();
}

bool GrpcSession::receive(std::string_view bytes, GrpcTime now) {
  if (ended_) return false;
  now_ = heard_ = now;
  pinged_ = false;
  const auto taken = nghttp2_session_mem_recv(as_session(session_), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  // nghttp2 has said GOAWAY, if anything can be said.
  if (taken < 0) end(taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS ? GrpcEnd::continuations : GrpcEnd::protocol);
  return !finished();
}

bool GrpcSession::finished() const { return ended_ || (nghttp2_session_want_read(as_session(session_)) == 0 && nghttp2_session_want_write(as_session(session_)) == 0); }

bool GrpcSession::tick(GrpcTime now) {
  if (ended_) return false;
  now_ = now;
  if (!greeted_ && now - born_ > limits_.preface_timeout) end(GrpcEnd::preface);
  else if (now - heard_ > limits_.ping_interval + limits_.ping_timeout) end(GrpcEnd::silence);
  if (ended_) return false;
  if (greeted_ && now - heard_ > limits_.ping_interval && !pinged_) {
    pinged_ = true;
    nghttp2_submit_ping(as_session(session_), NGHTTP2_FLAG_NONE, nullptr);
  }
  for (auto& [id, stream] : streams_) {
    if (stream.whole || now - stream.begun <= limits_.body_timeout) continue;
    stream.whole = true;
    ++counters_.calls_timed_out;
    nghttp2_submit_rst_stream(as_session(session_), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  }
  return true;
}

void GrpcSession::output(std::string& out, size_t bytes_max) {
  while (out.size() < bytes_max) {
    const uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(as_session(session_), &bytes);
    if (size <= 0) break;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
}

void GrpcSession::end(GrpcEnd why) {
  if (ended_) return;
  ended_ = why;
  counters_.ended(why);
  const bool flood = why == GrpcEnd::resets || why == GrpcEnd::continuations || why == GrpcEnd::idle_frames;
  nghttp2_session_terminate_session(as_session(session_), flood ? NGHTTP2_ENHANCE_YOUR_CALM : why == GrpcEnd::protocol ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_NO_ERROR);
}

/// nghttp2 says it by itself to a client that breaks the protocol.
void GrpcSession::goaway_sent(uint32_t code) {
  if (ended_ || code == NGHTTP2_NO_ERROR) return;
  ended_ = GrpcEnd::protocol;
  counters_.ended(GrpcEnd::protocol);
}

/// Of a client that still sends (RFC 9113 section 8.1): it need not.
void GrpcSession::answer_sent(int32_t id) {
  const auto found = streams_.find(id);
  if (found != streams_.end() && !found->second.whole) nghttp2_submit_rst_stream(as_session(session_), NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
}

int GrpcSession::begin_frame(uint8_t type, size_t length) {
  greeted_ = true;
  const bool brings = type == NGHTTP2_HEADERS || (type == NGHTTP2_DATA && length > 0);
  if (brings) idle_frames_ = 0;
  else if (++idle_frames_ > limits_.idle_frames_max) end(GrpcEnd::idle_frames);
  return 0;
}

/// After a goodbye nothing begins: whether nghttp2 still reads it depends on how the bytes came in pieces.
int GrpcSession::begin_headers(int32_t id) {
  if (said_goodbye_) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  streams_[id].begun = now_;
  return 0;
}

int GrpcSession::header(int32_t id, std::string_view name, std::string_view value) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.whole) return 0;
  Stream& stream = found->second;
  if ((stream.header_bytes += name.size() + value.size()) > limits_.header_bytes_max) {
    stream.whole = true;
    ++counters_.calls_header_too_large;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  if (name == ":path") stream.path = value;
  else if (name == "grpc-encoding") stream.encoding = value;
  else if (name == "content-type") stream.content_type = value;
  else if (name == "grpc-timeout") stream.timeout = grpc_timeout(value);
  else if (name == ":authority") stream.headers.emplace_back("host", value);
  else if (!name.starts_with(':')) stream.headers.emplace_back(name, value);
  return 0;
}

int GrpcSession::data(int32_t id, std::string_view bytes) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.answered) return 0;
  Stream& stream = found->second;
  if (bodies_bytes_ + bytes.size() > limits_.bodies_bytes_max) {
    refuse(stream, id, {.status = GrpcStatus::resource_exhausted, .message = "cannot take the call: too many are being taken", .retry_after = kRetryAfter});
    return 0;
  }
  const bool begins = stream.body.size() < kGrpcFrameBytes;
  bodies_bytes_ += bytes.size();
  stream.body += bytes;
  const auto told = begins ? grpc_frame_size(stream.body) : std::nullopt;
  if (stream.body.size() > limits_.message_bytes_max + kGrpcFrameBytes || (told && *told > limits_.message_bytes_max))
    refuse(stream, id, {.status = GrpcStatus::resource_exhausted, .message = fmt::format("cannot take the call: its message is larger than {} bytes", limits_.message_bytes_max)});
  else if (told) stream.body.reserve(std::min(*told + kGrpcFrameBytes, kReserveMax));
  return 0;
}

int GrpcSession::frame(uint8_t type, uint8_t flags, int32_t id) {
  if (type == NGHTTP2_GOAWAY) said_goodbye_ = true;
  if (type == NGHTTP2_RST_STREAM) {
    const auto found = streams_.find(id);
    if (found == streams_.end() || found->second.answered) return 0;
    if (now_ - resets_since_ > kResetsWindow) {
      resets_since_ = now_;
      resets_ = 0;
    }
    if (++resets_ > limits_.resets_max) end(GrpcEnd::resets);
  }
  if ((type == NGHTTP2_HEADERS || type == NGHTTP2_DATA) && (flags & NGHTTP2_FLAG_END_STREAM) != 0) whole(id);
  return 0;
}

void GrpcSession::stream_closed(int32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  bodies_bytes_ -= found->second.body.size();
  streams_.erase(found);
}

void GrpcSession::whole(int32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.whole || found->second.answered) return;
  Stream& stream = found->second;
  stream.whole = true;
  if (!stream.content_type.starts_with("application/grpc")) {
    const nghttp2_nv refusal[] = {field(":status", "415")};
    stream.answered = true;
    nghttp2_submit_response(as_session(session_), id, refusal, std::size(refusal), nullptr);
    return;
  }
  take_({.id = id,
         .path = std::move(stream.path),
         .encoding = std::move(stream.encoding),
         .headers = std::move(stream.headers),
         .body = std::exchange(stream.body, {}),
         .deadline = stream.timeout ? std::optional(stream.begun + *stream.timeout) : std::nullopt});
}

/// Before all of it came: what comes yet is not kept.
void GrpcSession::refuse(Stream& stream, int32_t id, GrpcReply reply) {
  bodies_bytes_ -= stream.body.size();
  stream.body = {};
  answer(id, std::move(reply));
}

void GrpcSession::answer(int32_t id, GrpcReply reply) {
  ++counters_.calls;
  if (reply.status != GrpcStatus::ok) ++counters_.calls_failed;
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.answered) return;
  Stream& stream = found->second;
  stream.answered = true;
  stream.status = fmt::format("{}", reply.status);
  stream.message = grpc_percent_encoded(reply.message);
  if (reply.retry_after) stream.details = grpc_retry_details(reply);
  std::vector<nghttp2_nv> head{field(":status", "200"), field("content-type", "application/grpc"), field("grpc-accept-encoding", "identity,gzip")};
  if (reply.status != GrpcStatus::ok) {
    stream.add_trailers(head);
    nghttp2_submit_response(as_session(session_), id, head.data(), head.size(), nullptr);
    return;
  }
  stream.answer = grpc_framed(reply.body);
  nghttp2_data_provider provider{};
  provider.source.ptr = this;
  provider.read_callback = [](nghttp2_session*, int32_t stream_id, uint8_t* to, size_t room, uint32_t* flags, nghttp2_data_source* source, void*) -> ssize_t {
    return static_cast<GrpcSession*>(source->ptr)->give(stream_id, to, room, *flags);
  };
  nghttp2_submit_response(as_session(session_), id, head.data(), head.size(), &provider);
}

ptrdiff_t GrpcSession::give(int32_t id, uint8_t* to, size_t room, uint32_t& flags) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  Stream& stream = found->second;
  const size_t size = std::min(room, stream.answer.size() - stream.sent);
  std::copy_n(stream.answer.data() + stream.sent, size, reinterpret_cast<char*>(to));
  if ((stream.sent += size) == stream.answer.size()) {
    flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    std::vector<nghttp2_nv> trailers;
    stream.add_trailers(trailers);
    nghttp2_submit_trailer(as_session(session_), id, trailers.data(), trailers.size());
  }
  return static_cast<ptrdiff_t>(size);
}

}  // namespace monitorai::net
