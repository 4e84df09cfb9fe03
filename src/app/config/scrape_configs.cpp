#include "app/config/scrape_configs.h"

#include "app/config/field_reading.h"
#include "app/config/schema.h"
#include "base/files.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

using collect::ScrapeSettings;
using collect::TargetGroup;
using std::chrono::milliseconds;

/// "10MB", "512KiB", "1GB", "0": Prometheus's sizes (of 1024, with or without the i).
auto into_bytes(size_t& out, const Reading& reading) {
  return [&out, &reading](const YamlNode& node) {
    constexpr std::array<std::string_view, 5> kUnits{"B", "KB", "MB", "GB", "TB"};
    const size_t digits = node.text.find_first_not_of("0123456789");
    const auto count = parse_integer<uint64_t>(std::string_view(node.text).substr(0, digits));
    std::string unit = digits == std::string::npos ? "B" : std::string(trim(std::string_view(node.text).substr(digits)));
    std::erase(unit, 'i');
    const auto found = std::find(kUnits.begin(), kUnits.end(), unit);
    if (!count || found == kUnits.end()) return reading.add(node.line, "it is a size such as 10MB");
    out = *count << (10 * (found - kUnits.begin()));
  };
}

TargetGroup read_group(const YamlNode& node, const Reading& reading) {
  TargetGroup group;
  read_map(node, "a group of targets", reading,
           {{"targets", into(group.targets, reading)}, {"labels", [&](const YamlNode& value) { group.labels = read_labels(value, reading); }}});
  return group;
}

void read_file_discovery(const YamlNode& list, const Reading& reading, std::vector<collect::FileDiscovery>& out) {
  read_list(list, "file_sd_configs", reading, [&](const YamlNode& node) {
    collect::FileDiscovery discovery;
    read_map(node, "file_sd_configs", reading,
             {{"files", into(discovery.files, reading)}, {"refresh_interval", into(discovery.refresh_interval, reading)}});
    out.push_back(std::move(discovery));
  });
}

collect::BasicAuth read_basic_auth(const YamlNode& node, const Reading& reading) {
  collect::BasicAuth auth;
  read_map(node, "basic_auth", reading,
           {{"username", into(auth.username, reading)}, {"password", into(auth.password, reading)}, {"password_file", into(auth.password_file, reading)}});
  return auth;
}

collect::Authorization read_authorization(const YamlNode& node, const Reading& reading) {
  collect::Authorization auth;
  read_map(node, "authorization", reading,
           {{"type", into(auth.type, reading)}, {"credentials", into(auth.credentials, reading)}, {"credentials_file", into(auth.credentials_file, reading)}});
  return auth;
}

void read_tls(const YamlNode& node, const Reading& reading, collect::TlsSettings& tls) {
  read_map(node, "tls_config", reading,
           {{"ca_file", into(tls.ca_file, reading)},
            {"cert_file", into(tls.cert_file, reading)},
            {"key_file", into(tls.key_file, reading)},
            {"server_name", into(tls.server_name, reading)},
            {"insecure_skip_verify", into(tls.insecure_skip_verify, reading)}});
}

void read_params(const YamlNode& node, const Reading& reading, ScrapeSettings& job) {
  if (node.kind != YamlNode::Kind::map) return reading.add(node.line, fmt::format("params are a map, not {}", kind_name(node.kind)));
  for (const YamlEntry& entry : node.entries) into(job.params[entry.key], reading)(entry.value);
}

ScrapeSettings read_job(const YamlNode& node, const Reading& reading) {
  ScrapeSettings job{.scrape_interval = milliseconds(0), .scrape_timeout = milliseconds(0)};
  read_map(node, "a job", reading,
           {{"job_name", into(job.job_name, reading)},
            {"scrape_interval", into(job.scrape_interval, reading)},
            {"scrape_timeout", into(job.scrape_timeout, reading)},
            {"metrics_path", into(job.metrics_path, reading)},
            {"scheme", into(job.scheme, reading)},
            {"params", [&](const YamlNode& value) { read_params(value, reading, job); }},
            {"honor_labels", into(job.honor_labels, reading)},
            {"honor_timestamps", into(job.honor_timestamps, reading)},
            {"follow_redirects", into(job.follow_redirects, reading)},
            {"basic_auth", [&](const YamlNode& value) { job.basic_auth = read_basic_auth(value, reading); }},
            {"authorization", [&](const YamlNode& value) { job.authorization = read_authorization(value, reading); }},
            {"tls_config", [&](const YamlNode& value) { read_tls(value, reading, job.tls); }},
            {"sample_limit", into_count(job.limits.samples_max, reading)},
            {"label_limit", into_count(job.limits.labels_max, reading)},
            {"label_name_length_limit", into_count(job.limits.label_name_bytes_max, reading)},
            {"label_value_length_limit", into_count(job.limits.label_value_bytes_max, reading)},
            {"body_size_limit", into_bytes(job.limits.body_bytes_max, reading)},
            {"static_configs", [&](const YamlNode& value) { read_list(value, "static_configs", reading, [&](const YamlNode& group) { job.static_configs.push_back(read_group(group, reading)); }); }},
            {"file_sd_configs", [&](const YamlNode& value) { read_file_discovery(value, reading, job.file_sd_configs); }},
            {"relabel_configs", [&](const YamlNode& value) { read_relabelling(value, reading, job.relabel_configs); }},
            {"metric_relabel_configs", [&](const YamlNode& value) { read_relabelling(value, reading, job.metric_relabel_configs); }}});
  return job;
}

/// "" or what a job lacks as a whole.
std::string problem_of(const ScrapeSettings& job) {
  if (job.job_name.empty()) return "job_name is missing";
  if (job.scheme != "http" && job.scheme != "https") return fmt::format("scheme \"{}\" is neither http nor https", job.scheme);
  if (job.scrape_interval.count() > 0 && job.scrape_timeout > job.scrape_interval) return "scrape_timeout is longer than scrape_interval";
  if (job.basic_auth && job.authorization) return "basic_auth and authorization exclude each other";
  return {};
}

}  // namespace

std::vector<ScrapeSettings> read_scrape_configs(const YamlNode& list, std::string_view file, std::vector<Problem>& problems) {
  const Reading reading{file, problems};
  std::vector<ScrapeSettings> jobs;
  read_list(list, "it", reading, [&](const YamlNode& node) {
    const size_t before = problems.size();
    ScrapeSettings job = read_job(node, reading);
    if (std::string problem = problem_of(job); !problem.empty()) reading.add(node.line, std::move(problem));
    const bool twice = std::any_of(jobs.begin(), jobs.end(), [&](const ScrapeSettings& other) { return other.job_name == job.job_name; });
    if (twice) reading.add(node.line, fmt::format("there is another job {}", job.job_name));
    if (jobs.size() >= kJobsMax) reading.add(node.line, fmt::format("more than {} jobs", kJobsMax));
    if (problems.size() == before) jobs.push_back(std::move(job));
  });
  return jobs;
}

ScrapeSettings with_defaults(ScrapeSettings job, milliseconds interval, milliseconds timeout) {
  if (job.scrape_interval.count() == 0) job.scrape_interval = interval;
  if (job.scrape_timeout.count() == 0) job.scrape_timeout = timeout;
  job.scrape_timeout = std::min(job.scrape_timeout, job.scrape_interval);
  return job;
}

Result<std::vector<TargetGroup>> read_target_file(const std::string& path) {
  MAI_TRY_ASSIGN(const std::string text, read_file(path, kYamlBytesMax));
  std::vector<Problem> problems;
  const YamlNode document = read_yaml(text, path, problems);
  const Reading reading{path, problems};
  std::vector<TargetGroup> groups;
  read_list(document, "a file of targets", reading, [&](const YamlNode& node) { groups.push_back(read_group(node, reading)); });
  if (!problems.empty()) return Error{Code::invalid, fmt::format("cannot read {}: {}", path, problems[0].line())};
  return groups;
}

/// The user and password of an address are not shown.
static std::string shown_scalar(const std::string& text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string::npos) return yaml_scalar(text);
  const size_t host = scheme + 3, end = std::min(text.find_first_of("/?#", host), text.size());
  const size_t at = std::string_view(text).substr(0, end).rfind('@');
  return yaml_scalar(at == std::string::npos || at < host ? text : text.substr(0, host) + "<secret>" + text.substr(at));
}

std::string flow_text(const YamlNode& node) {
  std::vector<std::string> parts;
  switch (node.kind) {
    case YamlNode::Kind::null: return "null";
    case YamlNode::Kind::scalar: return shown_scalar(node.text);
    case YamlNode::Kind::list:
      for (const YamlNode& item : node.items) parts.push_back(flow_text(item));
      return fmt::format("[{}]", join(parts, ", "));
    case YamlNode::Kind::map:
      for (const YamlEntry& entry : node.entries) {
        const bool secret = entry.key == "password" || entry.key == "credentials";
        parts.push_back(fmt::format("{}: {}", yaml_scalar(entry.key), secret ? "<secret>" : flow_text(entry.value)));
      }
      return fmt::format("{{{}}}", join(parts, ", "));
  }
  return {};
}

}  // namespace monitorai::app
