#include "collect/push/zipkin_receiver.h"

#include <fmt/format.h>

#include "base/text.h"
#include "collect/push/zipkin.h"

namespace monitorai::collect {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view kRetryAfterSeconds = "5";

HttpResponse receive(const HttpRequest& request, signals::SpanWriter& writer, ZipkinCounts& counts) {
  ++counts.requests;
  const auto refused = [&](int status, std::string_view why) {
    ++counts.refused_requests;
    HttpResponse response = HttpResponse::text(status, fmt::format("{}\n", why));
    if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", std::string(kRetryAfterSeconds));
    return response;
  };
  const std::string type = lower(request.header("content-type"));
  if (!type.empty() && !type.starts_with("application/json")) return refused(415, fmt::format("cannot read content type {}: Zipkin's spans are application/json", json_string(type.substr(0, 128))));
  const auto spans = read_zipkin(request.body);
  if (!spans) return refused(400, spans.error().message);
  signals::SpanWriteOutcome outcome;
  if (!(*spans)->batch.spans.empty()) {
    auto written = writer.write((*spans)->batch.spans);
    if (!written) return refused(written.error().code == Code::exhausted ? 429 : 503, written.error().message);
    outcome = std::move(*written);
  }
  const size_t bad = (*spans)->invalid + outcome.refused();
  counts.spans += outcome.accepted;
  counts.refused_spans += bad;
  if (bad == 0) return {.status = 202, .body = ""};
  const std::string& first = (*spans)->first_problem.empty() ? outcome.first_problem : (*spans)->first_problem;
  return HttpResponse::text(202, fmt::format("{} of {} spans were refused; first: {}\n", bad, (*spans)->sent, first));
}

}  // namespace

void add_zipkin(net::Router& router, signals::SpanWriter& writer, ZipkinCounts& counts) {
  router.add("POST", "/api/v2/spans", [&](const HttpRequest& request) { return receive(request, writer, counts); });
}

}  // namespace monitorai::collect
