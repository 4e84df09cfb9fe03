#pragma once
// For tests: a client that knows nothing of HTTP but where a response ends, so that tests can send what no HTTP library would.
// Reads wait at most kPatience, then fail: a test that hangs is a test that fails.

#include <string>
#include <string_view>

#include "base/files.h"

namespace monitorai::net {

struct RawResponse {
  int status = 0;
  std::string head;  ///< with its empty line
  std::string body;  ///< de-chunked

  /// Of the first field of this name, whatever its case.
  std::string header(std::string_view name) const;
};

class RawClient {
 public:
  explicit RawClient(uint16_t port);

  /// False when the server closed or reset the connection.
  bool send(std::string_view bytes);
  /// The next response; status 0 when the connection ended before one. `to_head`: it has no body, whatever it says.
  RawResponse receive(bool to_head = false);
  RawResponse ask(std::string_view request) {
    send(request);
    return receive();
  }
  /// What comes until the server closes the connection.
  std::string receive_rest();
  /// At most `max` bytes of what is there or comes next; "" at the end.
  std::string receive_some(size_t max);
  /// True when the server has closed the connection, all that it sent having been read.
  bool at_end();
  void finish_sending();
  /// Closes with a reset.
  void reset();
  /// Shrinks the receive buffer: the server soon has to wait for this client.
  void read_slowly() { set_receive_buffer(64 << 10); }
  void read_fast() { set_receive_buffer(4 << 20); }
  int fd() const { return fd_.number(); }

 private:
  bool fill();
  void set_receive_buffer(int bytes);
  Fd fd_;
  std::string received_;
};

}  // namespace monitorai::net
