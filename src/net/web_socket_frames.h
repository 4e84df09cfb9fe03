#pragma once
// The frames of RFC 6455, from bytes and to bytes. Pure: no socket, so that it is fuzzed and tested on bytes alone.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/web_socket.h"

namespace monitorai::net {

enum class WebSocketOpcode : uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

inline constexpr size_t kControlPayloadBytesMax = 125;  ///< RFC 6455 section 5.5

/// Appends an unfragmented, unmasked frame: what a server sends.
void append_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload);
/// The same as a client sends it.
void append_masked_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload, std::array<unsigned char, 4> mask);
/// A close frame; the reason is cut to what fits, at a character's end.
void append_close_frame(std::string& out, WebSocketClose code, std::string_view reason);
/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2).
std::string web_socket_accept(std::string_view key);

/// What the peer sends, frame by frame: a client masks its frames, a server does not. After `closed` or `failed` no more bytes may be given.
class WebSocketReader {
 public:
  struct Event {
    enum class Kind {
      none,     ///< more bytes are needed
      message,  ///< payload: a whole text or binary message
      ping,     ///< payload: to be sent back
      pong,
      closed,  ///< code: what the client said, or 1005 when it said nothing
      failed,  ///< code: what to close with; payload: why
    };
    Kind kind = Kind::none;
    std::string payload{};
    uint16_t code = 0;
  };

  enum class Peer { client, server };
  explicit WebSocketReader(size_t message_bytes_max, Peer peer = Peer::client) : message_bytes_max_(message_bytes_max), peer_(peer) {}
  /// Removes from `bytes` what it took, up to and including what made the event.
  Event next(std::string_view& bytes);

 private:
  bool take_header(std::string_view& bytes);
  Event check_header();
  Event end_of_frame();
  Event end_of_close();
  bool is_control() const { return static_cast<uint8_t>(opcode_) >= 8; }

  const size_t message_bytes_max_;
  const Peer peer_;
  std::string header_;
  WebSocketOpcode opcode_ = WebSocketOpcode::continuation;
  bool final_ = false;
  bool in_payload_ = false;
  uint64_t left_ = 0;      // of the frame's payload
  size_t mask_at_ = 0;     // 0 to 3
  unsigned char mask_[4]{};
  bool in_message_ = false;
  bool is_text_ = false;
  std::string message_;
  std::string control_;
};

}  // namespace monitorai::net
