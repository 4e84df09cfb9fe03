#include "serve/access.h"

#include <arpa/inet.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "serve/password.h"
#include "serve/ui/pages.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

std::string_view host_of(std::string_view address) {
  const size_t colon = address.rfind(':');
  return colon == std::string_view::npos ? address : address.substr(0, colon);
}

/// The host of a Host header, without its port and brackets.
std::string host_name(std::string_view header) {
  if (header.starts_with('[')) return std::string(header.substr(1, header.find(']') - 1));
  return lower(header.substr(0, header.rfind(':')));
}

std::string own_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 ? lower(name) : std::string();
}

/// A page elsewhere can only reach us under a name that its owner can register: not an address, not a name without a dot, not the
/// reserved .localhost and .internal (containers know their host as host.docker.internal).
bool names_this_machine(std::string_view header) {
  const std::string host = host_name(header);
  unsigned char address[16];
  return host.find('.') == std::string::npos || host.ends_with(".localhost") || host.ends_with(".internal") || host == own_name() ||
         inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1;
}

std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xFFu);
    }
  }
  return out;
}

/// What follows the scheme ("Basic ", in any case) or nullopt.
std::optional<std::string_view> credentials(std::string_view authorization, std::string_view scheme) {
  if (!starts_with_ignoring_case(authorization, scheme)) return std::nullopt;
  return trim(authorization.substr(scheme.size()));
}

/// Of a page's origin, "https://host:port", as browsers name it.
bool is_own_origin(const HttpRequest& request, std::string_view origin) {
  const size_t scheme_end = origin.find("://");
  return scheme_end != std::string_view::npos && lower(origin.substr(scheme_end + 3)) == lower(request.header("host"));
}

/// Other clients than browsers name no origin.
bool opens_from_elsewhere(const HttpRequest& request) {
  const std::string_view origin = request.header("origin");
  return !origin.empty() && net::asks_for_web_socket(request) && !is_own_origin(request, origin);
}

/// What the pages need to ask for the password, and what tells nothing: the pages themselves hold no data.
bool is_public(std::string_view path) {
  constexpr std::array<std::string_view, 6> kPublic{"/-/healthy", "/-/ready", "/favicon.svg", "/favicon.ico", "/api/v1/login", "/api/v1/session"};
  return is_page(path) || path.starts_with("/assets/") || std::find(kPublic.begin(), kPublic.end(), path) != kPublic.end();
}

/// Queries are sent by POST where they are too long for a URL.
bool is_query(std::string_view path) {
  constexpr std::array<std::string_view, 7> kPrometheus{"query", "query_range", "query_exemplars", "series", "labels", "format_query", "parse_query"};
  constexpr std::array<std::string_view, 9> kLoki{"query", "query_range", "series", "labels", "label", "index/", "detected_", "patterns", "format_query"};
  if (path.starts_with("/api/v1/")) return std::find(kPrometheus.begin(), kPrometheus.end(), path.substr(8)) != kPrometheus.end();
  constexpr std::string_view kLokiPath = "/loki/api/v1/";
  if (!path.starts_with(kLokiPath)) return false;
  return std::any_of(kLoki.begin(), kLoki.end(), [&](std::string_view one) { return path.substr(kLokiPath.size()).starts_with(one); });
}

bool writes(const HttpRequest& request) { return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS"; }

/// "" when the request has no such cookie.
std::string_view session_token(const HttpRequest& request) {
  for (std::string_view pair : split(request.header("cookie").substr(0, kCredentialsBytesMax), ';')) {
    pair = trim(pair);
    if (pair.size() > kSessionCookie.size() && pair.starts_with(kSessionCookie) && pair[kSessionCookie.size()] == '=')
      return pair.substr(kSessionCookie.size() + 1);
  }
  return {};
}

std::string credentials_digest(const AccessSettings& settings) { return sha256_hex(settings.user + '\n' + settings.password_hash); }

/// A page that asks in the background gets a challenge for which browsers show no prompt of their own; everybody else the one of HTTP Basic.
std::string_view challenge(const HttpRequest& request) {
  const bool browser = request.header("user-agent").starts_with("Mozilla/");
  const bool navigates = request.header("accept").find("text/html") != std::string_view::npos;
  return browser && !navigates ? "Session realm=\"MonitorAI\"" : "Basic realm=\"MonitorAI\", charset=\"UTF-8\"";
}

/// OTLP from a page whose origin the user allowed.
bool is_allowed_otlp(const HttpRequest& request, const AccessSettings& settings) {
  const std::string_view origin = request.header("origin");
  if (origin.empty() || !request.path.starts_with("/v1/")) return false;
  return std::any_of(settings.cors_origins.begin(), settings.cors_origins.end(), [&](const std::string& one) { return one == "*" || lower(one) == lower(origin); });
}

HttpResponse refuse(int status, std::string text) {
  HttpResponse response = HttpResponse::text(status, std::move(text));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

Access::Access(AccessSettings settings, const Clock& clock, std::shared_ptr<SessionShelf> sessions)
    : clock_(clock), sessions_(std::move(sessions)), salt_(random_hex(32)) {
  configure(std::move(settings));
}

void Access::configure(AccessSettings settings) {
  auto next = std::make_shared<const AccessSettings>(std::move(settings));
  const std::lock_guard lock(mutex_);
  settings_ = std::move(next);
  remembered_.clear();
}

std::shared_ptr<const AccessSettings> Access::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

AccessCounts Access::counts() const { return {failed_, limited_, foreign_, scope_, logins_}; }

std::optional<HttpResponse> Access::check_host(const HttpRequest& request) {
  if (names_this_machine(request.header("host"))) return std::nullopt;
  ++foreign_;
  return refuse(403, "this Host name is not served without a password: set auth.password_hash, or use the address\n");
}

std::optional<HttpResponse> Access::check_site(const HttpRequest& request, bool by_cookie) {
  if (!writes(request)) return std::nullopt;
  const std::string_view site = request.header("sec-fetch-site"), origin = request.header("origin");
  const bool own = !site.empty() ? site == "same-origin" || (site == "none" && !by_cookie) : !origin.empty() ? is_own_origin(request, origin) : !by_cookie;
  if (own) return std::nullopt;
  ++foreign_;
  return refuse(403, "a page of another site sent this request\n");
}

std::optional<Scope> Access::known(const AccessSettings& settings, std::string_view authorization) const {
  if (const auto token = credentials(authorization, "Bearer ")) {
    const std::string hash = sha256_hex(*token);
    std::optional<Scope> found;
    for (const auto& one : settings.tokens)
      if (equal_in_constant_time(hash, lower(one.sha256))) found = one.scope;
    return found;
  }
  const std::string hash = sha256_hex(salt_ + std::string(authorization));
  const std::lock_guard lock(mutex_);
  if (remembered_.empty() || !equal_in_constant_time(hash, remembered_)) return std::nullopt;
  return Scope::write;
}

bool Access::is_password(const AccessSettings& settings, std::string_view user, std::string_view password) {
  if (settings.password_hash.empty()) return false;
  bool right = false;
  {
    const std::lock_guard one(verifying_);
    right = verify_password(password, settings.password_hash);
  }
  // Both are looked at whatever the other says: a wrong name takes as long as a wrong password.
  right &= equal_in_constant_time(sha256_hex(user), sha256_hex(settings.user));
  return right;
}

bool Access::verify(const AccessSettings& settings, std::string_view authorization) {
  const auto basic = credentials(authorization, "Basic ");
  if (!basic) return false;
  const auto pair = from_base64(*basic);
  const size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return false;
  if (!is_password(settings, std::string_view(*pair).substr(0, colon), std::string_view(*pair).substr(colon + 1))) return false;
  const std::string hash = sha256_hex(salt_ + std::string(authorization));
  const std::lock_guard lock(mutex_);
  if (settings_.get() == &settings) remembered_ = hash;
  return true;
}

Result<std::string> Access::log_in(const std::string& peer_address, std::string_view user, std::string_view password) {
  const auto settings = this->settings();
  const std::string peer(host_of(peer_address));
  if (is_limited(peer)) {
    ++limited_;
    return Error{Code::exhausted, "too many wrong passwords: wait a minute"};
  }
  if (password.size() > kPasswordBytesMax || !is_password(*settings, user, password)) {
    note_failure(peer);
    return Error{Code::invalid, "this user name and password do not fit"};
  }
  if (!sessions_) return Error{Code::unavailable, "sessions cannot be kept: the log of monitorai says why"};
  const std::string token = random_hex(32);
  if (const auto added = sessions_->add(sha256_hex(token), {settings->user, credentials_digest(*settings), clock_.now() + kSessionLife}); !added) {
    log::error("a session cannot be kept", {{"error", added.error().message}});
    return Error{Code::unavailable, "sessions cannot be kept: the log of monitorai says why"};
  }
  ++logins_;
  return token;
}

void Access::log_out(const HttpRequest& request) {
  const std::string_view token = session_token(request);
  if (token.empty() || !sessions_) return;
  if (const auto removed = sessions_->remove(sha256_hex(token)); !removed) log::error("a session cannot be ended", {{"error", removed.error().message}});
}

std::optional<std::string> Access::session_user(const HttpRequest& request) const {
  const std::string_view token = session_token(request);
  if (token.empty() || !sessions_) return std::nullopt;
  const auto found = sessions_->find(sha256_hex(token));
  if (!found || !*found || (*found)->credentials != credentials_digest(*settings())) return std::nullopt;
  return (*found)->user;
}

bool Access::is_limited(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(peer);
  if (found == failures_.end()) return false;
  while (!found->second.empty() && clock_.monotonic() - found->second.front() > kFailuresWindow) found->second.pop_front();
  return found->second.size() >= kFailuresMax;
}

void Access::note_failure(const std::string& peer) {
  ++failed_;
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kFailingPeersMax && !failures_.contains(peer)) {
    const auto quietest = std::min_element(failures_.begin(), failures_.end(), [](const auto& a, const auto& b) {
      return a.second.empty() || (!b.second.empty() && a.second.back() < b.second.back());
    });
    failures_.erase(quietest);
  }
  auto& times = failures_[peer];
  times.push_back(clock_.monotonic());
  if (times.size() > kFailuresMax) times.pop_front();
  if (times.size() == kFailuresMax) log::warn("too many wrong passwords", {{"peer", peer}, {"window", kFailuresWindow.count()}});
}

std::optional<HttpResponse> Access::too_many() {
  ++limited_;
  HttpResponse response = refuse(429, "too many wrong passwords: wait a minute\n");
  response.headers.emplace_back("Retry-After", fmt::format("{}", kFailuresWindow.count()));
  return response;
}


std::optional<HttpResponse> Access::check(const HttpRequest& request) {
  if (opens_from_elsewhere(request)) {
    ++foreign_;
    return refuse(403, "a page of another site opens this WebSocket\n");
  }
  const auto settings = this->settings();
  const bool allowed_page = is_allowed_otlp(request, *settings);
  if (settings->open()) {
    if (request.path == "/-/healthy" || request.path == "/-/ready") return std::nullopt;
    if (auto foreign = check_host(request)) return foreign;
    return allowed_page ? std::nullopt : check_site(request, false);
  }
  if (allowed_page && request.method == "OPTIONS") return std::nullopt;
  const bool in_session = session_user(request).has_value();
  // Such a page needs credentials of its own: it does not go by a session's cookie.
  if (in_session || !allowed_page)
    if (auto foreign = check_site(request, in_session)) return foreign;
  if (in_session || is_public(request.path)) return std::nullopt;
  const std::string_view authorization = request.header("authorization").substr(0, kCredentialsBytesMax);
  if (!authorization.empty()) {
    if (const auto scope = known(*settings, authorization)) {
      if (*scope == Scope::write || !writes(request) || is_query(request.path)) return std::nullopt;
      ++scope_;
      return refuse(403, "this token may only read: give it `scope: write` in auth.tokens\n");
    }
  }
  const std::string peer(host_of(request.peer));
  if (is_limited(peer)) return too_many();
  if (!authorization.empty()) {
    if (verify(*settings, authorization)) return std::nullopt;
    note_failure(peer);  // a request without credentials is how a browser asks for the prompt: no failure
  }
  HttpResponse response = refuse(401, "a password or a token is needed\n");
  response.headers.emplace_back("WWW-Authenticate", challenge(request));
  return response;
}

}  // namespace monitorai::serve
