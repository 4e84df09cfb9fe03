// Bodies and parameters of the requests for quality, but for the evaluations (answers_fuzz.cpp): labels, baselines, what a URL asks for.
// The first line is the target of a URL, the rest a body.

#include <cmath>

#include "base/check.h"
#include "base/text.h"
#include "net/target.h"
#include "serve/quality/parameters.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const size_t end = std::min(input.find('\n'), input.size());
  const std::string_view body = input.substr(std::min(end + 1, input.size()));
  if (auto target = net::parse_target(input.substr(0, end))) {
    net::HttpRequest request{.method = "GET", .path = target->path, .query = std::move(target->query), .headers = {}};
    request.path_parameters = {{"id", request.path}};
    (void)serve::series_parameter(request);
    if (const auto number = serve::number_parameter(request, "limit", 7, 500)) MAI_CHECK(*number >= 0 && *number <= 500);
    (void)serve::flag_parameter(request, "wait");
    if (const auto id = serve::path_id(request)) MAI_CHECK(*id >= 1);
  }
  if (const auto labels = serve::read_labels(body)) MAI_CHECK(labels->size() <= body.size());
  if (const auto baseline = serve::read_new_baseline(body)) {
    const judge::SeriesKey& key = baseline->series;
    for (const std::string* text : {&key.model, &key.service, &key.route, &baseline->name})
      MAI_CHECK(text->size() <= judge::kOriginBytesMax);
    size_t sum = 0;
    for (const std::string& prompt : baseline->prompts) {
      MAI_CHECK(valid_utf8(prompt));
      sum += prompt.size();
    }
    MAI_CHECK(sum <= body.size());
  }
  return 0;
}
