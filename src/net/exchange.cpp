#include "net/exchange.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "net/content_encoding.h"

namespace monitorai::net {
namespace {

bool has_header(const HttpResponse& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(), [&](const auto& field) { return lower(field.first) == name; });
}

bool too_many_form_pairs(const HttpRequest& request, size_t pairs_max) {
  return request.header("content-type").starts_with("application/x-www-form-urlencoded") &&
         static_cast<size_t>(std::count(request.body.begin(), request.body.end(), '&')) >= pairs_max;
}

}  // namespace

HttpResponse plain_response(int status, std::string_view text) { return HttpResponse::text(status, std::string(text) + "\n"); }

class Exchange::Writer final : public BodyWriter {
 public:
  explicit Writer(Exchange& exchange) : exchange_(exchange) {}
  bool write(std::string_view part) override { return exchange_.append(part); }

 private:
  Exchange& exchange_;
};

Exchange::Exchange(ExchangeSettings settings, HttpRequest request, std::shared_ptr<const Service> service, std::function<void()> notify)
    : settings_(settings), request_(std::move(request)), service_(std::move(service)), notify_(std::move(notify)) {
  request_.cancelled = cancel_.get_token();
}

void Exchange::run() {
  HttpCounters::add(settings_.counters.requests_running, 1);
  response_ = abandoned_ ? plain_response(503, "the client has gone") : answer();
  if (response_.stream && request_.method != "HEAD") {
    stream();
  } else {
    if (!response_.stream) compress();
    publish(Progress::answered);
  }
  HttpCounters::subtract(settings_.counters.requests_running, 1);
}

/// The guard sees the request as it came; only one that passes is decompressed.
HttpResponse Exchange::answer() {
  try {
    if (service_->guard) {
      if (auto refused = service_->guard(request_)) {
        settings_.counters.reject(Rejected::guard);
        return std::move(*refused);
      }
    }
    HttpResponse response = call_handler();
    if (response.web_socket) return response;
    if (response.status >= 200 && response.status <= 599) return response;
    settings_.counters.reject(Rejected::handler_failed);
    log::error("a request handler answered with a status that is none", {{"path", request_.path}, {"status", response.status}});
  } catch (const std::exception& e) {
    settings_.counters.reject(Rejected::handler_failed);
    log::error("a request handler failed", {{"method", request_.method}, {"path", request_.path}, {"error", e.what()}});
  } catch (...) {
    settings_.counters.reject(Rejected::handler_failed);
    log::error("a request handler failed", {{"method", request_.method}, {"path", request_.path}});
  }
  return plain_response(500, "the request failed: the log of monitorai says why");
}

HttpResponse Exchange::call_handler() {
  const size_t body_max = service_->router->body_bytes_max(request_.path, settings_.limits.body_bytes_max);
  const std::string encoding = lower(request_.header("content-encoding"));
  if (auto plain = decode_content(encoding, request_.body, body_max)) {
    if (!*plain) {
      const bool too_large = plain->error().code == Code::exhausted;
      settings_.counters.reject(too_large ? Rejected::body_too_large : Rejected::content_encoding);
      return plain_response(too_large ? 413 : 400, plain->error().message);
    }
    request_.body = std::move(**plain);
    std::erase_if(request_.headers, [](const auto& field) { return field.first == "content-encoding"; });
  } else if (encoding.find(',') != std::string::npos) {
    settings_.counters.reject(Rejected::content_encoding);
    return plain_response(415, "a body with two content encodings is not understood here");
  }
  if (too_many_form_pairs(request_, settings_.limits.form_pairs_max)) {
    settings_.counters.reject(Rejected::body_too_large);
    return plain_response(413, fmt::format("the form has more than {} pairs", settings_.limits.form_pairs_max));
  }
  return service_->router->route(request_);
}

void Exchange::compress() {
  if (response_.body.size() < settings_.limits.gzip_bytes_min || !is_compressible(response_.content_type) ||
      has_header(response_, "content-encoding"))
    return;
  response_.headers.emplace_back("Vary", "Accept-Encoding");
  if (!accepts_gzip(request_.header("accept-encoding"))) return;
  response_.body = gzip(response_.body);
  response_.headers.emplace_back("Content-Encoding", "gzip");
}

void Exchange::stream() {
  if (!settings_.pool.lend()) {
    settings_.counters.reject(Rejected::streams_full);
    response_ = plain_response(503, fmt::format("{} streamed responses are running: try again later", settings_.limits.streams_max));
    response_.headers.emplace_back("Retry-After", "5");
    publish(Progress::answered);
    return;
  }
  HttpCounters::add(settings_.counters.streams_running, 1);
  const auto produce = std::exchange(response_.stream, nullptr);
  publish(Progress::streaming);
  bool whole = false;
  try {
    Writer writer(*this);
    produce(writer);
    // A handler that saw the request cancelled ends early: the client must not take what it has for the whole.
    whole = !cancel_.stop_requested();
  } catch (const std::exception& e) {
    settings_.counters.reject(Rejected::handler_failed);
    log::error("a streamed response failed", {{"path", request_.path}, {"error", e.what()}});
  } catch (...) {
    settings_.counters.reject(Rejected::handler_failed);
    log::error("a streamed response failed", {{"path", request_.path}});
  }
  HttpCounters::subtract(settings_.counters.streams_running, 1);
  settings_.pool.take_back();
  {
    const std::lock_guard lock(mutex_);
    part_.last = true;
    part_.whole = whole;
  }
  notify_();
}

void Exchange::publish(Progress progress) {
  {
    const std::lock_guard lock(mutex_);
    progress_ = progress;
  }
  notify_();
}

bool Exchange::append(std::string_view part) {
  bool notify = false;
  {
    std::unique_lock lock(mutex_);
    const auto has_room = [&] { return part_.bytes.size() < settings_.limits.stream_bytes_waiting_max; };
    if (!taken_.wait(lock, request_.cancelled, has_room) || request_.cancelled.stop_requested()) return false;
    part_.bytes += part;
    notify = !std::exchange(notified_, true);
  }
  if (notify) notify_();
  return true;
}

Exchange::Progress Exchange::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

Exchange::Part Exchange::take_part() {
  Part part;
  {
    const std::lock_guard lock(mutex_);
    part = std::exchange(part_, Part{{}, part_.last, part_.whole});
    notified_ = false;
  }
  taken_.notify_one();
  return part;
}

}  // namespace monitorai::net
