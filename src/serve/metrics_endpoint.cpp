#include "serve/metrics_endpoint.h"

#include "serve/exposition/exposition.h"

namespace monitorai::serve {
namespace {

constexpr std::string_view kEnd = "# EOF\n";

/// Joins expositions of families with different names: only the last may have the end mark of OpenMetrics.
void append(std::string& out, std::span<const signals::MetricFamily> families, Format format) {
  if (out.ends_with(kEnd)) out.resize(out.size() - kEnd.size());
  std::string text = to_text(families, format);
  if (out.empty()) out = std::move(text);
  else out += text;
}

}  // namespace

void add_metrics_endpoint(net::Router& router, std::shared_ptr<const PublishedObservation> observations, MetricsChoice choice) {
  router.add("GET", "/metrics", [observations = std::move(observations), choice = std::move(choice)](const net::HttpRequest& request) {
    const Format format = negotiate(request.header("accept"));
    std::string text = to_text({}, format);
    if (const auto observation = observations->read()) {
      if (choice.processes) append(text, observation->process_families, format);
      if (choice.gpus) append(text, observation->gpu_families, format);
      if (choice.own) append(text, observation->scan_families, format);
    }
    if (choice.own) append(text, choice.own(), format);
    return net::HttpResponse{.content_type = std::string(content_type(format)), .body = std::move(text)};
  });
}

}  // namespace monitorai::serve
