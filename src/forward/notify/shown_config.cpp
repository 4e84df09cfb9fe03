#include "forward/notify/shown_config.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "signals/labels.h"

namespace monitorai::forward {
namespace {

using yaml::YamlEntry;
using yaml::YamlNode;

/// Of keys whose values are secrets, addresses among them that hold one. Names of files are not.
bool is_secret(std::string_view parent, std::string_view key) {
  if (key.ends_with("_file")) return false;
  constexpr std::array<std::string_view, 17> kSecrets{"slack_api_url", "slack_app_token", "smtp_auth_password", "smtp_auth_secret", "telegram_bot_token",
                                                      "routing_key",   "service_key",     "app_token",          "auth_password",    "auth_secret",
                                                      "bot_token",     "password",        "credentials",        "bearer_token",     "webhook_url",
                                                      "client_secret", "proxy_url"};
  if (std::find(kSecrets.begin(), kSecrets.end(), key) != kSecrets.end()) return true;
  if (key.ends_with("_key") || key.ends_with("_secret") || key.ends_with("_token") || key.ends_with("_password")) return true;
  return key == "api_url" && parent == "slack_configs";
}

/// Older clients of Alertmanager insist on an address here: its path, user and parameters are taken out.
std::string shown_address(std::string_view url) {
  const size_t host = url.find("://") == std::string_view::npos ? std::string_view::npos : url.find("://") + 3;
  if (host == std::string_view::npos) return "http://secret/";
  std::string_view rest = url.substr(host, url.find_first_of("/?#", host) - host);
  if (const size_t user = rest.rfind('@'); user != std::string_view::npos) rest.remove_prefix(user + 1);
  return fmt::format("{}{}/secret", url.substr(0, host), rest);
}

/// Numbers and switches stand without quotes, which Go's reader insists on.
bool plain(std::string_view text) { return text == "true" || text == "false" || parse_integer<int64_t>(text).has_value(); }

void append(std::string& out, const YamlNode& node, size_t depth, std::string_view parent, bool in_list) {
  const std::string indent(depth * 2, ' ');
  switch (node.kind) {
    case YamlNode::Kind::null:
      out += " null\n";
      return;
    case YamlNode::Kind::scalar:
      out += ' ';
      if (plain(node.text))
        out += node.text;
      else
        append_json_string(out, node.text);  // a JSON string is a YAML one
      out += '\n';
      return;
    case YamlNode::Kind::list:
      if (node.items.empty()) {
        out += " []\n";
        return;
      }
      out += '\n';
      for (const YamlNode& item : node.items) {
        out += indent + "-";
        append(out, item, depth + 1, parent, true);
      }
      return;
    case YamlNode::Kind::map: {
      if (node.entries.empty()) {
        out += " {}\n";
        return;
      }
      bool first = in_list;
      if (!in_list) out += '\n';
      for (const YamlEntry& entry : node.entries) {
        out += first ? std::string(" ") : indent;
        first = false;
        if (signals::valid_label_name(entry.key))
          out += entry.key;
        else
          append_json_string(out, entry.key);
        out += ':';
        if (is_secret(parent, entry.key) && entry.value.kind == YamlNode::Kind::scalar)
          out += " <secret>\n";
        else if (entry.key == "url" && parent == "webhook_configs" && entry.value.kind == YamlNode::Kind::scalar)
          out += fmt::format(" {}\n", json_string(shown_address(entry.value.text)));
        else
          append(out, entry.value, depth + 1, entry.key, false);
      }
      return;
    }
  }
}

}  // namespace

std::string shown_config(const YamlNode& document) {
  std::string out;
  append(out, document, 0, "", false);
  return std::string(trim(out)) + "\n";
}

}  // namespace monitorai::forward
