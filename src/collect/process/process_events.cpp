#include "collect/process/process_events.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace monitorai::collect {
namespace {

constexpr size_t kHeaderBytes = NLMSG_LENGTH(sizeof(cn_msg));
constexpr size_t kMessageBytesMax = 4096;

// Values of `what` in linux/cn_proc.h, whose enumeration moved from the structure to the file with Linux 6.6.
constexpr uint32_t kNone = 0, kFork = 1, kExec = 2, kComm = 0x200, kExit = 0x80000000;

constexpr uint32_t at(size_t offset_in_event) { return static_cast<uint32_t>(kHeaderBytes + offset_in_event); }
/// Classic BPF loads words as big-endian: constants are compared in that order.
constexpr uint32_t word(uint32_t value) { return __builtin_bswap32(value); }

/// Lets pass: errors and acknowledgements, exec, and those of fork, rename and exit that are about a process, not a thread.
std::array<sock_filter, 17> process_filter() {
  constexpr uint32_t kWhat = at(offsetof(proc_event, what));
  constexpr uint32_t kForkPid = at(offsetof(proc_event, event_data.fork.child_pid)), kForkGroup = at(offsetof(proc_event, event_data.fork.child_tgid));
  constexpr uint32_t kPid = at(offsetof(proc_event, event_data.exit.process_pid)), kGroup = at(offsetof(proc_event, event_data.exit.process_tgid));
  static_assert(offsetof(proc_event, event_data.comm.process_pid) == offsetof(proc_event, event_data.exit.process_pid));
  static_assert(offsetof(proc_event, event_data.comm.process_tgid) == offsetof(proc_event, event_data.exit.process_tgid));
  return {{
      /* 0 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kWhat),
      /* 1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word(kNone), 14, 0),
      /* 2 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word(kExec), 13, 0),
      /* 3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word(kFork), 3, 0),
      /* 4 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word(kComm), 6, 0),
      /* 5 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word(kExit), 5, 0),
      /* 6 */ BPF_STMT(BPF_RET | BPF_K, 0),
      /* 7 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kForkPid),
      /* 8 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
      /* 9 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kForkGroup),
      /* 10 */ BPF_STMT(BPF_JMP | BPF_JA, 3),
      /* 11 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kPid),
      /* 12 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
      /* 13 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kGroup),
      /* 14 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0),
      /* 15 */ BPF_STMT(BPF_RET | BPF_K, 0),
      /* 16 */ BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  }};
}

Result<void> send_listen(int socket) {
  const proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
  alignas(nlmsghdr) std::array<char, kHeaderBytes + sizeof operation> request{};
  nlmsghdr header{};
  header.nlmsg_len = request.size();
  header.nlmsg_type = NLMSG_DONE;
  header.nlmsg_pid = static_cast<uint32_t>(::getpid());
  cn_msg message{};
  message.id = {CN_IDX_PROC, CN_VAL_PROC};
  message.len = sizeof operation;
  std::memcpy(request.data(), &header, sizeof header);
  std::memcpy(request.data() + NLMSG_HDRLEN, &message, sizeof message);
  std::memcpy(request.data() + kHeaderBytes, &operation, sizeof operation);
  if (::send(socket, request.data(), request.size(), 0) < 0) return system_error("cannot ask for process events", errno);
  return {};
}

void append(const proc_event& event, std::vector<ProcessEvent>& out) {
  using Kind = ProcessEvent::Kind;
  switch (static_cast<uint32_t>(event.what)) {
    case kFork: out.push_back({Kind::started, event.event_data.fork.child_tgid}); break;
    case kExec: out.push_back({Kind::executed, event.event_data.exec.process_tgid}); break;
    case kComm: out.push_back({Kind::renamed, event.event_data.comm.process_tgid}); break;
    case kExit: out.push_back({Kind::ended, event.event_data.exit.process_tgid}); break;
    default: break;
  }
}

/// Receives one datagram: false when there is none. `answered` is set by the kernel's acknowledgement.
Result<bool> receive(int socket, std::vector<ProcessEvent>& out, std::optional<int>& answered) {
  alignas(nlmsghdr) char bytes[kMessageBytesMax];
  sockaddr_nl sender{};
  socklen_t sender_bytes = sizeof sender;
  const ssize_t n = ::recvfrom(socket, bytes, sizeof bytes, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&sender), &sender_bytes);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (n < 0 && errno == ENOBUFS) return Error{Code::exhausted, "cannot take all process events: they come faster than they are taken, some are lost"};
  if (n < 0) return system_error("cannot take process events", errno);
  if (sender.nl_pid != 0) return true;  // only the kernel is believed
  auto left = static_cast<size_t>(n);
  for (size_t start = 0; left >= kHeaderBytes;) {
    nlmsghdr header;
    cn_msg message;
    std::memcpy(&header, bytes + start, sizeof header);
    std::memcpy(&message, bytes + start + NLMSG_HDRLEN, sizeof message);
    if (header.nlmsg_len < kHeaderBytes || header.nlmsg_len > left) break;
    const size_t event_bytes = header.nlmsg_len - kHeaderBytes;
    if (header.nlmsg_type == NLMSG_DONE && message.id.idx == CN_IDX_PROC && message.id.val == CN_VAL_PROC && event_bytes >= offsetof(proc_event, event_data)) {
      proc_event event{};
      std::memcpy(&event, bytes + start + kHeaderBytes, std::min(event_bytes, sizeof event));
      if (static_cast<uint32_t>(event.what) == kNone) answered = static_cast<int>(event.event_data.ack.err);
      append(event, out);
    }
    const size_t step = std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), left);
    start += step;
    left -= step;
  }
  return true;
}

}  // namespace

Result<ProcessEvents> ProcessEvents::subscribe(std::chrono::milliseconds patience) {
  Fd socket(::socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR));
  if (!socket) return system_error("cannot open a socket for process events", errno);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_error("cannot subscribe to process events", errno);
  const int buffer_bytes = kEventBufferBytes;
  if (::setsockopt(socket.number(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) != 0)
    ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  auto filter = process_filter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::setsockopt(socket.number(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
    return system_error("cannot filter process events", errno);
  MAI_TRY(send_listen(socket.number()));
  std::vector<ProcessEvent> early;
  std::optional<int> answer;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!answer) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Error{Code::unavailable, "cannot subscribe to process events: the kernel does not answer (a container?)"};
    pollfd waiting{socket.number(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) return system_error("cannot wait for process events", errno);
    for (;;) {
      MAI_TRY_ASSIGN(const bool more, receive(socket.number(), early, answer));
      if (!more) break;
    }
  }
  if (*answer != 0) return system_error("cannot subscribe to process events", *answer);
  return ProcessEvents(std::move(socket));
}

Result<void> ProcessEvents::take(std::vector<ProcessEvent>& out) {
  std::optional<int> answer;
  for (;;) {
    MAI_TRY_ASSIGN(const bool more, receive(socket_.number(), out, answer));
    if (!more) return {};
  }
}

}  // namespace monitorai::collect
