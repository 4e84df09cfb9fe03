#include "collect/otlp/otlp_http.h"

#include <fmt/format.h>

#include <protozero/pbf_writer.hpp>

#include "base/text.h"
#include "otlp/json.h"

namespace monitorai::collect {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view kRetryAfterSeconds = "5";
constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::string_view kPreflightSeconds = "7200";

struct Grpc {  // google.rpc.Code
  static constexpr int invalid_argument = 3, not_found = 5, resource_exhausted = 8, unavailable = 14;
};

HttpResponse refused(bool json, int status, int code, std::string_view why) {
  HttpResponse response{.status = status, .content_type = std::string(json ? "application/json" : kProtobuf)};
  if (json) {
    response.body = fmt::format(R"({{"code":{},"message":{}}})", code, json_string(why));
  } else {
    protozero::pbf_writer out(response.body);
    out.add_int32(1, code);
    out.add_string(2, why.data(), why.size());
  }
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", std::string(kRetryAfterSeconds));
  return response;
}

HttpResponse refused(bool json, const Error& error) {
  switch (error.code) {
    case Code::exhausted: return refused(json, 429, Grpc::resource_exhausted, error.message);
    case Code::unavailable: return refused(json, 503, Grpc::unavailable, error.message);
    case Code::not_found: return refused(json, 404, Grpc::not_found, error.message);
    default: return refused(json, 400, Grpc::invalid_argument, error.message);
  }
}

HttpResponse receive(const HttpRequest& request, OtlpReceiver& receiver, OtlpSignal signal) {
  const std::string type = lower(request.header("content-type"));
  const std::string_view kind = trim(std::string_view(type).substr(0, type.find(';')));
  const bool json = kind == "application/json";
  if (!json && kind != kProtobuf && kind != "application/protobuf")
    return refused(false, 415, Grpc::invalid_argument, fmt::format("cannot read content type {}: OTLP is application/x-protobuf or application/json", json_string(type.substr(0, 128))));
  // What the server undoes itself is gone from the fields by now.
  if (const std::string encoding = lower(trim(request.header("content-encoding"))); !encoding.empty() && encoding != "identity")
    return refused(json, 415, Grpc::invalid_argument, fmt::format("cannot read content encoding {}", json_string(encoding.substr(0, 128))));
  std::string protobuf;
  if (json) {
    auto turned = otlp::protobuf_of_json(signal == OtlpSignal::traces ? otlp::kTraces : signal == OtlpSignal::metrics ? otlp::kMetrics : otlp::kLogs, request.body);
    if (!turned) {
      ++receiver.counts().of(signal).requests;
      ++receiver.counts().of(signal).refused_requests;
      return refused(json, turned.error());
    }
    protobuf = std::move(*turned);
  } else {
    protobuf = request.body;
  }
  const auto answer = receiver.take(signal, std::move(protobuf));
  if (!answer) return refused(json, answer.error());
  return {.status = 200, .content_type = std::string(json ? "application/json" : kProtobuf), .body = json ? otlp_response_json(signal, *answer) : otlp_response(*answer)};
}

void allow(HttpResponse& response, const HttpRequest& request, const OtlpHttpSettings& settings) {
  const std::string_view origin = request.header("origin");
  if (origin.empty() || !cors_allows(settings.cors_origins, origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  response.headers.emplace_back("Vary", "Origin");
}

}  // namespace

bool cors_allows(std::span<const std::string> origins, std::string_view origin) {
  return std::any_of(origins.begin(), origins.end(), [&](const std::string& one) { return one == "*" || lower(one) == lower(origin); });
}

void add_otlp_http(net::Router& router, OtlpReceiver& receiver, OtlpHttpSettings settings) {
  const auto shared = std::make_shared<const OtlpHttpSettings>(std::move(settings));
  for (const OtlpSignal signal : {OtlpSignal::traces, OtlpSignal::metrics, OtlpSignal::logs}) {
    const std::string path = fmt::format("/v1/{}", otlp_signal_name(signal));
    router.set_body_bytes_max(path, shared->request_bytes_max);
    router.add("POST", path, [&receiver, signal, shared](const HttpRequest& request) {
      HttpResponse response = receive(request, receiver, signal);
      allow(response, request, *shared);
      return response;
    });
    router.add("OPTIONS", path, [shared](const HttpRequest& request) {
      HttpResponse response{.status = 204};
      allow(response, request, *shared);
      if (response.headers.empty()) return HttpResponse::text(403, "pages of this origin may not send here: see traces.cors_origins\n");
      response.headers.emplace_back("Access-Control-Allow-Methods", "POST");
      response.headers.emplace_back("Access-Control-Allow-Headers", "Content-Type, Content-Encoding, Authorization, X-Requested-With");
      response.headers.emplace_back("Access-Control-Max-Age", std::string(kPreflightSeconds));
      return response;
    });
  }
}

}  // namespace monitorai::collect
