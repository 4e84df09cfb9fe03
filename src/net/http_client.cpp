#include "net/http_client.h"


#include <fmt/format.h>

#include "base/text.h"
#include "net/curl_library.h"

namespace monitorai::net {
namespace {

/// How long one wait for the sockets lasts at most; a stop request ends it at once.
constexpr int kPollMs = 1000;

struct FreeList {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

/// A URL under another host's name, and how to get to the host that was meant.
struct Renamed {
  std::string url;
  std::string connect_to;   ///< of CURLOPT_CONNECT_TO
  std::string host_header;  ///< what Host is without the new name
};

/// libcurl takes the name for SNI and for the certificate from the URL alone. nullopt: no https URL, which libcurl will say itself.
std::optional<Renamed> renamed(const std::string& url, const std::string& name) {
  const std::unique_ptr<CURLU, decltype(CurlLibrary::url_cleanup)> parts(curl().url(), curl().url_cleanup);
  const auto part = [&](CURLUPart which, unsigned flags) {
    char* text = nullptr;
    std::string out = curl().url_get(parts.get(), which, &text, flags) == CURLUE_OK ? text : "";
    curl().free(text);
    return out;
  };
  if (curl().url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK || part(CURLUPART_SCHEME, 0) != "https") return std::nullopt;
  const std::string host = part(CURLUPART_HOST, 0), port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT), given_port = part(CURLUPART_PORT, 0);
  if (curl().url_set(parts.get(), CURLUPART_HOST, name.c_str(), 0) != CURLUE_OK) return std::nullopt;
  return Renamed{part(CURLUPART_URL, 0), fmt::format("{}:{}:{}:{}", name, port, host, port), given_port.empty() ? host : host + ":" + given_port};
}

/// The URL without user and password, for messages.
std::string printable(std::string_view url) {
  const size_t scheme = url.find("://");
  const size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const size_t end = std::min(url.find_first_of("/?#", start), url.size());
  const size_t at = url.substr(start, end - start).rfind('@');
  std::string out(url);
  if (at != std::string_view::npos) out.erase(start, at + 1);
  return to_valid_utf8(out);
}

Code code_of(CURLcode result) {
  switch (result) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return Code::invalid;
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_OUT_OF_MEMORY:
      return Code::exhausted;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return Code::corrupt;
    default:
      return Code::unavailable;
  }
}

/// A line break would end the header and begin the next.
bool breaks_header(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos; }

}  // namespace

std::string_view HttpClientResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

/// An easy handle driven by a multi handle: curl_multi_wakeup is what lets another thread end the wait at once.
class HttpClient::Curl {
 public:
  explicit Curl(HttpClientSettings settings) : settings_(std::move(settings)) {}
  ~Curl() {
    if (easy_ == nullptr) return;
    curl().easy_cleanup(easy_);
    curl().multi_cleanup(multi_);
  }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  Result<HttpClientResponse> send(std::string_view method, std::string_view url, std::string_view body, const Parameters& headers,
                                  const std::stop_token& stop);

 private:
  /// Before the first request.
  Result<void> open();
  template <class T>
  void set(CURLoption option, T value) {
    curl().easy_setopt(easy_, option, value);
  }
  void set_limits_and_peers();
  void set_credentials();
  void set_method(const std::string& method, std::string_view body);
  CURLcode transfer(const std::stop_token& stop);
  Error error_of(CURLcode result, const std::string& doing, const std::stop_token& stop) const;

  static size_t on_body(char* bytes, size_t size, size_t count, void* self);
  static size_t on_header(char* bytes, size_t size, size_t count, void* self);

  const HttpClientSettings settings_;
  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  HttpClientResponse response_;
  size_t header_bytes_ = 0;
  std::string limit_hit_;
  char error_text_[CURL_ERROR_SIZE] = {};
};

size_t HttpClient::Curl::on_body(char* bytes, size_t size, size_t count, void* self) {
  auto& curl = *static_cast<Curl*>(self);
  const size_t n = size * count;
  if (curl.response_.body.size() + n > curl.settings_.body_bytes_max) {
    curl.limit_hit_ = fmt::format("the body is larger than {} bytes", curl.settings_.body_bytes_max);
    return 0;
  }
  curl.response_.body.append(bytes, n);
  return n;
}

size_t HttpClient::Curl::on_header(char* bytes, size_t size, size_t count, void* self) {
  auto& curl = *static_cast<Curl*>(self);
  const size_t n = size * count;
  curl.header_bytes_ += n;
  if (curl.header_bytes_ > curl.settings_.header_bytes_max) {
    curl.limit_hit_ = fmt::format("the header is larger than {} bytes", curl.settings_.header_bytes_max);
    return 0;
  }
  const std::string_view line = trim({bytes, n});
  if (line.starts_with("HTTP/")) curl.response_.headers.clear();  // a redirect's, or a 100's, were before it
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos && !line.starts_with("HTTP/"))
    curl.response_.headers.emplace_back(lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
  return n;
}

void HttpClient::Curl::set_limits_and_peers() {
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, error_text_);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.total_timeout.count()));
  set(CURLOPT_FOLLOWLOCATION, settings_.redirects_max > 0 ? 1L : 0L);
  set(CURLOPT_MAXREDIRS, static_cast<long>(settings_.redirects_max));
  set(CURLOPT_ACCEPT_ENCODING, "gzip");
  set(CURLOPT_USERAGENT, "monitorai/" MAI_VERSION);
  set(CURLOPT_WRITEFUNCTION, &Curl::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &Curl::on_header);
  set(CURLOPT_HEADERDATA, this);
  if (!settings_.proxy.empty())
    set(CURLOPT_PROXY, settings_.proxy.c_str());
  else if (!settings_.proxy_from_environment)
    set(CURLOPT_PROXY, "");
  if (!settings_.ca_file.empty()) set(CURLOPT_CAINFO, settings_.ca_file.c_str());
  if (!settings_.certificate_file.empty()) set(CURLOPT_SSLCERT, settings_.certificate_file.c_str());
  if (!settings_.key_file.empty()) set(CURLOPT_SSLKEY, settings_.key_file.c_str());
  set(CURLOPT_SSL_VERIFYPEER, settings_.insecure_skip_verify ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, settings_.insecure_skip_verify ? 0L : 2L);
}

void HttpClient::Curl::set_credentials() {
  if (!settings_.bearer_token.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    set(CURLOPT_XOAUTH2_BEARER, settings_.bearer_token.c_str());
  } else if (!settings_.user.empty() || !settings_.password.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, settings_.user.c_str());
    set(CURLOPT_PASSWORD, settings_.password.c_str());
  }
}

void HttpClient::Curl::set_method(const std::string& method, std::string_view body) {
  const bool takes_body = method == "POST" || method == "PUT" || method == "PATCH" || !body.empty();
  if (method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (takes_body) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, body.data() == nullptr ? "" : body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    if (method != "POST") set(CURLOPT_CUSTOMREQUEST, method.c_str());
  } else if (method != "GET") {
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

Result<void> HttpClient::Curl::open() {
  if (easy_ != nullptr) return {};
  MAI_TRY(load_curl());
  multi_ = curl().multi_init();
  easy_ = curl().easy_init();
  MAI_CHECK(multi_ != nullptr && easy_ != nullptr);
  return {};
}

Result<HttpClientResponse> HttpClient::Curl::send(std::string_view method, std::string_view url, std::string_view body,
                                                  const Parameters& headers, const std::stop_token& stop) {
  const std::string doing = fmt::format("cannot {} {}", method == "GET" ? "fetch" : method, printable(url));
  if (stop.stop_requested()) return Error{Code::cancelled, doing + ": stop was requested"};
  if (breaks_header(url) || breaks_header(method) || breaks_header(settings_.bearer_token))
    return Error{Code::invalid, doing + ": the URL, the method or the token holds a line break"};
  if (const auto opened = open(); !opened) return wrap(opened.error(), doing);
  curl().easy_reset(easy_);  // keeps the connections, which are the multi handle's
  response_ = {};
  header_bytes_ = 0;
  limit_hit_.clear();
  error_text_[0] = '\0';
  set_limits_and_peers();
  set_credentials();
  const std::string url_text(url), method_text(method);
  std::optional<Renamed> other_name;
  if (!settings_.tls_server_name.empty()) other_name = renamed(url_text, settings_.tls_server_name);
  const HeaderList connect_to(other_name ? curl().slist_append(nullptr, other_name->connect_to.c_str()) : nullptr);
  set(CURLOPT_CONNECT_TO, connect_to.get());
  set(CURLOPT_URL, other_name ? other_name->url.c_str() : url_text.c_str());
  set_method(method_text, body);

  Parameters all_headers = headers;
  if (other_name) all_headers.emplace_back("Host", other_name->host_header);
  // Without "Expect:" curl waits a second for "100 Continue" before a large body, which few servers send.
  HeaderList list(curl().slist_append(nullptr, "Expect:"));
  for (const auto& [name, value] : all_headers) {
    if (name.empty() || breaks_header(name) || breaks_header(value))
      return Error{Code::invalid, fmt::format("{}: header \"{}\" holds a line break", doing, to_valid_utf8(name))};
    // curl reads "name:" as the wish to leave the header out, and "name;" as an empty one.
    const std::string line = value.empty() ? name + ";" : name + ": " + value;
    curl_slist* longer = curl().slist_append(list.get(), line.c_str());
    MAI_CHECK(longer != nullptr);
    static_cast<void>(list.release());
    list.reset(longer);
  }
  set(CURLOPT_HTTPHEADER, list.get());

  const CURLcode result = transfer(stop);
  if (result != CURLE_OK) return error_of(result, doing, stop);
  long status = 0;
  curl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  const char* last_url = nullptr;
  long redirects = 0;
  curl().easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &last_url);
  curl().easy_getinfo(easy_, CURLINFO_REDIRECT_COUNT, &redirects);
  response_.url = printable(last_url != nullptr && (redirects > 0 || !other_name) ? last_url : url_text);
  return std::move(response_);
}

CURLcode HttpClient::Curl::transfer(const std::stop_token& stop) {
  curl().multi_add_handle(multi_, easy_);
  CURLcode result = CURLE_OK;
  {
    const std::stop_callback wake(stop, [this] { curl().multi_wakeup(multi_); });
    int running = 1;
    while (running > 0 && !stop.stop_requested()) {
      if (curl().multi_perform(multi_, &running) != CURLM_OK) break;
      if (running > 0) curl().multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
    }
    if (running > 0) result = CURLE_ABORTED_BY_CALLBACK;
  }
  int left = 0;
  while (const CURLMsg* message = curl().multi_info_read(multi_, &left))
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  curl().multi_remove_handle(multi_, easy_);
  return result;
}

Error HttpClient::Curl::error_of(CURLcode result, const std::string& doing, const std::stop_token& stop) const {
  if (result == CURLE_ABORTED_BY_CALLBACK && stop.stop_requested()) return {Code::cancelled, doing + ": stop was requested"};
  if (!limit_hit_.empty()) return {Code::exhausted, doing + ": " + limit_hit_};
  const std::string why = error_text_[0] != '\0' ? error_text_ : curl().easy_strerror(result);
  // A peer that speaks HTTP/0.9 or something else altogether: curl has one code for both "unsupported" cases.
  const bool not_http = result == CURLE_UNSUPPORTED_PROTOCOL && why.find("HTTP/0.9") != std::string::npos;
  return {not_http ? Code::corrupt : code_of(result), fmt::format("{}: {}", doing, to_valid_utf8(why))};
}

HttpClient::HttpClient(HttpClientSettings settings) : curl_(std::make_unique<Curl>(std::move(settings))) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpClientResponse> HttpClient::get(std::string_view url, const Parameters& headers, std::stop_token stop) {
  return curl_->send("GET", url, {}, headers, stop);
}

Result<HttpClientResponse> HttpClient::post(std::string_view url, std::string_view body, std::string_view content_type,
                                            const Parameters& headers, std::stop_token stop) {
  Parameters all = headers;
  all.emplace_back("Content-Type", content_type);
  return curl_->send("POST", url, body, all, stop);
}

Result<HttpClientResponse> HttpClient::send(std::string_view method, std::string_view url, std::string_view body, const Parameters& headers,
                                            std::stop_token stop) {
  return curl_->send(method, url, body, headers, stop);
}

}  // namespace monitorai::net
