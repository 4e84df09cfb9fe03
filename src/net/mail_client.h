#pragma once
// The mail client: SMTP by libcurl, blocking, errors as values. Thread: one at a time.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace monitorai::net {

struct MailSettings {
  std::string server;  ///< host:port; port 465 speaks TLS from the first byte, all others STARTTLS
  std::string hello = "localhost";
  std::string user{};
  std::string password{};
  bool require_tls = true;
  std::string ca_file{};  ///< PEM; "" is the system's
  bool insecure_skip_verify = false;
  std::chrono::milliseconds total_timeout{10'000};
};

struct Mail {
  std::string from;  ///< an address alone
  std::vector<std::string> to;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string text;  ///< with `html`: the alternative for programs that show none
  std::string html;
  TimeMs date;
};

/// The message as it is sent: headers (words that are not ASCII encoded as RFC 2047 has it, line breaks taken out), then the parts in
/// base64.
std::string mail_text(const Mail& mail);

/// Code::invalid when the server refuses for good (5xx), or an address or header cannot be sent; unavailable for all else.
Result<void> send_mail(const MailSettings& settings, const Mail& mail);

}  // namespace monitorai::net
