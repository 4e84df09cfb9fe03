#include "app/config/load.h"

#include <unistd.h>

#include "app/config/schema.h"
#include "base/files.h"
#include "base/text.h"
#include "collect/gpu/gpu_info_files.h"
#include "serve/password.h"

namespace monitorai::app {
namespace {

constexpr std::string_view kPrefix = "MONITORAI_";

const Key* find_key(std::string_view path) {
  for (const Key& key : config_keys())
    if (key.path == path) return &key;
  return nullptr;
}

/// Sets one key from text; where the key is structured, the text is YAML.
void set_key(const Key& key, std::string_view text, const std::string& where, Config& config, std::vector<Problem>& problems) {
  YamlNode node{.kind = YamlNode::Kind::scalar, .text = std::string(text)};
  std::vector<Problem> found;
  if (key.structured) node = read_yaml(text, where, found);
  if (found.empty()) key.read(node, where, config, found);
  for (const Problem& problem : found) problems.push_back({where, problem.text});
}

void read_file_into(const std::string& file, Config& config, std::vector<Problem>& problems) {
  const auto text = read_file(file, kYamlBytesMax);
  if (!text) {
    problems.push_back({file, text.error().message});
    return;
  }
  read_config(read_yaml(*text, file, problems), file, config, problems);
}

void read_environment_into(const ConfigSources& sources, LoadedConfig& out) {
  std::vector<std::string> names;
  for (const Key& key : config_keys()) names.push_back(environment_name(key.path));
  for (const auto& [name, text] : sources.environment) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) {
      set_key(config_keys()[static_cast<size_t>(found - names.begin())], text, "environment variable " + name, out.config, out.problems);
    } else if (const auto near = nearest(name, names)) {
      // Orchestrators set variables such as MONITORAI_PORT for a service of our name: only a near miss is worth a word.
      out.warnings.push_back(fmt::format("environment variable {} is not used: did you mean {}?", name, *near));
    }
  }
}

void read_settings_into(const ConfigSources& sources, LoadedConfig& out) {
  for (const std::string& setting : sources.settings) {
    const size_t equals = setting.find('=');
    const std::string path = setting.substr(0, equals);
    const std::string where = "--set " + path;
    if (equals == std::string::npos) {
      out.problems.push_back({where, "a value is missing: --set path.to.key=value"});
    } else if (const Key* key = find_key(path)) {
      set_key(*key, std::string_view(setting).substr(equals + 1), where, out.config, out.problems);
    } else {
      const std::string hint = suggestion(path);
      out.problems.push_back({where, hint.empty() ? std::string("unknown key") : "unknown key: " + hint});
    }
  }
}

void check_listener(const std::string& section, const Listener& listener, bool auth, std::vector<Problem>& problems) {
  const std::string listen = section + "listen";
  if (listener.tls.certificate.empty() != listener.tls.key.empty())
    problems.push_back({section + "tls", "certificate and key belong together: one of them is missing"});
  if (!listener.tls.client_ca.empty() && listener.tls.certificate.empty())
    problems.push_back({section + "tls.client_ca", "clients show certificates within TLS, which needs a certificate and a key"});
  if (listener.address && !listener.address->is_loopback() && !auth)
    problems.push_back(
        {listen, fmt::format("{} can be reached from other machines, so a password or a token is needed: set auth.password_hash "
                             "to what `monitorai passwd` prints (or listen on 127.0.0.1)",
                             listener.address->text())});
}

/// What no key can see alone.
void check_whole(const Config& config, std::vector<Problem>& problems) {
  check_listener("", config.main, config.auth.is_set(), problems);
  check_listener("exporters.process.", config.exporters.process, config.auth.is_set(), problems);
  check_listener("exporters.gpu.", config.exporters.gpu, config.auth.is_set(), problems);
  check_listener("metrics.", config.metrics.prometheus, config.auth.is_set(), problems);
  check_listener("logs.", config.logs.loki, config.auth.is_set(), problems);
  check_listener("traces.", config.traces.tempo, config.auth.is_set(), problems);
  check_listener("otlp.grpc.", config.otlp.grpc, config.auth.is_set(), problems);
  check_listener("otlp.http.", config.otlp.http, config.auth.is_set(), problems);
  if (!config.auth.password_hash.empty())
    if (const auto hash = serve::check_password_hash(config.auth.password_hash); !hash)
      problems.push_back({"auth.password_hash", hash.error().message});
  if (!config.collect.gpu.info_path.empty())
    if (const auto pattern = collect::GpuInfoPattern::parse(config.collect.gpu.info_path); !pattern)
      problems.push_back({"collect.gpu.info_path", pattern.error().message});
  if (!config.main.address) problems.push_back({"listen", "the main listener cannot be off"});
  const std::array<std::pair<std::string_view, const std::optional<Address>*>, 8> all{
      {{"listen", &config.main.address},
       {"exporters.process.listen", &config.exporters.process.address},
       {"exporters.gpu.listen", &config.exporters.gpu.address},
       {"metrics.listen", &config.metrics.prometheus.address},
       {"logs.listen", &config.logs.loki.address},
       {"traces.listen", &config.traces.tempo.address},
       {"otlp.grpc.listen", &config.otlp.grpc.address},
       {"otlp.http.listen", &config.otlp.http.address}}};
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (*all[i].second && *all[j].second && (*all[i].second)->port != 0 && **all[i].second == **all[j].second)
        problems.push_back(
            {std::string(all[i].first), fmt::format("{} is the address of {} already", (*all[i].second)->text(), all[j].first)});
}

}  // namespace

LoadedConfig load_config(const ConfigSources& sources) {
  LoadedConfig out;
  if (!sources.file.empty()) read_file_into(sources.file, out.config, out.problems);
  read_environment_into(sources, out);
  read_settings_into(sources, out);
  if (out.problems.empty()) check_whole(out.config, out.problems);
  return out;
}

std::vector<std::pair<std::string, std::string>> monitorai_environment() {
  std::vector<std::pair<std::string, std::string>> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (text.starts_with(kPrefix) && equals != std::string_view::npos) out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> changed_keys(const Config& before, const Config& after) {
  std::vector<std::string> changed;
  for (const Key& key : config_keys())
    if (key.print(before) != key.print(after)) changed.push_back(key.path);
  return changed;
}

}  // namespace monitorai::app
