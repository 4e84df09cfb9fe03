#include "base/text.h"
#include "serve/exposition/exposition.h"

namespace monitorai::serve {
namespace {

/// One element of an Accept header: a media range with the two parameters that matter here.
struct Accepted {
  std::string range;
  std::string version;
  double quality = 1;
};

std::string_view unquoted(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' && value.back() == '"' ? value.substr(1, value.size() - 2) : value;
}

Accepted parse_element(std::string_view element) {
  Accepted accepted;
  const auto parts = split(element, ';');
  accepted.range = lower(trim(parts.front()));
  for (const std::string_view part : std::span(parts).subspan(1)) {
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name = lower(trim(part.substr(0, equals)));
    const std::string_view value = unquoted(trim(part.substr(equals + 1)));
    if (name == "version") accepted.version = value;
    if (name == "q") accepted.quality = parse_number(value).value_or(0);
  }
  // A weight outside 0..1 (or NaN) is not one: the element is not accepted.
  if (!(accepted.quality >= 0 && accepted.quality <= 1)) accepted.quality = 0;
  return accepted;
}

bool means_open_metrics(const Accepted& accepted) {
  return accepted.range == "application/openmetrics-text" &&
         (accepted.version.empty() || accepted.version == "1.0.0" || accepted.version == "0.0.1");
}

bool means_text(const Accepted& accepted) {
  if (accepted.range == "*/*" || accepted.range == "text/*") return true;
  return accepted.range == "text/plain" && (accepted.version.empty() || accepted.version == "0.0.4");
}

}  // namespace

Format negotiate(std::string_view accept_header) {
  Format best = Format::prometheus_text;
  double best_quality = 0;
  for (const std::string_view element : split(accept_header, ',')) {
    const Accepted accepted = parse_element(element);
    if (accepted.quality <= best_quality) continue;
    if (!means_open_metrics(accepted) && !means_text(accepted)) continue;
    best = means_open_metrics(accepted) ? Format::open_metrics : Format::prometheus_text;
    best_quality = accepted.quality;
  }
  return best;
}

}  // namespace monitorai::serve
