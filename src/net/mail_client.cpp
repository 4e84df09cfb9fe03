#include "net/mail_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "net/curl_library.h"
#include "text/go_time.h"

namespace monitorai::net {
namespace {

constexpr size_t kLineMax = 76;
constexpr std::string_view kBoundary = "=_monitorai_alternative";

struct EasyDelete {
  void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
};
struct ListDelete {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k) word = word << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? kDigits[word >> (18 - 6 * k) & 63u] : '=';
  }
  return out;
}

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 32 && c < 127; });
}

/// RFC 2047: words of at most 75 bytes, cut between characters.
std::string header_value(std::string_view raw) {
  std::string value;
  for (const char c : to_valid_utf8(raw)) value += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  value = trim(value);
  if (ascii(value)) return value;
  constexpr size_t kBytesAWord = 42;
  std::string out;
  for (size_t at = 0; at < value.size();) {
    size_t end = std::min(at + kBytesAWord, value.size());
    while (end < value.size() && (static_cast<unsigned char>(value[end]) & 0xc0u) == 0x80u) --end;
    out += fmt::format("{}=?utf-8?B?{}?=", out.empty() ? "" : "\r\n ", base64(std::string_view(value).substr(at, end - at)));
    at = end;
  }
  return out;
}

std::string part(std::string_view type, std::string_view content) {
  std::string out = fmt::format("Content-Type: {}; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", type);
  const std::string encoded = base64(content);
  for (size_t at = 0; at < encoded.size(); at += kLineMax) out += encoded.substr(at, kLineMax) + "\r\n";
  return out;
}

struct Upload {
  std::string_view left;
};
size_t read_upload(char* to, size_t size, size_t count, void* from) {
  auto& upload = *static_cast<Upload*>(from);
  const size_t bytes = std::min(size * count, upload.left.size());
  std::memcpy(to, upload.left.data(), bytes);
  upload.left.remove_prefix(bytes);
  return bytes;
}
size_t ignore_answer(char*, size_t size, size_t count, void*) { return size * count; }

bool breaks_line(std::string_view text) { return text.find_first_of("\r\n<> ") != std::string_view::npos; }

}  // namespace

std::string mail_text(const Mail& mail) {
  std::string out;
  bool dated = false;
  for (const auto& [name, value] : mail.headers) {
    if (name.empty() || !ascii(name) || name.find_first_of(": ") != std::string::npos) continue;
    dated |= lower(name) == "date";
    out += fmt::format("{}: {}\r\n", name, header_value(value));
  }
  if (!dated) out += fmt::format("Date: {}\r\n", text::format_time({.ns = mail.date.ms * 1'000'000}, "Mon, 02 Jan 2006 15:04:05 -0700"));
  out += "MIME-Version: 1.0\r\n";
  if (mail.text.empty()) return out + part("text/html", mail.html);
  if (mail.html.empty()) return out + part("text/plain", mail.text);
  out += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", kBoundary);
  out += fmt::format("--{}\r\n{}", kBoundary, part("text/plain", mail.text));
  out += fmt::format("--{}\r\n{}--{}--\r\n", kBoundary, part("text/html", mail.html), kBoundary);
  return out;
}

Result<void> send_mail(const MailSettings& settings, const Mail& mail) {
  const std::string doing = fmt::format("cannot send the mail to {} by {}", join(mail.to, ", "), settings.server);
  if (breaks_line(mail.from) || std::any_of(mail.to.begin(), mail.to.end(), breaks_line) || breaks_line(settings.hello))
    return Error{Code::invalid, doing + ": an address holds a blank or a line break"};
  if (const auto loaded = load_curl(); !loaded) return wrap(loaded.error(), doing);
  const std::unique_ptr<CURL, EasyDelete> easy(curl().easy_init());
  MAI_CHECK(easy != nullptr);
  const auto set = [&](CURLoption option, auto value) { curl().easy_setopt(easy.get(), option, value); };
  const std::string url = fmt::format("{}://{}/{}", settings.server.ends_with(":465") ? "smtps" : "smtp", settings.server, settings.hello);
  const std::string from = "<" + mail.from + ">", text = mail_text(mail);
  curl_slist* list = nullptr;
  for (const std::string& to : mail.to) list = curl().slist_append(list, ("<" + to + ">").c_str());
  const std::unique_ptr<curl_slist, ListDelete> recipients(list);
  Upload upload{text};
  std::array<char, CURL_ERROR_SIZE> error_text{};
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_MAIL_FROM, from.c_str());
  set(CURLOPT_MAIL_RCPT, recipients.get());
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &read_upload);
  set(CURLOPT_READDATA, &upload);
  set(CURLOPT_WRITEFUNCTION, &ignore_answer);
  set(CURLOPT_ERRORBUFFER, error_text.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.total_timeout.count()));
  set(CURLOPT_USE_SSL, static_cast<long>(settings.require_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  set(CURLOPT_SSL_VERIFYPEER, settings.insecure_skip_verify ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, settings.insecure_skip_verify ? 0L : 2L);
  if (!settings.ca_file.empty()) set(CURLOPT_CAINFO, settings.ca_file.c_str());
  if (!settings.user.empty()) {
    set(CURLOPT_USERNAME, settings.user.c_str());
    set(CURLOPT_PASSWORD, settings.password.c_str());
  }
  const CURLcode result = curl().easy_perform(easy.get());
  if (result == CURLE_OK) return {};
  long status = 0;
  curl().easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  const std::string why = error_text[0] != '\0' ? error_text.data() : curl().easy_strerror(result);
  const bool for_good = status / 100 == 5 || result == CURLE_URL_MALFORMAT;
  return Error{for_good ? Code::invalid : Code::unavailable, fmt::format("{}: {}", doing, to_valid_utf8(why))};
}

}  // namespace monitorai::net
