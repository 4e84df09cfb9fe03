#include "net/web_socket.h"

#include "base/text.h"
#include "net/http.h"
#include "net/web_socket_frames.h"

namespace monitorai::net {
namespace {

constexpr std::string_view kVersion = "13";
constexpr size_t kKeyCharacters = 24;  // 16 bytes in base64

bool has_token(std::string_view list, std::string_view token) {
  for (const std::string_view one : split(list, ','))
    if (lower(trim(one)) == token) return true;
  return false;
}

bool is_key(std::string_view key) {
  return key.size() == kKeyCharacters && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
         });
}

}  // namespace

bool asks_for_web_socket(const HttpRequest& request) { return has_token(request.header("upgrade"), "websocket"); }

HttpResponse accept_web_socket(const HttpRequest& request, WebSocketHandlers handlers) {
  if (request.method != "GET" || !asks_for_web_socket(request) || !has_token(request.header("connection"), "upgrade"))
    return HttpResponse::text(400, "this is a WebSocket: ask with GET, \"Connection: Upgrade\" and \"Upgrade: websocket\"\n");
  if (request.header("sec-websocket-version") != kVersion) {
    HttpResponse response = HttpResponse::text(426, "only version 13 of WebSocket is spoken here\n");
    response.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", std::string(kVersion)}};
    return response;
  }
  const std::string_view key = trim(request.header("sec-websocket-key"));
  if (!is_key(key)) return HttpResponse::text(400, "Sec-WebSocket-Key is not 16 bytes in base64\n");
  HttpResponse response{.status = 101, .body = ""};
  response.headers.emplace_back("Upgrade", "websocket");
  response.headers.emplace_back("Sec-WebSocket-Accept", web_socket_accept(key));
  response.web_socket = std::make_shared<const WebSocketHandlers>(std::move(handlers));
  return response;
}

}  // namespace monitorai::net
