// What notifying reads from outside: files in Alertmanager's format, templates of notifications, bodies of Alertmanager's API, matchers. The
// first byte chooses.

#include <string_view>

#include "forward/notify/alert_json.h"
#include "forward/notify/config.h"
#include "forward/notify/template_set.h"
#include "serve/alertmanager/json.h"

namespace {

using namespace monitorai;

void read_config(std::string_view text) {
  if (text.find("templates") != std::string_view::npos) return;  // names files
  const auto read = forward::read_notify_config(text, "f.yml");
  if (!read.problems.empty()) return;
  // What is shown is YAML again.
  std::vector<yaml::Problem> problems;
  (void)yaml::read_yaml(read.config.shown, "shown", problems, {.bytes_max = size_t{16} << 20, .nodes_max = 1'000'000});
  if (!problems.empty()) __builtin_trap();
  std::vector<const forward::Route*> routes;
  read.config.route.find({{"alertname", "A"}, {"severity", "critical"}}, routes);
  if (routes.empty()) __builtin_trap();
}

void expand(std::string_view text) {
  const forward::TemplateSet templates({});
  const TimeMs now{1'700'000'000'000};
  const forward::Notification told{.receiver = "r",
                                   .group_key = "{}:{}",
                                   .group_labels = {{"alertname", "A"}},
                                   .external_url = "http://h",
                                   .alerts = {{.labels = {{"alertname", "A"}, {"x", "<y>"}}, .annotations = {{"summary", "s"}}, .starts_at = now, .ends_at = now, .updated_at = now}},
                                   .time = now};
  (void)templates.expand(text, told);
  (void)templates.expand_html(text, told);
}

void read_bodies(std::string_view text) {
  std::vector<std::string> problems;
  if (const auto alerts = serve::read_posted_alerts(text, 1000, problems)) {
    const auto again = forward::read_alerts_json(forward::alerts_json(*alerts));
    if (!again || again->size() != alerts->size()) __builtin_trap();
  }
  if (const auto silence = serve::read_posted_silence(text)) {
    const auto again = forward::read_matchers_json(forward::matchers_json(silence->matchers));
    if (!again || forward::matchers_text(*again) != forward::matchers_text(silence->matchers)) __builtin_trap();
  }
  (void)serve::read_posted_acknowledgement(text);
  (void)forward::read_alerts_json(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      read_config(text);
      break;
    case 1:
      expand(text);
      break;
    case 2:
      read_bodies(text);
      break;
    default:
      (void)forward::parse_matchers(text);
  }
  return 0;
}
