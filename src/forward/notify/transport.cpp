#include "forward/notify/transport.h"

#include "base/text.h"
#include "forward/notify/message.h"

namespace monitorai::forward {
namespace {

/// Addresses may hold secrets, and errors of the client name them.
Error without_address(const Error& error, const std::string& kind, const std::string& url) {
  std::string message = error.message;
  const size_t scheme = url.find("://");
  const size_t path = scheme == std::string::npos ? std::string::npos : url.find('/', scheme + 3);
  const std::string secret = path == std::string::npos ? std::string() : url.substr(path);
  for (size_t at = message.find(secret); secret.size() > 1 && at != std::string::npos; at = message.find(secret, at + 1)) message.replace(at, secret.size(), "/…");
  return {error.code, fmt::format("cannot notify by {}: {}", kind, message)};
}

TryOutcome send(const HttpMessage& message, const DeliveryJob& job, const std::stop_token& stop) {
  net::HttpClient client(message.settings);
  net::Parameters headers = message.headers;
  // The same for each try of one delivery: a receiver that keeps ids can tell a repetition after a crash.
  headers.emplace_back("X-MonitorAI-Delivery", fmt::format("{}", job.delivery.id));
  const auto answer = client.post(message.url, message.body, message.content_type, headers, stop);
  if (!answer) {
    Error error = without_address(answer.error(), job.integration->kind, message.url);
    if (error.code != Code::invalid && error.code != Code::cancelled) error.code = Code::unavailable;
    return {.result = std::move(error)};
  }
  TryOutcome out{.result = judge_answer(*job.integration, *answer)};
  if (const auto seconds = parse_integer<int64_t>(answer->header("retry-after")); seconds && *seconds > 0 && *seconds <= 86'400)
    out.retry_after = std::chrono::seconds(*seconds);
  return out;
}

}  // namespace

TryOutcome NetworkTransport::deliver(const DeliveryJob& job, std::stop_token stop) {
  if (job.integration == nullptr) return {.result = Error{Code::invalid, "cannot notify: the receiver is no longer configured"}};
  Renderer renderer(job.setup->templates, job.delivery.notification);
  auto message = make_message(*job.integration, renderer);
  TryOutcome out;
  if (!message) {
    // A secret that is missing may be there at the next try.
    out.result = Error{message.error().code == Code::invalid ? Code::invalid : Code::unavailable, message.error().message};
  } else if (const auto* http = std::get_if<HttpMessage>(&*message)) {
    out = send(*http, job, stop);
  } else {
    const auto& mail = std::get<MailMessage>(*message);
    out.result = net::send_mail(mail.settings, mail.mail);
  }
  out.template_failures = renderer.failures();
  return out;
}

}  // namespace monitorai::forward
