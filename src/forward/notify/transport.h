#pragma once
// The way out: makes one try of a delivery, over HTTP or SMTP. Blocking.

#include <map>
#include <stop_token>

#include "forward/notify/dispatcher.h"
#include "net/http_client.h"

namespace monitorai::forward {

class Transport {
 public:
  virtual ~Transport() = default;
  virtual TryOutcome deliver(const DeliveryJob& job, std::stop_token stop) = 0;
};

/// Thread: one at a time; each sender has its own.
class NetworkTransport final : public Transport {
 public:
  TryOutcome deliver(const DeliveryJob& job, std::stop_token stop) override;
};

}  // namespace monitorai::forward
