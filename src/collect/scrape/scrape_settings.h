#pragma once
// A job of `scrape_configs` as Prometheus's configuration has it, already typed. The configuration reader fills it; the defaults are
// Prometheus's.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collect/relabel/relabel.h"
#include "signals/labels.h"

namespace monitorai::collect {

struct TargetGroup {
  std::vector<std::string> targets;  ///< "host:port"
  signals::Labels labels;
};

struct FileDiscovery {
  std::vector<std::string> files;  ///< the last part may hold '*'
  std::chrono::milliseconds refresh_interval = std::chrono::minutes(5);
};

struct BasicAuth {
  std::string username;
  std::string password;
  std::string password_file;
};

struct Authorization {
  std::string type = "Bearer";
  std::string credentials;
  std::string credentials_file;
};

struct TlsSettings {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  std::string server_name;
  bool insecure_skip_verify = false;
};

/// 0 is no limit, as in Prometheus. A scrape that is over one fails as a whole.
struct ScrapeLimits {
  size_t samples_max = 0;
  size_t labels_max = 0;
  size_t label_name_bytes_max = 0;
  size_t label_value_bytes_max = 0;
  size_t body_bytes_max = 0;
};

struct ScrapeSettings {
  std::string job_name;
  std::chrono::milliseconds scrape_interval = std::chrono::seconds(15);
  std::chrono::milliseconds scrape_timeout = std::chrono::seconds(10);
  std::string metrics_path = "/metrics";
  std::string scheme = "http";
  std::map<std::string, std::vector<std::string>> params;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool follow_redirects = true;
  std::optional<BasicAuth> basic_auth;
  std::optional<Authorization> authorization;
  TlsSettings tls;
  ScrapeLimits limits;
  std::vector<TargetGroup> static_configs;
  std::vector<FileDiscovery> file_sd_configs;
  std::vector<RelabelRule> relabel_configs;
  std::vector<RelabelRule> metric_relabel_configs;
};

}  // namespace monitorai::collect
