#include "collect/scrape/target.h"

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::Label;
using signals::Labels;

constexpr std::string_view kParameterPrefix = "__param_";

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-_.~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
}

/// The query of the URL: the job's params, where __param_x replaces the first value of x.
std::string query_text(const ScrapeSettings& job, const Labels& labels) {
  std::map<std::string, std::vector<std::string>> params = job.params;
  for (const Label& label : labels) {
    if (!label.name.starts_with(kParameterPrefix)) continue;
    std::vector<std::string>& values = params[label.name.substr(kParameterPrefix.size())];
    if (values.empty()) values.emplace_back();
    values.front() = label.value;
  }
  std::string out;
  for (const auto& [name, values] : params) {
    for (const std::string& value : values) {
      out += out.empty() ? '?' : '&';
      append_percent_encoded(out, name);
      out += '=';
      append_percent_encoded(out, value);
    }
  }
  return out;
}

bool valid_address(std::string_view address) {
  return !address.empty() && std::none_of(address.begin(), address.end(), [](char c) { return c <= ' ' || c == '/' || c == '?' || c == '#' || c == '@'; });
}

Result<std::chrono::milliseconds> interval_of(const Labels& labels, std::string_view name) {
  MAI_TRY_ASSIGN(const auto interval, parse_duration(labels.value(name)));
  if (interval.count() <= 0) return Error{Code::invalid, fmt::format("{} is 0", name)};
  return interval;
}

}  // namespace

Labels discovered_labels(const ScrapeSettings& job, const std::string& address, const Labels& group_labels) {
  std::vector<Label> all{{"job", job.job_name},
                         {"__scheme__", job.scheme},
                         {"__metrics_path__", job.metrics_path},
                         {"__scrape_interval__", format_duration(job.scrape_interval)},
                         {"__scrape_timeout__", format_duration(job.scrape_timeout)}};
  for (const auto& [name, values] : job.params)
    if (!values.empty()) all.push_back({std::string(kParameterPrefix) + name, values.front()});
  all.insert(all.end(), group_labels.begin(), group_labels.end());
  all.push_back({"__address__", address});
  return Labels::from(std::move(all));
}

Result<std::optional<Target>> make_target(const ScrapeSettings& job, const std::string& address, const Labels& group_labels) {
  const std::string doing = fmt::format("cannot make a target of \"{}\" (job {})", address, job.job_name);
  Target target{.job = job.job_name, .discovered_labels = discovered_labels(job, address, group_labels)};
  const std::optional<Labels> relabelled = relabel(target.discovered_labels, job.relabel_configs);
  if (!relabelled) return std::optional<Target>();
  const Labels& labels = *relabelled;

  const std::string_view scheme = labels.value("__scheme__");
  if (scheme != "http" && scheme != "https") return Error{Code::invalid, fmt::format("{}: scheme \"{}\" is neither http nor https", doing, scheme)};
  const std::string_view final_address = labels.value("__address__");
  if (!valid_address(final_address)) return Error{Code::invalid, fmt::format("{}: \"{}\" is not host:port", doing, final_address)};
  const auto interval = interval_of(labels, "__scrape_interval__");
  if (!interval) return wrap(interval.error(), doing);
  const auto timeout = interval_of(labels, "__scrape_timeout__");
  if (!timeout) return wrap(timeout.error(), doing);
  target.interval = *interval;
  target.timeout = std::min(*timeout, *interval);
  const std::string_view path = labels.value("__metrics_path__");
  target.url = fmt::format("{}://{}{}{}{}", scheme, final_address, path.starts_with('/') ? "" : "/", path, query_text(job, labels));

  std::vector<Label> kept;
  for (const Label& label : labels)
    if (!label.name.starts_with("__")) kept.push_back(label);
  if (!labels.has("instance")) kept.push_back({"instance", std::string(final_address)});
  target.labels = Labels::from(std::move(kept));
  target.job = target.labels.value("job");
  return std::optional<Target>(std::move(target));
}

}  // namespace monitorai::collect
