#pragma once
// Reads receivers of Alertmanager's configuration, with the `global` section that gives their defaults.

#include "forward/notify/fields.h"
#include "forward/notify/receiver.h"
#include "forward/notify/template_set.h"

namespace monitorai::forward {

/// The section `global`.
struct GlobalSettings {
  std::chrono::milliseconds resolve_timeout{300'000};
  HttpOptions http;
  Secret slack_api_url, slack_app_token;
  std::string slack_app_url = "https://slack.com/api/chat.postMessage";
  std::string pagerduty_url = "https://events.pagerduty.com/v2/enqueue";
  std::string telegram_api_url = "https://api.telegram.org";
  Secret telegram_bot_token;
  EmailReceiver email;  ///< its server and account
};

class ReceiverReader {
 public:
  ReceiverReader(FileProblems& problems, const TemplateSet& templates) : problems_(problems), templates_(templates) {}
  void read_global(const yaml::YamlNode& node);
  Receiver read(const yaml::YamlNode& node);
  const GlobalSettings& global() const { return global_; }

 private:
  void read_http(const yaml::YamlNode* node, HttpOptions& out);
  Integration integration(Fields& fields, std::string_view kind, bool send_resolved);
  void email_account(Fields& fields, std::string_view prefix, EmailReceiver& out);
  void read_webhook(const yaml::YamlNode& node, Receiver& out);
  void read_slack(const yaml::YamlNode& node, Receiver& out);
  void read_pagerduty(const yaml::YamlNode& node, Receiver& out);
  void read_email(const yaml::YamlNode& node, Receiver& out);
  void read_msteams(const yaml::YamlNode& node, bool adaptive_card, Receiver& out);
  void read_telegram(const yaml::YamlNode& node, Receiver& out);
  void templated(Fields& fields, std::string_view key, std::string& out);
  void add(Receiver& receiver, Integration integration);

  FileProblems& problems_;
  const TemplateSet& templates_;
  GlobalSettings global_;
};

}  // namespace monitorai::forward
