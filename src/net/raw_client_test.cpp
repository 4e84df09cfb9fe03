#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/text.h"
#include "net/raw_client_for_test.h"

namespace monitorai::net {
namespace {

constexpr int kPatienceMs = 20'000;

size_t to_size(std::string_view hex) {
  size_t size = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), size, 16);
  return size;
}

}  // namespace

std::string RawResponse::header(std::string_view name) const {
  for (const std::string_view line : split(head, '\n'))
    if (starts_with_ignoring_case(line, name) && line.substr(name.size()).starts_with(':'))
      return std::string(trim(line.substr(name.size() + 1)));
  return {};
}

RawClient::RawClient(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    ADD_FAILURE() << "cannot connect to port " << port;
  const int on = 1;
  setsockopt(fd_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawClient::fill() {
  pollfd waiting{fd_.number(), POLLIN, 0};
  if (poll(&waiting, 1, kPatienceMs) <= 0) {
    ADD_FAILURE() << "the server sent nothing for " << kPatienceMs << " ms";
    return false;
  }
  char buffer[16384];
  const ssize_t n = recv(fd_.number(), buffer, sizeof buffer, 0);
  if (n <= 0) return false;
  received_.append(buffer, static_cast<size_t>(n));
  return true;
}

RawResponse RawClient::receive(bool to_head) {
  RawResponse response;
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return response;
  response.head = received_.substr(0, end + 4);
  received_.erase(0, end + 4);
  response.status = parse_integer<int>(std::string_view(response.head).substr(9, 3)).value_or(0);
  if (to_head || response.status / 100 == 1 || response.status == 204 || response.status == 304) return response;
  if (response.header("transfer-encoding") == "chunked") {
    for (;;) {
      size_t line = 0;
      while ((line = received_.find("\r\n")) == std::string::npos)
        if (!fill()) return response;
      const size_t size = to_size(received_);
      while (received_.size() < line + 2 + size + 2)
        if (!fill()) return response;
      response.body += received_.substr(line + 2, size);
      received_.erase(0, line + 2 + size + 2);
      if (size == 0) return response;
    }
  }
  const std::string length = response.header("content-length");
  if (length.empty()) {
    response.body = receive_rest();
    return response;
  }
  const size_t size = parse_integer<size_t>(length).value_or(0);
  while (received_.size() < size)
    if (!fill()) return response;
  response.body = received_.substr(0, size);
  received_.erase(0, size);
  return response;
}

std::string RawClient::receive_rest() {
  while (fill()) {}
  return std::exchange(received_, {});
}

std::string RawClient::receive_some(size_t max) {
  if (received_.empty()) fill();
  std::string out = received_.substr(0, max);
  received_.erase(0, out.size());
  return out;
}

bool RawClient::at_end() { return received_.empty() && !fill(); }

void RawClient::finish_sending() { shutdown(fd_.number(), SHUT_WR); }

void RawClient::reset() {
  const linger hard{1, 0};
  setsockopt(fd_.number(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  fd_ = Fd();
}

void RawClient::set_receive_buffer(int bytes) { setsockopt(fd_.number(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); }

}  // namespace monitorai::net
