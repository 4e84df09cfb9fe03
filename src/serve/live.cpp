#include "serve/live.h"

#include "serve/snapshot_json.h"

namespace monitorai::serve {
namespace {

std::string message(const Observation& observation) {
  return R"({"processes":)" + processes_json(*observation.processes) + R"(,"gpus":)" + gpus_json(*observation.gpus) + "}";
}

}  // namespace

void Live::add_endpoint(net::Router& router) const {
  router.add("GET", "/api/v1/live", [pages = pages_, observations = observations_](const net::HttpRequest& request) {
    const auto newest = observations->read();
    std::string first = newest == nullptr ? "" : message(*newest);
    auto own = std::make_shared<std::shared_ptr<net::WebSocketSession>>();
    return net::accept_web_socket(request, {.on_open =
                                                [pages, own, first = std::move(first)](std::shared_ptr<net::WebSocketSession> session) {
                                                  if (!first.empty()) session->send(first);
                                                  *own = session;
                                                  const std::lock_guard lock(pages->mutex);
                                                  pages->sessions.push_back(std::move(session));
                                                },
                                            .on_close =
                                                [pages, own] {
                                                  const std::lock_guard lock(pages->mutex);
                                                  std::erase(pages->sessions, *own);
                                                }});
  });
}

void Live::publish(const Observation& observation) {
  std::vector<std::shared_ptr<net::WebSocketSession>> sessions;
  {
    const std::lock_guard lock(pages_->mutex);
    sessions = pages_->sessions;
  }
  if (sessions.empty()) return;
  const std::string text = message(observation);
  for (const auto& session : sessions) session->send(text);
}

size_t Live::open() const {
  const std::lock_guard lock(pages_->mutex);
  return pages_->sessions.size();
}

}  // namespace monitorai::serve
