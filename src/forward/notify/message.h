#pragma once
// A notification made ready for one receiver: an HTTP request or a mail. Made anew for each try, from the alerts of the delivery.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "forward/notify/receiver.h"
#include "forward/notify/template_set.h"
#include "net/http_client.h"
#include "net/mail_client.h"

namespace monitorai::forward {

struct HttpMessage {
  std::string url;
  std::string body;
  net::Parameters headers;
  net::HttpClientSettings settings;
  std::string content_type = "application/json";
};

struct MailMessage {
  net::MailSettings settings;
  net::Mail mail;
};

using Message = std::variant<HttpMessage, MailMessage>;

/// The longest texts that the services take; longer ones end in "…".
inline constexpr size_t kSlackTitleCharactersMax = 1024;
inline constexpr size_t kSlackTextBytesMax = 39'000;
inline constexpr size_t kPagerDutySummaryCharactersMax = 1024;
inline constexpr size_t kPagerDutyBytesMax = 512 << 10;
inline constexpr size_t kTelegramCharactersMax = 4096;
inline constexpr size_t kTeamsBytesMax = 24 << 10;

/// How long one try may take.
inline constexpr std::chrono::milliseconds kTryTimeout{10'000};

/// Texts of notifications: a template that fails gives its error in place of the text, so that the alert is told all the same.
class Renderer {
 public:
  Renderer(const TemplateSet& templates, const Notification& notification) : templates_(templates), notification_(notification) {}
  std::string text(std::string_view text_template);
  std::string html(std::string_view text_template);
  const Notification& told() const { return notification_; }
  /// Templates that failed.
  size_t failures() const { return failures_; }

 private:
  const TemplateSet& templates_;
  const Notification& notification_;
  size_t failures_ = 0;
};

/// The message for one integration. Errors are those of secrets that cannot be read.
Result<Message> make_message(const Integration& integration, Renderer& renderer);

Result<Message> webhook_message(const WebhookReceiver& receiver, const Integration& integration, Renderer& renderer);
Result<Message> slack_message(const SlackReceiver& receiver, const Integration& integration, Renderer& renderer);
Result<Message> pagerduty_message(const PagerDutyReceiver& receiver, const Integration& integration, Renderer& renderer);
Result<Message> email_message(const EmailReceiver& receiver, Renderer& renderer);
Result<Message> teams_message(const MsTeamsReceiver& receiver, const Integration& integration, Renderer& renderer);
Result<Message> telegram_message(const TelegramReceiver& receiver, const Integration& integration, Renderer& renderer);

/// The settings of http_config, its secrets read.
Result<HttpMessage> http_message(const HttpOptions& options, std::string url);
/// At most this many characters of valid UTF-8, or bytes.
std::string cut_characters(std::string text, size_t characters_max);
std::string cut_bytes(std::string text, size_t bytes_max);
/// What an answer means: a try that may be repeated is Code::unavailable, one that cannot help is Code::invalid.
Result<void> judge_answer(const Integration& integration, const net::HttpClientResponse& answer);

}  // namespace monitorai::forward
