#include "collect/push/loki_push_receiver.h"

#include <fmt/format.h>

#include "base/text.h"
#include "collect/push/loki_push.h"

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

HttpResponse answer_of(const signals::LogWriteOutcome& outcome, const LokiPush& push) {
  const size_t bad = push.invalid_lines() + outcome.refused();
  if (bad == 0) return {.status = 204, .body = ""};
  const std::string& first = push.first_problem().empty() ? outcome.first_problem : push.first_problem();
  std::string counts;
  const auto say = [&](size_t count, std::string_view what) {
    if (count > 0) fmt::format_to(std::back_inserter(counts), ", {} {}", count, what);
  };
  say(push.invalid_lines() + outcome.invalid, "invalid");
  say(outcome.out_of_order, "out of order");
  say(outcome.too_old, "too old");
  say(outcome.too_new, "too new");
  say(outcome.too_long, "too long");
  say(outcome.over_limit, "over a limit of streams or labels");
  return refused(400, fmt::format("{}{}({} lines were kept; refused: {})", first, first.empty() ? "" : " ", outcome.accepted + outcome.duplicates, counts.substr(2)));
}

HttpResponse receive(const HttpRequest& request, signals::LogWriter& writer, LokiPushCounts& counts) {
  ++counts.requests;
  const auto refuse_request = [&](HttpResponse response) {
    ++counts.refused_requests;
    return response;
  };
  // What the server undoes itself is gone from the fields by now.
  const std::string encoding = lower(trim(request.header("content-encoding")));
  if (!encoding.empty() && encoding != "snappy" && encoding != "identity")
    return refuse_request(refused(415, fmt::format("Content-Encoding {} not supported", json_string(encoding))));
  const std::string type = lower(request.header("content-type"));
  const bool is_json = trim(std::string_view(type).substr(0, type.find(';'))) == "application/json";
  if (request.body.empty()) return refuse_request(refused(400, "cannot read a push: it is empty"));
  const auto push = is_json ? LokiPush::decode_json(request.body) : LokiPush::decode_protobuf(request.body);
  if (!push) return refuse_request(refused(push.error().code == Code::exhausted ? 413 : 400, push.error().message));
  if ((*push)->streams_sent() == 0) return refuse_request(refused(422, "error at least one valid stream is required for ingestion"));
  const auto outcome = writer.write((*push)->streams());
  if (!outcome) return refuse_request(try_again(outcome.error().code == Code::exhausted ? 429 : 503, outcome.error().message));
  counts.lines += outcome->accepted;
  counts.line_bytes += (*push)->line_bytes();
  counts.duplicate_lines += outcome->duplicates;
  counts.refused_lines += (*push)->invalid_lines() + outcome->refused();
  return answer_of(*outcome, **push);
}

}  // namespace

void add_loki_push(net::Router& router, signals::LogWriter& writer, LokiPushCounts& counts) {
  router.add("POST", "/loki/api/v1/push", [&](const HttpRequest& request) { return receive(request, writer, counts); });
}

}  // namespace monitorai::collect
