#include "collect/process/socket_diag.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace monitorai::collect {
namespace {

constexpr size_t kAnswerBytesMax = 32 * 1024;
constexpr timeval kPatience{1, 0};  // the kernel answers at once: this only keeps a broken one from hanging us

Result<Fd> open_socket() {
  Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!socket) return system_error("cannot open a socket for sock_diag", errno);
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  return socket;
}

/// A socket stays in the namespace in which it was opened: a thread goes there, opens it, and ends.
Result<Fd> open_socket_in(const std::string& namespace_file) {
  const Fd space(::open(namespace_file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!space) return system_error(fmt::format("cannot open {}", namespace_file), errno);
  std::optional<Result<Fd>> opened;
  std::thread([&] {
    if (::setns(space.number(), CLONE_NEWNET) != 0) {
      opened = system_error(fmt::format("cannot enter {}", namespace_file), errno);
    } else {
      opened = open_socket();
    }
  }).join();
  return *std::move(opened);
}

std::optional<ListeningSocket> socket_of(const inet_diag_msg& message) {
  char text[INET6_ADDRSTRLEN];
  if (::inet_ntop(message.idiag_family, message.id.idiag_src, text, sizeof text) == nullptr) return std::nullopt;
  return ListeningSocket{message.idiag_inode, text, ntohs(message.id.idiag_sport)};
}

}  // namespace

Result<SocketDiag> SocketDiag::open(const std::string& namespace_file) {
  MAI_TRY_ASSIGN(Fd socket, namespace_file.empty() ? open_socket() : open_socket_in(namespace_file));
  return SocketDiag(std::move(socket));
}

Result<std::vector<ListeningSocket>> SocketDiag::listening() {
  std::vector<ListeningSocket> out;
  MAI_TRY(dump(AF_INET, out));
  MAI_TRY(dump(AF_INET6, out));
  return out;
}

Result<void> SocketDiag::dump(int family, std::vector<ListeningSocket>& out) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 body;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = ++sequence_;
  request.body.sdiag_family = static_cast<uint8_t>(family);
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = 1u << TCP_LISTEN;
  if (::send(socket_.number(), &request, sizeof request, 0) < 0) return system_error("cannot ask for listening sockets", errno);
  for (;;) {
    alignas(nlmsghdr) char bytes[kAnswerBytesMax];
    const ssize_t n = ::recv(socket_.number(), bytes, sizeof bytes, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read listening sockets", errno);
    auto left = static_cast<size_t>(n);
    for (const char* at = bytes; left >= sizeof(nlmsghdr);) {
      nlmsghdr header;
      std::memcpy(&header, at, sizeof header);
      if (header.nlmsg_len < sizeof header || header.nlmsg_len > left) return Error{Code::corrupt, "cannot read listening sockets: the answer is cut off"};
      const bool ours = header.nlmsg_seq == sequence_;
      if (ours && header.nlmsg_type == NLMSG_DONE) return {};
      if (ours && header.nlmsg_type == NLMSG_ERROR) {
        nlmsgerr error{};
        std::memcpy(&error, at + NLMSG_HDRLEN, std::min<size_t>(sizeof error, header.nlmsg_len - NLMSG_HDRLEN));
        return system_error("cannot read listening sockets", -error.error);
      }
      if (ours && header.nlmsg_type == SOCK_DIAG_BY_FAMILY && header.nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg))) {
        inet_diag_msg message;
        std::memcpy(&message, at + NLMSG_HDRLEN, sizeof message);
        if (auto socket = socket_of(message)) out.push_back(*std::move(socket));
      }
      const size_t step = std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), left);
      at += step;
      left -= step;
    }
    if (n == 0) return Error{Code::unavailable, "cannot read listening sockets: the kernel closed the connection"};
  }
}

}  // namespace monitorai::collect
