// Mails: RFC 5322 with a text part, an HTML part, or both.

#include "base/text.h"
#include "forward/notify/message.h"

namespace monitorai::forward {
namespace {

/// "a@b.c, D <d@e.f>" as addresses.
std::vector<std::string> addresses_of(std::string_view list) {
  std::vector<std::string> out;
  for (std::string_view one : split(list, ',')) {
    const size_t open = one.rfind('<'), close = one.rfind('>');
    if (open != std::string_view::npos && close != std::string_view::npos && close > open) one = one.substr(open + 1, close - open - 1);
    if (one = trim(one); !one.empty()) out.emplace_back(one);
  }
  return out;
}

}  // namespace

Result<Message> email_message(const EmailReceiver& receiver, Renderer& renderer) {
  MailMessage out;
  out.settings.server = receiver.smarthost;
  out.settings.hello = receiver.hello;
  out.settings.user = receiver.user;
  if (!receiver.password.empty()) {
    MAI_TRY_ASSIGN(out.settings.password, receiver.password.read());
  }
  out.settings.require_tls = receiver.require_tls;
  out.settings.ca_file = receiver.ca_file;
  out.settings.insecure_skip_verify = receiver.insecure_skip_verify;
  out.settings.total_timeout = kTryTimeout;
  const std::string from = renderer.text(receiver.from), to = renderer.text(receiver.to);
  const std::vector<std::string> senders = addresses_of(from);
  if (senders.size() != 1) return Error{Code::invalid, fmt::format("cannot write the mail: the sender {} is not one address", json_string(from))};
  out.mail.from = senders[0];
  out.mail.to = addresses_of(to);
  if (out.mail.to.empty()) return Error{Code::invalid, "cannot write the mail: it has no addressee"};
  bool has_subject = false, has_from = false, has_to = false;
  for (const auto& [name, text] : receiver.headers) {
    const std::string key = lower(name);
    has_subject |= key == "subject";
    has_from |= key == "from";
    has_to |= key == "to";
    out.mail.headers.emplace_back(name, renderer.text(text));
  }
  if (!has_subject) out.mail.headers.emplace_back("Subject", renderer.text(R"({{ template "email.default.subject" . }})"));
  if (!has_to) out.mail.headers.emplace_back("To", to);
  if (!has_from) out.mail.headers.emplace_back("From", from);
  if (!receiver.text.empty()) out.mail.text = renderer.text(receiver.text);
  if (!receiver.html.empty()) out.mail.html = renderer.html(receiver.html);
  out.mail.date = renderer.told().time;
  return Message(std::move(out));
}

}  // namespace monitorai::forward
