#pragma once
// What requests to the judge's API say: parameters of the URL, and the small JSON objects of their bodies.

#include <optional>
#include <string>
#include <vector>

#include "judge/quality/watch/watcher.h"
#include "net/http.h"

namespace monitorai::serve {

/// The series of model, service and route; a parameter that is missing is "". nullopt where none of them is there.
std::optional<judge::SeriesKey> series_parameter(const net::HttpRequest& request);
/// Code::invalid: no whole number, or beyond `to`.
Result<int64_t> number_parameter(const net::HttpRequest& request, std::string_view name, int64_t otherwise, int64_t to);
/// true, false, 1, 0; nullopt where it is missing or "any".
Result<std::optional<bool>> flag_parameter(const net::HttpRequest& request, std::string_view name);
/// The {id} of the path.
Result<int64_t> path_id(const net::HttpRequest& request);

struct PostedLabel {
  int64_t kept = 0;
  std::optional<bool> hallucinated;  ///< nullopt: take the label away
};
/// {"kept": 12, "hallucinated": true}, or a list of them.
Result<std::vector<PostedLabel>> read_labels(std::string_view json);
/// {"model", "service", "route", "name", "from", "to", "prompts", "activate", "pinned"}.
Result<judge::QualityWatcher::NewBaseline> read_new_baseline(std::string_view json);

}  // namespace monitorai::serve
