#include "collect/push/remote_write_receiver.h"

#include <fmt/format.h>

#include "base/text.h"
#include "collect/push/remote_write.h"

namespace monitorai::collect {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view kRetryAfterSeconds = "5";

HttpResponse refused(int status, std::string_view why) { return HttpResponse::text(status, fmt::format("{}\n", why)); }

HttpResponse try_again(int status, std::string_view why) {
  HttpResponse response = refused(status, why);
  response.headers.emplace_back("Retry-After", std::string(kRetryAfterSeconds));
  return response;
}

/// nullopt, or the answer to a request that is not remote_write 1.0.
std::optional<HttpResponse> wrong_kind(const HttpRequest& request) {
  const std::string type = lower(request.header("content-type"));
  if (type.find("proto=io.prometheus.write.v2.request") != std::string::npos)
    return refused(415, "remote_write 2.0 is not supported: send proto=prometheus.WriteRequest (1.0)");
  if (!type.empty() && !type.starts_with("application/x-protobuf")) return refused(415, fmt::format("cannot read content type {}: remote_write is application/x-protobuf", type));
  const std::string encoding = lower(request.header("content-encoding"));
  if (!encoding.empty() && encoding != "snappy") return refused(415, fmt::format("cannot read content encoding {}: remote_write is snappy", encoding));
  return std::nullopt;
}

HttpResponse answer_of(const signals::WriteOutcome& outcome, const RemoteWrite& write) {
  std::string problems;
  const auto say = [&](size_t count, std::string_view what) {
    if (count > 0) fmt::format_to(std::back_inserter(problems), "{}{} {}", problems.empty() ? "" : ", ", count, what);
  };
  say(write.invalid_samples() + outcome.invalid, "of invalid series");
  say(outcome.conflicts, "with another value for the same time");
  say(outcome.out_of_order, "out of order");
  say(outcome.too_old, "older than retention");
  say(outcome.too_new, "too far in the future");
  say(outcome.over_limit, "over a limit of series or labels");
  say(write.native_histograms(), "native histograms, which are not supported yet");
  if (problems.empty()) return {.status = 204, .body = ""};
  const std::string& first = write.first_problem().empty() ? outcome.first_problem : write.first_problem();
  return refused(400, fmt::format("{} samples were kept; refused: {}{}{}", outcome.accepted, problems, first.empty() ? "" : "; first: ", first));
}

HttpResponse receive(const HttpRequest& request, signals::MetricWriter& writer, RemoteWriteCounts& counts) {
  ++counts.requests;
  const auto refuse_request = [&](HttpResponse response) {
    ++counts.refused_requests;
    return response;
  };
  if (auto wrong = wrong_kind(request)) return refuse_request(std::move(*wrong));
  const auto write = RemoteWrite::decode(request.body);
  if (!write) return refuse_request(refused(write.error().code == Code::exhausted ? 413 : 400, write.error().message));
  const auto outcome = writer.write_unread(**write, (*write)->metadata());
  if (!outcome) {
    const bool pressure = outcome.error().code == Code::exhausted;
    return refuse_request(try_again(pressure ? 429 : 503, outcome.error().message));
  }
  counts.samples += outcome->accepted;
  counts.duplicate_samples += outcome->duplicates;
  counts.native_histograms += (*write)->native_histograms();
  counts.refused_samples += (*write)->invalid_samples() + outcome->invalid + outcome->conflicts + outcome->out_of_order + outcome->too_old +
                            outcome->too_new + outcome->over_limit;
  return answer_of(*outcome, **write);
}

}  // namespace

void add_remote_write(net::Router& router, signals::MetricWriter& writer, RemoteWriteCounts& counts) {
  router.add("POST", "/api/v1/write", [&](const HttpRequest& request) { return receive(request, writer, counts); });
}

}  // namespace monitorai::collect
