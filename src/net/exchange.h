#pragma once
// One request on its way through a worker, and its response on its way back to the connection. The worker calls run(); the io thread
// calls everything else. What both touch is behind a mutex; the response belongs to the worker until progress() leaves `running`.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "net/http_counters.h"
#include "net/http_limits.h"
#include "net/http_server.h"
#include "net/worker_pool.h"

namespace monitorai::net {

/// What a listener serves; replaced as a whole.
struct Service {
  std::shared_ptr<const Router> router;
  HttpGuard guard;
};

/// What every exchange of a server shares.
struct ExchangeSettings {
  const HttpLimits& limits;
  HttpCounters& counters;
  WorkerPool& pool;
};

class Exchange {
 public:
  enum class Progress {
    running,    ///< the handler
    answered,   ///< response() is whole
    streaming,  ///< response() has the status and the fields; the body comes in parts
  };
  struct Part {
    std::string bytes;
    bool last = false;   ///< no part follows
    bool whole = false;  ///< with last: the handler ended the body by itself
  };

  /// `notify` is called from the worker whenever progress() or take_part() has something new.
  Exchange(ExchangeSettings settings, HttpRequest request, std::shared_ptr<const Service> service, std::function<void()> notify);

  void run();

  Progress progress() const;
  const HttpResponse& response() const { return response_; }
  /// Of a streamed body: what is there, perhaps nothing.
  Part take_part();
  /// Requests HttpRequest::cancelled, and lets write() of a stream return false.
  void cancel() { cancel_.request_stop(); }
  /// And nobody will take the response: a handler that has not begun need not.
  void abandon() {
    abandoned_ = true;
    cancel();
  }

 private:
  class Writer;

  HttpResponse answer();
  HttpResponse call_handler();
  void compress();
  void stream();
  void publish(Progress progress);
  bool append(std::string_view part);

  const ExchangeSettings settings_;
  HttpRequest request_;
  const std::shared_ptr<const Service> service_;
  const std::function<void()> notify_;
  std::stop_source cancel_;
  std::atomic<bool> abandoned_{false};
  HttpResponse response_;

  mutable std::mutex mutex_;
  std::condition_variable_any taken_;
  Progress progress_ = Progress::running;
  Part part_;
  bool notified_ = false;  ///< the io thread knows of part_
};

/// The one-line text of a response that the server itself makes.
HttpResponse plain_response(int status, std::string_view text);

}  // namespace monitorai::net
