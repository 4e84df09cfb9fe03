#pragma once
// One HTTP request over one connection, with exactly these header fields: for tests of the program, which must not share code with it.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"

namespace monitorai::tests {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct PlainResponse {
  int status = 0;  ///< 0: no answer
  std::string head;
  std::string body;

  std::string header(std::string_view name) const {
    for (const std::string_view line : split(head, '\n'))
      if (starts_with_ignoring_case(line, fmt::format("{}:", name))) return std::string(trim(line.substr(name.size() + 1)));
    return {};
  }
};

/// A connection to "http://127.0.0.1:PORT/..." whose reads wait 20 s; none when nobody listens there.
inline Fd connect_to(std::string_view url) {
  const std::string_view rest = url.substr(std::min(url.size(), std::string_view("http://").size()));
  const std::string_view host = rest.substr(0, rest.find('/'));
  const auto port = parse_integer<uint16_t>(host.substr(std::min(host.size(), host.rfind(':') + 1)));
  if (!port) return {};
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(*port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

/// `url` is "http://127.0.0.1:PORT/path".
inline PlainResponse ask(std::string_view method, const std::string& url, const Headers& headers = {}) {
  PlainResponse response;
  const std::string rest = url.substr(std::min(url.size(), std::string("http://").size()));
  const std::string host = rest.substr(0, rest.find('/'));
  const std::string path = rest.find('/') == std::string::npos ? "/" : rest.substr(rest.find('/'));
  std::string request = fmt::format("{} {} HTTP/1.1\r\nConnection: close\r\n", method, path);
  bool has_host = false;
  for (const auto& [name, value] : headers) {
    request += fmt::format("{}: {}\r\n", name, value);
    has_host |= name == "Host";
  }
  if (!has_host) request += fmt::format("Host: {}\r\n", host);
  if (method == "POST") request += "Content-Length: 0\r\n";
  request += "\r\n";

  const Fd socket = connect_to(url);
  if (!socket) return response;
  if (::send(socket.number(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return response;
  std::string text;
  if (!read_to_end(socket.number(), text, 64 << 20)) return response;
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos || !text.starts_with("HTTP/1.1 ")) return response;
  response.head = text.substr(0, end);
  response.body = text.substr(end + 4);
  response.status = parse_integer<int>(std::string_view(text).substr(9, 3)).value_or(0);
  return response;
}

inline PlainResponse get(const std::string& url, const Headers& headers = {}) { return ask("GET", url, headers); }
inline PlainResponse post(const std::string& url, const Headers& headers = {}) { return ask("POST", url, headers); }

}  // namespace monitorai::tests
