// Bytes that a WebSocket client sends: in one piece and byte by byte they must mean the same.

#include <string>

#include "base/check.h"
#include "base/text.h"
#include "net/web_socket_frames.h"

namespace {

using monitorai::net::WebSocketReader;

constexpr size_t kMessageBytesMax = 4096;

std::string events(std::string_view bytes, size_t piece) {
  WebSocketReader reader(kMessageBytesMax);
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    for (std::string_view part = bytes.substr(at, piece); !part.empty();) {
      const auto event = reader.next(part);
      if (event.kind == WebSocketReader::Event::Kind::none) {
        MAI_CHECK(part.empty());
        break;
      }
      MAI_CHECK(event.payload.size() <= kMessageBytesMax);
      out += std::to_string(static_cast<int>(event.kind)) + ":" + std::to_string(event.code) + ":" + event.payload + "\n";
      if (event.kind == WebSocketReader::Event::Kind::failed || event.kind == WebSocketReader::Event::Kind::closed) return out;
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  MAI_CHECK(events(bytes, 1) == events(bytes, bytes.size() + 1));
  return 0;
}
