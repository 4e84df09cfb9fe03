#pragma once
// The HTTP/2 side of one gRPC connection, without its socket: the adapter of nghttp2. Bytes of the client go in and calls come out; replies go
// in and bytes for the client come out. Owned by the "grpc" thread; time is handed in, so that tests and the fuzz target need neither sockets
// nor clocks. Source: RFC 9113, RFC 7541, github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md.

#include <chrono>
#include <map>
#include <memory>

#include "net/grpc_call.h"
#include "net/grpc_counters.h"
#include "net/grpc_limits.h"
#include "net/http.h"

namespace monitorai::net {

using GrpcTime = std::chrono::steady_clock::time_point;

/// A call that came whole.
struct GrpcCall {
  int32_t id = 0;
  std::string path;
  std::string encoding;  ///< grpc-encoding
  Parameters headers;
  std::string body;      ///< framed: see grpc_message()
  std::optional<GrpcTime> deadline;
};

class GrpcSession {
 public:
  /// Called from within receive(), for each call. Its body counts in `bodies_bytes` until whoever took it subtracts it.
  using Take = std::function<void(GrpcCall)>;
  /// What is referred to must outlive this. `bodies_bytes` is shared between the sessions of a server, and belongs to the same thread.
  GrpcSession(const GrpcLimits& limits, GrpcCounters& counters, size_t& bodies_bytes, Take take, GrpcTime now);
  ~GrpcSession();
  GrpcSession(const GrpcSession&) = delete;
  GrpcSession& operator=(const GrpcSession&) = delete;

  /// False: the connection is to end, once what output() gives was sent.
  bool receive(std::string_view bytes, GrpcTime now);
  /// Once a second or so: pings, calls that do not go on. False as above.
  bool tick(GrpcTime now);
  /// Of a call that is gone by now: nothing.
  void answer(int32_t id, GrpcReply reply);
  /// Appends what is to be sent until there is nothing left or `out` has bytes_max.
  void output(std::string& out, size_t bytes_max);
  /// Nothing is left to be read or, once output() gave all, to be sent: after end(), and when the client said goodbye.
  bool finished() const;
  /// Why it was ended by us.
  std::optional<GrpcEnd> ended() const { return ended_; }
  /// Says GOAWAY and reads no further. Once.
  void end(GrpcEnd why);

 private:
  struct Stream;
  struct Callbacks;
  struct Freed {
    void operator()(void* session) const;
  };

  int begin_frame(uint8_t type, size_t length);
  int begin_headers(int32_t id);
  int header(int32_t id, std::string_view name, std::string_view value);
  int data(int32_t id, std::string_view bytes);
  int frame(uint8_t type, uint8_t flags, int32_t id);
  void stream_closed(int32_t id);
  void whole(int32_t id);
  ptrdiff_t give(int32_t id, uint8_t* to, size_t room, uint32_t& flags);
  void refuse(Stream& stream, int32_t id, GrpcReply reply);
  void goaway_sent(uint32_t code);
  void answer_sent(int32_t id);

  const GrpcLimits& limits_;
  GrpcCounters& counters_;
  size_t& bodies_bytes_;
  const Take take_;
  std::map<int32_t, Stream> streams_;
  std::unique_ptr<void, Freed> session_;
  GrpcTime now_, heard_, born_, resets_since_;
  size_t resets_ = 0, idle_frames_ = 0;
  bool greeted_ = false, pinged_ = false, said_goodbye_ = false;
  std::optional<GrpcEnd> ended_;
};

}  // namespace monitorai::net
