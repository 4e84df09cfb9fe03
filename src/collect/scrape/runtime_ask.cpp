// How a runtime's endpoint is asked: one GET, text only, a short timeout, no redirects.

#include "collect/scrape/runtime_targets.h"
#include "net/http_client.h"

namespace monitorai::collect {
namespace {

constexpr size_t kRuntimeBodyBytesMax = 16 * 1024 * 1024;
constexpr std::string_view kAcceptText = "text/plain;version=0.0.4;q=1,application/json;q=0.5,*/*;q=0.1";

}  // namespace

RuntimeTargets::Ask http_ask(std::chrono::milliseconds timeout) {
  return [timeout](const RuntimeEndpoint& endpoint, const std::stop_token& stop) -> Result<ScrapeAnswer> {
    net::HttpClient client({.connect_timeout = timeout, .total_timeout = timeout, .body_bytes_max = kRuntimeBodyBytesMax});
    MAI_TRY_ASSIGN(net::HttpClientResponse response,
                   client.get("http://" + endpoint.address + endpoint.path, {{"Accept", std::string(kAcceptText)}}, stop));
    if (response.status != 200) return Error{Code::unavailable, fmt::format("{}{} answers with HTTP status {}", endpoint.address, endpoint.path, response.status)};
    std::string content_type(response.header("content-type"));
    return ScrapeAnswer{std::move(response.body), std::move(content_type)};
  };
}

}  // namespace monitorai::collect
