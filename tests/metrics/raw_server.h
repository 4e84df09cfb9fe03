#pragma once
// A server on a free port of loopback that says exactly the bytes it is told to, by path: what no HTTP library would send. One thread a
// connection; all of them end with it.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "base/text.h"

namespace monitorai::tests {

/// The other end of one connection.
class RawPeer {
 public:
  RawPeer(int socket, const std::atomic<bool>& stopped) : socket_(socket), stopped_(stopped) {}
  /// False once the client has gone.
  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }
  /// Says nothing until the client goes or the test ends.
  void hang() {
    char byte;
    while (!stopped_ && ::recv(socket_, &byte, 1, 0) != 0) continue;
  }

 private:
  int socket_;
  const std::atomic<bool>& stopped_;
};

class RawServer {
 public:
  using Answer = std::function<void(RawPeer&)>;

  explicit RawServer(std::map<std::string, Answer> answers)
      : answers_(std::move(answers)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_.number(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_.number(), 16), 0);
    EXPECT_EQ(::getsockname(listener_.number(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    accepting_ = std::jthread([this] { accept(); });
  }
  ~RawServer() {
    stopped_ = true;
    ::shutdown(listener_.number(), SHUT_RDWR);
    accepting_.join();
    const std::lock_guard lock(mutex_);
    for (const Fd& one : open_) ::shutdown(one.number(), SHUT_RDWR);
    talking_.clear();
  }
  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }

 private:
  void accept() {
    for (;;) {
      Fd peer(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer) return;
      const std::lock_guard lock(mutex_);
      open_.push_back(std::move(peer));
      talking_.emplace_back([this, number = open_.back().number()] { talk(number); });
    }
  }
  void talk(int socket) {
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t n = ::recv(socket, buffer, sizeof buffer, 0);
      if (n <= 0) return;
      request.append(buffer, static_cast<size_t>(n));
    }
    const std::string path = request.substr(4, request.find(' ', 4) - 4);
    RawPeer peer(socket, stopped_);
    if (const auto found = answers_.find(path); found != answers_.end()) found->second(peer);
    ::shutdown(socket, SHUT_RDWR);
  }

  const std::map<std::string, Answer> answers_;
  const Fd listener_;
  uint16_t port_ = 0;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::vector<Fd> open_;
  std::vector<std::jthread> talking_;
  std::jthread accepting_;
};

}  // namespace monitorai::tests
