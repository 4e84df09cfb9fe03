#pragma once
// Who is told, and how: the receivers of Alertmanager's configuration as values. Texts marked T are templates.

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "forward/notify/alert.h"
#include "forward/notify/secret.h"

namespace monitorai::forward {

/// http_config: how a receiver is reached.
struct HttpOptions {
  std::string user;
  Secret password;
  std::string authorization_type = "Bearer";
  Secret credentials;  ///< of the header Authorization
  std::string proxy_url;
  bool proxy_from_environment = false;
  bool follow_redirects = true;
  std::string ca_file, certificate_file, key_file, server_name;
  bool insecure_skip_verify = false;
};

struct WebhookReceiver {
  Secret url;
  size_t alerts_max = 0;  ///< in one message; 0: all
  std::chrono::milliseconds timeout{0};
};

struct SlackField {
  std::string title, value;  ///< T
  std::optional<bool> is_short;
};
struct SlackAction {
  std::string type, text, url, style, name, value;  ///< T
};
struct SlackReceiver {
  Secret api_url;
  Secret app_token;     ///< of chat.postMessage, instead of a URL that holds a secret
  std::string channel;  ///< T, and so are those below
  std::string username = R"({{ template "slack.default.username" . }})";
  std::string color = R"({{ if eq .Status "firing" }}danger{{ else }}good{{ end }})";
  std::string title = R"({{ template "slack.default.title" . }})";
  std::string title_link = R"({{ template "slack.default.titlelink" . }})";
  std::string pretext = R"({{ template "slack.default.pretext" . }})";
  std::string text = R"({{ template "slack.default.text" . }})";
  std::string footer = R"({{ template "slack.default.footer" . }})";
  std::string fallback = R"({{ template "slack.default.fallback" . }})";
  std::string callback_id = R"({{ template "slack.default.callbackid" . }})";
  std::string icon_emoji = R"({{ template "slack.default.iconemoji" . }})";
  std::string icon_url = R"({{ template "slack.default.iconurl" . }})";
  std::string image_url, thumb_url;
  bool link_names = false;
  bool short_fields = false;
  std::vector<std::string> mrkdwn_in{"fallback", "pretext", "text"};
  std::vector<SlackField> fields;
  std::vector<SlackAction> actions;
};

struct PagerDutyImage {
  std::string src, alt, href;  ///< T
};
struct PagerDutyLink {
  std::string href, text;  ///< T
};
struct PagerDutyReceiver {
  Secret routing_key;  ///< T
  std::string url = "https://events.pagerduty.com/v2/enqueue";
  std::string client = R"({{ template "pagerduty.default.client" . }})";  ///< T, and so are those below
  std::string client_url = R"({{ template "pagerduty.default.clientURL" . }})";
  std::string description = R"({{ template "pagerduty.default.description" .}})";
  std::string severity = "error";
  std::string source, component, group, class_name;
  TextMap details;
  std::vector<PagerDutyImage> images;
  std::vector<PagerDutyLink> links;
};

struct EmailReceiver {
  std::string to, from;  ///< T
  std::string smarthost;  ///< host:port
  std::string hello = "localhost";
  std::string user;
  Secret password;
  bool require_tls = true;
  std::string ca_file, server_name;
  bool insecure_skip_verify = false;
  std::vector<std::pair<std::string, std::string>> headers;  ///< values T
  std::string html = R"({{ template "email.default.html" . }})";
  std::string text;
};

struct MsTeamsReceiver {
  Secret url;
  bool adaptive_card = false;  ///< msteamsv2: for workflows, which took the place of connectors
  std::string title = R"({{ template "msteams.default.title" . }})";
  std::string summary = R"({{ template "msteams.default.summary" . }})";
  std::string text = R"({{ template "msteams.default.text" . }})";
};

struct TelegramReceiver {
  std::string api_url = "https://api.telegram.org";
  Secret token;
  std::string chat;  ///< a number
  int64_t thread = 0;
  std::string message = R"({{ template "telegram.default.message" . }})";
  bool silent = false;
  std::string parse_mode = "HTML";
};

/// One way in which a receiver is told.
struct Integration {
  std::string kind;  ///< "slack", "webhook", ...: of the log and of metrics
  size_t number = 0;  ///< among those of its kind in the receiver
  bool send_resolved = true;
  HttpOptions http;
  std::variant<WebhookReceiver, SlackReceiver, PagerDutyReceiver, EmailReceiver, MsTeamsReceiver, TelegramReceiver> how;
};

struct Receiver {
  std::string name;
  std::vector<Integration> integrations;
};

}  // namespace monitorai::forward
