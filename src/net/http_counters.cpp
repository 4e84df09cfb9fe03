#include "net/http_counters.h"

namespace monitorai::net {

std::string_view rejected_name(Rejected reason) {
  switch (reason) {
    case Rejected::bad_request:
      return "bad_request";
    case Rejected::target_too_long:
      return "target_too_long";
    case Rejected::header_too_large:
      return "header_too_large";
    case Rejected::body_too_large:
      return "body_too_large";
    case Rejected::length_required:
      return "length_required";
    case Rejected::expectation:
      return "expectation";
    case Rejected::method:
      return "method";
    case Rejected::transfer_encoding:
      return "transfer_encoding";
    case Rejected::content_encoding:
      return "content_encoding";
    case Rejected::version:
      return "version";
    case Rejected::header_timeout:
      return "header_timeout";
    case Rejected::body_timeout:
      return "body_timeout";
    case Rejected::write_timeout:
      return "write_timeout";
    case Rejected::idle_timeout:
      return "idle_timeout";
    case Rejected::connections_full:
      return "connections_full";
    case Rejected::workers_full:
      return "workers_full";
    case Rejected::bodies_full:
      return "bodies_full";
    case Rejected::streams_full:
      return "streams_full";
    case Rejected::guard:
      return "guard";
    case Rejected::tls:
      return "tls";
    case Rejected::accept:
      return "accept";
    case Rejected::handler_failed:
      return "handler_failed";
    case Rejected::web_sockets_full:
      return "web_sockets_full";
    case Rejected::web_socket:
      return "web_socket";
    case Rejected::web_socket_silent:
      return "web_socket_silent";
  }
  return "unknown";
}

HttpCounts HttpCounters::read() const {
  const auto get = [](const Number& number) { return number.load(std::memory_order_relaxed); };
  HttpCounts counts;
  counts.connections_accepted = get(connections_accepted);
  counts.connections_open = get(connections_open);
  counts.requests_running = get(requests_running);
  counts.requests_waiting = get(requests_waiting);
  counts.streams_running = get(streams_running);
  counts.web_sockets_open = get(web_sockets_open);
  counts.web_socket_messages_dropped = get(web_socket_messages_dropped);
  counts.clients_gone = get(clients_gone);
  counts.bytes_received = get(bytes_received);
  counts.bytes_sent = get(bytes_sent);
  for (size_t i = 0; i < responses_.size(); ++i) counts.responses[i] = get(responses_[i]);
  for (size_t i = 0; i < rejected_.size(); ++i) counts.rejected[i] = get(rejected_[i]);
  return counts;
}

}  // namespace monitorai::net
