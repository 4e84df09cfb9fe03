#pragma once
// Pushes each scan to the pages that are open: GET /api/v1/live is a WebSocket that sends {"processes": ..., "gpus": ...}, the bodies of
// /api/v1/processes and /api/v1/gpus, at once and after each scan. Without a page nothing is made. A page that reads too slowly misses
// a scan and gets the next. Thread: publish() is the sample thread's, the rest any.

#include <memory>
#include <mutex>
#include <vector>

#include "net/http.h"
#include "serve/observation.h"

namespace monitorai::serve {

class Live {
 public:
  explicit Live(std::shared_ptr<const PublishedObservation> observations) : pages_(std::make_shared<Pages>()), observations_(std::move(observations)) {}

  void add_endpoint(net::Router& router) const;
  void publish(const Observation& observation);
  size_t open() const;

 private:
  struct Pages {
    std::mutex mutex;
    std::vector<std::shared_ptr<net::WebSocketSession>> sessions;
  };
  const std::shared_ptr<Pages> pages_;  // shared with the sockets' handlers, which may outlive us
  const std::shared_ptr<const PublishedObservation> observations_;
};

}  // namespace monitorai::serve
