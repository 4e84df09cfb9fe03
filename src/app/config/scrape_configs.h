#pragma once
// Reads `scrape_configs` as an existing prometheus.yml has them, and the files of file_sd_configs. Every field of Prometheus that is
// not known here is a problem with its line, so that nothing is dropped silently.

#include <chrono>
#include <vector>

#include "app/config/yaml.h"
#include "collect/scrape/scrape_settings.h"

namespace monitorai::app {

inline constexpr size_t kJobsMax = 1000;

/// Problems name file, line and field. Jobs with problems are left out. An interval or a timeout that a job does not say is 0:
/// with_defaults() fills it in.
std::vector<collect::ScrapeSettings> read_scrape_configs(const YamlNode& list, std::string_view file, std::vector<Problem>& problems);

/// A timeout that nobody set is never longer than its interval.
collect::ScrapeSettings with_defaults(collect::ScrapeSettings job, std::chrono::milliseconds interval, std::chrono::milliseconds timeout);

/// A file_sd file, JSON or YAML: a list of {targets, labels}.
Result<std::vector<collect::TargetGroup>> read_target_file(const std::string& path);

/// A tree as YAML on one line; the values of password and credentials become <secret>.
std::string flow_text(const YamlNode& node);

}  // namespace monitorai::app
