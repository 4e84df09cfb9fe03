#include "net/web_socket_frames.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/check.h"
#include "base/text.h"

namespace monitorai::net {
namespace {

using Event = WebSocketReader::Event;

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 section 1.3
constexpr uint16_t kNoCode = 1005;

unsigned char byte_of(char c) { return static_cast<unsigned char>(c); }

Event failed(WebSocketClose code, std::string why) { return {Event::Kind::failed, std::move(why), static_cast<uint16_t>(code)}; }
Event broken(std::string why) { return failed(WebSocketClose::protocol_error, std::move(why)); }

/// Codes that may stand in a close frame (RFC 6455 section 7.4 and the registry it makes).
bool may_be_sent(uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

void append_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload) {
  out += static_cast<char>(0x80 | static_cast<uint8_t>(opcode));
  const auto append_number = [&](size_t bytes) {
    for (size_t i = bytes; i-- > 0;) out += static_cast<char>((payload.size() >> (8 * i)) & 0xFF);
  };
  if (payload.size() <= 125) {
    out += static_cast<char>(payload.size());
  } else if (payload.size() <= 0xFFFF) {
    out += static_cast<char>(126);
    append_number(2);
  } else {
    out += static_cast<char>(127);
    append_number(8);
  }
  out += payload;
}

void append_masked_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload, std::array<unsigned char, 4> mask) {
  const size_t begin = out.size();
  append_frame(out, opcode, payload);
  out[begin + 1] = static_cast<char>(byte_of(out[begin + 1]) | 0x80u);
  const size_t at = out.size() - payload.size();
  for (size_t i = 0; i < payload.size(); ++i) out[at + i] = static_cast<char>(byte_of(out[at + i]) ^ mask[i % 4]);
  out.insert(at, reinterpret_cast<const char*>(mask.data()), mask.size());
}

void append_close_frame(std::string& out, WebSocketClose code, std::string_view reason) {
  size_t size = std::min(reason.size(), kControlPayloadBytesMax - 2);
  while (size > 0 && !valid_utf8(reason.substr(0, size))) --size;
  const auto number = static_cast<uint16_t>(code);
  std::string payload{static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
  payload += reason.substr(0, size);
  append_frame(out, WebSocketOpcode::close, payload);
}

std::string web_socket_accept(std::string_view key) {
  const std::string text = std::string(key) + std::string(kGuid);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_bytes = 0;
  MAI_CHECK(EVP_Digest(text.data(), text.size(), digest, &digest_bytes, EVP_sha1(), nullptr) == 1);
  unsigned char encoded[2 * EVP_MAX_MD_SIZE];
  const int size = EVP_EncodeBlock(encoded, digest, static_cast<int>(digest_bytes));
  return {reinterpret_cast<const char*>(encoded), static_cast<size_t>(size)};
}

/// True once header_ is whole.
bool WebSocketReader::take_header(std::string_view& bytes) {
  const auto size_of = [&]() -> size_t {
    if (header_.size() < 2) return 2;
    const unsigned length = byte_of(header_[1]) & 0x7Fu;
    return size_t{2} + (length == 126 ? 2 : length == 127 ? 8 : 0) + ((byte_of(header_[1]) & 0x80u) != 0 ? 4 : 0);
  };
  while (header_.size() < size_of()) {
    if (bytes.empty()) return false;
    header_ += bytes.front();
    bytes.remove_prefix(1);
  }
  return true;
}

Event WebSocketReader::check_header() {
  const unsigned first = byte_of(header_[0]), second = byte_of(header_[1]);
  if ((first & 0x70u) != 0) return broken("a reserved bit is set");
  const unsigned opcode = first & 0x0Fu;
  if (opcode > 10 || (opcode > 2 && opcode < 8)) return broken(fmt::format("opcode {} is none", opcode));
  opcode_ = static_cast<WebSocketOpcode>(opcode);
  final_ = (first & 0x80u) != 0;
  const bool masked = (second & 0x80u) != 0;
  if (masked != (peer_ == Peer::client)) return broken(masked ? "a frame of the server is masked" : "a frame of the client is not masked");
  left_ = second & 0x7Fu;
  size_t at = 2;
  if (left_ >= 126) {
    const size_t length_bytes = left_ == 126 ? 2 : 8;
    left_ = 0;
    for (; at < 2 + length_bytes; ++at) left_ = (left_ << 8) | byte_of(header_[at]);
    if ((length_bytes == 2 && left_ < 126) || (length_bytes == 8 && (left_ <= 0xFFFF || left_ >> 63 != 0))) return broken("a frame's length is written in the wrong form");
  }
  for (size_t i = 0; i < 4; ++i) mask_[i] = masked ? byte_of(header_[at + i]) : 0;
  mask_at_ = 0;
  if (is_control()) {
    if (!final_ || left_ > kControlPayloadBytesMax) return broken("a control frame is fragmented or too long");
    control_.clear();
    return {};
  }
  if ((opcode_ == WebSocketOpcode::continuation) != in_message_) return broken(in_message_ ? "a message begins inside another" : "a message begins with its continuation");
  if (left_ > message_bytes_max_ - message_.size()) return failed(WebSocketClose::too_large, fmt::format("messages have at most {} bytes", message_bytes_max_));
  if (!in_message_) is_text_ = opcode_ == WebSocketOpcode::text;
  in_message_ = true;
  return {};
}

Event WebSocketReader::next(std::string_view& bytes) {
  for (;;) {
    if (!in_payload_) {
      if (!take_header(bytes)) return {};
      if (Event problem = check_header(); problem.kind != Event::Kind::none) return problem;
      in_payload_ = true;
    }
    const size_t size = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
    std::string& to = is_control() ? control_ : message_;
    for (const char c : bytes.substr(0, size)) {
      to += static_cast<char>(byte_of(c) ^ mask_[mask_at_]);
      mask_at_ = (mask_at_ + 1) % 4;
    }
    bytes.remove_prefix(size);
    left_ -= size;
    if (left_ > 0) return {};
    in_payload_ = false;
    header_.clear();
    if (Event event = end_of_frame(); event.kind != Event::Kind::none) return event;
  }
}

Event WebSocketReader::end_of_frame() {
  switch (opcode_) {
    case WebSocketOpcode::ping: return {Event::Kind::ping, control_};
    case WebSocketOpcode::pong: return {Event::Kind::pong, control_};
    case WebSocketOpcode::close: return end_of_close();
    default: break;
  }
  if (!final_) return {};
  in_message_ = false;
  if (is_text_ && !valid_utf8(message_)) return failed(WebSocketClose::invalid_text, "a text message is not UTF-8");
  return {Event::Kind::message, std::exchange(message_, {})};
}

Event WebSocketReader::end_of_close() {
  if (control_.empty()) return {Event::Kind::closed, {}, kNoCode};
  if (control_.size() == 1) return broken("a close frame of one byte");
  const auto code = static_cast<uint16_t>(byte_of(control_[0]) << 8 | byte_of(control_[1]));
  if (!may_be_sent(code)) return broken(fmt::format("close code {} is none", code));
  if (!valid_utf8(std::string_view(control_).substr(2))) return failed(WebSocketClose::invalid_text, "a close reason is not UTF-8");
  return {Event::Kind::closed, control_.substr(2), code};
}

}  // namespace monitorai::net
